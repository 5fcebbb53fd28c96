import { element, mount, say, synced, announcer, setText, decimals, wholes, money, choiceBar, amount } from "./dom.js";
import { readTable, cellsAt, nearestIndex, overallTable, thresholdAt } from "./table.js";
import { rate, rateInterval } from "./metrics.js";
import { scoreStrip, thresholdText } from "./strip.js";
import { curve, hueOf, intervalText, lane, matrix, undefinedReason } from "./rates.js";

const CELLS = ["tp", "fp", "fn", "tn"];
const SHARES = ["counts", "true", "pred", "all"];

const KINDS = { _counts: "dict", _table: "bytes", _definitions: "dict", _fixed: "flag", _classes: "list", _matrices: "dict", threshold: "number?", group: "text?",
  metric: "text", normalize: "text?", gain: "number", loss: "number", currency: "text", label_names: "list", decision_names: "list" };

function render({ model, el }) {
  mount(el, "confusion_matrix", model, KINDS);
  if (model.get("_classes").length) renderClasses(model, el);
  else renderBinary(model, el);
}

const normalizations = (texts, model, onChange) => choiceBar({ legend: say(texts, "confusion_matrix.show"), test: "normalize",
  value: model.get("normalize") ?? "counts", onChange: (key) => onChange(key === "counts" ? null : key),
  options: SHARES.map((key) => ({ value: key, label: say(texts, `confusion_matrix.show_${key}`) })) });

function groupBar(texts, groups, chosen, onChange) {
  if (groups.length < 2) return null;
  return choiceBar({ legend: say(texts, "common.group"), test: "group", value: chosen, onChange,
    options: [{ value: null, label: say(texts, "common.all") }, ...groups.map((group) => ({ value: group, label: group }))] });
}

function renderBinary(model, el) {
  const texts = model.get("_texts"), definitions = model.get("_definitions"), fixed = model.get("_fixed");
  const table = readTable(model.get("_counts"), model.get("_table"));
  const overall = overallTable(table, say(texts, "common.all"));
  const { put, on } = synced(model), live = announcer();
  const state = { index: nearestIndex(table, model.get("threshold")), hovered: null };

  const shown = () => { const group = model.get("group"); return group === null ? [overall, 0] : [table, table.groups.indexOf(group)]; };

  // What stands on the page.
  const stripPlace = element("div", {});
  let strip = null, written = null;
  const grid = matrix({ texts, labels: model.get("label_names"), decisions: model.get("decision_names"), test: "cell",
    caption: say(texts, "confusion_matrix.title") });
  const formula = element("p", { class: "edu-formula", "data-test": "formula" });
  const heading = element("h3", { "data-test": "heading" });
  const profit = element("p", { "data-test": "profit" });
  const lanes = new Map(Object.keys(definitions).map((metric) => {
    const label = say(texts, `metric.${metric}`);
    const head = element("button", { class: "edu-metric", type: "button", "data-test": `metric-${metric}`, on: {
      click: () => put("metric", metric),
      mouseenter: () => { state.hovered = metric; light(); }, mouseleave: () => { state.hovered = null; light(); },
      focus: () => { state.hovered = metric; light(); }, blur: () => { state.hovered = null; light(); },
    } }, label);
    return [metric, { head, ...lane({ texts, group: null, name: label, test: `value-${metric}`, head }) }];
  }));
  const shares = normalizations(texts, model, (value) => put("normalize", value));
  const groups = groupBar(texts, table.groups, model.get("group"), (value) => put("group", value));
  const currency = model.get("currency");
  const inputs = ["gain", "loss"].map((name) => amount({ label: say(texts, `common.${name}`), value: model.get(name), unit: currency, test: name,
    onChange: (value) => put(name, value) }));
  const curves = fixed ? null : curvesPanel();

  el.append(element("div", { class: "edu-stack" },
    heading,
    groups && groups.node,
    element("div", { class: "edu-halves" },
      element("div", { class: "edu-stack" }, stripPlace, grid.node, shares.node),
      element("div", { class: "edu-stack" }, element("div", { class: "edu-metrics" }, [...lanes.values()].map((each) => each.node)), formula)),
    element("div", { class: "edu-row" }, inputs.map((input) => input.node), profit),
    curves && curves.node, live.node));

  function cells() {
    const [source, group] = shown();
    return cellsAt(source, group, state.index);
  }

  function cellText(values, name) {
    const totals = { true: { tp: values.tp + values.fn, fn: values.tp + values.fn, fp: values.fp + values.tn, tn: values.fp + values.tn },
      pred: { tp: values.tp + values.fp, fp: values.tp + values.fp, fn: values.fn + values.tn, tn: values.fn + values.tn } };
    const how = model.get("normalize");
    if (how === null) return wholes(values[name]);
    const total = how === "all" ? values.tp + values.fp + values.fn + values.tn : totals[how][name];
    return total > 0 ? say(texts, "common.percent", { value: decimals((100 * values[name]) / total, 1) }) : say(texts, "common.no_share");
  }

  function light() {
    const metric = state.hovered ?? model.get("metric");
    const parts = (definitions[metric].parts ?? [metric]).map((part) => definitions[part]);
    for (const name of CELLS) {
      const { td } = grid.cells[name];
      td.classList.toggle("edu-over", parts.some(({ over }) => name in over));
      td.classList.toggle("edu-unlit", !parts.some(({ over, under }) => name in over || name in under));
    }
    if (written?.metric !== metric) {
      written = writtenFormula(texts, definitions, metric);
      formula.replaceChildren(...written.nodes);
    }
    const [source, group] = shown();
    written.show(cells(), interval(metric), source.groups[group]);
  }

  function interval(metric) {
    const [source, group] = shown();
    return rateInterval(definitions, metric, cells(), source.sizes[group], source.weighted);
  }

  function update() {
    const values = cells(), threshold = table.thresholds[state.index];
    const [source, group] = shown();
    grid.show(Object.fromEntries(CELLS.map((name) => [name, cellText(values, name)])));
    for (const [metric, each] of lanes) {
      each.show(rate(definitions, metric, values), interval(metric), undefinedReason(texts, definitions, metric, values, source.groups[group]));
      each.head.setAttribute("aria-pressed", metric === model.get("metric"));
    }
    light();
    const gain = model.get("gain"), loss = model.get("loss");
    setText(profit, say(texts, "confusion_matrix.profit", { tp: wholes(values.tp), fp: wholes(values.fp),
      gain: money(gain, currency), loss: money(loss, currency), profit: money(gain * values.tp - loss * values.fp, currency) }));
    const size = wholes(values.tp + values.fp + values.fn + values.tn);
    const kind = fixed ? "heading_fixed" : threshold === Infinity ? "heading_nobody" : "heading";
    setText(heading, say(texts, `confusion_matrix.${kind}`, { group: source.groups[group], size, threshold: thresholdText(texts, threshold) }));
    curves?.move(values);
    live.announce(say(texts, "confusion_matrix.live", { threshold: thresholdText(texts, threshold), tp: wholes(values.tp), fp: wholes(values.fp),
      fn: wholes(values.fn), tn: wholes(values.tn) }));
  }

  function regroup() {
    const [source, group] = shown();
    if (!fixed) {
      strip = scoreStrip({ table: source, group, texts, hue: "var(--edu-accent)", label: say(texts, "common.threshold"), test: "threshold", index: state.index,
        onMove: (index) => { state.index = index; put("threshold", thresholdAt(table, index)); update(); } });
      stripPlace.replaceChildren(strip.node);
    }
    curves?.redraw();
    update();
  }

  function curvesPanel() {
    const place = element("div", { class: "edu-curves" });
    let roc, precisionRecall;
    const node = element("details", { "data-test": "curves", on: { toggle: () => { redraw(); move(cells()); } } },
      element("summary", {}, say(texts, "confusion_matrix.curves")), place);
    function redraw() {
      if (!node.open) return;
      const [source, group] = shown();
      const all = Array.from(source.thresholds, (_, index) => cellsAt(source, group, index));
      roc = curve({ caption: say(texts, "confusion_matrix.roc"), test: "roc" });
      precisionRecall = curve({ caption: say(texts, "confusion_matrix.precision_recall"), test: "precision-recall" });
      roc.chance([[0, 0], [1, 1]]);
      const points = (of) => all.map(of).filter((point) => !point.includes(null));
      roc.draw(0, "var(--edu-accent)", points(rocPoint));
      precisionRecall.draw(0, "var(--edu-accent)", points(recallPoint));
      place.replaceChildren(roc.node, precisionRecall.node);
    }
    const value = (metric, values) => rate(definitions, metric, values);
    const rocPoint = (values) => [value("false_positive_rate", values), value("true_positive_rate", values)];
    const recallPoint = (values) => [value("true_positive_rate", values), value("precision", values)];
    const whole = (point) => (point.includes(null) ? null : point);
    const move = (values) => { if (node.open) { roc.move(0, whole(rocPoint(values))); precisionRecall.move(0, whole(recallPoint(values))); } };
    return { node, redraw, move };
  }

  on("threshold", () => {
    const index = nearestIndex(table, model.get("threshold"));
    if (index === state.index) return;
    state.index = index;
    strip?.show(index);
    update();
  });
  on("group", () => { groups?.choose(model.get("group")); regroup(); });
  on("normalize", () => { shares.choose(model.get("normalize") ?? "counts"); update(); });
  on("metric", update);
  for (const [place, name] of ["gain", "loss"].entries()) {
    on(name, () => { if (inputs[place].input.valueAsNumber !== model.get(name)) inputs[place].input.value = model.get(name); update(); });
  }
  regroup();
}

// The formula with its cells, then with its numbers, then its value: 'tp ÷ (tp + fn) = 68 ÷ (68 + 12) = 0.85'. A move of the
// threshold changes the numbers only.
function writtenFormula(texts, definitions, metric) {
  const numbers = [], end = document.createTextNode("");
  const chip = (name, shown) => element("span", { class: `edu-cell edu-${name}` }, shown);
  const letters = (name) => chip(name, name);
  const number = (name) => {
    const node = chip(name, "");
    numbers.push([name, node]);
    return node;
  };
  const sum = (weights, show) => Object.entries(weights).flatMap(([name, weight], place) =>
    [place ? " + " : "", weight === 1 ? "" : `${weight} × `, show(name)]);
  const bracketed = (weights, show) => Object.keys(weights).length > 1 ? ["(", ...sum(weights, show), ")"] : sum(weights, show);
  const fraction = ({ over, under }, show) => [...bracketed(over, show), " ÷ ", ...bracketed(under, show)];
  const parts = definitions[metric].parts;
  const whole = (show) => parts
    ? ["(", ...parts.flatMap((part, place) => [place ? " + " : "", ...fraction(definitions[part], show)]), `) ÷ ${parts.length}`]
    : fraction(definitions[metric], show);
  const nodes = [element("strong", {}, say(texts, `metric.${metric}`)), " = ", ...whole(letters), " = ", ...whole(number), " = ", end];
  const show = (cells, interval, group) => {
    for (const [name, node] of numbers) setText(node, wholes(cells[name]));
    const value = rate(definitions, metric, cells);
    setText(end, value === null ? say(texts, "common.undefined", { reason: undefinedReason(texts, definitions, metric, cells, group) })
      : `${decimals(value)} ${intervalText(texts, interval)}`);
  };
  return { metric, nodes, show };
}

// More than two classes: the k × k matrix with each class's precision and recall; the row and the column of a class light up with it.
function renderClasses(model, el) {
  const texts = model.get("_texts"), classes = model.get("_classes"), matrices = model.get("_matrices");
  const { put, on } = synced(model), place = element("div", { class: "edu-scroll" }), formula = element("p", { class: "edu-formula", "data-test": "formula" });
  const heading = element("h3", { "data-test": "heading" });
  const shares = normalizations(texts, model, (value) => put("normalize", value));
  const groups = groupBar(texts, matrices.groups, model.get("group"), (value) => put("group", value));
  el.append(element("div", { class: "edu-stack" }, heading, groups && groups.node, place, shares.node, formula));
  let lit = 0;

  const share = (count, total) => (total > 0 ? decimals(count / total) : say(texts, "common.undefined_short"));
  function draw() {
    const counts = matrices.counts[1 + matrices.groups.indexOf(model.get("group"))], how = model.get("normalize");
    const rows = counts.map((row) => row.reduce((a, b) => a + b)), columns = classes.map((_, k) => counts.reduce((sum, row) => sum + row[k], 0));
    const all = rows.reduce((a, b) => a + b);
    const total = (i, j) => ({ true: rows[i], pred: columns[j], all })[how];
    const shown = (i, j) => how === null ? wholes(counts[i][j])
      : total(i, j) > 0 ? say(texts, "common.percent", { value: decimals((100 * counts[i][j]) / total(i, j), 1) }) : say(texts, "common.no_share");
    const cell = (i, j) => element("td", { "data-test": `cell-${i}-${j}`, class: i === lit && j === lit ? "edu-over" : i === lit || j === lit ? "edu-lit" : null,
      style: `--edu-share: ${all ? Math.round((60 * counts[i][j]) / Math.max(...rows, 1)) : 0}%` }, shown(i, j));
    const head = (i) => element("th", { scope: "row" }, element("button", { class: "edu-metric", type: "button", "aria-pressed": String(i === lit),
      "data-test": `class-${i}`, on: { click: () => { lit = i; draw(); place.querySelectorAll("button")[i].focus(); } } }, classes[i]));
    const corner = element("th", { scope: "col" }, say(texts, "confusion_matrix.true_by_predicted"));
    place.replaceChildren(element("table", { class: "edu-matrix edu-classes", "data-test": "cell", "aria-label": say(texts, "confusion_matrix.title") },
      element("thead", {}, element("tr", {}, corner, classes.map((name) => element("th", { scope: "col" }, name)),
        element("th", { scope: "col" }, say(texts, "confusion_matrix.recall")))),
      element("tbody", {}, classes.map((_, i) => element("tr", {}, head(i), classes.map((_, j) => cell(i, j)),
        element("td", { "data-test": `recall-${i}` }, share(counts[i][i], rows[i])))),
      element("tr", {}, element("th", { scope: "row" }, say(texts, "confusion_matrix.precision")),
        classes.map((_, j) => element("td", { "data-test": `precision-${j}` }, share(counts[j][j], columns[j]))),
        element("td", { "data-test": "accuracy" }, share(counts.reduce((sum, row, i) => sum + row[i], 0), all))))));
    setText(heading, say(texts, "confusion_matrix.heading_fixed", { group: model.get("group") ?? say(texts, "common.all"), size: wholes(all) }));
    setText(formula, say(texts, "confusion_matrix.class_formula", { name: classes[lit], hits: wholes(counts[lit][lit]), row: wholes(rows[lit]), column: wholes(columns[lit]),
      recall: share(counts[lit][lit], rows[lit]), precision: share(counts[lit][lit], columns[lit]) }));
  }
  on("group", () => { groups?.choose(model.get("group")); draw(); });
  on("normalize", () => { shares.choose(model.get("normalize") ?? "counts"); draw(); });
  draw();
}

export default { render };
