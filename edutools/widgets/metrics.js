// The formulas of edutools/metrics.py, on the same metrics.json; tests/cases.json holds both to the same numbers.
const total = (values) => values.reduce((a, b) => a + b, 0);
const weigh = (weights, cells) => total(Object.keys(weights).map((cell) => weights[cell] * cells[cell]));

/** Value of a metric on one group's cells, or null where it is undefined. */
export function rate(definitions, metric, cells) {
  const { parts, over, under } = definitions[metric];
  if (parts) {
    const values = parts.map((part) => rate(definitions, part, cells));
    return values.includes(null) ? null : total(values) / values.length;
  }
  const below = weigh(under, cells);
  return below > 0 ? weigh(over, cells) / below : null;
}

/** The formula with its numbers, as terms [weight, cell, count], or as the formulas of the parts it is the mean of. */
export function formula(definitions, metric, cells) {
  const { parts, over, under } = definitions[metric], value = rate(definitions, metric, cells);
  if (parts) return { parts: parts.map((part) => formula(definitions, part, cells)), value };
  const terms = (weights) => Object.keys(weights).map((cell) => [weights[cell], cell, cells[cell]]);
  return { over: terms(over), under: terms(under), value };
}

const normalDensity = (z) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);

function normalBelow(z) {
  if (z < 0 || z > 8) return z > 8 ? 1 : 1 - normalBelow(-z);
  let term = z, sum = z;
  for (let i = 3; sum !== sum + term; i += 2) sum += term *= z * z / i;
  return 0.5 + sum * normalDensity(z);
}

const normalGrid = Array.from({ length: 65 }, (_, i) => i / 4 - 8).map((x) => [x, normalDensity(x) / 4, normalBelow(x)]);

// Probability that n standard normals lie within `width` of each other.
const rangeBelow = (width, n) => total(normalGrid.map(([x, weight, below]) => weight * n * (normalBelow(x + width) - below) ** (n - 1)));

function whereReached(chance, rising) {
  let low = 0, high = 16;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (rising(middle) < chance) low = middle; else high = middle;
  }
  return high;
}

// Standard errors to go towards no gap, and away from it; worked out once for each number of groups.
const knownCritical = {};
function criticalValues(groups, confidence, toOne) {
  const inner = () => toOne ? whereReached((1 + confidence ** (1 / (groups - 1))) / 2, normalBelow)
    : whereReached(confidence, (z) => rangeBelow(Math.SQRT2 * z, groups));
  const both = (z) => [z, whereReached(1 + confidence - normalBelow(z), normalBelow)];
  return knownCritical[[groups, confidence, toOne]] ??= both(inner());
}

const distance = (a, b) => Math.sqrt(a * a + b * b); // Math.hypot takes ten times as long

// [value, low, high] of a defined metric, z standard errors away; `share` is effective rows for a unit of weight.
function withLimits(definitions, metric, cells, share, z) {
  const { parts, over, under } = definitions[metric];
  if (parts) {
    const all = parts.map((part) => withLimits(definitions, part, cells, share, z)), value = total(all.map(([each]) => each)) / parts.length;
    const far = (side) => all.reduce((sum, each) => distance(sum, each[0] - each[side]), 0) / parts.length;
    return [value, Math.max(0, value - far(1)), Math.min(1, value + far(2))];
  }
  let hits = 0, misses = 0, hit = 1, miss = 1;
  for (const cell in under) {
    if (cell in over) { hits += cells[cell]; hit = over[cell]; } else { misses += cells[cell]; miss = under[cell]; }
  }
  const n = share * (hits + misses), p = hits / (hits + misses), stretch = 1 + z * z / n;
  const centre = p + z * z / (2 * n), half = z * Math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2);
  const rising = (limit) => hit * limit / (hit * limit + miss * (1 - limit));
  return [rising(p), misses < hits + misses ? rising((centre - half) / stretch) : 0, misses > 0 ? rising((centre + half) / stretch) : 1];
}

const effectiveShare = (cells, size, weighted) => weighted ? size / (cells.tp + cells.fp + cells.fn + cells.tn) : 1;

/** [low, high] of one group's rate, or null. `size` is its effective number of rows, used where it is weighted. */
export function rateInterval(definitions, metric, cells, size, weighted, confidence = 0.95) {
  if (rate(definitions, metric, cells) === null) return null;
  const [z] = criticalValues(2, confidence, false);
  return withLimits(definitions, metric, cells, effectiveShare(cells, size, weighted), z).slice(1);
}

/** [low, high] of hits / size by Wilson, for what no metric names; or null. */
export function shareInterval(hits, size) {
  const share = { share: { over: { tp: 1 }, under: { tp: 1, fn: 1 } } };
  return rateInterval(share, "share", { tp: hits, fp: 0, fn: size - hits, tn: 0 }, size, false);
}

// Values of all groups, or null where one is undefined or there is nothing to compare with.
function comparable(definitions, metric, cellsList) {
  const values = cellsList.map((cells) => rate(definitions, metric, cells));
  return values.length < 2 || values.includes(null) ? null : values;
}

/** Highest value less the lowest; with a reference (its place), the difference from it farthest from 0; or null. */
export function difference(definitions, metric, cellsList, reference = null) {
  const values = comparable(definitions, metric, cellsList);
  if (!values || reference === null) return values && Math.max(...values) - Math.min(...values);
  return total(values.map((value) => value - values[reference]).sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, 1));
}

/** Lowest value over the highest; with a reference (its place), the smallest ratio to it; or null. */
export function ratio(definitions, metric, cellsList, reference = null) {
  const values = comparable(definitions, metric, cellsList);
  const base = values && (reference === null ? Math.max(...values) : values[reference]);
  return base > 0 ? Math.min(...values.filter((_, place) => place !== reference)) / base : null;
}

// What `limits` gives for each pair of groups that is compared, towards no gap and away from it.
function nearAndFar(limits, definitions, metric, cellsList, sizes, weighted, reference, confidence) {
  return criticalValues(cellsList.length, confidence, reference !== null).map((z) => {
    const all = cellsList.map((cells, i) => withLimits(definitions, metric, cells, effectiveShare(cells, sizes[i], weighted), z));
    const others = reference === null ? all : [all[reference]], found = [];
    for (const one of all) for (const other of others) if (other !== one) found.push(limits(one, other));
    return found;
  });
}

// Newcombe's limits of a - b.
const gapLimits = ([a, aLow, aHigh], [b, bLow, bHigh]) =>
  [a - b - distance(a - aLow, bHigh - b), a - b + distance(aHigh - a, b - bLow)];

// Donner and Zou's limits of a / b, the lower with its root under the line, where it cannot cancel.
function shareLimits([a, aLow, aHigh], [b, bLow, bHigh]) {
  const lowOver = aLow * (2 * a - aLow), lowUnder = bHigh * (2 * b - bHigh);
  const highOver = aHigh * (2 * a - aHigh), highUnder = bLow * (2 * b - bLow), product = a * b;
  const root = (over, under) => product + Math.sqrt(Math.max(0, product * product - over * under));
  return [lowOver > 0 ? lowOver / root(lowOver, lowUnder) : 0, highUnder > 0 ? root(highOver, highUnder) / highUnder : Infinity];
}

/** [low, high] of the difference, or null. */
export function differenceInterval(definitions, metric, cellsList, sizes, weighted, reference = null, confidence = 0.95) {
  if (difference(definitions, metric, cellsList, reference) === null) return null;
  const [near, far] = nearAndFar(gapLimits, definitions, metric, cellsList, sizes, weighted, reference, confidence);
  const least = Math.max(0, ...near.map(([low, high]) => Math.max(low, -high)));
  if (reference === null) return [least, Math.min(1, Math.max(...far.map(([, high]) => high)))];
  // What is farthest lies at least `least` from 0, on either side.
  const lows = far.map(([low, high]) => low <= -least ? low : high >= least ? least : 1);
  const highs = far.map(([low, high]) => high >= least ? high : low <= -least ? -least : -1);
  return [Math.max(-1, Math.min(...lows)), Math.min(1, Math.max(...highs))];
}

/** [low, high] of the ratio, or null; high is Infinity where nothing bounds it. */
export function ratioInterval(definitions, metric, cellsList, sizes, weighted, reference = null, confidence = 0.95) {
  if (ratio(definitions, metric, cellsList, reference) === null) return null;
  const [near, far] = nearAndFar(shareLimits, definitions, metric, cellsList, sizes, weighted, reference, confidence);
  const high = Math.min(...near.map((limits) => limits[1]));
  return [Math.min(...far.map((limits) => limits[0])), reference === null ? Math.min(1, high) : high];
}
