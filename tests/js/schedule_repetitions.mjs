// When each sequence of repetitions is due, and how likely it is known at a moment, as the browser has it.
import { readFileSync } from "node:fs";
import { scheduled } from "../../edutools/widgets/schedule.js";

const { weights, cases } = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(cases.map(({ repetitions, now }) => scheduled(repetitions, weights, now))));
