import { element, svg, mount, scroller, say, synced, announcer, setText, decimals, wholes, choiceBar } from "./dom.js";
import { glyph, lane } from "./rates.js";

const CELLS = ["changed", "filled", "emptied"];
const cellsIn = (found, kind) => found.by_column.reduce((sum, each) => sum + each[kind], 0);

const KINDS = { _stages: "list", _asked: "dict", stage: "text?", compared_with: "text?" };

function render({ model, el }) {
  mount(el, "data_flow", model, KINDS);
  const texts = model.get("_texts"), asked = model.get("_asked");
  const { put, on } = synced(model), live = announcer();
  const shown = element("div", { class: "edu-stack" });
  el.append(shown, live.node);
  let stages = [], bar, card;

  const place = (name) => stages.findIndex((stage) => stage.name === name);
  // A stage is held against the one chosen, or against the one before it.
  function against(open) {
    const chosen = place(model.get("compared_with"));
    return chosen < 0 || chosen === open ? open - 1 : chosen;
  }

  function draw() {
    stages = model.get("_stages");
    if (stages.length === 0) return shown.replaceChildren(element("p", { "data-test": "none" }, say(texts, "data_flow.none")));
    const options = stages.map((stage, index) => ({ value: index, label: face(stage, index) }));
    bar = choiceBar({ legend: say(texts, "data_flow.stages"), options, value: place(model.get("stage")), test: "stage",
      onChange: (index) => { put("stage", stages[index].name); open(); } });
    bar.node.classList.add("edu-flow");
    card = element("section", { class: "edu-stack edu-open-card", "data-test": "card" });
    shown.replaceChildren(bar.node, card);
    open();
  }

  // The closed side of a card: the name, the shape against the stage before, and what changed in a word each.
  function face(stage, index) {
    const found = stage.against[index - 1] ?? null;
    return [element("strong", {}, stage.name), sketch(stage, stages[index - 1]),
      element("span", { class: "edu-shape" }, `${wholes(stage.rows)} × ${wholes(stage.columns)}`),
      ...chips(stage, found).map((words) => element("small", {}, words))];
  }

  function chips(stage, found) {
    const said = (key, n) => (n ? [say(texts, `data_flow.chip_${key}`, { n: wholes(n) })] : []);
    const since = found === null ? [] : [
      ...["columns_gained", "columns_lost"].flatMap((key) => said(key, found[key].length)),
      ...["rows_gained", "rows_lost"].flatMap((key) => said(key, found[key])),
      ...(found.by_column === null ? [say(texts, "data_flow.chip_not_compared")] : CELLS.flatMap((key) => said(key, cellsIn(found, key))))];
    return [...since, ...said("missing", stage.missing), ...(stage.weighs_as === null ? [] : [say(texts, "data_flow.chip_weighted")])];
  }

  // Rows go down and columns across; dashed is the stage before.
  function sketch(stage, before) {
    const most = (key) => Math.max(1, ...stages.map((each) => each[key]));
    const box = (each, name) => svg("rect", { class: name, x: 1, y: 1, width: Math.max(2, 90 * each.columns / most("columns")), height: Math.max(2, 38 * each.rows / most("rows")) });
    return svg("svg", { viewBox: "0 0 92 40", "aria-hidden": "true" }, box(stage, "edu-now"), before ? box(before, "edu-then") : null);
  }

  function open() {
    const index = Math.max(0, place(model.get("stage"))), other = against(index);
    const stage = stages[index], before = stages[other] ?? null, found = before && stage.against[other];
    bar.choose(index);
    const shape = say(texts, "data_flow.shape", { rows: wholes(stage.rows), columns: wholes(stage.columns) });
    const heading = say(texts, "data_flow.live", { name: stage.name, shape });
    const parts = [
      element("h3", { "data-test": "heading" }, heading),
      stage.note ? element("p", { "data-test": "note" }, stage.note) : null,
      ...remarks(stage).map((words) => element("p", { class: "edu-note", "data-test": "remark" }, words)),
      stages.length > 1 ? choice(index, other) : null,
      found ? changes(stage, found) : element("p", { class: "edu-muted", "data-test": "first" }, say(texts, stages.length > 1 ? "data_flow.first" : "data_flow.only")),
      found?.by_column?.length ? byColumn(stage, before, found) : null,
      groups(stage, before),
      asked.include_rows ? example(stage, before) : null];
    card.replaceChildren(...parts.filter((part) => part !== null));
    live.announce([heading, ...(found ? chips(stage, found) : [])].join(", "));
  }

  function remarks(stage) {
    const { name } = stage;
    return [
      ...["named_twice", "ungrouped", "unlabelled"].filter((key) => stage[key]).map((key) => say(texts, `data_flow.${key}`, { name, n: wholes(stage[key]), label: asked.label })),
      ...stage.absent.map((column) => say(texts, "data_flow.absent", { name, column })),
      ...(stage.weighs_as === null ? [] : [say(texts, "data_flow.weighs_as", { name, rows: wholes(stage.rows), effective: wholes(stage.weighs_as) })])];
  }

  function choice(index, other) {
    const options = stages.map((stage, each) => (each === index ? null : element("option", { value: each }, stage.name)));
    if (index > 0) options.unshift(element("option", { value: "" }, say(texts, "data_flow.before", { name: stages[index - 1].name })));
    else options.unshift(element("option", { value: "" }, "–"));
    const list = element("select", { class: "edu-button", "data-test": "compared-with",
      on: { change: () => { put("compared_with", list.value === "" ? null : stages[list.value].name); open(); card.querySelector("select").focus(); } } }, options);
    list.value = model.get("compared_with") === null || other !== place(model.get("compared_with")) ? "" : other;
    return element("label", { class: "edu-compare" }, element("span", {}, say(texts, "data_flow.compare")), list);
  }

  function listed(names) {
    const more = names.length - asked.most_named;
    return [...names.slice(0, asked.most_named), ...(more > 0 ? [say(texts, "data_flow.more", { n: wholes(more) })] : [])].join(", ") || say(texts, "data_flow.nothing");
  }

  function changes(stage, found) {
    const cells = (kind) => (found.by_column === null ? say(texts, "data_flow.not_compared") : wholes(cellsIn(found, kind)));
    const figures = [
      ...["columns_gained", "columns_lost"].map((key) => [key, listed(found[key])]),
      ...["rows_gained", "rows_lost"].map((key) => [key, wholes(found[key])]),
      ...CELLS.map((kind) => [kind, cells(kind)]), ["missing", wholes(stage.missing)]];
    return element("dl", { class: "edu-figures" }, figures.map(([key, words]) => element("div", {},
      element("dt", {}, say(texts, `data_flow.${key}`)), element("dd", { "data-test": key }, words))));
  }

  function table(caption, columns, rows, test) {
    return scroller(caption, element("table", { class: "edu-plain-table", "data-test": test },
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, columns.map((column) => element("th", { scope: "col" }, column)))),
      element("tbody", {}, rows.map(([first, ...others]) => element("tr", {}, element("th", { scope: "row" }, first), others.map((cell) => element("td", {}, cell)))))));
  }

  function byColumn(stage, before, found) {
    const all = found.by_column, rows = all.slice(0, asked.most_named).map((each) => [each.column, ...CELLS.map((kind) => wholes(each[kind]))]);
    if (all.length > rows.length) rows.push([say(texts, "data_flow.more", { n: wholes(all.length - rows.length) }), ...CELLS.map(() => "")]);
    return table(say(texts, "data_flow.by_column", { before: before.name, after: stage.name }),
      [say(texts, "data_flow.column"), ...CELLS.map((kind) => say(texts, `data_flow.${kind}`))], rows, "by-column");
  }

  // A group keeps its hue and shape from stage to stage: its place among all groups that any stage has.
  const known = () => [...new Set(stages.flatMap((stage) => stage.groups.map((group) => group.name)))];

  function groups(stage, before) {
    const weighted = stage.weighs_as !== null, label = asked.label;
    const keys = [...(asked.features.length ? ["share", ...(weighted ? ["weighted_share"] : [])] : []), ...(label === null ? [] : ["base_rate", ...(weighted ? ["weighted_base_rate"] : [])])];
    if (!keys.length || !stage.groups.length) return null;
    const panels = keys.map((key) => element("section", { class: "edu-panel", "data-test": `panel-${key}` },
      element("h4", {}, say(texts, `data_flow.${key}`, { label })), stage.groups.map((group) => share(stage, before, group, key))));
    return element("div", { class: "edu-stack" }, element("div", { class: "edu-panels" }, panels),
      before ? element("p", { class: "edu-note" }, say(texts, "data_flow.mark", { name: before.name })) : null);
  }

  function share(stage, before, group, key) {
    const number = known().indexOf(group.name), value = group[key];
    const one = lane({ texts, group: number, name: group.name, test: `${key}-${number}` });
    one.show(value && value[0], value && value.slice(1), value ? "" : undefinedBecause(group, key));
    if (before) one.node.append(element("small", { class: "edu-was", "data-test": `was-${key}-${number}` }, was(before, group, key, one.axis)));
    return one.node;
  }

  function undefinedBecause(group, key) {
    const reason = key.startsWith("weighted_") && group.labelled ? "no_weight" : "no_label";
    return say(texts, `data_flow.${reason}`, { group: group.name });
  }

  // What a weight makes of a share is held against the share without weights, where the other stage has none.
  function was(before, group, key, axis) {
    const same = before.groups.find((each) => each.name === group.name);
    if (same === undefined) return say(texts, "data_flow.was_absent");
    const value = same[key] ?? same[key.replace("weighted_", "")];
    if (value === null) return say(texts, "data_flow.was_none");
    axis.append(element("b", { style: `left: ${100 * value[0]}%` }));
    return say(texts, "data_flow.was", { value: decimals(value[0]) });
  }

  function example(stage, before) {
    const { label, found, cells, withheld } = stage.example, old = new Map(before?.example.cells ?? []);
    const caption = label === null ? say(texts, "data_flow.example_unnamed") : say(texts, "data_flow.example", { label });
    const kept = [...new Set([...(before?.example.withheld ?? []), ...withheld])];
    const hidden = kept.length ? element("p", { class: "edu-note", "data-test": "withheld" }, say(texts, "data_flow.withheld", { names: kept.join(", ") })) : null;
    if (found !== 1) {
      const words = say(texts, found ? "data_flow.several" : "data_flow.not_here", { name: stage.name, n: wholes(found) });
      return element("div", {}, element("h4", {}, caption), element("p", { "data-test": "example-absent" }, words), hidden);
    }
    const differs = element.bind(null, "strong", {});
    const rows = cells.map(([column, value]) => (before ? [column, old.get(column) ?? "", old.get(column) === value ? value : differs(value)] : [column, value]));
    const columns = [say(texts, "data_flow.column"), ...(before ? [before.name] : []), stage.name];
    return element("div", {}, table(caption, columns, rows, "example"), hidden);
  }

  on("_stages", draw);
  for (const name of ["stage", "compared_with"]) on(name, () => { if (stages.length) open(); });
  draw();
}

export default { render };
