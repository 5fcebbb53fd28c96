// Lines over two axes with round numbers.
import { svg } from "./dom.js";

const BOX = { width: 480, height: 220, left: 52, right: 12, top: 10, bottom: 36 };

// Some round numbers from low to high: steps of 1, 2 or 5 times a power of ten.
export function ticks(low, high, most = 5) {
  const span = high - low || 1, rough = span / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) => +((first + k) * step).toPrecision(12));
}

// `names.x` stands beside the horizontal axis, which has whole numbers alone where `whole`, or what `marks` puts there; `rules` is how many lines stand across at most.
export function chart(alt, [xLow, xHigh], [yLow, yHigh], names, { box = BOX, whole = false, marks = null, rules = 4 } = {}) {
  const { width, height, left, right, top, bottom } = box;
  const x = (value) => left + ((value - xLow) / (xHigh - xLow || 1)) * (width - left - right);
  const y = (value) => height - bottom - ((value - yLow) / (yHigh - yLow || 1)) * (height - top - bottom);
  const word = (place, attributes) => svg("text", attributes, place);
  const node = svg("svg", { class: "edu-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": alt },
    (marks ?? ticks(xLow, xHigh).filter((value) => !whole || Number.isInteger(value)).map((value) => [value, String(value)]))
      .map(([value, said]) => word(said, { x: x(value), y: height - bottom + 18, "text-anchor": "middle" })),
    ticks(yLow, yHigh, rules).map((value) => svg("g", {}, svg("path", { class: "edu-rule", d: `M${left} ${y(value)}H${width - right}` }),
      word(String(value).replace("-", "−"), { x: left - 8, y: y(value) + 5, "text-anchor": "end" }))),
    word(names.x, { x: width - right, y: height - 3, "text-anchor": "end" }));
  return { node, x, y };
}

export const reach = (values) => [Math.min(...values), Math.max(...values)];

// The points that stand together; null parts them.
export function runsOf(points) {
  const runs = [[]];
  for (const point of points) {
    if (point === null) runs.push([]);
    else runs.at(-1).push(point);
  }
  return runs.filter((run) => run.length > 0);
}

// A line of no length is a dot where its ends are round, so a point between two gaps is seen.
export function lineThrough(points) {
  return runsOf(points).map((run) => run.map(([a, b], k) => `${k ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}${k ? "" : "h0"}`).join("")).join("");
}

// The ground between a low and a high, of points [x, low, high].
export function bandThrough(points) {
  const corners = (run) => [...run.map(([a, low]) => [a, low]), ...run.map(([a, , high]) => [a, high]).reverse()];
  return runsOf(points).map((run) => `M${corners(run).map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join("L")}Z`).join("");
}
