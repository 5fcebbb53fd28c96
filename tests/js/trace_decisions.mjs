// Reads facts of applicants and what is asked of each from standard input; writes what the browser computes.
import { readFileSync } from "node:fs";
import { bySize, figure, linearContributions, logOdds, logistic, nearestOf, signedFigure, tellingDigits, tellingPlaces, thresholdOf, valuesOf }
  from "../../edutools/widgets/decision.js";

function trace({ facts, rows, what_if, group, threshold }) {
  const values = valuesOf(facts, what_if, group), score = logistic(logOdds(facts, values));
  const approved = score >= thresholdOf(threshold, group), contributions = linearContributions(facts, values);
  return { score, approved, contributions, order: bySize(contributions), telling: tellingPlaces(contributions, approved),
    ...nearestOf(facts, rows, values, threshold, approved) };
}

const words = ({ numbers, pairs }) => ({
  figures: [0, 1, 2, 3, 4].map((digits) => numbers.map((value) => figure(value, digits))),
  signed: numbers.map((value) => signedFigure(value, 2)),
  beside: pairs.map(([score, threshold]) => tellingDigits(score, threshold)),
});

const { traces, said } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({ traces: traces.map(trace), said: words(said) }));
