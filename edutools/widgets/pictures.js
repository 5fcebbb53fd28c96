// A picture that a question asks the reader to read, drawn from its data as the product draws such things everywhere.
import { element, scroller, svg, say, decimals } from "./dom.js";
import { lane, matrix, hueOf, glyph } from "./rates.js";
import { chart, lineThrough, reach } from "./chart.js";

export function drawPicture(picture, texts) {
  const { node, described } = PICTURES[picture.type](picture, texts);
  // Where the drawing tells its own figures as text, the words are its caption; else they stand in for it.
  return element("figure", { class: "edu-picture", "data-test": "picture" }, node,
    described ? element("figcaption", { class: "edu-note" }, picture.alt) : null);
}

const PICTURES = { matrix: matrixPicture, rates: ratesPicture, lines: linesPicture, table: tablePicture, dots: dotsPicture };

function matrixPicture(picture, texts) {
  const { node, show } = matrix({ texts, labels: picture.labels, decisions: picture.decisions, caption: picture.alt, test: "picture-cell" });
  show(Object.fromEntries(Object.entries(picture.cells).map(([cell, count]) => [cell, String(count)])));
  return { node, described: true };
}

function ratesPicture(picture, texts) {
  const lanes = picture.rows.map(({ name, value, interval, reason }, group) => {
    const { node, show } = lane({ texts, group, name, test: `picture-rate-${group}` });
    show(value, interval, reason);
    return node;
  });
  return { node: element("div", { class: "edu-panel" }, lanes), described: true };
}

function tablePicture(picture) {
  const head = element("tr", {}, picture.columns.map((column) => element("th", { scope: "col" }, column)));
  const body = picture.rows.map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first), rest.map((cell) => element("td", {}, cell))));
  const table = element("table", { class: "edu-plain-table" }, element("thead", {}, head), element("tbody", {}, body));
  return { node: scroller(picture.alt, table), described: true };
}

function linesPicture(picture) {
  const points = picture.series.flatMap((series) => series.points);
  const { node, x, y } = chart(picture.alt, reach(points.map(([at]) => at)), reach([0, ...points.map(([, at]) => at)]), picture);
  picture.series.forEach((series, place) => {
    const path = lineThrough(series.points.map(([a, b]) => [x(a), y(b)]));
    node.append(svg("path", { class: "edu-series", d: path, style: `--edu-hue: ${hueOf(place)}` }));
    for (const [a, b] of series.points) {
      const mark = glyph(place);
      for (const [name, value] of Object.entries({ x: x(a) - 5, y: y(b) - 5, width: 10, height: 10 })) mark.setAttribute(name, value);
      node.append(mark);
    }
  });
  const key = element("p", { class: "edu-row", "aria-hidden": "true" }, element("span", { class: "edu-muted" }, picture.y),
    picture.series.map(({ name }, place) => element("span", {}, glyph(place), " ", name)));
  return { node: element("div", {}, key, node), described: false };
}

const DOT = 11, COLUMNS = 40;

// People as dots over their scores, one row of stacks a group; right of the line is approved, on a tinted ground.
function dotsPicture(picture, texts) {
  const line = picture.threshold * 1000;
  const rows = picture.groups.map((group, place) => {
    const heights = new Array(COLUMNS + 1).fill(0);
    const people = ["repay", "default"].flatMap((label) => group[label].map((score) => ({ score, label })));
    const dots = people.sort((a, b) => a.score - b.score).map(({ score, label }) => {
      const column = Math.round(score * COLUMNS), level = (heights[column] += 1);
      const kind = label === "repay" ? "edu-positive" : "edu-negative", side = score >= picture.threshold ? "edu-right" : "edu-left";
      return svg("g", { class: side }, svg("circle", { class: kind, cx: score * 1000, cy: -(2 * level - 1) * (DOT + 1), r: DOT }));
    });
    const top = (2 * Math.max(1, ...heights) + 1) * (DOT + 1);
    const drawing = svg("svg", { class: "edu-dots", viewBox: `-12 ${-top} 1024 ${top}`, "aria-hidden": "true" },
      svg("rect", { class: "edu-ground", x: line, y: -top, width: 1012 - line, height: top }),
      svg("path", { class: "edu-rule", d: "M-12 -0.5H1012" }), svg("path", { class: "edu-line-at", d: `M${line} ${-top}V0` }), dots);
    return element("div", {}, element("p", {}, glyph(place), " ", group.name), drawing);
  });
  const said = say(texts, "picture.dots", { threshold: decimals(picture.threshold) });
  return { node: element("div", { role: "img", "aria-label": `${picture.alt} ${said}` }, rows,
    element("div", { class: "edu-picture-ends", "aria-hidden": "true" }, element("span", {}, "0"), element("span", {}, say(texts, "common.score")), element("span", {}, "1")),
    element("p", { class: "edu-note", "aria-hidden": "true" }, said)), described: true };
}
