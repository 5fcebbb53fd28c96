// Questions that answer back. Everything is judged here, so that a page with no kernel asks and answers as well.
import { element, say, mount, announcer, setText, choiceBar } from "./dom.js";
import { judgeAnswer, pointsFor, readNumber } from "./answers.js";
import { markup, nodesOf, codeBlock } from "./markup.js";
import { asksConfidence, calibrationOf, calibrationPanel } from "./calibration.js";
import { keptNote } from "./kept.js";
import { drawPicture } from "./pictures.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const button = (label, test, click, attributes = {}) =>
  element("button", { type: "button", class: "edu-button", "data-test": test, on: { click }, ...attributes }, label);

const KINDS = { _questions: "list", _tries: "dict", _sure: "dict", _levels: "list", _kept: "number?", answers: "dict" };
const KINDS_IN_A_PAGE = { ...KINDS, _fresh: "flag" };

function render({ model, el }) {
  mount(el, "quiz", model, model.still ? KINDS_IN_A_PAGE : KINDS);
  const texts = model.get("_texts");
  const questions = model.get("_questions");
  const live = announcer(50);
  const levels = model.get("_levels");
  const score = element("p", { class: "edu-score", "data-test": "score" });
  const calibration = calibrationPanel(texts);
  const unkept = keptNote(model, texts, () => Object.values(model.get("_tries")).reduce((sum, each) => sum + each.length, 0));
  const own = (name, { id }) => (Object.hasOwn(model.get(name), id) ? model.get(name)[id] : undefined);
  const triesAt = (question) => own("_tries", question) ?? [];

  function confirm(question, answer, level) {
    if (level !== null) model.set("_sure", { ...model.get("_sure"), [question.id]: level });
    model.set("_tries", { ...model.get("_tries"), [question.id]: [...triesAt(question), answer] });
    model.set("answers", { ...model.get("answers"), [question.id]: answer });
    // At once: what was confirmed on screen must not wait for a pause.
    model.save_changes();
  }

  const asked = questions.map((question, place) =>
    ask({ question, heading: say(texts, "quiz.number", { n: place + 1, total: questions.length }), texts, live,
      levels: asksConfidence(question, levels) ? levels : [], said: () => own("_sure", question) ?? null,
      confirm: (answer, level) => confirm(question, answer, level) }));

  function update() {
    asked.forEach(({ show }, place) => show(triesAt(questions[place])));
    const scored = questions.filter((question) => question.scored);
    const points = scored.reduce((sum, question) => sum + pointsFor(question, triesAt(question)), 0);
    setText(score, say(texts, "quiz.score", { points, total: scored.length, asked: questions.length,
      answered: questions.filter((question) => triesAt(question).length).length }));
    unkept.look();
    calibration.show(calibrationOf(questions, model.get("_sure"), triesAt));
  }
  model.on("change:_tries", update);
  el.append(element("div", { class: "edu-stack" }, asked.map(({ node }) => node), score, unkept.node, calibration.node, live.node));
  update();
}

// One question: its text, its field (by type), a hint, what is said of the last answer, and the answer once two tries failed.
function ask({ question, heading, texts, live, levels, said: saidBefore, confirm }) {
  const words = element("div", { class: "edu-text", lang: question.lang }, question.question ? markup(question.question) : null,
    question.code ? nodesOf(codeBlock(question.code)) : null);
  const field = FIELDS[question.type]({ question, texts, live, label: `${heading}: ${words.textContent}`, check });
  const said = element("div", { class: "edu-verdict", tabindex: -1, "data-test": "said" });
  const answer = element("div", { class: "edu-text", "data-test": "answer" });
  const checkButton = button(say(texts, "quiz.check"), "check", check);
  const showButton = button(say(texts, "quiz.show"), "show", () => { reveal(); answer.querySelector("h4").focus(); }, { hidden: true });
  const hint = question.hint ? element("details", { "data-test": "hint" },
    element("summary", {}, say(texts, "quiz.hint")), element("div", { class: "edu-text", lang: question.lang }, markup(question.hint))) : null;
  const sure = levels.length ? sureBar(texts, levels) : null;
  const node = element("section", { class: "edu-question", "data-test": "question", "data-id": question.id },
    element("h3", { class: "edu-muted" }, heading), words, question.picture ? drawPicture(question.picture, texts) : null, field.node, sure?.node ?? null,
    element("div", { class: "edu-row" }, field.ownButton ?? checkButton, showButton), said, answer, hint);
  let tries = null;

  function check() {
    const { answer: given, problem } = field.read();
    if (problem) return tell([element("p", {}, say(texts, problem))]);
    if (tries.length && same(tries.at(-1), given)) return tell([element("p", {}, say(texts, field.unchanged ?? "quiz.same"))]);
    const isFirst = tries.length === 0;
    if (sure && isFirst && sure.level() === null) return tell([element("p", {}, say(texts, "calibration.choose_first"))]);
    confirm(given, sure && isFirst ? sure.level() : null);
    if (judgeAnswer(question, given).right || question.type === "open") said.focus();
  }

  function tell(nodes) {
    said.replaceChildren(...nodes);
    // Nodes of an option's own feedback are read out with it, whatever stands beside the option.
    live.announce([said, ...field.node.querySelectorAll(".edu-feedback")].map((each) => each.textContent).filter(Boolean).join(" "));
  }

  function reveal() {
    answer.replaceChildren(element("h4", { tabindex: -1 }, say(texts, "quiz.shown")), ...answerNodes(question, texts), ...explained());
    showButton.hidden = true;
  }
  const explained = () => (question.explanation ? markup(question.explanation) : []);

  function show(now) {
    if (same(now, tries)) return;
    const before = tries;
    tries = now;
    const verdict = now.length ? judgeAnswer(question, now.at(-1)) : null;
    const done = Boolean(verdict && (verdict.right || !question.scored || question.type === "open"));
    field.show(now, done);
    // Asked once, before the first answer; afterwards it would be hindsight.
    sure?.show(now.length > 0, saidBefore());
    checkButton.hidden = done;
    showButton.hidden = done || now.length < 2;
    answer.replaceChildren();
    said.className = `edu-verdict ${!verdict || !question.scored ? "" : verdict.right ? "edu-right-answer" : "edu-wrong-answer"}`;
    const nodes = verdict ? verdictNodes(verdict, now) : [];
    if (before === null) said.replaceChildren(...nodes);
    else tell(nodes);
  }

  function verdictNodes(verdict, now) {
    if (question.type === "open") {
      const mark = say(texts, markKey(now.at(-1).mark));
      return [element("p", {}, say(texts, "quiz.marked", { mark })), ...(question.explanation ? [element("div", { class: "edu-text", lang: question.lang }, explained())] : [])];
    }
    const count = Math.min(now.length, 3) - 1;
    const key = !question.scored ? "quiz.noted"
      : verdict.right ? ["quiz.right_first", "quiz.right_second", "quiz.right_later"][count]
        : ["quiz.wrong_first", "quiz.wrong_later", "quiz.wrong_later"][count];
    const lines = [element("p", {}, element("strong", {}, say(texts, key)), ...(field.remark?.(now.at(-1)) ?? []))];
    if (!field.showsFeedback) lines.push(...verdict.feedback.map((each) => element("div", { class: "edu-text", lang: question.lang }, markup(each))));
    if (verdict.right && question.explanation) lines.push(element("div", { class: "edu-text", lang: question.lang }, explained()));
    return lines;
  }
  return { node, show };
}

function sureBar(texts, levels) {
  let chosen = null;
  const options = levels.map((level) => ({ value: level, label: say(texts, "calibration.level", { percent: 100 * level }) }));
  const { node, choose } = choiceBar({ legend: say(texts, "calibration.ask"), options, value: null, test: "sure", onChange: (level) => { chosen = level; } });
  const show = (locked, level) => {
    if (level === null && !locked) chosen = null;
    choose(level ?? chosen);
    node.disabled = locked;
    node.hidden = locked && level === null;
  };
  return { node, show, level: () => chosen };
}

const FIELDS = {
  multiple_choice: (given) => choiceField(given, "radio"),
  many_choice: (given) => choiceField(given, "checkbox"),
  numeric: (given) => lineField(given, { label: "quiz.your_number", unit: given.question.unit, missing: "quiz.number_first",
    read: (text) => readNumber(text, given.question.unit), width: 9, mode: "decimal" }),
  string: (given) => lineField(given, { label: "quiz.your_text", missing: "quiz.text_first", read: (text) => text.trim() || null, width: 24 }),
  match: matchField,
  order: orderField,
  open: openField,
};

function choiceField({ question, texts, label }, type) {
  const name = `edu-question-${Math.random()}`;
  const rows = question.shown.map((place) => {
    const option = question.options[place];
    const input = element("input", { type, name, "data-test": `option-${place}` });
    const feedback = element("div", { class: "edu-feedback", hidden: true });
    const text = element("span", { class: "edu-text", lang: question.lang }, option.text ? markup(option.text) : null,
      option.code ? nodesOf(codeBlock(option.code)) : null);
    return { place, option, input, feedback, node: element("div", {}, element("label", { class: "edu-option" }, input, text), feedback) };
  });
  const group = element("div", { class: "edu-options", role: type === "radio" ? "radiogroup" : "group", "aria-label": label,
    style: `--edu-columns: ${question.columns}` }, rows.map((row) => row.node));
  const node = element("div", {}, type === "checkbox" ? element("p", { class: "edu-note" }, say(texts, "quiz.several")) : null, group);

  function remark({ option, feedback }) {
    const key = !question.scored ? "quiz.chosen_noted" : option.correct ? "quiz.chosen_right" : "quiz.chosen_wrong";
    feedback.className = `edu-feedback ${!question.scored ? "" : option.correct ? "edu-right-answer" : "edu-wrong-answer"}`;
    feedback.replaceChildren(element("strong", {}, say(texts, key)), " ", option.feedback ? element("span", { lang: question.lang }, markup(option.feedback)) : "");
  }
  return {
    node,
    showsFeedback: true,
    read() {
      const chosen = rows.filter(({ input }) => input.checked).map(({ place }) => place).sort((a, b) => a - b);
      return chosen.length ? { answer: type === "radio" ? chosen[0] : chosen } : { problem: "quiz.choose_first" };
    },
    show(tries, done) {
      const last = [tries.at(-1) ?? []].flat();
      // Of one choice, what was tried before keeps its feedback; of several, the last set is judged as a whole.
      const told = type === "radio" ? tries : last;
      for (const row of rows) {
        row.input.checked = last.includes(row.place);
        row.input.disabled = done;
        row.feedback.hidden = !told.includes(row.place);
        if (!row.feedback.hidden) remark(row);
        else row.feedback.replaceChildren();
      }
    },
    remark: (answer) => (type === "checkbox" && question.options.some((option, place) => option.correct && !answer.includes(place))
      ? [" ", say(texts, "quiz.missing")] : []),
  };
}

function lineField({ question, texts, label, check }, { label: key, unit, missing, read, width, mode }) {
  const input = element("input", { type: "text", class: "edu-line", "data-test": "line", autocomplete: "off", inputmode: mode,
    style: `width: ${width}em`, "aria-label": `${say(texts, key)}. ${label}`,
    on: { keydown: (event) => { if (event.key === "Enter") check(); } } });
  return {
    node: element("div", { class: "edu-row" }, element("span", { "aria-hidden": "true" }, say(texts, key)), input, unit ? element("span", {}, unit) : null),
    read() {
      const answer = read(input.value);
      return answer === null ? { problem: missing } : { answer };
    },
    show(tries, done) {
      input.readOnly = done;
      if (!tries.length) input.value = "";
      else if (read(input.value) !== tries.at(-1)) input.value = tries.at(-1);
    },
    question,
  };
}

function matchField({ question, texts, label }) {
  const pick = () => element("option", { value: "" }, say(texts, "quiz.pick"));
  const selects = question.labels.map((each, place) => element("select", { class: "edu-button", "data-test": `match-${place}`, "aria-label": each },
    pick(), question.shown.map((choice) => element("option", { value: choice }, question.choices[choice]))));
  return {
    node: element("div", { role: "group", "aria-label": label }, element("p", { class: "edu-note" }, say(texts, "quiz.matching")),
      element("div", { class: "edu-pairs" }, question.labels.flatMap((each, place) =>
        [element("span", { class: "edu-text", lang: question.lang, "aria-hidden": "true" }, markup(each)), selects[place]]))),
    read: () => (selects.every((select) => select.value !== "") ? { answer: selects.map((select) => Number(select.value)) }
      : { problem: "quiz.match_first" }),
    show(tries, done) {
      selects.forEach((select, place) => {
        select.value = tries.length ? String(tries.at(-1)[place]) : "";
        select.disabled = done;
      });
    },
    remark: (answer) => [" ", say(texts, "quiz.matched", { n: question.targets.filter((target, place) => target === answer[place]).length,
      total: question.targets.length })],
  };
}

// Lines to be put in order: dragged by their handle, or moved by two buttons or the arrow keys.
function orderField({ question, texts, live, label }) {
  let locked = false;
  const list = element("ol", { class: "edu-lines", "aria-label": label });
  const rows = question.shown.map((place) => lineRow(place));
  list.append(...rows.map((row) => row.node));

  function lineRow(place) {
    const content = question.as_code ? nodesOf(codeBlock(question.lines[place])) : markup(question.lines[place]);
    const step = (by, sign, test) => element("button", { type: "button", class: "edu-button edu-step", "data-test": test,
      on: { click: () => move(row, by) } }, sign);
    const [up, down] = [step(-1, "↑", "up"), step(1, "↓", "down")];
    const node = element("li", { "data-test": `line-${place}`, on: {
      keydown(event) {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (by) { event.preventDefault(); move(row, by); }
      },
      // A finger elsewhere on the line scrolls the page.
      pointerdown: (event) => { if (!event.target.closest("button") && (event.pointerType === "mouse" || event.target.closest(".edu-grip"))) drag(row, event); },
    } }, element("span", { class: "edu-grip", "aria-hidden": "true" }, "⠿"), element("div", { class: "edu-text", lang: question.lang }, content), up, down);
    const row = { place, node, up, down };
    return row;
  }

  function name() {
    rows.forEach((row, at) => {
      row.up.setAttribute("aria-label", say(texts, "quiz.up", { place: at + 1 }));
      row.down.setAttribute("aria-label", say(texts, "quiz.down", { place: at + 1 }));
      // Not disabled: a disabled button would drop the focus of a line that was moved to the end.
      row.up.setAttribute("aria-disabled", String(locked || at === 0));
      row.down.setAttribute("aria-disabled", String(locked || at === rows.length - 1));
    });
  }

  function place(row, to) {
    rows.splice(rows.indexOf(row), 1);
    rows.splice(to, 0, row);
    const held = row.node.contains(document.activeElement) ? document.activeElement : null;
    const next = rows[to + 1]?.node ?? null;
    list.insertBefore(row.node, next);
    held?.focus();
    name();
  }

  function move(row, by) {
    const to = rows.indexOf(row) + by;
    if (locked || to < 0 || to >= rows.length) return;
    place(row, to);
    live.announce(say(texts, "quiz.moved", { place: to + 1, total: rows.length }));
  }

  function drag(row, event) {
    if (locked || event.button !== 0) return;
    event.preventDefault();
    // By the list, which stays: a line that is moved in the page would lose the pointer.
    list.setPointerCapture(event.pointerId);
    row.node.classList.add("edu-held");
    const follow = ({ clientY }) => {
      const at = rows.indexOf(row);
      const passed = rows.findIndex((other, k) => {
        const box = other.node.getBoundingClientRect();
        const middle = (box.top + box.bottom) / 2;
        return (k < at && clientY < middle) || (k > at && clientY > middle && (k === rows.length - 1
          || clientY < rows[k + 1].node.getBoundingClientRect().top + box.height / 2));
      });
      if (passed >= 0) place(row, passed);
    };
    const drop = () => {
      row.node.classList.remove("edu-held");
      list.removeEventListener("pointermove", follow);
    };
    list.addEventListener("pointermove", follow);
    list.addEventListener("lostpointercapture", drop, { once: true });
  }

  name();
  return {
    node: element("div", {}, element("p", { class: "edu-note" }, say(texts, "quiz.ordering")), list),
    unchanged: "quiz.same_order",
    read: () => ({ answer: rows.map((row) => row.place) }),
    show(tries, done) {
      locked = done;
      list.classList.toggle("edu-locked", done);
      const wanted = tries.at(-1) ?? question.shown;
      if (!same(wanted, rows.map((row) => row.place))) {
        const byPlace = new Map(rows.map((row) => [row.place, row]));
        rows.splice(0, rows.length, ...wanted.map((each) => byPlace.get(each)));
        list.replaceChildren(...rows.map((row) => row.node));
      }
      name();
    },
  };
}

const markKey = (mark) => ({ 0: "quiz.mark_0", 0.5: "quiz.mark_half", 1: "quiz.mark_1" })[mark];

// Written first, then compared with a model answer, then marked by the reader: the mark is what is confirmed.
function openField({ question, texts, label, check }) {
  let mark = null;
  const area = element("textarea", { class: "edu-line", rows: 4, "data-test": "words", "aria-label": `${say(texts, "quiz.your_words")}. ${label}` });
  const model = element("div", { hidden: true, "data-test": "model" }, element("h4", {}, say(texts, "quiz.model")),
    element("div", { class: "edu-text", lang: question.lang }, markup(question.model_answer)));
  const marks = [0, 0.5, 1].map((value) => button(say(texts, markKey(value)), `mark-${value}`, () => { mark = value; check(); }));
  const marking = element("div", { class: "edu-row", role: "group", "aria-label": say(texts, "quiz.mark"), hidden: true },
    element("span", {}, say(texts, "quiz.mark")), marks);
  const compare = button(say(texts, "quiz.compare"), "compare", () => (area.value.trim() ? open() : check()));

  function open() {
    area.readOnly = true;
    compare.hidden = true;
    model.hidden = marking.hidden = false;
    marks[0].focus();
  }
  return {
    node: element("div", { class: "edu-open" }, element("p", { class: "edu-note" }, say(texts, "quiz.your_words")), area, model, marking),
    ownButton: compare,
    read: () => (area.value.trim() ? { answer: { text: area.value.trim(), mark } } : { problem: "quiz.text_first" }),
    show(tries, done) {
      const last = tries.at(-1);
      area.value = last?.text ?? "";
      area.readOnly = compare.hidden = done;
      model.hidden = !done;
      marking.hidden = true;
    },
  };
}

function answerNodes(question, texts) {
  const { type } = question;
  const block = (children) => element("div", { class: "edu-text", lang: question.lang }, children);
  if (type === "numeric" || type === "string") {
    const rule = question.rules.find((each) => each.correct);
    const [low, high] = rule.range ?? [];
    const shown = rule.range ? say(texts, "quiz.between", { low, high }) : String(rule.value ?? rule.text);
    return [block([`${shown} ${question.unit ?? ""}`.trim(), ". ", ...(rule.feedback ? markup(rule.feedback) : [])])];
  }
  if (type === "order") {
    const lines = question.lines.map((line) => (question.as_code ? nodesOf(codeBlock(line)) : markup(line)));
    return [element("ol", { class: "edu-text", lang: question.lang }, lines.map((line) => element("li", {}, line)))];
  }
  if (type === "match") {
    return [element("ul", { class: "edu-text", lang: question.lang }, question.labels.map((label, place) =>
      element("li", {}, markup(label), ": ", markup(question.choices[question.targets[place]]))))];
  }
  const right = question.options.filter((option) => option.correct);
  return [element("ul", { class: "edu-text", lang: question.lang }, right.map((option) => element("li", {}, option.text ? markup(option.text) : [],
    option.code ? nodesOf(codeBlock(option.code)) : [], option.feedback ? element("div", {}, markup(option.feedback)) : null)))];
}

export default { render };
