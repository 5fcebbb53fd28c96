// Models whose log-odds are a sum over the features, and the smallest change that flips their decision, as additive.py and
// changes.py compute them. An applicant is a list of values in the features' order: a number, or a level as it is spelled.
import { logistic, logOddsOf } from "./decision.js";

const NUDGES = 3;

export function addedBy({ slope, levels, adds }, value) {
  return adds === null ? slope * value : adds[levels.indexOf(value)];
}

export function additiveLogOdds({ features, intercept }, values) {
  let total = intercept;
  for (let place = 0; place < features.length; place += 1) total += addedBy(features[place], values[place]);
  return total;
}

export function additiveContributions({ features }, values) {
  return features.map((feature, place) => addedBy(feature, values[place]) - feature.mean_added);
}

// The applicant's score at each of a feature's points, all else as it is.
export function additiveCurve(facts, place, values) {
  const feature = facts.features[place], rest = additiveLogOdds(facts, values) - addedBy(feature, values[place]);
  return feature.points.map((point) => logistic(rest + addedBy(feature, point)));
}

const withValue = (values, place, value) => values.map((each, other) => other === place ? value : each);

const farApart = ({ kind, spread }, one, other) => kind === "level" ? Number(one !== other) : spread > 0 ? Math.abs(one - other) / spread : 0;

export function changeDistance({ features }, one, other) {
  let total = 0;
  for (let place = 0; place < features.length; place += 1) total += farApart(features[place], one[place], other[place]) ** 2;
  return Math.sqrt(total);
}

function roundedOutward(value, digits, up) {
  const scale = 10 ** digits;
  return up ? Math.ceil(value * scale - 1e-9) / scale : Math.floor(value * scale + 1e-9) / scale;
}

function oneStepOn(value, digits, up) {
  const scale = 10 ** digits;
  return Math.floor(value * scale + (up ? 1.5 : -0.5)) / scale;
}

const endsOf = ({ start, stop }, value) => [Math.min(start, value), Math.max(stop, value)];

// What is asked of a change: `line` is {threshold, approved}, the applicant's own threshold and present decision.
const crosses = (facts, line, values) => logistic(additiveLogOdds(facts, values)) >= line.threshold !== line.approved;

function changeAlone(facts, values, place, line) {
  const feature = facts.features[place], own = additiveLogOdds(facts, values);
  if (feature.kind === "level") {
    let best = null, least = Infinity;
    for (const level of feature.levels) {
      const to = withValue(values, place, level), far = Math.abs(additiveLogOdds(facts, to) - own);
      if (level !== values[place] && far < least && crosses(facts, line, to)) [best, least] = [to, far];
    }
    return best;
  }
  const { slope, digits } = feature, missing = logOddsOf(line.threshold) - own;
  if (slope === 0 || !Number.isFinite(missing)) return null;
  const up = missing / slope > 0 || (missing === 0 && slope > 0 !== line.approved);
  const [low, high] = endsOf(feature, values[place]);
  let moved = roundedOutward(values[place] + missing / slope, digits, up);
  for (let turn = 0; turn < NUDGES && low <= moved && moved <= high; turn += 1) {
    if (crosses(facts, line, withValue(values, place, moved))) return withValue(values, place, moved);
    moved = oneStepOn(moved, digits, up);
  }
  return null;
}

// Standard deviations by which each number moves to gain `rest` by the least; null where it cannot.
function sharedOut(steep, rest) {
  const moves = new Map();
  let free = steep;
  if (rest <= 0) return moves;
  while (free.length > 0) {
    let squares = 0;
    for (const { gain } of free) squares += gain * gain;
    const left = rest, beyond = free.filter(({ gain, room }) => (left * gain) / squares > room);
    if (beyond.length === 0) {
      for (const { place, gain } of free) moves.set(place, (rest * gain) / squares);
      return moves;
    }
    for (const { place, gain, room } of beyond) {
      moves.set(place, room);
      rest -= gain * room;
    }
    free = free.filter(({ place }) => !moves.has(place));
  }
  return null;
}

function gainsOfLevels({ features }, values, changeable, sign) {
  const found = [];
  for (const place of changeable.filter((each) => features[each].kind === "level")) {
    const feature = features[place], own = addedBy(feature, values[place]);
    let best = null;
    feature.levels.forEach((level, turn) => {
      const gain = sign * (feature.adds[turn] - own);
      if (best === null || gain > best.gain) best = { gain, place, level };
    });
    if (best.gain > 0) found.push(best);
  }
  return found.sort((one, other) => other.gain - one.gain);
}

function steepnessOfNumbers({ features }, values, changeable, sign) {
  return changeable.filter((place) => features[place].kind === "number" && features[place].slope !== 0 && features[place].spread > 0)
    .map((place) => {
      const { slope, spread } = features[place], [low, high] = endsOf(features[place], values[place]);
      const up = sign * slope > 0;
      return { place, up, gain: Math.abs(slope) * spread, room: (up ? high - values[place] : values[place] - low) / spread };
    }).filter(({ room }) => room > 0);
}

function changeTogether(facts, values, changeable, line) {
  const sign = line.approved ? -1 : 1, missing = sign * (logOddsOf(line.threshold) - additiveLogOdds(facts, values));
  if (!Number.isFinite(missing)) return null;
  const gains = gainsOfLevels(facts, values, changeable, sign), steep = steepnessOfNumbers(facts, values, changeable, sign);
  let best = null, gained = 0;
  for (let m = 0; m <= gains.length; m += 1) {
    if (m > 0) gained += gains[m - 1].gain;
    const rest = missing - gained, moves = sharedOut(steep, rest);
    if (moves !== null) {
      let squares = 0;
      for (const each of moves.values()) squares += each * each;
      const far = Math.sqrt(m + squares);
      if (best === null || far < best.far) best = { far, m, moves };
    }
    if (rest <= 0) break;
  }
  if (best === null) return null;
  let to = [...values];
  for (const { place, level } of gains.slice(0, best.m)) to[place] = level;
  const ups = new Map(steep.map(({ place, up }) => [place, up]));
  for (const [place, far] of best.moves) {
    const { digits, spread } = facts.features[place], [low, high] = endsOf(facts.features[place], values[place]), up = ups.get(place);
    to[place] = Math.min(Math.max(roundedOutward(values[place] + (up ? far : -far) * spread, digits, up), low), high);
  }
  to = nudged(facts, values, to, line, ups);
  return to === null ? null : shrunk(facts, values, to, line);
}

function nudged(facts, values, to, line, ups) {
  for (let turn = 0; turn < NUDGES; turn += 1) {
    if (crosses(facts, line, to)) return to;
    for (const [place, up] of ups) {
      const [low, high] = endsOf(facts.features[place], values[place]), moved = oneStepOn(to[place], facts.features[place].digits, up);
      if (low <= moved && moved <= high && !crosses(facts, line, to)) to = withValue(to, place, moved);
    }
  }
  return crosses(facts, line, to) ? to : null;
}

function shrunk(facts, values, to, line) {
  const far = facts.features.map((feature, place) => farApart(feature, values[place], to[place]));
  for (const place of far.map((_, each) => each).sort((one, other) => far[one] - far[other])) {
    const without = withValue(to, place, values[place]);
    if (to[place] !== values[place] && crosses(facts, line, without)) to = without;
  }
  return to;
}

// {alone: by place, smallest}, each {places, values, distance, score} or null.
export function additiveChanges(facts, values, changeable, line) {
  const change = (to) => to === null || !crosses(facts, line, to) ? null : {
    places: to.map((_, place) => place).filter((place) => to[place] !== values[place]),
    values: to, distance: changeDistance(facts, values, to), score: logistic(additiveLogOdds(facts, to)) };
  const alone = Object.fromEntries(changeable.map((place) => [place, change(changeAlone(facts, values, place, line))]));
  const together = change(changeTogether(facts, values, changeable, line));
  const found = [...changeable.map((place) => alone[place]), together].filter((each) => each !== null && each.places.length > 0);
  const smaller = (one, other) => other.distance < one.distance || (other.distance === one.distance && other.places.length < one.places.length) ? other : one;
  return { alone, smallest: found.length === 0 ? null : found.reduce(smaller) };
}
