// What every widget is made of: nodes, texts, numbers in words, saving and announcing.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

// Names from data reach the page here, as text nodes and attributes, and nowhere as markup.
function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function element(tag, attributes = {}, ...children) {
  return build(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return build(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

export function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

// A text node is changed only where it differs: half of a move's figures stay as they are.
export function setText(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

export function say(texts, key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => kept(values[name] ?? whole));
}

const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

// A name may hold signs that turn the direction of writing: they end with it, else the figures after it would be read backwards.
function kept(value) {
  if (typeof value !== "string" || value.search(TURNS) < 0) return value;
  const open = [];
  for (const [sign] of value.matchAll(TURNS)) {
    if (sign === "\u202c" || sign === "\u2069") { if (open.at(-1) === sign) open.pop(); }
    else open.push(sign < "\u2066" ? "\u202c" : "\u2069");
  }
  return value + open.reverse().join("");
}

// What a trait may hold, by the word for it in a widget's KINDS; with ? null too.
const KIND = {
  any: () => true,
  text: (value) => typeof value === "string",
  flag: (value) => typeof value === "boolean",
  number: Number.isFinite,
  list: Array.isArray,
  dict: (value) => Object.prototype.toString.call(value) === "[object Object]",
  bytes: ArrayBuffer.isView,
};

function isOfKind(value, kind) {
  return value !== undefined && ((kind.endsWith("?") && value === null) || KIND[kind.replace("?", "")](value));
}

/** A widget's `render` that says which part of a damaged state it met, in the place of a widget that is shown by half or not at all. */
export function careful(render) {
  return async (context) => {
    try {
      return await render(context);
    } catch (error) {
      console.error(error);
      const texts = context.model.get("_texts"), part = error.message;
      context.el.dataset.damaged = part;
      context.el.replaceChildren(element("p", { class: "edu-note", role: "alert", "data-test": "damaged" },
        texts?.["common.damaged"] ? say(texts, "common.damaged", { part }) : part));
    }
  };
}

export function mount(el, name, model, kinds) {
  for (const [trait, kind] of Object.entries({ _texts: "dict", ...kinds })) {
    if (!isOfKind(model.get(trait), kind)) throw new Error(`\`${trait}\``);
  }
  el.classList.add("edu-root", `edu-${name}`);
  el.lang = model.get("_texts")["common.language"] ?? "";  // a screen reader then speaks it, whatever the page's language
  // JupyterLab's command mode would take the arrow keys from a focused slider, and 'b' would add a cell.
  // Escape goes through: it brings the reader back to the cells.
  el.addEventListener("keydown", (event) => { if (event.key !== "Escape") event.stopPropagation(); });
  return el;
}

// What the reader changes is sent once they pause. Until then it stands: the kernel's echo of an earlier change must not undo it.
export function synced(model, delay = 150) {
  const waiting = new Map();
  let timer;
  const send = () => {
    waiting.clear();
    model.save_changes();
  };
  const put = (name, value) => {
    waiting.set(name, value);
    model.set(name, value);
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  };
  const on = (name, listener) => model.on(`change:${name}`, () => {
    if (waiting.has(name) && model.get(name) !== waiting.get(name)) model.set(name, waiting.get(name));
    else listener();
  });
  return { put, on };
}

// Said once the reader pauses, so that a drag does not chatter; how a widget opens is read where it stands, and is no news.
export function announcer(delay = 600) {
  const node = element("div", { class: "edu-spoken", "aria-live": "polite", "data-test": "live" });
  let timer, opening = true;
  setTimeout(() => { opening = false; });
  const announce = (words) => {
    if (opening) return;
    clearTimeout(timer);
    timer = setTimeout(() => setText(node, words), delay);
  };
  return { node, announce };
}

// What is wider than its place is scrolled by keys too, and so must be reached by them; while all of it is seen, it is no stop.
export function scroller(label, ...children) {
  const node = element("div", { class: "edu-scroll" }, children);
  const look = () => {
    const wider = node.scrollWidth > node.clientWidth + 1;
    if (wider) setAll(node, { tabindex: 0, role: "region", "aria-label": label });
    else if (node !== document.activeElement) ["tabindex", "role", "aria-label"].forEach((name) => node.removeAttribute(name));
  };
  const observer = new ResizeObserver(look);
  const watch = () => {
    observer.disconnect();
    for (const each of [node, ...node.children]) observer.observe(each);
  };
  new MutationObserver(watch).observe(node, { childList: true });
  watch();
  return node;
}

// A button that has nothing to do keeps the keyboard that is on it: a disabled one would drop it.
export function setIdle(button, idle) {
  button.setAttribute("aria-disabled", String(idle));
}

export const isIdle = (button) => button.getAttribute("aria-disabled") === "true";

export function decimals(value, digits = 2) {
  return value === null ? null : value.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1").replace("-", "−");
}

// By hand: the browser's own toLocaleString takes most of a move's time.
const grouped = (figure) => figure.replace(/\B(?=(\d{3})+(?!\d))/g, ",").replace("-", "−");

export function wholes(value) {
  return grouped(value.toFixed(1).replace(".0", ""));
}

export function money(value, currency) {
  return `${value < 0 ? "−" : ""}${currency}${grouped(Math.abs(value).toFixed(Number.isInteger(value) ? 0 : 2))}`;
}

// One choice of a few, as radio buttons that look like one bar: arrow keys and names come with the platform.
let barCount = 0;
export function choiceBar({ legend, options, value, onChange, test }) {
  const name = `edu-choice-${(barCount += 1)}-${Math.random()}`;
  const inputs = new Map();
  const labels = options.map((option) => {
    const input = element("input", { type: "radio", name, value: option.value, "data-test": `${test}-${option.value}`,
      on: { change: () => onChange(option.value) } });
    inputs.set(option.value, input);
    return element("label", {}, input, element("span", {}, option.label));
  });
  const node = element("fieldset", { class: "edu-choices", "data-test": test },
    element("legend", {}, legend), element("div", {}, labels));
  const choose = (chosen) => inputs.forEach((input, key) => { input.checked = key === chosen; });
  choose(value);
  return { node, choose };
}

export function toggle({ label, value, onChange, test }) {
  const input = element("input", { type: "checkbox", "data-test": test, on: { change: () => onChange(input.checked) } });
  input.checked = value;
  return { node: element("label", { class: "edu-toggle" }, input, element("span", {}, label)), input };
}

export function amount({ label, value, unit, onChange, test }) {
  const input = element("input", { type: "number", min: 0, step: "any", value, "data-test": test, "aria-label": label,
    on: { input: () => { if (input.value !== "" && input.valueAsNumber >= 0) onChange(input.valueAsNumber); } } });
  return { node: element("label", { class: "edu-amount" }, element("span", {}, label),
    element("span", { class: "edu-unit" }, unit, input)), input };
}
