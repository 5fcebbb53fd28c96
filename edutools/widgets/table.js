// The table of counts as it came from Python, and the four cells at any of its thresholds.

const ROUNDING = 1e-9; // of sums of weights

// Second differences as zigzag varints; arithmetic, not bits, since counts may pass 2³¹.
export function unpackCounts(view, rows, columns) {
  let place = 0;
  const next = () => {
    let value = 0, scale = 1, byte;
    do {
      if (place >= view.byteLength) throw new Error("`_table`");
      byte = view.getUint8(place++);
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const found = Array.from({ length: rows }, () => {
    const row = new Float64Array(columns);
    for (let column = 0, step = 0, total = 0; column < columns; column += 1) {
      step += next();
      total += step;
      row[column] = total;
    }
    return row;
  });
  if (place !== view.byteLength) throw new Error("`_table`");
  return found;
}

function unpackWeights(view, rows, columns) {
  if (view.byteLength !== 8 * rows * columns) throw new Error("`_table`");
  return Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: columns }, (_, column) => view.getFloat64(8 * (row * columns + column), true)));
}

// Bytes that came damaged would be shown as counts like any other: what no table of counts can hold is refused.
function isWhole(rows, totals) {
  return rows.every((row, place) => row.every((count, index) => count >= 0 && count <= totals[place] * (1 + ROUNDING)
    && (index === 0 || count <= row[index - 1] + ROUNDING * totals[place])));
}

function areNumbers(values, size) {
  return Array.isArray(values) && values.length === size && values.every((value) => Number.isFinite(value) && value >= 0);
}

export function readTable(facts, view) {
  const { groups, positives, negatives, squared_weights: squares } = facts;
  if (!Array.isArray(groups) || ![positives, negatives, squares].every((each) => areNumbers(each, groups.length))) throw new Error("`_counts`");
  const given = facts.thresholds ?? [...Array.from({ length: 1001 }, (_, step) => step / 1000), null];
  const thresholds = Float64Array.from(given, (value) => value ?? Infinity);
  const read = facts.weighted ? unpackWeights : unpackCounts;
  const rows = read(view, 2 * groups.length, thresholds.length);
  if (!isWhole(rows, groups.flatMap((_, group) => [positives[group], negatives[group]]))) throw new Error("`_table`");
  const totals = facts.positives.map((count, group) => count + facts.negatives[group]);
  return { ...facts, thresholds,
    tp: rows.filter((_, row) => row % 2 === 0), fp: rows.filter((_, row) => row % 2 === 1),
    // Kish's effective number of rows: the number itself where nothing is weighted.
    sizes: totals.map((total, group) => total === 0 ? 0 : (total * total) / facts.squared_weights[group]) };
}

export function cellsAt(table, group, index) {
  const tp = table.tp[group][index], fp = table.fp[group][index];
  return { tp, fp, fn: table.positives[group] - tp, tn: table.negatives[group] - fp };
}

export function sumCells(list) {
  return list.reduce((a, b) => ({ tp: a.tp + b.tp, fp: a.fp + b.fp, fn: a.fn + b.fn, tn: a.tn + b.tn }));
}

// All groups as one, for a widget that shows them together.
export function overallTable(table, name) {
  const sum = (rows) => rows.reduce((a, b) => a.map((value, column) => value + b[column]));
  const add = (a, b) => a + b;
  const positives = table.positives.reduce(add), negatives = table.negatives.reduce(add);
  const squared = table.squared_weights.reduce(add);
  return { ...table, groups: [name], tp: [sum(table.tp)], fp: [sum(table.fp)], positives: [positives], negatives: [negatives],
    squared_weights: [squared], sizes: [squared === 0 ? 0 : (positives + negatives) ** 2 / squared] };
}

export function nearestIndex(table, threshold) {
  const { thresholds } = table;
  if (threshold === null) return thresholds.length - 1;
  let best = 0;
  for (let index = 1; index < thresholds.length; index += 1) {
    if (Math.abs(thresholds[index] - threshold) < Math.abs(thresholds[best] - threshold)) best = index;
  }
  return best;
}

export function thresholdAt(table, index) {
  const value = table.thresholds[index];
  return value === Infinity ? null : value;
}
