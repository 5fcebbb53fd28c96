// Reads facts of applicants and what is asked of each from standard input; writes what the browser computes.
import { readFileSync } from "node:fs";
import { logistic, nearestOf, thresholdOf, valuesOf } from "../../edutools/widgets/decision.js";
import { additiveChanges, additiveContributions, additiveCurve, additiveLogOdds } from "../../edutools/widgets/additive.js";

function judged({ facts, rows, threshold, group, what_if, changeable, feature }) {
  const names = facts.features.map(({ name }) => name), values = valuesOf(facts, what_if, group);
  const score = logistic(additiveLogOdds(facts, values)), own = thresholdOf(threshold, group), approved = score >= own;
  return { values, score, approved, contributions: additiveContributions(facts, values), curve: additiveCurve(facts, names.indexOf(feature), values),
    changes: additiveChanges(facts, values, changeable.map((name) => names.indexOf(name)), { threshold: own, approved }),
    ...nearestOf(facts, rows, values, threshold, approved) };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(judged)));
