// How sure a reader says to be, asked before a first answer and held against how often that reader is right.
import { element, say, setText, decimals } from "./dom.js";
import { judgeAnswer } from "./answers.js";
import { shareInterval } from "./metrics.js";
import { lane } from "./rates.js";

const percent = (level) => +(100 * level).toFixed(6);

// Open answers are marked by the reader, and a survey has no right answer: nobody can be sure or unsure of these.
export const asksConfidence = (question, levels) => levels.length > 0 && question.scored && question.type !== "open";

/** What was said of first answers, by level: [{ level, answered, right }]. */
export function calibrationOf(questions, said, triesAt) {
  const first = questions.filter((question) => Object.hasOwn(said, question.id) && triesAt(question).length)
    .map((question) => ({ level: said[question.id], right: judgeAnswer(question, triesAt(question)[0]).right }));
  const levels = [...new Set(first.map(({ level }) => level))].sort((a, b) => a - b);
  return levels.map((level) => {
    const there = first.filter((each) => each.level === level);
    return { level, answered: there.length, right: there.filter(({ right }) => right).length };
  });
}

export function brierScore(rows) {
  const total = rows.reduce((sum, { answered }) => sum + answered, 0);
  const squares = rows.reduce((sum, { level, answered, right }) => sum + right * (1 - level) ** 2 + (answered - right) * level ** 2, 0);
  return total === 0 ? null : squares / total;
}

export function calibrationPanel(texts) {
  const rows = element("div", {}), score = element("p", { "data-test": "brier" });
  const node = element("section", { hidden: true, class: "edu-calibration", "data-test": "calibration" },
    element("h3", {}, say(texts, "calibration.title")), element("p", { class: "edu-note" }, say(texts, "calibration.how")), rows, score);
  const show = (found) => {
    node.hidden = found.length === 0;
    rows.replaceChildren(...found.map((row) => calibrationRow(texts, row)));
    if (found.length) setText(score, say(texts, "calibration.brier", { score: decimals(brierScore(found)) }));
  };
  return { node, show };
}

function calibrationRow(texts, { level, answered, right }) {
  const interval = shareInterval(right, answered), rate = right / answered;
  const name = say(texts, "calibration.level", { percent: percent(level) });
  const { node, show, axis } = lane({ texts, group: null, name, test: `calibration-${percent(level)}` });
  show(rate, interval, "");
  axis.append(element("b", { style: `left: ${100 * level}%` }));
  const [low, high] = interval.map((end) => decimals(end));
  const words = say(texts, "calibration.row", { percent: percent(level), n: answered, right, rate: decimals(rate),
    interval: say(texts, "common.interval", { low, high }) });
  return element("div", {}, node, element("p", { class: "edu-note" }, words));
}
