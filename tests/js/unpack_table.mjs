// Reads packed tables (facts, and bytes in base64) from standard input; writes what the browser reads of them.
import { readFileSync } from "node:fs";
import { overallTable, readTable } from "../../edutools/widgets/table.js";

const lists = ({ thresholds, tp, fp, positives, negatives, sizes }) => ({
  thresholds: Array.from(thresholds, (value) => (value === Infinity ? null : value)),
  tp: tp.map((row) => [...row]), fp: fp.map((row) => [...row]), positives, negatives, sizes,
});

const packed = JSON.parse(readFileSync(0, "utf8"));
const read = packed.map(({ facts, bytes }) => {
  const buffer = Buffer.from(bytes, "base64");
  const table = readTable(facts, new DataView(buffer.buffer, buffer.byteOffset, buffer.length));
  return { each: lists(table), overall: lists(overallTable(table, "all")) };
});
process.stdout.write(JSON.stringify(read));
