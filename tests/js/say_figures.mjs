// Reads numbers from standard input; writes how the browser writes them.
import { readFileSync } from "node:fs";
import { decimals, money, wholes } from "../../edutools/widgets/dom.js";
import { thresholdText } from "../../edutools/widgets/strip.js";

const words = ({ shares, amounts }) => ({
  two: shares.map((value) => decimals(value)),
  three: shares.map((value) => decimals(value, 3)),
  thresholds: shares.map((value) => thresholdText({}, Math.abs(value))),
  wholes: amounts.map((value) => wholes(Math.abs(value))),
  money: amounts.map((value) => money(value, "€")),
});
process.stdout.write(JSON.stringify(words(JSON.parse(readFileSync(0, "utf8")))));
