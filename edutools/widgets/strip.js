// The scores of one group with the threshold among them: people as dots (or slices of a histogram), the threshold a native
// slider laid over them, so that mouse, touch and keys come with the platform.
import { element, svg, setAll, say } from "./dom.js";

const WIDE = 1001, TALL = 300, BIN_COUNTS = [50, 25], SMALLEST_DOT = 6, MOST_DOTS = 1500;

function scoreRange(table) {
  const finite = table.thresholds.filter(Number.isFinite);
  const low = Math.min(0, finite[0] ?? 0), high = Math.max(1, finite[finite.length - 1] ?? 1);
  return { low, high, last: table.thresholds[table.thresholds.length - 1] === Infinity ? WIDE : WIDE - 1 };
}

// Where a threshold stands on the slider: its score in thousandths of the range, and one step beyond for 'nobody'.
function positionOf(table, range, index) {
  const threshold = table.thresholds[index];
  return threshold === Infinity ? WIDE : Math.round((1000 * (threshold - range.low)) / (range.high - range.low));
}

function indexFrom(table, range, position, current) {
  if (position >= WIDE) return table.thresholds.length - 1;
  const wanted = range.low + ((range.high - range.low) * position) / 1000;
  let low = 0, high = table.thresholds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.thresholds[middle] < wanted - 1e-9) low = middle + 1; else high = middle;
  }
  const below = Math.max(low - 1, 0);
  const nearest = wanted - table.thresholds[below] < table.thresholds[low] - wanted ? below : low;
  // On a coarse grid one key press is less than a step: it goes on to the next threshold all the same.
  const moved = position - positionOf(table, range, current);
  return nearest === current && moved !== 0 ? Math.min(Math.max(current + Math.sign(moved), 0), table.thresholds.length - 1) : nearest;
}

const binOf = (score, range, size) =>
  Math.min(size - 1, Math.max(0, Math.floor(((score - range.low) / (range.high - range.low)) * size + 1e-9)));

// The people of one group by bin, in the order of their scores: slices that lie between two thresholds, each with its counts.
function binned(table, group, range, size) {
  const bins = Array.from({ length: size }, () => []);
  const put = (score, index, positive, negative) => {
    if (positive || negative) bins[binOf(score, range, size)].push({ index, positive, negative });
  };
  const tp = table.tp[group], fp = table.fp[group];
  put(range.low, -1, table.positives[group] - tp[0], table.negatives[group] - fp[0]);
  for (let index = 0; index < tp.length; index += 1) {
    put(Math.min(table.thresholds[index], range.high), index, tp[index] - (tp[index + 1] ?? 0), fp[index] - (fp[index + 1] ?? 0));
  }
  return bins;
}

const sum = (slices, label) => slices.reduce((total, slice) => total + slice[label], 0);
const count = (slices) => sum(slices, "positive") + sum(slices, "negative");

// Groups beside each other are drawn alike: as dots of one size, the largest that lets the tallest stack fit (in a wide bin the
// stack has several columns), or, where they are many or weighted, as slices of a histogram (`columns` 0).
function arrangement(table, range) {
  const layouts = BIN_COUNTS.map((size) => {
    const bins = table.groups.map((_, group) => binned(table, group, range, size));
    const step = (WIDE - 1) / size, tallest = Math.max(1, ...bins.flat().map(count));
    let columns = 1;
    while ((Math.ceil(tallest / columns) * step) / columns > TALL) columns += 1;
    return { size, bins, step, columns };
  });
  const [histogram] = layouts;
  const best = layouts.reduce((a, b) => (b.step / b.columns > a.step / a.columns ? b : a));
  const most = Math.max(...table.groups.map((_, group) => table.positives[group] + table.negatives[group]));
  return table.weighted || most > MOST_DOTS || best.step / best.columns < SMALLEST_DOT ? { ...histogram, columns: 0 } : best;
}

const dot = (x, y, radius) => `M${+(x - radius).toFixed(1)} ${+y.toFixed(1)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
const bar = (x, bottom, height, width) => height > 0 ? `M${x} ${bottom}v${-height}h${width}v${height}z` : "";

// Path data of one bin's people, those with the positive label below the others; `kept` picks slices by their threshold.
function marks(slices, place, { step, columns, scale }, kept) {
  const x = place * step, drawn = { positive: "", negative: "" };
  if (columns === 0) {
    let bottom = TALL;
    for (const [label, side] of [["positive", false], ["positive", true], ["negative", false], ["negative", true]]) {
      const height = sum(slices.filter(({ index }) => kept(index) === side), label) * scale;
      if (side) drawn[label] += bar(x + 1, bottom, height, step - 2);
      bottom -= height;
    }
    return drawn;
  }
  const people = slices.flatMap(({ index, positive, negative }) =>
    [...Array(positive).fill(["positive", index]), ...Array(negative).fill(["negative", index])]);
  const pitch = step / columns, rows = Math.ceil(people.length / columns), radius = +(pitch * 0.43).toFixed(1);
  for (let column = 0; column * rows < people.length; column += 1) {
    const stack = people.slice(column * rows, (column + 1) * rows).sort(([a], [b]) => (a === b ? 0 : a === "positive" ? -1 : 1));
    stack.forEach(([label, index], row) => {
      if (kept(index)) drawn[label] += dot(x + (column + 0.5) * pitch, TALL - (row + 0.5) * pitch, radius);
    });
  }
  return drawn;
}

// One side of the threshold: a window on all people, drawn once, and beside it the bin in which the threshold lies, drawn anew at each move.
function side(name, whole) {
  const paths = () => ["positive", "negative"].map((label) => svg("path", { class: `edu-${label}` }));
  const drawnOnce = paths(), drawnAnew = paths();
  drawnOnce.forEach((path, place) => path.setAttribute("d", whole[place]));
  const window = svg("svg", { y: 0, height: TALL, preserveAspectRatio: "none" }, drawnOnce);
  const node = svg("g", { class: name }, window, drawnAnew);
  const look = (from, to, drawn) => {
    setAll(window, { x: from, width: to - from, viewBox: `${from} 0 ${to - from} ${TALL}` });
    drawnAnew.forEach((path, place) => path.setAttribute("d", drawn[place]));
  };
  return { node, look };
}

function peopleOf(table, group, range) {
  const layout = arrangement(table, range), bins = layout.bins[group];
  layout.scale = (TALL - 10) / Math.max(1e-9, ...bins.map(count));
  const all = bins.map((slices, place) => marks(slices, place, layout, () => true));
  const whole = ["positive", "negative"].map((label) => all.map((bin) => bin[label]).join(""));
  const ground = svg("rect", { class: "edu-ground", height: TALL });
  const left = side("edu-left", whole), right = side("edu-right", whole);
  const show = (chosen, position) => {
    const threshold = table.thresholds[chosen];
    setAll(ground, { x: position, width: WIDE - position });
    if (threshold === Infinity) { left.look(0, WIDE, ["", ""]); right.look(WIDE, WIDE, ["", ""]); return; }
    const bin = binOf(threshold, range, layout.size), from = bin * layout.step;
    const part = (kept) => Object.values(marks(bins[bin], bin, layout, kept));
    left.look(0, from, part((index) => index < chosen));
    right.look(from + layout.step, WIDE, part((index) => index >= chosen));
  };
  return { nodes: [ground, left.node, right.node], show };
}

export function scoreStrip({ table, group, texts, hue, label, test, index, onMove }) {
  const range = scoreRange(table), people = peopleOf(table, group, range);
  const slider = element("input", { type: "range", min: 0, max: range.last, step: 1, "aria-label": label, "data-test": test,
    style: `--edu-hue: ${hue}` });
  let current = index;
  slider.addEventListener("input", () => {
    const chosen = indexFrom(table, range, slider.valueAsNumber, current);
    show(chosen);
    onMove(chosen);
  });
  function show(chosen) {
    current = chosen;
    const place = positionOf(table, range, chosen);
    if (slider.valueAsNumber !== place) slider.value = place;
    slider.setAttribute("aria-valuetext", thresholdText(texts, table.thresholds[chosen]));
    people.show(chosen, place);
  }
  show(index);
  const scale = (value) => String(Math.round(value * 100) / 100);
  const node = element("div", {},
    element("div", { class: "edu-strip" },
      svg("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", "aria-hidden": "true" }, people.nodes), slider),
    element("div", { class: "edu-ends", "aria-hidden": "true" },
      element("span", {}, scale(range.low)), element("span", {}, say(texts, "common.score")), element("span", {}, scale(range.high))));
  return { node, show, slider };
}

// Three decimals only where two would hide a step of the grid.
export function thresholdText(texts, threshold) {
  if (threshold === null || threshold === Infinity) return say(texts, "common.nobody");
  return threshold.toFixed(Math.abs(threshold * 100 - Math.round(threshold * 100)) > 1e-6 ? 3 : 2);
}
