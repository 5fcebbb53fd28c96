// The round numbers beside a chart's axes, and lines with gaps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bandThrough, lineThrough, ticks } from "../../edutools/widgets/chart.js";

test("ticks are round, rise by one step and stay within the axis", () => {
  assert.deepEqual(ticks(0, 4), [0, 1, 2, 3, 4]);
  assert.deepEqual(ticks(0, 0.69, 4), [0, 0.2, 0.4, 0.6]);
  assert.deepEqual(ticks(-1, 1, 4), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(ticks(0, 100), [0, 20, 40, 60, 80, 100]);
  for (const high of [0.003, 0.7, 1, 9, 12.5, 1e6]) {
    const all = ticks(0, high);
    assert.ok(all.length >= 2 && all.length <= 6, `${high}: ${all}`);
    assert.ok(all.at(-1) <= high * (1 + 1e-9));
  }
});

test("a gap parts a line and its band, and a point alone is a dot", () => {
  assert.equal(lineThrough([[0, 1], [2, 3], null, [4, 5]]), "M0.0 1.0h0L2.0 3.0M4.0 5.0h0");
  assert.equal(lineThrough([null, null]), "");
  assert.equal(bandThrough([[0, 1, 2], [1, 3, 5], null]), "M0.0 1.0L1.0 3.0L1.0 5.0L0.0 2.0Z");
});
