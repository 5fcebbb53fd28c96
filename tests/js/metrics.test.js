// Rates, gaps and intervals: the numbers of tests/cases.json, which Python holds to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  difference, differenceInterval, formula, rate, rateInterval, ratio, ratioInterval, shareInterval,
} from "../../edutools/widgets/metrics.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const definitions = read("../../edutools/metrics.json");
const cases = read("../cases.json");
const METRICS = Object.keys(definitions);

function near(got, expected, what) {
  if (expected === null) return assert.equal(got, null, what);
  assert.ok(got !== null && Math.abs(got - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${got}, not ${expected}`);
}

// null as the high end of an interval stands for Infinity, which JSON does not know.
function nearInterval(got, expected, what) {
  if (expected === null) return assert.equal(got, null, what);
  near(got[0], expected[0], `${what}, low`);
  if (expected[1] === null) assert.equal(got[1], Infinity, what); else near(got[1], expected[1], `${what}, high`);
}

for (const { name, weighted, cells, sizes, expected } of cases) {
  test(`every metric has Python's value in ${name}`, () => {
    for (const metric of METRICS) {
      cells.forEach((each, place) => near(rate(definitions, metric, each), expected[metric].rates[place], `${metric} of ${place}`));
      near(difference(definitions, metric, cells), expected[metric].difference, `difference in ${metric}`);
      near(ratio(definitions, metric, cells), expected[metric].ratio, `ratio of ${metric}`);
      near(difference(definitions, metric, cells, 0), expected[metric].difference_to_first, `difference to first in ${metric}`);
      near(ratio(definitions, metric, cells, 0), expected[metric].ratio_to_first, `ratio to first of ${metric}`);
    }
  });

  test(`every interval has Python's limits in ${name}`, () => {
    for (const metric of METRICS) {
      const of = expected[metric], all = [definitions, metric, cells, sizes, weighted];
      cells.forEach((each, place) => {
        nearInterval(rateInterval(definitions, metric, each, sizes[place], weighted), of.intervals[place], `${metric} of ${place}`);
        nearInterval(rateInterval(definitions, metric, each, sizes[place], weighted, 0.8), of.intervals_80[place], `${metric}, 80%`);
      });
      nearInterval(differenceInterval(...all), of.difference_interval, `difference in ${metric}`);
      nearInterval(ratioInterval(...all), of.ratio_interval, `ratio of ${metric}`);
      nearInterval(differenceInterval(...all, 0), of.difference_interval_to_first, `difference to first in ${metric}`);
      nearInterval(ratioInterval(...all, 0), of.ratio_interval_to_first, `ratio to first of ${metric}`);
    }
  });
}

test("the cases cover every metric, weights, and values that are undefined", () => {
  assert.deepEqual(Object.keys(cases[0].expected).sort(), [...METRICS].sort());
  assert.ok(cases.some(({ weighted }) => weighted));
  for (const metric of METRICS) assert.ok(cases.some(({ expected }) => expected[metric].rates.includes(null)), metric);
});

test("a formula holds its terms and its value", () => {
  const cells = { tp: 30, fp: 10, fn: 12, tn: 48 };
  assert.deepEqual(formula(definitions, "f1_score", cells),
    { over: [[2, "tp", 30]], under: [[2, "tp", 30], [1, "fp", 10], [1, "fn", 12]], value: 60 / 82 });
  const empty = formula(definitions, "true_positive_rate", { tp: 0, fp: 1, fn: 0, tn: 1 });
  assert.deepEqual(empty, { over: [[1, "tp", 0]], under: [[1, "tp", 0], [1, "fn", 0]], value: null });
  const { parts, value } = formula(definitions, "balanced_accuracy", cells);
  assert.deepEqual(parts.map((part) => part.value), [30 / 42, 48 / 58]);
  assert.equal(value, (30 / 42 + 48 / 58) / 2);
});

// Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion. Statistics in Medicine 17, table I, method 3.
test("the interval of a share is the published one, and undefined of nobody", () => {
  for (const [hits, size, low, high] of [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718]]) {
    const got = shareInterval(hits, size);
    assert.ok(Math.abs(got[0] - low) < 5e-5 && Math.abs(got[1] - high) < 5e-5, `${hits} of ${size}: ${got}`);
  }
  assert.equal(shareInterval(0, 0), null);
});
