// The same solver as edutools/criteria.py, which says why it is exact and how ties are broken. Every sum is made in
// the same order there and here, so that both choose the same thresholds to the last bit.

export const CRITERION_METRICS = {
  max_profit: [],
  single_threshold: [],
  demographic_parity: ["selection_rate"],
  equal_opportunity: ["true_positive_rate"],
  equalized_odds: ["true_positive_rate", "false_positive_rate"],
  predictive_parity: ["precision"],
};

const GAP_SLACK = 1e-12;

/**
 * The most profitable thresholds, one a group, at which the groups agree in the criterion's metrics: an object with
 * `indices` (into table.thresholds) and `thresholds`, in the order of table.groups; `profit`; `share` of the
 * highest profit; `gap`; `met`; `degenerate`; `alternative` (such an object, or null); and `reasons`, each the key of a
 * text with its values. Undefined numbers are null. `definitions` is metrics.json.
 */
export function chooseThresholds(table, criterion, { definitions, gain = 1, loss = 1, tolerance = 0.01 }) {
  const metrics = CRITERION_METRICS[criterion];
  const groups = table.groups.map((_, g) => allCells(table, g));
  const profits = groups.map(({ tp, fp }) => tp.map((value, k) => gain * value - loss * fp[k]));
  const extremes = groups.map(approvesAllOrNone);
  const rates = metrics.map((metric) => groups.map((cells) => allRates(cells, definitions[metric])));
  const best = profits.map(firstHighest);
  const sum = (picks) => picks.reduce((total, k, g) => total + profits[g][k], 0);
  const gapOf = (picks) => {
    const gap = Math.max(...rates.map((rows) => {
      const values = picks.map((k, g) => rows[g][k]);
      return Math.max(...values) - Math.min(...values);
    }));
    return Number.isFinite(gap) ? gap : null;
  };

  const choice = (picks, { met = true, degenerate = false, alternative = null, reasons = [] } = {}) => {
    const [profit, highest] = [sum(picks), sum(best)];
    return {
      criterion, indices: picks, thresholds: picks.map((k) => table.thresholds[k]), profit, gap: gapOf(picks),
      share: highest > 0 ? profit / highest : null, met, degenerate, alternative,
      reasons: highest > 0 ? reasons : [...reasons, { key: "criteria.no_share", values: {} }],
    };
  };

  const degenerate = extremes.every((row) => row.every(Boolean));
  if (criterion === "max_profit") return choice(best, { degenerate });
  if (criterion === "single_threshold") {
    const totals = profits[0].map((_, k) => sum(profits.map(() => k)));
    return choice(profits.map(() => firstHighest(totals)), { degenerate });
  }

  for (const [axis, metric] of metrics.entries()) {
    const lacking = table.groups.filter((_, g) => rates[axis][g].every(Number.isNaN));
    if (lacking.length) {
      const reason = { key: "criteria.undefined", values: { metric, groups: lacking.join(", ") } };
      return choice(best, { met: false, reasons: [reason] });
    }
  }
  const windows = searchWindows(groups.map((cells, g) => risingCurve(cells, profits[g], extremes[g], rates.map((rows) => rows[g]))));
  let picks = windows.mostProfitable(tolerance, false);
  const met = picks !== null;
  if (!met) picks = windows.nearest(false);
  const gap = gapOf(picks);
  const state = { met, reasons: met ? [] : [{ key: "criteria.not_met", values: { tolerance, gap } }] };
  if (picks.some((k, g) => !extremes[g][k]) || windows.mostProfitable(met ? tolerance : gap, true)) return choice(picks, state);
  const beside = windows.nearest(true);
  if (beside) {
    const reason = { key: "criteria.alternative", values: { tolerance, gap: gapOf(beside) } };
    state.alternative = choice(beside, { met: false, reasons: [reason] });
  }
  return choice(picks, { ...state, degenerate: true });
}

/** One group's four cells, each an array over the thresholds. */
function allCells(table, g) {
  const [tp, fp] = [table.tp[g], table.fp[g]];
  return { tp, fp, fn: tp.map((value) => table.positives[g] - value), tn: fp.map((value) => table.negatives[g] - value) };
}

/** A metric at every threshold of one group, NaN where it is undefined; one call a table, where `rate` is one a threshold. */
function allRates(cells, { over, under }) {
  const weigh = (weights) => Object.entries(weights).reduce((sum, [cell, weight]) => sum.map((value, k) => value + weight * cells[cell][k]),
    new Float64Array(cells.tp.length));
  const below = weigh(under);
  return weigh(over).map((value, k) => (below[k] > 0 ? value / below[k] : NaN));
}

function approvesAllOrNone({ tp, fp, fn, tn }) {
  return Array.from(tp, (_, k) => {
    const [approved, refused] = [tp[k] + fp[k], fn[k] + tn[k]];
    // Sums of weights are rounded: what is left of a whole group may be 1e-17 of it.
    return Math.min(approved, refused) <= 1e-12 * (approved + refused);
  });
}

function firstHighest(values) {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}

/** One group's candidate thresholds (the lowest of those with the same cells) in the order in which the metrics rise. */
function risingCurve({ tp, fp }, profit, extreme, [first, second]) {
  const at = [];
  for (let k = tp.length - 1; k >= 0; k--) {
    const repeats = k > 0 && tp[k] === tp[k - 1] && fp[k] === fp[k - 1];
    if (!repeats && !Number.isNaN(first[k]) && !(second && Number.isNaN(second[k]))) at.push(k);
  }
  at.sort((a, b) => first[a] - first[b]);
  let top = 0;
  const n = at.length;
  const [x, y] = [Float64Array.from(at, (k) => first[k]), Float64Array.from(at, (k) => (top = Math.max(top, second ? second[k] : 0)))];
  const order = [...at.keys()].sort((a, b) => profit[at[b]] - profit[at[a]] || at[a] - at[b]);
  const ranks = new Int32Array(n);
  order.forEach((candidate, rank) => (ranks[candidate] = rank));
  const nextModerate = new Int32Array(n + 1).fill(n);
  for (let i = n - 1; i >= 0; i--) nextModerate[i] = extreme[at[i]] ? nextModerate[i + 1] : i;
  return {
    at, order, nextModerate, x, y,
    profit: Float64Array.from([...order.map((candidate) => profit[at[candidate]]), -Infinity]),
    ranks: rangeMinima(ranks), moderateRanks: rangeMinima(ranks.map((rank, i) => (extreme[at[i]] ? n : rank))),
  };
}

/** Sparse table: row k holds the least of each 2^k neighbours, so that two look-ups give that of any range. */
function rangeMinima(values) {
  const rows = [values];
  for (let width = 1; 2 * width <= values.length; width *= 2) {
    const last = rows[rows.length - 1], row = last.slice(0, last.length - width);
    for (let i = 0; i < row.length; i++) if (last[i + width] < row[i]) row[i] = last[i + width];
    rows.push(row);
  }
  return rows;
}

function leastIn(rows, first, last) {
  const level = 31 - Math.clz32(last - first);
  return Math.min(rows[level][first], rows[level][last - (1 << level)]);
}

/** How many of some rising values lie below a value, or, with `orAt`, at most at it. */
function countBelow(values, value, orAt) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value || (orAt && values[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Best-first search among all windows of the metrics; a box of windows is [first x, first y, last x + 1, last y + 1]. */
function searchWindows(curves) {
  const axis = (name) => Float64Array.from(curves.flatMap((curve) => [...curve[name]])).sort().filter((value, i, all) => value !== all[i - 1]);
  const [xs, ys] = [axis("x"), axis("y")];

  const firstFrom = (curve, x, y) => Math.max(countBelow(curve.x, x), countBelow(curve.y, y));
  const lastTo = (curve, x, y) => Math.min(countBelow(curve.x, x, true), countBelow(curve.y, y, true));

  function bestIn(box, limit, moderate) {
    const [x, y] = [xs[box[2] - 1] + limit, ys[box[3] - 1] + limit];
    let [total, step] = [0, -Infinity];
    for (const curve of curves) {
      const [first, last] = [firstFrom(curve, xs[box[0]], ys[box[1]]), lastTo(curve, x, y)];
      if (first >= last) return -Infinity;
      const profit = curve.profit[leastIn(curve.ranks, first, last)];
      total += profit;
      if (moderate) step = Math.max(step, curve.profit[leastIn(curve.moderateRanks, first, last)] - profit);
    }
    return moderate ? total + step : total;
  }

  function gapFrom(box, moderate) {
    const above = (curve, i) => i === curve.at.length ? Infinity
      : Math.max(curve.x[i] - xs[box[2] - 1], curve.y[i] - ys[box[3] - 1], 0);
    let [gap, beside] = [0, Infinity];
    for (const curve of curves) {
      const first = firstFrom(curve, xs[box[0]], ys[box[1]]);
      gap = Math.max(gap, above(curve, first));
      if (moderate) beside = Math.min(beside, above(curve, curve.nextModerate[first]));
    }
    return moderate ? Math.max(gap, beside) : gap;
  }

  function picksIn(box, limit, moderate) {
    const [x, y] = [xs[box[0]], ys[box[1]]];
    const runs = curves.map((curve) => [firstFrom(curve, x, y), lastTo(curve, x + limit, y + limit)]);
    const ranks = curves.map((curve, g) => leastIn(curve.ranks, ...runs[g]));
    if (moderate) {
      const others = curves.map((curve, g) => leastIn(curve.moderateRanks, ...runs[g]));
      const g = firstHighest(curves.map(({ profit }, i) => profit[others[i]] - profit[ranks[i]]));
      ranks[g] = others[g];
    }
    return curves.map(({ at, order }, g) => at[order[ranks[g]]]);
  }

  function search(cost) {
    const boxes = boxHeap();
    const add = (...box) => {
      const value = cost(box);
      if (value < Infinity) boxes.push({ value, box });
    };
    add(0, 0, xs.length, ys.length);
    for (let next = boxes.pop(); next; next = boxes.pop()) {
      const [i, j, k, m] = next.box;
      const [width, height] = [xs[k - 1] - xs[i], ys[m - 1] - ys[j]];
      if (!width && !height) return next.box;
      const middle = width >= height ? (i + k) >> 1 : (j + m) >> 1;
      if (width >= height) add(i, j, middle, m), add(middle, j, k, m);
      else add(i, j, k, middle), add(i, middle, k, m);
    }
    return null;
  }

  function mostProfitable(tolerance, moderate) {
    const limit = tolerance + GAP_SLACK;
    const box = search((each) => -bestIn(each, limit, moderate));
    return box && picksIn(box, limit, moderate);
  }

  function nearest(moderate) {
    const box = search((each) => gapFrom(each, moderate));
    return box && mostProfitable(gapFrom(box, moderate), moderate);
  }

  return { mostProfitable, nearest };
}

/** Boxes by rising value, of equals the one with the lowest corner first. */
function boxHeap() {
  const heap = [];
  const before = (a, b) => (a.value - b.value || a.box[0] - b.box[0] || a.box[1] - b.box[1]) < 0;
  const swap = (i, j) => ([heap[i], heap[j]] = [heap[j], heap[i]]);
  const push = (item) => {
    let i = heap.push(item) - 1;
    for (let up = (i - 1) >> 1; i && before(heap[i], heap[up]); i = up, up = (i - 1) >> 1) swap(i, up);
  };
  const pop = () => {
    if (heap.length < 2) return heap.pop();
    const top = heap[0];
    heap[0] = heap.pop();
    for (let i = 0, least = 0; ; i = least) {
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && before(heap[child], heap[least])) least = child;
      if (least === i) return top;
      swap(i, least);
    }
  };
  return { push, pop };
}
