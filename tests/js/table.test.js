// The table of counts in the browser; what Python packs is compared in tests/test_widgets_table.py.
import assert from "node:assert";
import test from "node:test";
import { cellsAt, nearestIndex, overallTable, readTable, sumCells, thresholdAt } from "../../edutools/widgets/table.js";

// Zigzag varints, written here by whole arithmetic, so that counts beyond 2³¹ are judged too.
function varints(values) {
  const bytes = [];
  for (const value of values) {
    let rest = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
    do {
      bytes.push(Number(rest % 128n) + (rest >= 128n ? 128 : 0));
      rest /= 128n;
    } while (rest > 0n);
  }
  return new DataView(Uint8Array.from(bytes).buffer);
}

const differences = (row) => row.map((value, place) => value - (row[place - 1] ?? 0));
const packedRows = (rows) => varints(rows.flatMap((row) => differences(differences(row))));

function table({ thresholds = [0, 0.5, null], rows = [[6, 2, 0], [4, 4, 0], [3, 1, 0], [5, 0, 0]] } = {}) {
  const totals = (kind) => rows.filter((_, place) => place % 2 === kind).map((row) => row[0]);
  const positives = totals(0), negatives = totals(1);
  const facts = { groups: ["men", "women"], thresholds, positives, negatives, weighted: false, thinned_from: null,
    squared_weights: positives.map((count, group) => count + negatives[group]) };
  return readTable(facts, packedRows(rows));
}

test("cells at a threshold add up to the group", () => {
  assert.deepEqual(cellsAt(table(), 0, 1), { tp: 2, fp: 4, fn: 4, tn: 0 });
  assert.deepEqual(cellsAt(table(), 1, 2), { tp: 0, fp: 0, fn: 3, tn: 5 });
});

test("counts beyond 2 to the power of 31 are read exactly", () => {
  const many = [[9_000_000_001, 5_000_000_000, 0], [7, 7, 7], [2 ** 40 + 1, 2 ** 40 - 1, 3], [1, 0, 0]];
  const read = table({ rows: many });
  assert.deepEqual([...read.tp[0]], many[0]);
  assert.deepEqual([...read.tp[1]], many[2]);
});

test("without thresholds of its own a table has the default grid and nobody at its end", () => {
  const row = Array.from({ length: 1002 }, (_, step) => 1001 - step);
  const read = table({ thresholds: null, rows: [row, row, row, row] });
  assert.equal(read.thresholds.length, 1002);
  assert.equal(read.thresholds[300], 0.3);
  assert.equal(read.thresholds[1001], Infinity);
});

test("weights are read as they are", () => {
  const rows = [[0.25, 0.125, 0], [3.5, 0, 0]];
  const view = new DataView(new ArrayBuffer(48));
  rows.flat().forEach((value, place) => view.setFloat64(8 * place, value, true));
  const read = readTable({ groups: ["a"], thresholds: [0, 0.5, null], positives: [0.25], negatives: [3.5], squared_weights: [2], weighted: true }, view);
  assert.deepEqual([...read.tp[0]], rows[0]);
  assert.deepEqual([...read.fp[0]], rows[1]);
  assert.equal(read.sizes[0], 3.75 ** 2 / 2);
});

test("the nearest threshold is found, and null is nobody", () => {
  const read = table();
  assert.equal(nearestIndex(read, 0.5), 1);
  assert.equal(nearestIndex(read, 0.2), 0);
  assert.equal(nearestIndex(read, 7), 1);
  assert.equal(nearestIndex(read, null), 2);
  assert.equal(thresholdAt(read, 2), null);
  assert.equal(thresholdAt(read, 1), 0.5);
});

test("all groups together are the sum of each", () => {
  const read = table(), all = overallTable(read, "all");
  for (const index of [0, 1, 2]) {
    assert.deepEqual(cellsAt(all, 0, index), sumCells([cellsAt(read, 0, index), cellsAt(read, 1, index)]));
  }
  assert.deepEqual(all.groups, ["all"]);
  assert.deepEqual(all.sizes, [18]);
});

test("an empty group has no effective rows, and no division by zero", () => {
  const read = table({ rows: [[6, 2, 0], [4, 4, 0], [0, 0, 0], [0, 0, 0]] });
  assert.deepEqual(read.sizes, [10, 0]);
});
