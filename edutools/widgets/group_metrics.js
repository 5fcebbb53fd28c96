import { element, mount, say, synced, announcer, setText, decimals, wholes, money, amount, toggle } from "./dom.js";
import { readTable, cellsAt, nearestIndex, thresholdAt } from "./table.js";
import { difference, differenceInterval, rate, rateInterval, ratio, ratioInterval } from "./metrics.js";
import { CRITERION_METRICS, chooseThresholds } from "./criteria.js";
import { scoreStrip, thresholdText } from "./strip.js";
import { curve, glyph, hueOf, intervalText, lane, matrix, undefinedReason } from "./rates.js";

const CRITERIA = Object.keys(CRITERION_METRICS);
const FOUR_FIFTHS = 0.8;
const KEYS = ["tp", "fp", "fn", "tn"];

const KINDS = { _counts: "dict", _table: "bytes", _definitions: "dict", _metrics: "list", thresholds: "dict", locked: "flag", criterion: "text?",
  tolerance: "number", gain: "number", loss: "number", currency: "text", label_names: "list", decision_names: "list" };

function render({ model, el }) {
  mount(el, "group_metrics", model, KINDS);
  const texts = model.get("_texts"), definitions = model.get("_definitions"), metrics = model.get("_metrics");
  const currency = model.get("currency");
  const table = readTable(model.get("_counts"), model.get("_table"));
  const { groups, sizes, weighted } = table;
  const { put, on } = synced(model), live = announcer();
  const indices = () => groups.map((group) => nearestIndex(table, model.get("thresholds")[group]));
  let chosen = indices(), standing = [], answers = {}, own = false;

  // What stands on the page.
  const criteria = new Map(CRITERIA.map((criterion) => {
    const price = element("small", { "data-test": `price-${criterion}` });
    const node = element("button", { class: "edu-button", type: "button", "data-test": `criterion-${criterion}`,
      on: { click: () => ask(criterion) } }, element("span", {}, say(texts, `group_metrics.${criterion}`)), price);
    return [criterion, { node, price }];
  }));
  const said = element("p", { class: "edu-said", "data-test": "criterion-said" });
  const locked = toggle({ label: say(texts, "group_metrics.locked"), value: model.get("locked"), test: "locked",
    onChange: (value) => put("locked", value) });
  const inputs = ["gain", "loss"].map((name) => amount({ label: say(texts, `common.${name}`), value: model.get(name), unit: currency, test: name,
    onChange: (value) => put(name, value) }));
  const total = element("p", { class: "edu-total", "data-test": "profit" });
  const cards = groups.map(card);
  const panels = new Map(metrics.map((metric) => [metric, panel(metric)]));
  const roc = rocPanel();

  el.append(element("div", { class: "edu-stack" },
    element("div", { class: "edu-row" }, inputs.map((input) => input.node), locked.node),
    element("div", { class: "edu-criteria", role: "group", "aria-label": say(texts, "group_metrics.criteria") }, [...criteria.values()].map((each) => each.node)),
    said, total,
    element("div", { class: "edu-cards" }, cards.map((each) => each.node)),
    element("div", { class: "edu-panels" }, [...panels.values()].map((each) => each.node)),
    roc.node,
    table.thinned_from === null ? null : element("p", { class: "edu-note" }, say(texts, "common.thinned", { shown: wholes(table.thresholds.length), all: wholes(table.thinned_from) })),
    element("p", { class: "edu-note" }, say(texts, "group_metrics.law")), live.node));

  function card(group, place) {
    const heading = element("h4", {}, glyph(place), " ", group);
    const facts = element("p", { class: "edu-muted", "data-test": `facts-${place}` });
    const strip = scoreStrip({ table, group: place, texts, hue: hueOf(place), label: say(texts, "group_metrics.threshold_for", { group }),
      test: `threshold-${place}`, index: chosen[place], onMove: (index) => move(place, index) });
    const grid = matrix({ texts, labels: model.get("label_names"), decisions: model.get("decision_names"), test: `cell-${place}`,
      caption: say(texts, "group_metrics.matrix_of", { group }) });
    return { node: element("section", { class: "edu-card", "data-test": `card-${place}` }, heading, facts, strip.node, grid.node), facts, strip, grid };
  }

  function panel(metric) {
    const lanes = groups.map((group, place) => lane({ texts, group: place, name: group, test: `${metric}-${place}` }));
    const gap = element("p", { class: "edu-muted", "data-test": `gap-${metric}` });
    const fifths = metric === "selection_rate" ? element("p", { class: "edu-muted", "data-test": "four-fifths" }) : null;
    const line = fifths && lanes.map(({ axis }) => { const mark = element("b", {}); axis.append(mark); return mark; });
    const node = element("section", { class: "edu-panel", "data-test": `panel-${metric}` },
      element("h4", {}, say(texts, `metric.${metric}`)), lanes.map((each) => each.node), gap, fifths);
    return { node, lanes, gap, fifths, line };
  }

  // A reader's own move leaves the criterion that was chosen.
  function move(place, index) {
    chosen = model.get("locked") ? groups.map(() => index) : chosen.map((old, other) => (other === place ? index : old));
    settle(null);
  }

  function settle(criterion) {
    own = true;
    put("criterion", criterion);
    put("thresholds", Object.fromEntries(groups.map((group, place) => [group, thresholdAt(table, chosen[place])])));
    own = false;
    update();
  }

  function ask(criterion) {
    chosen = answers[criterion].indices;
    // Thresholds that differ cannot be locked together.
    if (chosen.some((index) => index !== chosen[0]) && model.get("locked")) put("locked", false);
    settle(criterion);
  }

  // What each criterion costs beside the best: solved again only when the money changes.
  function price() {
    const options = { definitions, gain: model.get("gain"), loss: model.get("loss"), tolerance: model.get("tolerance") };
    answers = Object.fromEntries(CRITERIA.map((criterion) => [criterion, chooseThresholds(table, criterion, options)]));
    const best = answers.max_profit.profit;
    for (const [criterion, { price: node }] of criteria) {
      const { profit, met, degenerate } = answers[criterion];
      const key = criterion === "max_profit" ? "price_best" : !met ? "price_unmet" : degenerate ? "price_degenerate" : "price";
      setText(node, say(texts, `group_metrics.${key}`, { profit: money(round(profit), currency), cost: money(round(best - profit), currency) }));
    }
    const criterion = model.get("criterion");
    if (criterion !== null) ask(criterion); else update();
  }

  const round = (value) => Math.round(value * 100) / 100;

  function update() {
    const cells = groups.map((_, place) => cellsAt(table, place, chosen[place]));
    const gain = model.get("gain"), loss = model.get("loss"), criterion = model.get("criterion");
    // A group that has not moved stands as it is.
    const moved = groups.map((_, place) => chosen[place] !== standing[place]);
    standing = chosen;
    let sum = 0;
    cards.forEach(({ facts, strip, grid }, place) => {
      const values = cells[place], profit = gain * values.tp - loss * values.fp;
      sum += profit;
      if (moved[place]) {
        strip.show(chosen[place]);
        grid.show(Object.fromEntries(KEYS.map((key) => [key, wholes(values[key])])));
      }
      setText(facts, say(texts, "group_metrics.facts", { size: wholes(table.positives[place] + table.negatives[place]),
        threshold: thresholdText(texts, table.thresholds[chosen[place]]), profit: money(round(profit), currency) }));
    });
    for (const metric of metrics) showPanel(metric, cells, moved, criterion);
    const best = answers.max_profit.profit;
    setText(total, say(texts, best > 0 ? "group_metrics.total" : "group_metrics.total_only", { profit: money(round(sum), currency),
      best: money(round(best), currency), share: decimals(best > 0 ? (100 * sum) / best : null, 1) }));
    criteria.forEach(({ node }, key) => node.setAttribute("aria-pressed", key === criterion));
    setText(said, criterion === null ? say(texts, "group_metrics.by_hand") : sayCriterion(criterion));
    roc.move(cells);
    live.announce(`${total.textContent} ${panels.get(metrics[0]).gap.textContent}`);
  }

  function sayCriterion(criterion) {
    const { degenerate, reasons, alternative } = answers[criterion];
    const written = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? decimals(value, 3) : name === "metric" ? say(texts, `metric.${value}`) : value]));
    const words = [say(texts, `group_metrics.${criterion}_asks`), ...reasons.map(({ key, values }) => say(texts, key, written(values)))];
    if (degenerate) words.push(say(texts, alternative ? "group_metrics.degenerate" : "group_metrics.degenerate_only", alternative
      ? { gap: decimals(alternative.gap, 3), profit: money(round(alternative.profit), currency),
        thresholds: groups.map((group, place) => `${group} ${thresholdText(texts, table.thresholds[alternative.indices[place]])}`).join(", ") } : {}));
    return words.join(" ");
  }

  function showPanel(metric, cells, moved, criterion) {
    const { node, lanes, gap, fifths, line } = panels.get(metric);
    const values = cells.map((each) => rate(definitions, metric, each));
    values.forEach((value, place) => moved[place] && lanes[place].show(value, rateInterval(definitions, metric, cells[place], sizes[place], weighted),
      value === null ? undefinedReason(texts, definitions, metric, cells[place], groups[place]) : ""));
    node.classList.toggle("edu-asked", (CRITERION_METRICS[criterion] ?? []).includes(metric));
    const missing = values.indexOf(null);
    if (missing >= 0) {
      setText(gap, say(texts, "group_metrics.gap_undefined", { reason: undefinedReason(texts, definitions, metric, cells[missing], groups[missing]) }));
    } else {
      const limits = differenceInterval(definitions, metric, cells, sizes, weighted);
      const key = limits === null ? "gap_only" : limits[0] <= 0 ? "gap_noise" : "gap_beyond";
      setText(gap, say(texts, `group_metrics.${key}`, { gap: decimals(difference(definitions, metric, cells)), interval: intervalText(texts, limits) }));
    }
    if (!fifths) return;
    const value = missing >= 0 ? null : ratio(definitions, metric, cells);
    const limits = value === null ? null : ratioInterval(definitions, metric, cells, sizes, weighted);
    const side = limits === null ? "only" : limits[0] > FOUR_FIFTHS ? "above" : limits[1] < FOUR_FIFTHS ? "below" : "inside";
    setText(fifths, value === null ? say(texts, "group_metrics.fifths_undefined")
      : say(texts, `group_metrics.fifths_${side}`, { ratio: decimals(value), interval: intervalText(texts, limits) }));
    const mark = value === null ? null : FOUR_FIFTHS * Math.max(...values);
    for (const each of line) { each.hidden = mark === null; each.style.left = `${100 * (mark ?? 0)}%`; }
  }

  function rocPanel() {
    const place = element("div", { class: "edu-curves" });
    const node = element("details", { "data-test": "roc-details", on: { toggle: () => open() } }, element("summary", {}, say(texts, "group_metrics.roc_summary")), place);
    const point = (values) => {
      const found = [rate(definitions, "false_positive_rate", values), rate(definitions, "true_positive_rate", values)];
      return found.includes(null) ? null : found;
    };
    let drawn = null;
    function open() {
      if (!node.open) return;
      drawn = curve({ caption: say(texts, "group_metrics.roc"), test: "roc" });
      drawn.chance([[0, 0], [1, 1]]);
      groups.forEach((_, group) => drawn.draw(group, hueOf(group),
        Array.from(table.thresholds, (_, index) => point(cellsAt(table, group, index))).filter((each) => each !== null)));
      const key = element("ul", { class: "edu-key" }, groups.map((group, each) => element("li", {}, glyph(each), " ", group)));
      place.replaceChildren(drawn.node, key);
      move(groups.map((_, group) => cellsAt(table, group, chosen[group])));
    }
    const move = (cells) => { if (node.open && drawn) cells.forEach((values, group) => drawn.move(group, point(values))); };
    return { node, move };
  }

  on("thresholds", () => {
    if (own) return;
    chosen = indices();
    update();
  });
  on("criterion", () => {
    if (own) return;
    if (model.get("criterion") !== null) ask(model.get("criterion")); else update();
  });
  on("locked", () => { locked.input.checked = model.get("locked"); if (model.get("locked")) move(0, chosen[0]); });
  for (const [place, name] of ["gain", "loss"].entries()) {
    on(name, () => { if (inputs[place].input.valueAsNumber !== model.get(name)) inputs[place].input.value = model.get(name); price(); });
  }
  on("tolerance", price);
  price();
}

export default { render };
