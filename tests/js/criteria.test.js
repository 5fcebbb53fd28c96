// The thresholds that a criterion asks for: judged by every combination here, and by Python in tests/test_criteria.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CRITERION_METRICS, chooseThresholds } from "../../edutools/widgets/criteria.js";
import { rate } from "../../edutools/widgets/metrics.js";
import { cellsAt } from "../../edutools/widgets/table.js";

const definitions = JSON.parse(readFileSync(new URL("../../edutools/metrics.json", import.meta.url), "utf8"));
const ask = (table, criterion, options = {}) => chooseThresholds(table, criterion, { definitions, ...options });

// people: by group, [label, score] of each.
function counted(people, thresholds) {
  const groups = Object.keys(people);
  const count = (label, threshold) => groups.map((group) => Float64Array.from(threshold,
    (least) => people[group].filter(([is, score]) => is === label && score >= least).length));
  const all = (label) => groups.map((group) => people[group].filter(([is]) => is === label).length);
  return { groups, thresholds: Float64Array.from(thresholds), tp: count(1, thresholds), fp: count(0, thresholds),
    positives: all(1), negatives: all(0) };
}

// The same numbers in every run (Park and Miller 1988).
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function someone(random) {
  const score = Math.round(random() * 20) / 20;
  return [random() < score ? 1 : 0, score];
}

function* combinations(sizes) {
  if (!sizes.length) return yield [];
  for (const rest of combinations(sizes.slice(1))) for (let k = 0; k < sizes[0]; k += 1) yield [k, ...rest];
}

function everyCombination(table, criterion, { gain, loss }) {
  const options = [];
  for (const picks of combinations(table.groups.map(() => table.thresholds.length))) {
    const cells = picks.map((k, g) => cellsAt(table, g, k));
    const rates = CRITERION_METRICS[criterion].map((metric) => cells.map((each) => rate(definitions, metric, each)));
    if (rates.flat().includes(null)) continue;
    options.push({
      profit: cells.reduce((sum, { tp, fp }) => sum + gain * tp - loss * fp, 0),
      gap: Math.max(...rates.map((values) => Math.max(...values) - Math.min(...values))),
      extreme: cells.every(({ tp, fp, fn, tn }) => tp + fp === 0 || fn + tn === 0),
    });
  }
  return options;
}

const highest = (options) => Math.max(...options.map(({ profit }) => profit));
const smallest = (options) => Math.min(...options.map(({ gap }) => gap));
const upTo = (options, gap) => options.filter((each) => each.gap <= gap + 1e-12);

for (const criterion of Object.keys(CRITERION_METRICS).filter((each) => CRITERION_METRICS[each].length)) {
  test(`no combination of thresholds that has ${criterion} earns more`, () => {
    const random = numbers(7);
    const seen = new Set();
    for (let round = 0; round < 150; round += 1) {
      const people = Object.fromEntries(Array.from({ length: 2 + (round % 2) }, (_, g) =>
        [`g${g}`, [[1, 0.5], [0, 0.5], ...Array.from({ length: Math.floor(random() * 12) }, () => someone(random))]]));
      const table = counted(people, [0.1, 0.3, 0.45, 0.6, 0.8, Infinity].slice(round % 3 === 0 ? 1 : 0));
      const money = { gain: 1 + (round % 3), loss: round % 4, tolerance: [0, 0.05, 0.2][round % 3] };
      const options = everyCombination(table, criterion, money);
      const answer = ask(table, criterion, money);
      const met = smallest(options) <= money.tolerance + 1e-12;
      const within = upTo(options, Math.max(money.tolerance, smallest(options)));
      assert.equal(answer.met, met);
      assert.equal(answer.profit, highest(within));
      assert.ok(upTo([answer], met ? money.tolerance : smallest(options)).length);
      assert.equal(answer.degenerate, within.every(({ extreme }) => extreme));
      assert.equal(answer.reasons.some(({ key }) => key === "criteria.not_met"), !met);
      const others = options.filter(({ extreme }) => !extreme);
      if (answer.degenerate && others.length) {
        assert.equal(answer.alternative.profit, highest(upTo(others, smallest(others))));
        assert.ok(Math.abs(answer.alternative.gap - smallest(others)) < 1e-12);
      } else assert.equal(answer.alternative, null);
      seen.add(`${met} ${answer.degenerate}`);
    }
    assert.ok(seen.has("true false") && seen.size > 1, [...seen].join());
  });
}

const TWO = { a: [[1, 0.9], [0, 0.5], [0, 0.1]], b: [[1, 0.9], [0, 0.1]] };

test("each group's own best threshold earns most, and has no gap to speak of", () => {
  const answer = ask(counted(TWO, [0, 0.3, 0.7, Infinity]), "max_profit");
  assert.deepEqual(answer.thresholds, [0.7, 0.3]);
  assert.deepEqual(answer.indices, [2, 1]);
  assert.deepEqual([answer.profit, answer.share, answer.gap, answer.met, answer.degenerate], [2, 1, null, true, false]);
});

test("a single threshold is the best that is the same for all", () => {
  const answer = ask(counted(TWO, [0, 0.3, 0.7, Infinity]), "single_threshold");
  assert.deepEqual([answer.thresholds, answer.profit], [[0.7, 0.7], 2]);
});

test("a degenerate answer has the best other beside it", () => {
  const { met, degenerate, profit, alternative } = ask(counted(TWO, [0, 0.3, 0.7, Infinity]), "demographic_parity");
  assert.deepEqual([met, degenerate, profit], [true, true, 0]);
  assert.deepEqual([alternative.thresholds, alternative.met, alternative.degenerate], [[0.7, 0.3], false, false]);
  assert.deepEqual(alternative.reasons, [{ key: "criteria.alternative", values: { tolerance: 0.01, gap: alternative.gap } }]);
});

test("a group without positives is named as the reason why there is no equal opportunity", () => {
  const table = counted({ some: TWO.a, none: [[0, 0.5], [0, 0.7]] }, [0, 0.6, Infinity]);
  const answer = ask(table, "equalized_odds");
  assert.deepEqual(answer.reasons, [{ key: "criteria.undefined", values: { metric: "true_positive_rate", groups: "none" } }]);
  assert.deepEqual([answer.met, answer.gap, answer.indices], [false, null, ask(table, "max_profit").indices]);
});

test("where nothing earns the share is undefined and said to be", () => {
  const answer = ask(counted(TWO, [0, 0.3, 0.7, Infinity]), "max_profit", { gain: 0 });
  assert.deepEqual([answer.profit, answer.share, answer.reasons], [0, null, [{ key: "criteria.no_share", values: {} }]]);
});

test("the same table is asked twice with the same answer, and is left as it was", () => {
  const table = counted(TWO, [0, 0.3, 0.7, Infinity]);
  const before = structuredClone(table);
  assert.deepEqual(ask(table, "predictive_parity"), ask(table, "predictive_parity"));
  assert.deepEqual(table, before);
});
