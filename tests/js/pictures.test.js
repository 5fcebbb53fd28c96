// The round numbers beside a picture's axes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ticks } from "../../edutools/widgets/pictures.js";

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
