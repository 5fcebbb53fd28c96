// How one applicant is decided, as decision.py computes it. Values and features go by their place.

const MOST_REASONS = 4, NEAREST = 3, LEAST_DIFFERENCE = 0.1;

export const logistic = (logOdds) => 1 / (1 + Math.exp(-logOdds));
export const logOddsOf = (score) => Math.log(score / (1 - score));

// The threshold of one group; null is +∞, which JSON does not know.
export function thresholdOf(threshold, group) {
  const own = threshold !== null && typeof threshold === "object" ? threshold[group] : threshold;
  return own === null ? Infinity : own;
}

// The applicant's values with what was changed, and another group written in the column that says it.
export function valuesOf(facts, changed, group) {
  return facts.features.map((feature, place) => place === facts.group_place ? facts.group_values[facts.groups.indexOf(group)]
    : Object.hasOwn(changed, feature.name) ? changed[feature.name] : feature.value);
}

// Log-odds of a linear model.
export function logOdds(facts, values) {
  return facts.features.reduce((total, { slope }, place) => total + slope * values[place], facts.intercept);
}

export function linearContributions(facts, values) {
  return facts.features.map(({ slope, mean }, place) => slope * (values[place] - mean));
}

// Places of the contributions, the largest of either sign first.
export function bySize(contributions) {
  return contributions.map((_, place) => place).sort((one, other) => Math.abs(contributions[other]) - Math.abs(contributions[one]));
}

// At most four places: what lowered a refused score, or helped an approved one.
export function tellingPlaces(contributions, approved) {
  const sign = approved ? 1 : -1;
  return bySize(contributions).filter((place) => sign * contributions[place] > 0).slice(0, MOST_REASONS);
}

function apart({ kind, spread }, one, other) {
  if (kind === "level") return one === other ? 0 : 1;
  return spread > 0 ? Math.abs(one - other) / spread : 0;
}

// The people of a page that holds their rows who are nearest among those decided otherwise.
export function nearestOf(facts, rows, values, threshold, approved) {
  const found = [];
  rows.scores.forEach((score, place) => {
    if (score >= thresholdOf(threshold, rows.groups?.[place]) === approved) return;
    const each = facts.features.map((feature, column) => apart(feature, rows.values[column][place], values[column]));
    const distance = Math.sqrt(each.reduce((total, one) => total + one * one, 0));
    const differs = each.map((_, column) => column).filter((column) => each[column] >= LEAST_DIFFERENCE).sort((one, other) => each[other] - each[one]);
    found.push({ place, distance, differs });
  });
  found.sort((one, other) => one.distance - other.distance);
  return { others: found.length, nearest: found.slice(0, NEAREST) };
}

// A number with thousands apart, as figures.py writes it.
export function figure(value, digits) {
  const [whole, fraction] = Math.abs(value).toFixed(digits).split(".");
  const words = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction === undefined ? "" : `.${fraction}`);
  return value < 0 && /[1-9]/.test(words) ? `−${words}` : words;
}

export function signedFigure(value, digits) {
  const words = figure(value, digits);
  return value > 0 && /[1-9]/.test(words) ? `+${words}` : words;
}

// How many decimals tell a score from a threshold: three to six.
export function tellingDigits(score, threshold) {
  if (!Number.isFinite(threshold) || score === threshold) return 3;
  return [3, 4, 5].find((digits) => figure(score, digits) !== figure(threshold, digits)) ?? 6;
}
