// The browser judges as Python does: both read tests/quiz_cases.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { judgeAnswer, pointsFor, readNumber } from "../../edutools/widgets/answers.js";

const cases = JSON.parse(readFileSync(new URL("../quiz_cases.json", import.meta.url), "utf-8"));
const question = (name) => cases.questions[name].read;

test("every answer gets the verdict, the feedback and the misconceptions that Python gives", () => {
  for (const { of, answer, ...verdict } of cases.verdicts) {
    assert.deepEqual(judgeAnswer(question(of), answer), verdict, `${of}: ${JSON.stringify(answer)}`);
  }
});

test("tries earn the points that Python counts", () => {
  for (const { of, tries, points } of cases.points) assert.equal(pointsFor(question(of), tries), points, of);
});

test("a number is read as people write it", () => {
  const written = { "0.8": 0.8, "0,8": 0.8, ".5": 0.5, " −3 ": -3, "3/4": 0.75, "3 / 4": 0.75, "80%": 0.8, "80 %": 0.8,
    "1e3": 1000, "1,200": 1200, "1,200.5": 1200.5, "0,125": 0.125, "-1,000,000": -1e6, "7": 7 };
  for (const [text, value] of Object.entries(written)) assert.equal(readNumber(text), value, text);
  assert.equal(readNumber("80%", "%"), 80);
});

test("what is no number is not read as one", () => {
  for (const text of ["", " ", "abc", "1/0", "1.2.3", "--2", "1 2", "NaN", "Infinity", "0x10", "3/4/5", "%", "1e999"]) {
    assert.equal(readNumber(text), null, text);
  }
});
