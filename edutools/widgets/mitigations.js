// Each method is a point: a gap, and what is earned at it. A point opens the groups' cells and rates before and after.
import { element, svg, mount, say, synced, announcer, setText, setAll, choiceBar, scroller, decimals, wholes } from "./dom.js";
import { chart, ticks } from "./chart.js";
import { airy } from "./spans.js";
import { glyph, intervalText, lane, undefinedReason } from "./rates.js";
import { rate, rateInterval } from "./metrics.js";

const NONE = "none", DIGITS_OF = { profit: 2 }, NARROWEST = 300, WIDEST = 760, HEIGHT = 340;
const EDGES = { left: 56, right: 16, top: 28, bottom: 44, height: HEIGHT };
// The shape says at which stage a method works, beside the words in the list.
const SHAPE_OF = { null: 3, before: 0, during: 2, after: 1 };
const ROOM = 17, NEAR = 24;
const digitsOf = (name) => DIGITS_OF[name] ?? 3; // of a share three, where a difference hides

// Where a number can stand beside its point: the first of some places round it that is free of points and numbers.
export function placesOfNumbers(points, { width, height }) {
  const taken = points.map(([x, y]) => [x, y]), free = ([x, y]) => taken.every(([a, b]) => Math.abs(a - x) > ROOM * 0.8 || Math.abs(b - y) > ROOM * 0.8);
  const inside = ([x, y]) => x > 8 && x < width - 8 && y > 8 && y < height - 8;
  return points.map(([x, y]) => {
    const round = [1, 1.6, 2.3].flatMap((far) => Array.from({ length: 12 }, (_, k) => [x + ROOM * far * Math.cos((k - 2) * Math.PI / 6), y + ROOM * far * Math.sin((k - 2) * Math.PI / 6)]));
    const chosen = round.find((each) => inside(each) && free(each)) ?? round[0];
    taken.push(chosen);
    return chosen;
  });
}

const KINDS = { _facts: "dict", _definitions: "dict", criterion: "text", measure: "text", method: "text" };

function render({ model, el }) {
  mount(el, "mitigations", model, KINDS);
  const texts = model.get("_texts"), definitions = model.get("_definitions"), { groups, measures, methods, criteria, rows, folds } = model.get("_facts");
  const words = (key, values) => say(texts, `mitigations.${key}`, values);
  const { put, on } = synced(model), live = announcer();
  const applying = methods.filter((each) => each.reason === null), none = methods.find((each) => each.name === NONE);
  const opened = () => methods.find((each) => each.name === model.get("method")) ?? none;
  const numberOf = (method) => methods.indexOf(method);
  const nameOf = (method) => words(`name_${method.name}`);

  // ---- what stands on the page

  const gaps = choiceBar({ legend: words("gap_in"), test: "criterion", value: model.get("criterion"), onChange: (name) => { put("criterion", name); showAll(); },
    options: criteria.map(({ name }) => ({ value: name, label: words(`criterion_${name}`) })) });
  const kinds = choiceBar({ legend: words("against"), test: "measure", value: model.get("measure"), onChange: (name) => { put("measure", name); showAll(); },
    options: measures.map((name) => ({ value: name, label: words(`of_${name}`) })) });
  kinds.node.hidden = measures.length < 2;
  const picture = element("div", { class: "edu-tradeoff", "data-test": "picture" });
  const list = element("div", { class: "edu-methods", role: "group", "aria-label": words("list") });
  const buttons = methods.map((method, number) => {
    const figures = element("span", { class: "edu-figures", "data-test": `figures-${method.name}` });
    const node = element("button", { type: "button", class: "edu-button", "data-test": `method-${method.name}`, on: { click: () => open(method.name) } },
      shapeOf(method, "edu-glyph"), element("span", { class: "edu-named" }, `${number}. ${nameOf(method)}`, element("small", {}, method.stage === null ? words("stage_none") : words(`stage_${method.stage}`))), figures);
    list.append(node);
    return { node, figures };
  });
  const heading = element("h3", { "data-test": "heading" }), what = element("p", { "data-test": "what" });
  const change = element("div", { class: "edu-change", "data-test": "change" }), sides = element("div", { class: "edu-sides", "data-test": "sides" });
  el.append(element("div", { class: "edu-stack" },
    element("div", { class: "edu-row" }, gaps.node, kinds.node),
    element("div", { class: "edu-both" }, element("div", {}, picture, element("p", { class: "edu-note" }, words("reading"))), list,
      element("div", { class: "edu-stack edu-opened" }, element("div", {}, heading, what), change, sides)),
    element("p", { class: "edu-note", "data-test": "folds" }, words("folds", { rows: wholes(rows), folds })), live.node));

  function shapeOf(method, kind) {
    const shape = glyph(SHAPE_OF[method.stage]);
    shape.setAttribute("class", kind);
    setAll(shape.firstChild, { style: "", class: "edu-shape" });
    return shape;
  }

  // ---- the chart

  let width = 0, marks = new Map();

  function draw() {
    const criterion = model.get("criterion"), measure = model.get("measure");
    const known = applying.filter(({ figures }) => figures[criterion][0] !== null && figures[measure][0] !== null);
    const spot = ({ figures }) => [figures[criterion][0], figures[measure][0]];
    const reached = (name) => known.flatMap(({ figures }) => figures[name].slice(0, 3)).filter((value) => value !== null);
    const rightmost = Math.max(0.02, ...reached(criterion)) * 1.04, box = { ...EDGES, width };
    const { node, x, y } = chart(words("chart", { criterion: words(`of_${criterion}`), measure: words(`of_${measure}`) }), [0, rightmost], airy(reached(measure), 0.004),
      { x: words(`axis_${criterion}`) }, { box, marks: ticks(0, rightmost, Math.max(2, (width - 72) / 80)).map((value) => [value, String(value)]) });
    node.append(svg("text", { x: 4, y: 14 }, words(`axis_${measure}`)));
    marks = new Map();
    const places = known.map((each) => { const [a, b] = spot(each); return [x(a), y(b)]; });
    const numbers = placesOfNumbers(places, { width, height: HEIGHT - EDGES.bottom });
    known.forEach((method, k) => {
      const [at, level] = places[k], { figures } = method, cross = [];
      const [, left, right] = figures[criterion], [, low, high] = figures[measure];
      if (left !== null) cross.push(`M${x(left)} ${level}H${x(right)}`);
      if (low !== null) cross.push(`M${at} ${y(low)}V${y(high)}`);
      const shape = shapeOf(method, "edu-point");
      setAll(shape, { x: at - 7, y: level - 7, width: 14, height: 14 });
      const mark = svg("g", { class: method.name === NONE ? "edu-mark edu-none" : "edu-mark", "data-test": `point-${method.name}`, on: { click: () => open(method.name) } },
        svg("path", { class: "edu-interval", d: cross.join("") }), svg("circle", { class: "edu-target", cx: at, cy: level, r: NEAR / 2 }), shape,
        svg("text", { x: numbers[k][0], y: numbers[k][1] + 5, "text-anchor": "middle" }, String(numberOf(method))));
      marks.set(method.name, mark);
      node.append(mark);
    });
    picture.replaceChildren(node);
    showOpen();
  }

  function showOpen() {
    for (const [name, mark] of marks) mark.classList.toggle("edu-opened", name === opened().name);
    marks.get(opened().name)?.parentNode.append(marks.get(opened().name)); // above the others
  }

  // ---- in words

  function figuresSaid(method, name) {
    const [value, low, high] = method.figures[name], digits = digitsOf(name);
    if (value === null) return say(texts, "common.undefined_short");
    return [decimals(value, digits), low === null ? "" : intervalText(texts, [low, high], digits)].filter(Boolean).join(" ");
  }

  function changeSaid(method, name) {
    const before = none.figures[name], after = method.figures[name], about = words(`of_${name}`);
    if (before[0] === null || after[0] === null) return words("undefined_change", { what: about });
    const [, , , by, low, high] = after, covers = !(low !== null && (low > 0 || high < 0)), digits = digitsOf(name), said = decimals(by, digits);
    return words(covers ? "change_maybe_none" : "change", { what: about, before: decimals(before[0], digits), after: decimals(after[0], digits),
      change: said.startsWith("−") ? said : `+${said}`, interval: low === null ? "" : intervalText(texts, [low, high], digits) });
  }

  function saidOf(method) {
    if (method.reason !== null) return [words("not_applied", { reason: method.reason })];
    return method.name === NONE ? [] : [model.get("criterion"), model.get("measure")].map((name) => changeSaid(method, name));
  }

  // ---- before and after

  function side(method, when) {
    const { metrics } = criteria.find(({ name }) => name === model.get("criterion"));
    const rates = metrics.map((metric) => element("div", { class: "edu-metrics" }, element("h4", {}, say(texts, `metric.${metric}`)),
      groups.map((group, place) => {
        const cells = method.cells[place], size = cells.tp + cells.fp + cells.fn + cells.tn;
        const one = lane({ texts, group: place, name: group, test: `${when}-${metric}-${place}` });
        one.show(rate(definitions, metric, cells), rateInterval(definitions, metric, cells, size, false), undefinedReason(texts, definitions, metric, cells, group));
        return one.node;
      })));
    const names = ["tp", "fp", "fn", "tn"];
    const table = scroller(words(when), element("table", { class: "edu-plain-table", "data-test": `cells-${when}` },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say(texts, "common.group")), names.map((cell) => element("th", { scope: "col", title: say(texts, `common.${cell}`) }, cell)))),
      element("tbody", {}, groups.map((group, place) => element("tr", {}, element("th", { scope: "row" }, glyph(place), ` ${group}`), names.map((cell) => element("td", {}, wholes(method.cells[place][cell]))))))));
    return element("section", { "data-test": when }, element("h4", {}, words(when)), rates, table);
  }

  // ---- moving

  function open(name) {
    put("method", name);
    showMethod();
  }

  function showMethod() {
    const method = opened(), said = saidOf(method);
    methods.forEach((each, k) => buttons[k].node.setAttribute("aria-pressed", String(each === method)));
    setText(heading, nameOf(method));
    setText(what, words(`text_${method.name}`));
    change.replaceChildren(...said.map((each) => element("p", {}, each)));
    sides.replaceChildren(...(method.reason === null ? [side(none, "before"), ...(method === none ? [] : [side(method, "after")])] : []));
    showOpen();
    live.announce([nameOf(method), ...said].join(". "));
  }

  function showAll() {
    const criterion = model.get("criterion"), measure = model.get("measure");
    gaps.choose(criterion);
    kinds.choose(measure);
    methods.forEach((method, k) => buttons[k].figures.replaceChildren(...(method.reason === null
      ? [words("short_gap", { figures: figuresSaid(method, criterion) }), words(`short_${measure}`, { figures: figuresSaid(method, measure) })] : [words("none_here")])
      .map((said) => element("span", {}, said))));
    draw();
    showMethod();
  }

  new ResizeObserver(() => {
    const found = Math.round(Math.min(WIDEST, Math.max(NARROWEST, picture.clientWidth)));
    if (found === width) return;
    width = found;
    draw();
  }).observe(picture);
  on("criterion", showAll);
  on("measure", showAll);
  on("method", showMethod);
  width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, picture.clientWidth || 560)));
  showAll();
}

export default { render };
