// Rates as the product draws them everywhere: a point with its interval on a scale, the group's hue and shape, the four cells.
import { element, svg, setText, say, decimals } from "./dom.js";
import { rate } from "./metrics.js";

const SHAPES = [
  "M7 1a6 6 0 1 0 .01 0z", "M2 2h10v10h-10z", "M7 1l6.5 12h-13z", "M7 0l7 7-7 7-7-7z",
  "M7 13l6.5-12h-13z", "M5 1h4v4h4v4h-4v4h-4v-4h-4v-4h4z", "M7 0l7 5.5-2.7 8h-8.6l-2.7-8z", "M1 4h12v6h-12z",
];
const HUES = 6;

export const hueOf = (group) => `var(--edu-group-${group % HUES})`;

export function glyph(group) {
  return svg("svg", { class: "edu-glyph", viewBox: "0 0 14 14", "aria-hidden": "true" },
    svg("path", { d: SHAPES[group % SHAPES.length], style: `fill: ${hueOf(group)}` }));
}

export function intervalText(texts, interval, digits = 2) {
  return interval === null ? "" : say(texts, "common.interval", { low: decimals(interval[0], digits), high: decimals(interval[1], digits) });
}

// One group's rate on a scale from 0 to 1, or to `most`. `group` null draws it in the accent, for all groups together.
export function lane({ texts, group, name, test, head = null }) {
  const hue = group === null ? "var(--edu-accent)" : hueOf(group);
  const line = element("i", {}), mark = group === null ? glyph(0) : glyph(group);
  if (group === null) mark.firstChild.style.fill = hue;
  const axis = element("div", { class: "edu-axis", style: `--edu-hue: ${hue}`, "aria-hidden": "true" }, line, mark);
  const words = element("span", { "data-test": test });
  const node = element("div", { class: "edu-lane" },
    head ?? element("span", {}, group === null ? null : glyph(group), " ", name), axis, words);
  const show = (value, interval, reason, most = 1) => {
    axis.classList.toggle("edu-undefined", value === null);
    setText(words, value === null ? say(texts, "common.undefined", { reason }) : `${decimals(value)} ${intervalText(texts, interval)}`);
    if (value === null) return;
    mark.style.left = `${(100 * value) / most}%`;
    const [low, high] = interval ?? [value, value];
    line.style.left = `${(100 * low) / most}%`;
    line.style.width = `${(100 * (high - low)) / most}%`;
  };
  return { node, show, axis };
}

// The matrix: true labels in rows, predicted labels in columns, negative before positive, as scikit-learn lays it.
export function matrix({ texts, labels, decisions, caption, test }) {
  const cells = {};
  const cell = (name) => {
    const count = element("span", { "data-test": `${test}-${name}` });
    const words = element("small", {}, name, element("span", { class: "edu-long" }, ` · ${say(texts, `common.${name}`)}`));
    const td = element("td", { class: `edu-${name}` }, count, words);
    cells[name] = { td, count };
    return td;
  };
  const row = (label, ...names) => element("tr", {}, element("th", { scope: "row" }, label), names.map(cell));
  const table = element("table", { class: "edu-matrix", "data-test": test, "aria-label": caption },
    element("thead", {}, element("tr", {}, element("td", { style: "background: none" }),
      decisions.map((decision) => element("th", { scope: "col" }, decision)))),
    element("tbody", {}, row(labels[0], "tn", "fp"), row(labels[1], "fn", "tp")));
  const node = element("div", { class: "edu-sized" }, table);
  const show = (values) => { for (const name of ["tp", "fp", "fn", "tn"]) setText(cells[name].count, values[name]); };
  return { node, show, cells };
}

export function undefinedReason(texts, definitions, metric, cells, group) {
  const missing = (definitions[metric].parts ?? [metric]).find((part) => rate(definitions, part, cells) === null);
  return missing === undefined ? "" : say(texts, `undefined.${definitions[missing].needs}`, { group });
}

// A curve over the thresholds of each group, with the operating points on it.
export function curve({ caption, test }) {
  const picture = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const node = element("figure", { class: "edu-curve", "data-test": test }, picture, element("figcaption", {}, caption));
  const points = new Map();
  const path = (list) => list.map(([x, y], place) => `${place ? "L" : "M"}${(100 * x).toFixed(2)} ${(100 - 100 * y).toFixed(2)}`).join("");
  const chance = (list) => picture.append(svg("path", { class: "edu-chance", d: path(list) }));
  const draw = (key, hue, list) => {
    const line = svg("path", { d: path(list), style: `--edu-hue: ${hue}` });
    const point = svg("svg", { x: -3, y: -3, width: 6, height: 6, viewBox: "0 0 14 14" }, svg("path", { d: SHAPES[key % SHAPES.length], style: `fill: ${hue}; stroke: none` }));
    picture.append(line, point);
    points.set(key, point);
  };
  const move = (key, place) => {
    const point = points.get(key);
    point.style.display = place === null ? "none" : "";
    if (place === null) return;
    point.setAttribute("x", 100 * place[0] - 3);
    point.setAttribute("y", 97 - 100 * place[1]);
  };
  return { node, draw, move, chance };
}
