// Which windows are named under an axis, which run together, and how far an axis reaches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { airy, named, together } from "../../edutools/widgets/spans.js";

test("named places begin at the first, stand evenly apart and find room", () => {
  assert.deepEqual(named(0, 5), []);
  assert.deepEqual(named(1, 5), [0]);
  assert.deepEqual(named(5, 5), [0, 1, 2, 3, 4]);
  assert.deepEqual(named(40, 8.3), [0, 6, 12, 18, 24, 30, 36]);
  for (let count = 2; count < 200; count += 1) {
    for (const room of [0.5, 2, 3.4, 9]) {
      const places = named(count, room), steps = new Set(places.slice(1).map((place, k) => place - places[k]));
      assert.ok(places.length >= 2 && places.length <= Math.max(2, room), `${count} ${room}: ${places}`);
      assert.ok(places[0] === 0 && places.at(-1) < count && steps.size === 1);
    }
  }
});

test("what holds side by side runs together", () => {
  assert.deepEqual(together([]), []);
  assert.deepEqual(together([false, true, true, false, true]), [[1, 2], [4, 4]]);
  assert.deepEqual(together([true, true]), [[0, 1]]);
});

test("an axis reaches over every number with air on both sides, and over something where there is none", () => {
  assert.deepEqual(airy([null, null]), [0, 1]);
  const [low, high] = airy([-1, null, 1]);
  assert.ok(low < -1 && high > 1);
  const [least, most] = airy([0.3]);
  assert.ok(least < 0.3 && most > 0.3);
});
