// Reads cases from the standard input, each a table and questions about it, and writes what criteria.js answers.
import { readFileSync } from "node:fs";
import { chooseThresholds } from "../../edutools/widgets/criteria.js";

const { definitions, cases } = JSON.parse(readFileSync(0, "utf8"));
const rows = (lists) => lists.map((list) => Float64Array.from(list));
const answers = cases.map(({ table, questions }) => {
  const read = { ...table, thresholds: Float64Array.from(table.thresholds, (value) => value ?? Infinity), tp: rows(table.tp), fp: rows(table.fp) };
  return questions.map(({ criterion, ...money }) => chooseThresholds(read, criterion, { definitions, ...money }));
});
// JSON turns the threshold Infinity to null, as Python's to_dict does.
process.stdout.write(JSON.stringify(answers));
