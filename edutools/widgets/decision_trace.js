import { element, mount, say, setText, setIdle, isIdle, synced, announcer, choiceBar, scroller, wholes } from "./dom.js";
import { glyph } from "./rates.js";
import { thresholdText } from "./strip.js";
import { logistic, logOddsOf, thresholdOf, valuesOf, logOdds, linearContributions, bySize, tellingPlaces } from "./decision.js";
import { nearestOf, figure, signedFigure, tellingDigits } from "./decision.js";

const LAYERS = ["input", "model", "bias_check", "decision"];

const KINDS = { _facts: "dict", _found: "dict", _rows: "dict?", threshold: "any", group: "text?", layer: "text", what_if: "dict", label_names: "list",
  decision_names: "list" };

function render({ model, el }) {
  mount(el, "decision_trace", model, KINDS);
  const texts = model.get("_texts"), facts = model.get("_facts"), rows = model.get("_rows");
  const { features, groups } = facts, linear = facts.intercept !== null;
  const people = wholes(facts.people);
  const { put, on } = synced(model), live = announcer();
  const tell = (key, values) => say(texts, `decision_trace.${key}`, values);

  // ---- what is computed

  const ownThreshold = (group) => thresholdOf(model.get("threshold"), group);

  function judge(group) {
    const asked = linear ? null : model.get("_found").by_group[Math.max(groups.indexOf(group), 0)];
    const values = linear ? valuesOf(facts, model.get("what_if"), group) : asked.values;
    const score = linear ? logistic(logOdds(facts, values)) : asked.score;
    const threshold = ownThreshold(group);
    return { group, values, score, threshold, approved: score >= threshold, contributions: linear ? linearContributions(facts, values) : asked.contributions };
  }

  function nearest({ values, approved }) {
    if (rows !== null) {
      const found = nearestOf(facts, rows, values, model.get("threshold"), approved);
      return { ...found, nearest: found.nearest.map((one) => ({ ...one, distance: figure(one.distance, 2) })) };
    }
    const found = model.get("_found");
    const now = [model.get("threshold"), model.get("group"), model.get("what_if")];
    return JSON.stringify(found.at) === JSON.stringify(now) ? found : null;
  }

  // ---- what is said

  const decisionWord = (approved) => model.get("decision_names")[Number(approved)];
  const whose = (group) => typeof model.get("threshold") === "object" && model.get("threshold") !== null ? tell("of_group", { group }) : tell("of_all");
  const signed = (contribution) => signedFigure(contribution, linear ? 2 : 3);
  const without = (unit) => unit === "" ? "" : ` ${unit}`;

  function shown(place, value, mean = false) {
    const { kind, unit, digits, mean_digits } = features[place];
    return kind === "level" ? value : figure(value, mean ? mean_digits : digits) + without(unit);
  }

  function beside({ score, threshold }) {
    const digits = tellingDigits(score, threshold);
    return [figure(score, digits), digits === 3 ? thresholdText(texts, threshold) : figure(threshold, digits)];
  }

  function reason(place, { values, contributions }) {
    const { name, kind, mean } = features[place];
    const side = kind === "level" ? "other" : values[place] > mean ? "above" : "below";
    return tell(`reason_${side}`, { feature: name, value: shown(place, values[place]), mean: shown(place, mean, true),
      amount: tell(linear ? "in_odds" : "in_score", { amount: signed(contributions[place]) }) });
  }

  function decided(now) {
    const [score, threshold] = beside(now);
    return tell(now.threshold === Infinity ? "decided_nobody" : "decided", { decision: decisionWord(now.approved), score, threshold,
      side: tell(now.approved ? "reaches" : "below"), whose: whose(now.group) });
  }

  // ---- what stands on the page

  const cards = LAYERS.map((layer, place) => card(layer, place));
  const panels = { input: inputPanel(), model: modelPanel(), bias_check: biasPanel(), decision: decisionPanel() };
  const places = LAYERS.map((layer) => element("div", { class: "edu-layer", role: "tabpanel", tabindex: "0", "aria-label": layerName(layer), "data-test": `layer-${layer}` }, panels[layer].node));
  const groupBar = groups.length < 2 ? null : choiceBar({ legend: tell("group_choice"), test: "group", value: String(groups.indexOf(model.get("group"))),
    options: groups.map((group, place) => ({ value: String(place), label: group })), onChange: (place) => { put("group", groups[Number(place)]); update(); } });
  const line = element("input", { class: "edu-slider", type: "range", min: 0, max: 1, step: 0.01, "data-test": "threshold", on: { input: () => moveLine() } });
  const lineName = element("span", {}), lineWords = element("output", { "data-test": "threshold-words" });
  const reset = element("button", { class: "edu-button", type: "button", "data-test": "reset", on: { click: () => asGiven() } }, tell("reset"));

  el.append(element("div", { class: "edu-stack" },
    element("div", { class: "edu-row" }, groupBar?.node, element("label", { class: "edu-drawn-line" }, lineName, line, lineWords), reset),
    element("div", { class: "edu-trace", role: "tablist", "aria-label": tell("layers"), on: { keydown: (event) => walk(event) } }, cards.map((each) => each.node)),
    places, live.node));

  function layerName(layer) {
    return tell(layer === "decision" ? "decision_layer" : layer);
  }

  function card(layer, place) {
    const head = element("b", { "data-test": `head-${layer}` }), note = element("small", { "data-test": `note-${layer}` });
    const node = element("button", { class: "edu-step", type: "button", role: "tab", "data-test": `card-${layer}`, on: { click: () => open(layer) } },
      element("span", {}, `${place + 1} · ${layerName(layer)}`), head, note);
    return { node, show: (words, more) => { setText(head, words); setText(note, more); } };
  }

  function open(layer) {
    put("layer", layer);
    showLayer();
  }

  function walk(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const end = { Home: 0, End: LAYERS.length - 1 }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    const place = end ?? (LAYERS.indexOf(model.get("layer")) + step + LAYERS.length) % LAYERS.length;
    open(LAYERS[place]);
    cards[place].node.focus();
  }

  function showLayer() {
    LAYERS.forEach((layer, place) => {
      const chosen = layer === model.get("layer");
      cards[place].node.setAttribute("aria-selected", chosen);
      cards[place].node.tabIndex = chosen ? 0 : -1;
      places[place].hidden = !chosen;
    });
  }

  function inputPanel() {
    const lines = features.map((feature, place) => inputLine(feature, place));
    const first = features.find((feature, place) => feature.kind === "number" && place !== facts.group_place);
    const example = first === undefined ? "{}" : `{${JSON.stringify(first.name)}: ${first.mean.toFixed(first.digits)}}`;
    const node = element("div", { class: "edu-inputs" }, lines.map((each) => each.node),
      element("p", { class: "edu-note", "data-test": "what-if" }, linear ? tell("what_if") : tell("needs_kernel", { example }), " ", tell("marks")));
    return { node, show: (now) => lines.forEach((each, place) => each.show(now.values[place])) };
  }

  function inputLine(feature, place) {
    const { name, kind, start, stop, step, places: digits, low, high, mean } = feature;
    const words = element("output", { "data-test": `value-${place}` });
    if (kind === "level") {
      return { node: element("div", { class: "edu-input" }, element("span", {}, name), element("small", {}, tell("level_note", { mean })), words),
        show: (value) => setText(words, shown(place, value)) };
    }
    const moves = linear && place !== facts.group_place;
    const slider = moves ? element("input", { class: "edu-slider", type: "range", min: start, max: stop, step, "aria-label": name, "data-test": `slider-${place}`,
      on: { input: () => change(place, Number(slider.valueAsNumber.toFixed(digits))) } }) : null;
    const at = (value) => `${100 * Math.min(Math.max((value - start) / (stop - start || 1), 0), 1)}%`;
    const band = element("i", { style: `left: ${at(low)}; right: calc(100% - ${at(high)})` }), mark = element("b", { style: `left: ${at(mean)}` });
    const dot = element("span", { class: "edu-dot" });
    const strip = element("div", { class: "edu-axis edu-among", "aria-hidden": "true" }, band, mark, dot);
    const note = element("small", {}, tell("slider_note", { mean: shown(place, mean, true), low: shown(place, low), high: shown(place, high) }));
    function show(value) {
      setText(words, shown(place, value));
      dot.style.left = at(value);
      if (slider === null) return;
      slider.value = value;
      slider.setAttribute("aria-valuetext", shown(place, value));
    }
    return { node: element("div", { class: "edu-input" }, element("span", {}, name), element("div", {}, slider, strip, note), words), show };
  }

  function change(place, value) {
    const { name, value: given } = features[place], before = model.get("what_if");
    // In the features' order, as Python keeps them.
    put("what_if", Object.fromEntries(features.filter((each, other) => other === place ? value !== given : Object.hasOwn(before, each.name))
      .map((each) => [each.name, each === features[place] ? value : before[each.name]])));
    update();
  }

  function modelPanel() {
    const said = element("p", { "data-test": "sum" });
    const caption = element("p", { class: "edu-muted" });
    const first = fallLine("start"), last = fallLine("end");
    const falls = features.map((feature, place) => fallLine(String(place), feature.name));
    const list = element("div", { class: "edu-falls" });
    const node = element("div", { class: "edu-stack" }, said, caption, list, element("p", { class: "edu-note" }, tell("one_score")));
    function show(now) {
      setText(said, linear ? sum(now) : tell("approximate"));
      setText(caption, tell(linear ? "waterfall" : "one_by_one", { decision: decisionWord(true) }));
      const order = bySize(now.contributions);
      const shownLines = linear ? [first, ...order.map((place) => falls[place]), last] : [...order.map((place) => falls[place]), last];
      if (shownLines.some((each, place) => list.children[place] !== each.node)) list.replaceChildren(...shownLines.map((each) => each.node));
      draw(now, order);
    }
    function draw(now, order) {
      const end = linear ? logOdds(facts, now.values) : now.score;
      let at = linear ? base() : end;
      const spans = order.map((place) => {
        const from = linear ? at : end - now.contributions[place];
        if (linear) at += now.contributions[place];
        return [from, linear ? at : end];
      });
      const edge = linear ? logOddsOf(Math.min(now.threshold, 1)) : now.threshold;
      const ends = [...spans.flat(), end, ...(Number.isFinite(edge) ? [edge] : [])];
      const low = linear ? Math.floor(Math.min(...ends)) : 0, high = linear ? Math.max(Math.ceil(Math.max(...ends)), low + 1) : 1;
      const scale = (value) => 100 * Math.min(Math.max((value - low) / (high - low), 0), 1);
      const ground = now.threshold === Infinity || edge === Infinity ? 100 : scale(edge);
      order.forEach((place, turn) => falls[place].show(spans[turn].map(scale), signed(now.contributions[place]), ground));
      if (linear) first.show([scale(base()), scale(base())], figure(base(), 2), ground);
      last.show([scale(end), scale(end)], figure(end, linear ? 2 : 3), ground);
    }
    return { node, show };
  }

  const base = () => logOdds(facts, features.map((feature) => feature.mean));

  function sum(now) {
    const total = logOdds(facts, now.values);
    return tell("sum", { base: figure(base(), 2), base_score: figure(logistic(base()), 3), added: signedFigure(total - base(), 2), total: figure(total, 2),
      score: figure(logistic(total), 3), label: model.get("label_names")[1] });
  }

  // One step of the way: a bar from where the step before ended, or a dot at either end.
  function fallLine(key, name = null) {
    const bar = element("i", {}), words = element("span", { "data-test": `contribution-${key}` });
    const axis = element("div", { class: "edu-fall", "aria-hidden": "true" }, bar);
    const node = element("div", { class: name === null ? "edu-step-end" : "edu-step-fall" }, element("span", {}, name ?? tell(key)), axis, words);
    function show([from, to], amount, ground) {
      axis.style.setProperty("--edu-ground", `${ground}%`);
      bar.style.left = `${Math.min(from, to)}%`;
      bar.style.right = `${100 - Math.max(from, to)}%`;
      bar.classList.toggle("edu-down", to < from);
      setText(words, amount);
    }
    return { node, show };
  }

  function biasPanel() {
    const names = ["group", "score", "threshold", "decision"];
    const lines = groups.map((group, place) => ({ group, head: element("th", { scope: "row" }), cells: names.slice(1).map((name) => element("td", { "data-test": `${name}-${place}` })) }));
    const table = element("table", { class: "edu-plain-table", "data-test": "by-group" }, element("caption", {}, tell("by_group")),
      element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, tell(name))))),
      element("tbody", {}, lines.map(({ head, cells }) => element("tr", {}, head, cells))));
    const law = element("p", { class: "edu-note" }, tell("law"));
    const read = facts.group_place === null ? tell("group_unread") : tell("group_read", { feature: features[facts.group_place].name });
    const near = nearPanel();
    const node = element("div", { class: "edu-stack" },
      groups.length === 0 ? element("p", {}, tell("no_group")) : [scroller(tell("by_group"), table), element("p", {}, `${read} ${tell("proxies")}`), law], near.node);
    function show(now) {
      lines.forEach(({ group, head, cells }, place) => {
        const other = group === now.group ? now : judge(group), [score, threshold] = beside(other);
        head.replaceChildren(glyph(place), " ", group === now.group ? tell("own_group", { group }) : group);
        [score, threshold, decisionWord(other.approved)].forEach((words, cell) => setText(cells[cell], words));
      });
      const each = new Set(groups.map((group) => ownThreshold(group)));
      law.hidden = each.size < 2;
      near.show(now);
    }
    return { node, show };
  }

  function nearPanel() {
    const said = element("h4", { "data-test": "near" }), place = scroller(tell("bias_check"));
    const node = element("section", { class: "edu-stack" }, said, place, rows === null ? element("p", { class: "edu-note" }, tell("near_private")) : null);
    function show(now) {
      const found = nearest(now);
      place.hidden = found === null || found.nearest.length === 0;
      setText(said, found === null ? tell("near_stale") : tell(found.others === 0 ? "near_nobody" : "near", { others: wholes(found.others), people, decision: decisionWord(!now.approved) }));
      if (!place.hidden) place.replaceChildren(rows === null ? distances(found) : compared(found, now));
    }
    return { node, show };
  }

  const differing = (each) => each.differs.map((place) => features[place].name).join(", ") || tell("nothing");

  function plainTable(head, body, test) {
    return element("table", { class: "edu-plain-table", "data-test": test }, element("thead", {}, element("tr", {}, head.map((each) => element("th", { scope: "col" }, each)))),
      element("tbody", {}, body.map(([first, ...others]) => element("tr", {}, element("th", { scope: "row" }, first), others.map((each) => element("td", {}, each))))));
  }

  function distances(found) {
    return plainTable(["nearest", "distance", "differs"].map((key) => tell(key)),
      found.nearest.map((one, place) => [String(place + 1), one.distance, differing(one)]), "nearest");
  }

  // Features down, people across: three columns fit a narrow page.
  function compared({ nearest: found }, now) {
    const lines = features.map(({ name }, column) => [name, shown(column, now.values[column]), ...found.map(({ place }) => shown(column, rows.values[column][place]))]);
    const own = rows.groups === null ? [] : [[tell("group"), now.group, ...found.map(({ place }) => rows.groups[place])]];
    return plainTable([tell("feature"), tell("applicant"), ...found.map((_, place) => tell("nearest_place", { place: place + 1 }))], [
      ...lines, ...own, [tell("score"), figure(now.score, 3), ...found.map(({ place }) => figure(rows.scores[place], 3))],
      [tell("distance"), figure(0, 2), ...found.map((one) => one.distance)]], "nearest");
  }

  function decisionPanel() {
    const said = element("p", { class: "edu-decided", "data-test": "decision" });
    const head = element("p", { "data-test": "reasons-head" }), list = element("ol", { class: "edu-reasons", "data-test": "reasons" });
    const law = element("p", { class: "edu-note" }, tell("four_reasons"));
    const node = element("div", { class: "edu-stack" }, said, element("div", {}, head, list), element("p", { class: "edu-note" }, tell("not_advice")), law);
    function show(now) {
      const told = tellingPlaces(now.contributions, now.approved);
      setText(said, decided(now));
      setText(head, tell(told.length === 0 ? (now.approved ? "no_help" : "no_reason") : now.approved ? "helped" : "reasons"));
      list.hidden = told.length === 0;
      list.replaceChildren(...told.map((place) => element("li", {}, reason(place, now))));
      law.hidden = now.approved;
    }
    return { node, show };
  }

  // ---- what moves

  function moveLine() {
    const before = model.get("threshold"), value = line.valueAsNumber, own = model.get("group");
    put("threshold", before !== null && typeof before === "object" ? Object.fromEntries(groups.map((group) => [group, group === own ? value : before[group]])) : value);
    update();
  }

  function asGiven() {
    if (isIdle(reset)) return;
    put("what_if", {});
    put("group", facts.group);
    update();
  }

  function update() {
    const now = judge(model.get("group")), changed = Object.keys(model.get("what_if")).length;
    showLine(now);
    groupBar?.choose(String(groups.indexOf(now.group)));
    setIdle(reset, changed === 0 && now.group === facts.group);
    const [score, threshold] = beside(now), decision = decisionWord(now.approved);
    cards[0].show(tell("card_input", { n: features.length }), changed === 0 ? tell("card_input_note", { people }) : tell("card_input_changed", { n: changed }));
    cards[1].show(score, linear ? tell("card_model_note", { base: figure(logistic(base()), 3) }) : tell("card_model_note_only"));
    const other = groups.find((group) => group !== now.group), flipped = other === undefined ? null : judge(other);
    cards[2].show(threshold, flipped === null ? tell("card_bias_note", { whose: whose(now.group) })
      : tell(flipped.approved === now.approved ? "card_bias_same" : "card_bias_other", { group: other, decision: decisionWord(flipped.approved) }));
    cards[3].show(decision, tell("card_decision_note", { score, threshold, side: tell(now.approved ? "reaches" : "below") }));
    for (const layer of LAYERS) panels[layer].show(now);
    live.announce(tell("live", { score, decision }));
  }

  function showLine(now) {
    const label = tell("threshold_for", { whose: whose(now.group) }), words = thresholdText(texts, now.threshold);
    setText(lineName, label);
    setText(lineWords, words);
    line.value = now.threshold;
    line.setAttribute("aria-valuetext", words);
  }

  for (const name of ["threshold", "group", "what_if", "_found"]) on(name, update);
  on("layer", showLayer);
  showLayer();
  update();
}

export default { render };
