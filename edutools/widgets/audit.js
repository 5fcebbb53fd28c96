import { element, mount, scroller, say, synced, announcer, setText, wholes, toggle } from "./dom.js";
import { glyph, lane } from "./rates.js";

const ORDERS = ["rank", "gap", "measure", "group"];
const FIRST = 60; // findings; more of them on request, since each takes a moment to lay out
const WIDEST = 1.05; // a little room beyond what is widest

const number = (written) => (written === null || written === undefined ? NaN : Number(written.replace?.("inf", "Infinity") ?? written));
const inOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function gap(finding) {
  const apart = Math.abs(number(finding.value) - finding.parity);
  return Number.isNaN(apart) ? -1 : apart;
}

const ORDER = {
  rank: (a, b) => a.rank - b.rank,
  gap: (a, b) => (gap(a) === gap(b) ? 0 : gap(b) - gap(a)),
  measure: (a, b) => inOrder(a.short, b.short),
  group: (a, b) => inOrder(a.feature ?? "", b.feature ?? "") || inOrder(a.group ?? "", b.group ?? ""),
};

const KINDS = { _findings: "list", _groups: "list", _rates: "dict", _said: "dict", stage: "text?", feature: "text?", only_beyond: "flag", both_sides: "flag",
  order: "text", rate: "text?" };

function render({ model, el }) {
  mount(el, "audit", model, KINDS);
  const texts = model.get("_texts"), said = model.get("_said"), findings = model.get("_findings"), groups = model.get("_groups"), rates = model.get("_rates");
  const { put, on } = synced(model), live = announcer();
  const word = (key, values) => say(texts, `audit.${key}`, values);
  const distinct = (list, key) => [...new Set(list.map((each) => each[key]).filter((each) => each !== null && each !== undefined))];

  const lists = {};
  const count = element("p", { class: "edu-muted", "data-test": "count" });
  const items = element("ol", { class: "edu-findings", "data-test": "findings" });
  const more = element("button", { class: "edu-button", type: "button", "data-test": "show-all" });
  const rateLanes = element("div", { class: "edu-panels" });
  const both = toggle({ label: word("both_sides"), value: model.get("both_sides"), test: "both-sides", onChange: (value) => { put("both_sides", value); list(); } });
  const only = toggle({ label: word("only_beyond"), value: model.get("only_beyond"), test: "only-beyond", onChange: (value) => { put("only_beyond", value); list(); } });

  el.append(element("div", { class: "edu-stack" },
    element("h3", { "data-test": "title" }, said.title),
    said.notes.length ? section("notes", element("ul", { class: "edu-notes" }, said.notes.map((note) => element("li", {}, note)))) : null,
    element("div", { "data-test": "facts" }, said.facts.map((words) => element("p", {}, words))),
    groups.length ? section("rates_shown", Object.keys(rates).length ? chooser("rate", Object.entries(rates), showRates) : null, rateLanes,
      element("div", { class: "edu-paper" }, said.on_paper.map((each) => table(each)))) : null,
    findings.length ? section("findings", element("p", { class: "edu-note" }, word("how_read"), " ", word("how_scaled")), controls(), count, items, element("div", {}, more), sources())
      : element("p", { "data-test": "none" }, word("none_measured")),
    said.after.map((each, place) => further(each.caption, table(each, false), place)), further(said.rules.caption, rules(said.rules), "rules"),
    element("p", { class: "edu-note", "data-test": "notice" }, said.notice), live.node));

  function section(key, ...children) {
    return element("section", { class: "edu-part", "data-test": `part-${key}` }, element("h4", {}, word(key)), children);
  }

  function further(caption, content, place) {
    return element("details", { "data-test": `further-${place}` }, element("summary", {}, caption), content);
  }

  // Rules are prose: each a block under its name, which a table would press into slivers.
  function rules({ columns, rows }) {
    return element("div", { class: "edu-rules" }, rows.map(([name, ...others]) => element("section", {}, element("h4", {}, name),
      others.map((words, place) => (words ? element("p", {}, element("span", { class: "edu-muted" }, `${columns[place + 1]}: `), words) : null)))));
  }

  function table({ caption, columns, rows }, named = true) {
    return scroller(caption, element("table", { class: "edu-plain-table" },
      named ? element("caption", {}, caption) : null,
      element("thead", {}, element("tr", {}, columns.map((column) => element("th", { scope: "col" }, column)))),
      element("tbody", {}, rows.map(([first, ...others]) => element("tr", {}, element("th", { scope: "row" }, first), others.map((cell) => element("td", {}, cell)))))));
  }

  // A list of one choice. Its options' values are places, so that no name from data can be taken for another.
  function chooser(trait, options, changed) {
    const node = element("select", { class: "edu-button", "data-test": trait, on: { change: () => { put(trait, options[node.value][0]); changed(); } } },
      options.map(([, label], place) => element("option", { value: place }, label)));
    const show = () => { node.value = options.findIndex(([value]) => value === model.get(trait)); };
    show();
    lists[trait] = show;
    return element("label", { class: "edu-chooser" }, element("span", {}, word(trait)), node);
  }

  function controls() {
    const either = (values, label) => [[null, word("all")], ...values.map((value) => [value, label(value)])];
    return element("div", { class: "edu-row edu-controls" },
      chooser("stage", either(distinct(findings, "stage"), (stage) => texts[`audit.stage_${stage}`] ?? stage), list),
      chooser("feature", either(distinct(findings, "feature"), (feature) => feature), list),
      chooser("order", ORDERS.map((order) => [order, word(`by_${order}`)]), list), only.node,
      findings.some((each) => each.mirrors !== null) ? both.node : null);
  }

  function showRates() {
    const rate = model.get("rate");
    rateLanes.replaceChildren(...distinct(groups, "feature").map((feature, place) => {
      const lanes = groups.filter((group) => group.feature === feature).map((group, number) => {
        const head = element("span", {}, glyph(number), " ", group.group, element("small", { class: "edu-muted" }, ` ${wholes(group.rows)} ${word("rows")}`));
        const one = lane({ texts, group: number, name: group.group, test: `rate-${place}-${number}`, head });
        const found = group.rates?.[rate] ?? { value: null, reason: word("no_rate") };
        one.show(found.value, found.low === null || found.low === undefined ? null : [found.low, found.high], found.reason ?? "");
        return one.node;
      });
      return element("section", { class: "edu-panel", "data-test": `panel-${place}` }, element("h4", {}, feature), lanes);
    }));
  }

  function picture(finding) {
    const value = number(finding.value), axis = element("div", { class: "edu-axis", style: "--edu-hue: var(--edu-accent)", "aria-hidden": "true" });
    if (Number.isNaN(value)) {
      axis.classList.add("edu-undefined");
      return axis;
    }
    const limits = [number(finding.low), number(finding.high)].map((limit) => (Number.isNaN(limit) ? value : limit));
    const reach = Math.max(1, ...[value, ...limits].filter(Number.isFinite).map((each) => Math.abs(each - finding.parity) * WIDEST));
    const at = (each) => 50 + 50 * Math.max(-1, Math.min(1, (each - finding.parity) / reach));
    const mark = glyph(0);
    mark.firstChild.style.fill = "var(--edu-hue)";
    mark.style.left = `${at(value)}%`;
    axis.append(element("b", { style: "left: 50%" }), element("i", { style: `left: ${at(limits[0])}%; width: ${at(limits[1]) - at(limits[0])}%` }), mark);
    return axis;
  }

  function item(finding) {
    const { standing, p, parity } = finding.said;
    const small = [standing, parity, p, finding.convention].filter((each) => each);
    return element("li", { class: `edu-finding edu-stands-${finding.standing}`, "data-test": `finding-${finding.rank}` },
      element("div", { class: "edu-finding-head" },
        element("strong", {}, `${finding.rank}. ${finding.metric}`), element("span", { class: "edu-muted" }, ` ${finding.short}`), element("div", { class: "edu-muted" }, finding.whom)),
      picture(finding), element("span", { class: "edu-figure" }, finding.figure),
      element("p", { class: "edu-sentence" }, finding.text),
      element("p", { class: "edu-small" }, element("span", { class: "edu-standing" }, small[0]), small.slice(1).map((each) => ` · ${each}`)));
  }

  // Many formulas stand in one place: it is said once, with the measures that it holds for.
  function sources() {
    const named = distinct(findings, "source").map((source) => `${source.replace(/\.$/, "")}: ${distinct(findings.filter((each) => each.source === source), "short").join(", ")}`);
    return named.length ? element("p", { class: "edu-note", "data-test": "sources" }, `${word("formulas")} ${named.join("; ")}.`) : null;
  }

  function list() {
    const stage = model.get("stage"), feature = model.get("feature"), beyond = model.get("only_beyond"), mirrors = model.get("both_sides");
    const kept = findings.filter((each) => (stage === null || each.stage === stage) && (feature === null || each.feature === feature)
      && (!beyond || each.standing === "beyond") && (mirrors || each.mirrors === null));
    kept.sort((a, b) => ORDER[model.get("order")](a, b) || a.rank - b.rank);
    const first = kept.length > FIRST + 10 ? kept.slice(0, FIRST) : kept;
    more.hidden = first.length === kept.length;
    setText(more, word("show_all", { n: wholes(kept.length) }));
    more.onclick = () => {
      items.append(...kept.slice(FIRST).map(item));
      more.hidden = true;
      items.children[FIRST].tabIndex = -1; // the button that had the keyboard is gone: read on where it was
      items.children[FIRST].focus();
    };
    items.replaceChildren(...(kept.length ? first.map(item) : [element("li", { "data-test": "none-fits" }, word("no_findings"))]));
    setText(count, word("count", { shown: wholes(kept.length), all: wholes(findings.length) }));
    live.announce(count.textContent);
  }

  for (const trait of ["stage", "feature", "order"]) on(trait, () => { lists[trait]?.(); list(); });
  for (const [trait, { input }] of [["only_beyond", only], ["both_sides", both]]) on(trait, () => { input.checked = model.get(trait); list(); });
  on("rate", () => { lists.rate?.(); showRates(); });
  showRates();
  if (findings.length) list();
}

export default { render };
