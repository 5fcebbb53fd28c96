// The scores of one group with the threshold among them: people as dots (or slices of a histogram), the threshold a native
// slider laid over them, so that mouse, touch and keys come with the platform.
import { element, svg, setAll, say } from "./dom.js";

const BINS = 50, WIDE = 1001, TALL = 300, MOST_STACKED = 60;

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

function countsPerBin(table, group, range) {
  const bins = Array.from({ length: BINS }, () => ({ positive: 0, negative: 0 }));
  const put = (score, positive, negative) => {
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.floor(((score - range.low) / (range.high - range.low)) * BINS + 1e-9)))];
    bin.positive += positive;
    bin.negative += negative;
  };
  const tp = table.tp[group], fp = table.fp[group];
  put(range.low, table.positives[group] - tp[0], table.negatives[group] - fp[0]);
  for (let index = 0; index < tp.length; index += 1) {
    put(Math.min(table.thresholds[index], range.high), tp[index] - (tp[index + 1] ?? 0), fp[index] - (fp[index + 1] ?? 0));
  }
  return bins;
}

const dot = (x, y, radius) => `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
const bar = (x, bottom, height, width) => `M${x} ${bottom}v${-height}h${width}v${height}z`;

const highest = (bins) => Math.max(...bins.map((bin) => bin.positive + bin.negative));

// How far apart dots stand in a stack: the same for all groups, closer where one stack is tall; 0 where bars are drawn instead.
function dotPitch(table, bins) {
  const step = (WIDE - 1) / BINS, tallest = Math.max(...bins.map(highest));
  return table.weighted || tallest > MOST_STACKED ? 0 : Math.min(step, (TALL - step) / (tallest - 1));
}

// Two paths, whatever the number of people: those with the positive label below, the others stacked on them.
function people(bins, pitch) {
  const step = (WIDE - 1) / BINS, tallest = Math.max(highest(bins), 1e-9);
  let positive = "", negative = "";
  bins.forEach((bin, place) => {
    const x = place * step;
    if (pitch) {
      for (let person = 0; person < bin.positive + bin.negative; person += 1) {
        const mark = dot(x + step / 2, TALL - step / 2 - person * pitch, step * 0.42);
        if (person < bin.positive) positive += mark; else negative += mark;
      }
    } else {
      const scale = (TALL - 10) / tallest;
      if (bin.positive) positive += bar(x + 1, TALL, bin.positive * scale, step - 2);
      if (bin.negative) negative += bar(x + 1, TALL - bin.positive * scale, bin.negative * scale, step - 2);
    }
  });
  return [["positive", positive], ["negative", negative]];
}

// The same people stand on either side; two windows over them, one left of the threshold and one right of it, give them their fills.
function side(name, paths, ground) {
  return svg("svg", { class: name, y: 0, height: TALL, preserveAspectRatio: "none" },
    ground ? svg("rect", { class: "edu-ground", width: WIDE, height: TALL }) : null,
    paths.map(([label, path]) => svg("path", { class: `edu-${label}`, d: path })));
}

export function scoreStrip({ table, group, texts, hue, label, test, index, onMove }) {
  const range = scoreRange(table);
  // Groups beside each other are drawn alike: all as dots, or all as histograms.
  const bins = table.groups.map((_, each) => countsPerBin(table, each, range));
  const paths = people(bins[group], dotPitch(table, bins));
  const left = side("edu-left", paths, false), right = side("edu-right", paths, true);
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
    setAll(left, { x: 0, width: place, viewBox: `0 0 ${place} ${TALL}` });
    setAll(right, { x: place, width: WIDE - place, viewBox: `${place} 0 ${WIDE - place} ${TALL}` });
  }
  show(index);
  const scale = (value) => String(Math.round(value * 100) / 100);
  const node = element("div", {},
    element("div", { class: "edu-strip" },
      svg("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", "aria-hidden": "true" }, left, right), slider),
    element("div", { class: "edu-ends", "aria-hidden": "true" },
      element("span", {}, scale(range.low)), element("span", {}, say(texts, "common.score")), element("span", {}, scale(range.high))));
  return { node, show, slider };
}

// Three decimals only where two would hide a step of the grid.
export function thresholdText(texts, threshold) {
  if (threshold === null || threshold === Infinity) return say(texts, "common.nobody");
  return threshold.toFixed(Math.abs(threshold * 100 - Math.round(threshold * 100)) > 1e-6 ? 3 : 2);
}
