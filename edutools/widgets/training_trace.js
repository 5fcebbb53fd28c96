import { element, svg, mount, say, synced, announcer, setText, setAll, decimals, wholes } from "./dom.js";
import { chart, bandThrough, lineThrough, reach } from "./chart.js";
import { difference, differenceInterval, rate, rateInterval, shareInterval } from "./metrics.js";
import { glyph, hueOf, intervalText, lane } from "./rates.js";

const METRIC = "selection_rate", CELL_NAMES = ["tp", "fp", "fn", "tn"];
const PANEL_BOX = { width: 300, height: 190, left: 36, right: 12, top: 10, bottom: 38 };
// Training of any length plays within some seconds, a short one slowly enough to be read.
const WHOLE_PLAY = 8000, SLOWEST = 1000, FASTEST = 60;

const KINDS = { _facts: "dict", _definitions: "dict", epoch: "number" };

function render({ model, el }) {
  mount(el, "training_trace", model, KINDS);
  const texts = model.get("_texts"), facts = model.get("_facts"), definitions = model.get("_definitions");
  const { epochs, curves, groups, features } = facts, last = epochs.length - 1;
  const words = (key, values) => say(texts, `training_trace.${key}`, { loss: facts.loss_name, ...values });
  const { put, on } = synced(model), live = announcer();
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;

  // ---- the figures of an epoch

  const cellsAt = (place) => facts.cells?.[place].map((counts) => Object.fromEntries(CELL_NAMES.map((name, k) => [name, counts[k]]))) ?? null;
  const sizeOf = ({ tp, fp, fn, tn }) => tp + fp + fn + tn;
  const here = () => Math.max(0, epochs.indexOf(model.get("epoch")));

  // Value and limits of each group's selection rate among the held-out rows, or among those trained on.
  function ratesAt(place) {
    const cells = cellsAt(place);
    if (cells === null) return facts.rates[place].map((value, group) => ({ value, limits: ofTrainedOn(value, group) }));
    return cells.map((each) => ({ value: rate(definitions, METRIC, each), limits: rateInterval(definitions, METRIC, each, sizeOf(each), false) }));
  }

  function ofTrainedOn(value, group) {
    return value === null || facts.rows === null ? null : shareInterval(value * facts.rows[group], facts.rows[group]);
  }

  function accuracyLimits(place) {
    const cells = cellsAt(place);
    if (cells === null) return null;
    const size = cells.reduce((sum, each) => sum + sizeOf(each), 0);
    return size > 0 ? shareInterval(cells.reduce((sum, each) => sum + each.tp + each.tn, 0), size) : null;
  }

  // ---- what stands on the page

  const playButton = element("button", { class: "edu-button", type: "button", "data-test": "play", on: { click: play } });
  const slider = element("input", { type: "range", min: 0, max: last, step: 1, class: "edu-slider", "aria-label": words("slider"), "data-test": "epoch",
    disabled: last === 0, on: { input: take } });
  const epochWords = element("p", { class: "edu-epoch", "data-test": "epoch-words" });
  const panels = [lossPanel(), accuracyPanel(), ratesPanel()].filter((panel) => panel !== null);
  const modelHeading = element("h3", { "data-test": "model-heading" });
  const parts = [decisionsPart(), weightsPart()].filter((part) => part !== null);
  el.append(element("div", { class: "edu-stack" },
    element("div", { class: "edu-row" }, playButton, slider, epochWords),
    panels.length ? element("div", { class: "edu-trio" }, panels.map((panel) => panel.node)) : null,
    missing().map((each) => element("p", { class: "edu-note", "data-test": "missing" }, each)),
    parts.length ? [modelHeading, element("div", { class: "edu-pair" }, parts.map((part) => part.node))] : null, live.node));

  function missing() {
    const told = (...names) => names.some((name) => name in curves);
    return [told("loss", "val_loss", "penalty") ? null : "no_loss", told("accuracy", "val_accuracy") ? null : "no_accuracy",
      groups.length ? null : "no_rates", facts.weights === null ? "no_weights" : null].filter(Boolean).map((key) => words(key));
  }

  // What was trained on is dotted where held-out rows stand beside it.
  function kindOf(name) {
    if (name === "penalty") return "edu-penalty";
    return `val_${name}` in curves ? "edu-told edu-beside" : "edu-told";
  }

  function lossPanel() {
    const series = ["loss", "val_loss", "penalty"].filter((name) => name in curves).map((name) => (
      { test: name, name: words({ loss: "trained_on", val_loss: "held_out", penalty: "penalty" }[name]), kind: kindOf(name), values: curves[name], digits: 3 }));
    return series.length ? panel("loss", facts.loss_name, series, null) : null;
  }

  function accuracyPanel() {
    const series = ["accuracy", "val_accuracy"].filter((name) => name in curves).map((name) => (
      { test: name, name: words(name === "accuracy" ? "trained_on" : "held_out"), kind: kindOf(name), values: curves[name], digits: 3,
        limits: name === "val_accuracy" && facts.cells !== null ? epochs.map((_, place) => accuracyLimits(place)) : null }));
    return series.length ? panel("accuracy", words("accuracy_heading"), series, [0, 1]) : null;
  }

  function ratesPanel() {
    if (groups.length === 0) return null;
    const all = epochs.map((_, place) => ratesAt(place)), counted = facts.cells !== null;
    const series = groups.map((name, group) => ({ test: `rate-${group}`, name, group, values: all.map((each) => each[group].value), digits: 2,
      limits: counted || facts.rows ? all.map((each) => each[group].limits) : null, beside: counted && facts.rates ? facts.rates.map((each) => each[group]) : null }));
    return panel("rates", words("rates_heading"), series, [0, 1], words(counted ? "on_held_out" : "on_trained_on"));
  }

  // One line a series, with its figures of the present epoch under the chart.
  function panel(test, heading, series, range, note = null) {
    const drawn = (each) => [...each.values, ...(each.beside ?? [])].filter((value) => value !== null);
    const alt = words("chart", { heading, series: series.map((each) => words("chart_series", { name: each.name, first: figure(each, 0), last: figure(each, last) })).join("; ") });
    const { node, x, y } = chart(alt, reach(epochs), range ?? reach([0, ...series.flatMap(drawn)]), { x: words("epoch") }, { box: PANEL_BOX, whole: true });
    const cursor = svg("path", { class: "edu-cursor" });
    node.append(cursor);
    const lines = series.map((each) => line(each, node, x, y));
    const notes = [note, series.some((each) => each.limits) ? words("band") : null, series.some((each) => each.beside) ? words("dotted") : null].filter(Boolean);
    function show(place) {
      cursor.setAttribute("d", `M${x(epochs[place])} ${PANEL_BOX.top}V${PANEL_BOX.height - PANEL_BOX.bottom}`);
      for (const each of lines) each.show(place);
    }
    return { show, node: element("section", { class: "edu-panel", "data-test": `panel-${test}` }, element("h4", {}, heading), node,
      element("div", { class: "edu-figures-now" }, lines.map((each) => each.key)), notes.length ? element("p", { class: "edu-note" }, notes.join(" ")) : null) };
  }

  function figure({ values, digits }, place) {
    return decimals(values[place], digits) ?? say(texts, "common.undefined_short");
  }

  function line(series, node, x, y) {
    const { values, limits, beside, group, kind } = series;
    const style = group === undefined ? null : `--edu-hue: ${hueOf(group)}`, own = kind === undefined ? "" : ` ${kind}`;
    const path = (each, name) => svg("path", { class: `edu-series${own}${name}`, style, d: lineThrough(each.map((value, k) => (value === null ? null : [x(epochs[k]), y(value)]))) });
    const band = limits && svg("path", { class: `edu-band${own}`, style, d: bandThrough(limits.map((each, k) => each && [x(epochs[k]), y(each[0]), y(each[1])])) });
    const mark = group === undefined ? svg("circle", { class: `edu-mark${own}`, r: 5 }) : glyph(group);
    node.append(...[band, beside && path(beside, " edu-beside"), path(values, ""), mark].filter(Boolean));
    const said = element("output", { "data-test": series.test });
    const swatch = group === undefined ? svg("svg", { class: "edu-swatch", viewBox: "0 0 22 14", "aria-hidden": "true" }, svg("path", { class: `edu-series${own}`, d: "M1 7H21" })) : glyph(group);
    function show(place) {
      const value = values[place];
      mark.style.display = value === null ? "none" : "";
      if (value !== null) setAll(mark, group === undefined ? { cx: x(epochs[place]), cy: y(value) } : { x: x(epochs[place]) - 7, y: y(value) - 7, width: 14, height: 14 });
      setText(said, `${figure(series, place)} ${intervalText(texts, limits?.[place] ?? null, series.digits)}`.trim());
    }
    return { show, key: element("p", {}, swatch, element("span", {}, series.name), said) };
  }

  function decisionsPart() {
    if (facts.cells === null) return groups.length ? trainedOnPart() : null;
    const gap = element("p", { class: "edu-muted", "data-test": "gap" });
    const lanes = groups.map((group, place) => {
      const head = element("span", {}), caption = element("span", {}, glyph(place), " ", head), cells = element("small", { class: "edu-muted", "data-test": `cells-${place}` });
      const one = lane({ texts, group: place, name: group, test: `selected-${place}`, head: caption });
      one.node.append(cells);
      return { ...one, head, cells };
    });
    function show(place) {
      const counts = cellsAt(place), rates = ratesAt(place);
      lanes.forEach((each, group) => {
        const { tp, fp } = counts[group];
        setText(each.head, words("lane", { group: groups[group], selected: wholes(tp + fp), all: wholes(sizeOf(counts[group])) }));
        setText(each.cells, words("lane_cells", Object.fromEntries(CELL_NAMES.map((name) => [name, wholes(counts[group][name])]))));
        each.show(rates[group].value, rates[group].limits, words("nobody", { group: groups[group] }));
      });
      setText(gap, gapSaid(place));
    }
    return { show, node: element("section", { class: "edu-panel", "data-test": "decisions" }, element("h4", {}, words("decisions_heading")), lanes.map((each) => each.node), gap) };
  }

  // Without held-out rows, the gap among the rows trained on; without their number, that there is no interval.
  function trainedOnPart() {
    const node = element("p", { class: "edu-note", "data-test": facts.rows === null ? "no-cells" : "gap" });
    return { node, show: (place) => setText(node, facts.rows === null ? words("no_cells") : gapSaid(place)) };
  }

  // Of rows trained on only the selection rate is known: they stand among the positives.
  function selectedAt(place) {
    const share = (value, all) => ({ tp: value * all, fp: 0, fn: all - value * all, tn: 0 });
    return cellsAt(place) ?? facts.rates[place].map((value, group) => (value === null ? share(0, 0) : share(value, facts.rows[group])));
  }

  function gapSaid(place) {
    if (groups.length < 2) return "";
    const cells = selectedAt(place), gap = difference(definitions, METRIC, cells);
    if (gap === null) return words("gap_undefined");
    const limits = differenceInterval(definitions, METRIC, cells, cells.map(sizeOf), false);
    return words(limits[0] <= 0 ? "gap_noise" : "gap_beyond", { gap: decimals(gap, 3), interval: intervalText(texts, limits, 3) });
  }

  // Each weight as a point on one axis, the same in every epoch, with 0 in its middle.
  function weightsPart() {
    if (facts.weights === null) return null;
    const named = [...(facts.intercepts === null ? [] : [[words("intercept"), facts.intercepts]]), ...features.map((name, place) => [name, facts.weights.map((each) => each[place])])];
    const far = Math.max(...named.flatMap(([, values]) => values.map((value) => Math.abs(value ?? 0)))) || 1;
    const rows = named.map(([name, values], place) => {
      const dot = element("span", { class: "edu-weight-dot" }), said = element("span", { "data-test": `weight-${place}` });
      const axis = element("div", { class: "edu-axis", "aria-hidden": "true" }, element("b", { style: "left: 50%" }), dot);
      const show = (epoch) => {
        const value = values[epoch];
        axis.classList.toggle("edu-undefined", value === null);
        if (value !== null) dot.style.left = `${50 + (50 * value) / far}%`;
        setText(said, decimals(value, 3) ?? say(texts, "common.undefined_short"));
      };
      return { show, node: element("div", { class: "edu-lane", "data-test": `weight-row-${place}` }, element("span", {}, name), axis, said) };
    });
    const ends = element("div", { class: "edu-lane edu-weight-ends", "aria-hidden": "true" }, element("span", {}),
      element("div", {}, [-far, 0, far].map((value) => element("span", {}, decimals(value, value === 0 ? 0 : 2)))), element("span", {}));
    return { show: (place) => rows.forEach((row) => row.show(place)), node: element("section", { class: "edu-panel", "data-test": "weights" },
      element("h4", {}, words("weights_heading")), rows.map((row) => row.node), ends, element("p", { class: "edu-note" }, words("weights_note"))) };
  }

  // ---- moving through the epochs

  function go(place) {
    put("epoch", epochs[place]);
    update();
  }

  function take() {
    const place = slider.valueAsNumber; // before stopping, which shows the epoch that was
    stop();
    go(place);
  }

  // Where motion is to be reduced nothing moves by itself: each press is one epoch.
  function play() {
    if (timer !== null) return stop();
    const place = here();
    if (still.matches) return go(place === last ? 0 : place + 1);
    if (place === last) go(0);
    timer = setInterval(step, Math.min(SLOWEST, Math.max(FASTEST, WHOLE_PLAY / epochs.length)));
    update();
  }

  function step() {
    if (!el.isConnected) return stop();
    go(Math.min(here() + 1, last));
    if (here() === last) stop();
  }

  function stop() {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    update();
  }

  function update() {
    const place = here(), epoch = epochs[place], said = words(epoch === 0 ? "untrained" : "epoch_of", { epoch, last: epochs[last] });
    if (slider.valueAsNumber !== place) slider.value = place;
    slider.setAttribute("aria-valuetext", said);
    setText(epochWords, said);
    setText(playButton, words(timer !== null ? "pause" : still.matches ? "next" : "play"));
    playButton.disabled = last === 0;
    setText(modelHeading, words(epoch === 0 ? "model_untrained" : "model", { epoch }));
    for (const each of [...panels, ...parts]) each.show(place);
    if (timer === null) live.announce([said, ...[...el.querySelectorAll(".edu-figures-now p")].map((each) => each.textContent)].join(" "));
  }

  on("epoch", update);
  still.addEventListener("change", () => { stop(); update(); });
  update();
}

export default { render };
