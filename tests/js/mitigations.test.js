// Where the numbers of points stand: on the picture, beside their own, and on no other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placesOfNumbers } from "../../edutools/widgets/mitigations.js";

const box = { width: 400, height: 300 };

test("a lone point has its number beside it", () => {
  const [[x, y]] = placesOfNumbers([[200, 150]], box);
  assert.ok(Math.hypot(x - 200, y - 150) < 25 && Math.hypot(x - 200, y - 150) > 10);
});

test("numbers of a dozen points that stand apart cover no point and no other number, and stay inside", () => {
  const points = Array.from({ length: 12 }, (_, k) => [20 + (k % 4) * 115, 20 + Math.floor(k / 4) * 120]);
  const found = placesOfNumbers(points, box);
  found.forEach(([x, y], k) => {
    assert.ok(x > 8 && x < 392 && y > 8 && y < 292);
    for (const [a, b] of [...points, ...found.filter((_, other) => other !== k)]) assert.ok(Math.hypot(a - x, b - y) > 10);
  });
});

test("points on one spot each have a number of its own place", () => {
  const found = placesOfNumbers(Array.from({ length: 5 }, () => [200, 150]), box);
  assert.equal(new Set(found.map(String)).size, 5);
});
