// What is right in a quiz, and what it is worth: as questions.py judges, pinned to it by tests/quiz_cases.json.

const ANSWER_WORTH = [1, 0.5];

// 0.8, 0,8, −3, 3/4, 1,200 and 80% are numbers; anything else is null. Where the unit is per cent, 80 and 80% are the same.
export function readNumber(text, unit = "") {
  const thousands = /(?<![\d.,])[1-9]\d{0,2}(,\d{3})+(?![\d,])/;
  const plain = text.trim().replace(/−/g, "-").replace(thousands, (found) => found.replaceAll(",", "")).replace(",", ".");
  const [whole, above, below, percent] = /^([^/%]+)(?:\/([^/%]+))?\s*(%)?$/.exec(plain) ?? [];
  if (whole === undefined) return null;
  const isNumber = (part) => /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(part);
  if (!isNumber(above) || (below !== undefined && !isNumber(below))) return null;
  const value = Number(above) / (below === undefined ? 1 : Number(below)) / (percent && unit !== "%" ? 100 : 1);
  return Number.isFinite(value) ? value : null;
}

function verdictOf(right, remarks) {
  const told = (key) => remarks.map((each) => each[key]).filter(Boolean);
  return { right, feedback: told("feedback"), misconceptions: right ? [] : told("misconception") };
}

function editsBetween(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}

function numberMatches({ precision }, rule, answer) {
  const rounded = (value) => (precision ? Number(value.toPrecision(precision)) : value);
  const number = rounded(answer);
  if (rule.range) return rule.range[0] <= number && number < rule.range[1];
  const value = rounded(rule.value);
  return Math.abs(number - value) <= rule.tolerance + 1e-9 * Math.max(1, Math.abs(value));
}

function textMatches(_, rule, answer) {
  const [given, wanted] = [answer, rule.text].map((text) => [...(rule.match_case ? text.trim() : text.trim().toLowerCase())]);
  if (given.join("") === wanted.join("")) return true;
  return rule.near > 0 && 1 - editsBetween(given, wanted) / Math.max(given.length, wanted.length) >= rule.near;
}

function judgeOrder(question, answer) {
  const { lines, right_orders: orders, mistakes, otherwise } = question;
  const put = answer.map((place) => lines[place]);
  if (orders.some((order) => order.every((place, at) => lines[place] === put[at]))) return verdictOf(true, []);
  const made = mistakes.filter(({ before, after }) => put.indexOf(lines[before]) < put.indexOf(lines[after]));
  return verdictOf(false, made.length ? made : [{ feedback: otherwise }]);
}

// Whether an answer has the form that this question's answers have, as is_answer in questions.py says it.
export function isAnswer(question, answer) {
  const { type } = question;
  const isPlace = (value, length) => Number.isInteger(value) && value >= 0 && value < length;
  if (type === "multiple_choice") return isPlace(answer, question.options.length);
  if (type === "numeric") return Number.isFinite(answer);
  if (type === "string") return typeof answer === "string";
  if (type === "open") {
    return answer !== null && typeof answer === "object" && Object.keys(answer).sort().join() === "mark,text"
      && typeof answer.text === "string" && [0, 0.5, 1].includes(answer.mark);
  }
  if (!Array.isArray(answer)) return false;
  if (type === "match") return answer.length === question.labels.length && answer.every((each) => isPlace(each, question.choices.length));
  const { length } = type === "many_choice" ? question.options : question.lines;
  const distinct = answer.every((each) => isPlace(each, length)) && new Set(answer).size === answer.length;
  return distinct && (type === "many_choice" || answer.length === length);
}

export function judgeAnswer(question, answer) {
  const { type } = question;
  if (type === "open") return verdictOf(answer.mark === 1, []);
  if (type === "match") {
    const wrong = question.remarks.filter((_, at) => answer[at] !== question.targets[at]);
    return verdictOf(wrong.length === 0, wrong);
  }
  if (type === "order") return judgeOrder(question, answer);
  if (type === "numeric" || type === "string") {
    const rule = question.rules.find((each) => (type === "string" ? textMatches : numberMatches)(question, each, answer));
    return rule ? verdictOf(rule.correct, [rule]) : verdictOf(false, [{ feedback: question.otherwise }]);
  }
  const chosen = type === "multiple_choice" ? [answer] : [...answer].sort((a, b) => a - b);
  const options = chosen.map((place) => question.options[place]);
  const whole = question.options.every((option, place) => option.correct === chosen.includes(place));
  return verdictOf(type === "multiple_choice" ? options[0].correct : whole, options);
}

// 1 for a right first try, a half for a right second one; an open answer has the points that the reader gave it.
export function pointsFor(question, tries) {
  if (question.type === "open") return tries.at(-1)?.mark ?? 0;
  const place = tries.slice(0, ANSWER_WORTH.length).findIndex((answer) => judgeAnswer(question, answer).right);
  return place < 0 ? 0 : ANSWER_WORTH[place];
}
