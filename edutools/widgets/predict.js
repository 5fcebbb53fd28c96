// A question first: what it wraps is made and shown only once a guess is committed.
import { element, svg, say, mount, scroller, announcer, synced, decimals } from "./dom.js";
import { readNumber } from "./answers.js";
import { keptNote } from "./kept.js";
import { markup } from "./markup.js";

const KINDS = { _question: "text", _kind: "text", _choices: "list", _answer: "any", _scale: "dict", _words: "text", _table: "dict", _image: "bytes", _alt: "text",
  _child: "text?", _kept: "number?", guess: "any", committed: "flag" };
const KINDS_IN_A_PAGE = { ...KINDS, _item: "text" };

function render({ model, el }) {
  mount(el, "predict", model, model.still ? KINDS_IN_A_PAGE : KINDS);
  const texts = model.get("_texts");
  const live = announcer(50);
  const form = { choice: choiceForm, number: numberForm, words: wordsForm }[model.get("_kind")](model, texts, commit);
  const problem = element("p", { class: "edu-note", "data-test": "problem" });
  const before = element("div", { class: "edu-open" }, form.node, element("div", { class: "edu-row" },
    element("button", { type: "button", class: "edu-button", "data-test": "commit", on: { click: commit } }, say(texts, "predict.commit")),
    element("span", { class: "edu-note" }, say(texts, "predict.commit_note"))), problem);
  const said = element("div", { class: "edu-verdict", tabindex: -1, "data-test": "said" });
  const place = element("div", { class: "edu-revealed", "data-test": "revealed" });
  el.append(element("div", { class: "edu-predict-first" }, element("div", { class: "edu-text" }, markup(model.get("_question"))),
    before, said), place, live.node);
  const unkept = keptNote(model, texts, () => Number(model.get("committed")));
  said.after(unkept.node);
  let view = null;
  let release = () => {};

  function commit() {
    const { guess, missing } = form.read();
    if (missing) {
      problem.textContent = say(texts, missing);
      return live.announce(problem.textContent);
    }
    model.set("guess", guess);
    model.set("committed", true);
    // At once: what was confirmed on screen must not wait for a pause.
    model.save_changes();
    said.focus();
    live.announce(said.textContent);
  }

  async function update() {
    const committed = model.get("committed");
    before.hidden = committed;
    said.hidden = place.hidden = !committed;
    problem.textContent = "";
    unkept.look();
    if (!committed) return;
    said.replaceChildren(...verdict(model, texts));
    if (place.childNodes.length) return;
    const heading = element("h4", {}, say(texts, "predict.revealed"));
    place.append(heading);
    const { nodes, free } = await content(model, (made) => { view = made; });
    release = free;
    if (nodes.length) place.append(...nodes);
    else heading.remove();
  }
  model.on("change:committed", update);
  update();
  return () => { view?.remove(); release(); };
}

// What is shown after the guess: another widget's view, a table, a picture or a text.
async function content(model, hold) {
  const child = model.get("_child");
  const table = model.get("_table");
  const image = model.get("_image");
  const free = () => {};
  if (child) {
    const manager = model.widget_manager;
    const view = await manager.create_view(await manager.get_model(child.replace("IPY_MODEL_", "")));
    hold(view);
    return { nodes: [view.el], free };
  }
  if (table.columns) {
    const row = (cells) => element("tr", {}, cells.map((cell, at) => (at ? element("td", {}, cell) : element("th", { scope: "row" }, cell))));
    return { free, nodes: [scroller(model.get("_question"), element("table", { class: "edu-plain-table" },
      element("thead", {}, element("tr", {}, table.columns.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, table.rows.map(row))))] };
  }
  if (image?.byteLength) {
    const address = URL.createObjectURL(new Blob([image], { type: "image/png" }));
    return { nodes: [element("img", { src: address, alt: model.get("_alt") })], free: () => URL.revokeObjectURL(address) };
  }
  const words = model.get("_words");
  return { nodes: words ? [element("div", { class: "edu-text" }, markup(words))] : [], free };
}

function withUnit({ digits, unit }, value) {
  return `${decimals(value, digits)}${unit && unit !== "%" ? " " : ""}${unit}`;
}

function verdict(model, texts) {
  const guess = model.get("guess");
  const answer = model.get("_answer");
  const line = (key, values) => element("p", {}, element("strong", {}, say(texts, key, values)));
  if (model.get("_kind") === "number") return numberVerdict(model.get("_scale"), guess, answer, texts, line);
  if (answer === null || model.get("_kind") === "words") {
    const answered = answer === null ? [] : [element("div", { class: "edu-text" }, markup(answer))];
    return [line("predict.you_said", { guess }), ...answered];
  }
  const { feedback } = model.get("_choices").find(({ text }) => text === guess);
  return [element("div", { class: guess === answer ? "edu-verdict edu-right-answer" : "edu-verdict edu-wrong-answer" },
    line(guess === answer ? "predict.right" : "predict.wrong", { guess, answer })),
  ...(feedback ? [element("div", { class: "edu-text" }, markup(feedback))] : [])];
}

function numberVerdict(scale, guess, answer, texts, line) {
  const shown = (value) => withUnit(scale, value);
  if (answer === null) return [line("predict.you_said", { guess: shown(guess) })];
  const unlike = shown(guess) !== shown(answer);
  const key = !unlike ? "predict.exact" : guess < answer ? "predict.too_low" : "predict.too_high";
  const off = Math.abs(Number(guess.toFixed(scale.digits)) - Number(answer.toFixed(scale.digits)));
  return [line(key, { guess: shown(guess), answer: shown(answer), by: shown(off) }), axis(scale, guess, answer, shown, texts)];
}

// Where the guess and what is the case lie: the guess a hollow diamond with its words above, the other a dot with them below.
function axis(scale, guess, answer, shown, texts) {
  const spare = Math.abs(guess - answer) || Math.abs(answer) / 2 || 1;
  const low = Math.min(scale.low ?? Math.min(guess, answer) - spare, guess);
  const high = Math.max(scale.high ?? Math.max(guess, answer) + spare, guess);
  const at = (value) => (100 * (value - low)) / (high - low);
  const words = (value, key) => element("span", { style: `left: ${at(value)}%; transform: translateX(-${at(value)}%)` }, `${say(texts, key)} ${shown(value)}`);
  const mark = (value, shape) => svg("svg", { viewBox: "0 0 14 14", style: `left: ${at(value)}%` }, shape);
  return element("div", { class: "edu-number-line", role: "img", "data-test": "axis",
    "aria-label": say(texts, "predict.axis", { guess: shown(guess), answer: shown(answer), low: shown(low), high: shown(high) }) },
  element("div", {}, words(guess, "predict.guess")),
  element("div", { class: "edu-axis" }, mark(answer, svg("circle", { cx: 7, cy: 7, r: 6, fill: "var(--edu-accent)" })),
    mark(guess, svg("path", { d: "M7 0 14 7 7 14 0 7Z", fill: "var(--edu-paper)", "fill-opacity": 0.6, stroke: "var(--edu-ink)", "stroke-width": 2 }))),
  element("div", {}, words(answer, "predict.answer")),
  element("div", { class: "edu-muted" }, element("span", {}, shown(low)), element("span", {}, shown(high))));
}

function choiceForm(model, texts) {
  const name = `edu-predict-${Math.random()}`;
  const inputs = model.get("_choices").map(({ text }, place) => ({ text,
    input: element("input", { type: "radio", name, "data-test": `option-${place}` }) }));
  const chosen = () => inputs.find(({ input }) => input.checked);
  inputs.forEach(({ text, input }) => { input.checked = text === model.get("guess"); });
  return {
    node: element("div", { class: "edu-options", role: "radiogroup", "aria-label": model.get("_question") }, inputs.map(({ text, input }) =>
      element("label", { class: "edu-option" }, input, element("span", { class: "edu-text" }, markup(text))))),
    read: () => (chosen() ? { guess: chosen().text } : { missing: "predict.choose_first" }),
  };
}

function numberForm(model, texts, commit) {
  const scale = model.get("_scale");
  const { low, high, step, unit } = scale;
  const label = `${say(texts, "predict.your_number")}. ${model.get("_question")}`;
  if (low === null) {
    const input = element("input", { type: "text", inputmode: "decimal", class: "edu-line", style: "width: 9em", autocomplete: "off",
      value: model.get("guess"), "aria-label": label, "data-test": "line", on: { keydown: (event) => { if (event.key === "Enter") commit(); } } });
    const read = () => readNumber(input.value, unit);
    return {
      node: element("div", { class: "edu-row" }, element("span", { "aria-hidden": "true" }, say(texts, "predict.your_number")), input, unit || null),
      read: () => (read() === null ? { missing: "predict.number_first" } : { guess: read() }),
    };
  }
  const { put } = synced(model);
  const middle = low + step * Math.round((high - low) / 2 / step);
  const output = element("output", { "data-test": "guess" });
  const input = element("input", { type: "range", min: low, max: high, step, class: "edu-slider", "aria-label": label, "data-test": "slider",
    on: { input: () => { draw(); put("guess", input.valueAsNumber); } } });
  const draw = () => {
    output.textContent = withUnit(scale, input.valueAsNumber);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.value = model.get("guess") ?? middle;
  draw();
  return {
    node: element("div", { class: "edu-row" }, input, output),
    read: () => ({ guess: input.valueAsNumber }),
  };
}

function wordsForm(model, texts) {
  const area = element("textarea", { class: "edu-line", rows: 3, "aria-label": `${say(texts, "predict.your_text")}. ${model.get("_question")}`, "data-test": "words" });
  area.value = model.get("guess") ?? "";
  return {
    node: element("div", {}, element("p", { class: "edu-note" }, say(texts, "predict.your_text")), area),
    read: () => (area.value.trim() ? { guess: area.value.trim() } : { missing: "predict.text_first" }),
  };
}

export default { render };
