import { element, svg, mount, say, synced, announcer, setText, decimals, wholes } from "./dom.js";
import { chart, lineThrough } from "./chart.js";
import { airy, named, together } from "./spans.js";
import { glyph, hueOf, intervalText } from "./rates.js";

const NARROWEST = 300, WIDEST = 1000, ROOM_OF_NAME = 96, WIDTH_OF_LETTER = 9, ROOM_OF_POINT = 4;
const LEFT = 46, RIGHT = 42, BOTTOM = 36, HEIGHT = 260, HEIGHT_OF_EVIDENCE = 150;

const KINDS = { _facts: "dict", series: "text", window: "number" };

function render({ model, el }) {
  mount(el, "timeline", model, KINDS);
  const texts = model.get("_texts"), { pictures, windows, unit } = model.get("_facts"), last = windows.length - 1;
  const words = (key, values) => say(texts, `timeline.${key}`, values);
  const { put, on } = synced(model), live = announcer();
  const picture = () => pictures.find((each) => each.name === model.get("series")) ?? pictures[0];
  const inWords = (place) => words(`of_${unit}`, { window: windows[Math.min(Math.max(place, 0), last)] });
  const sideOf = (above) => words(above ? "above" : "below");

  // ---- what stands on the page

  const choice = element("select", { class: "edu-button", "data-test": "series", on: { change: () => choose(choice.value) } },
    pictures.map((each) => element("option", { value: each.name }, each.label)));
  const heading = element("h3", { "data-test": "heading" }), said = element("p", { "data-test": "said" });
  const values = element("div", { "data-test": "values" }), evidence = element("div", { "data-test": "evidence" });
  const slider = element("input", { type: "range", min: 0, max: last, step: 1, class: "edu-slider", "aria-label": words("slider"), "data-test": "window",
    disabled: last === 0, on: { input: () => go(slider.valueAsNumber) } });
  const when = element("p", { class: "edu-when", "data-test": "when" });
  const now = element("div", { class: "edu-now" }), state = element("p", { "data-test": "state" });
  const alerts = element("ol", { class: "edu-alerts", "data-test": "alerts" }), marks = element("ul", { class: "edu-marks", "data-test": "marks" });
  const notes = element("p", { class: "edu-note", "data-test": "notes" });
  el.append(element("div", { class: "edu-stack" },
    element("label", { class: "edu-row" }, element("span", { class: "edu-muted" }, words("choose")), choice),
    element("div", {}, heading, said), values, evidence,
    element("div", {}, element("div", { class: "edu-row" }, slider, when), now, state),
    alerts, marks, notes, live.node));

  // ---- the two charts, drawn anew when the width or the series changes

  let cursors = [], width = 0;

  function draw() {
    const shown = picture();
    cursors = [];
    values.replaceChildren(valuesChart(shown));
    evidence.replaceChildren(...(shown.limit === null ? [] : [element("h4", {}, words("evidence")), evidenceChart(shown), element("p", { class: "edu-note" }, words("evidence_note"))]));
    moveCursors();
  }

  function boxed(height) {
    return { width, height, left: LEFT, right: RIGHT, top: 26, bottom: BOTTOM };
  }

  function axes(alt, range, height) {
    const box = boxed(height), places = named(windows.length, (width - LEFT) / ROOM_OF_NAME);
    const { node, x, y } = chart(alt, [-0.5, last + 0.5], range, { x: "" }, { box, rules: 6, marks: places.map((place) => [place, windows[place]]) });
    const cursor = svg("path", { class: "edu-cursor" });
    node.append(cursor);
    cursors.push((place) => cursor.setAttribute("d", `M${x(place)} ${box.top}V${box.height - box.bottom}`));
    node.addEventListener("click", (event) => {
      const { left, width: wide } = node.getBoundingClientRect();
      const inside = ((event.clientX - left) / wide) * width - LEFT;
      go(Math.min(last, Math.max(0, Math.round((inside / (width - LEFT - RIGHT)) * (last + 1) - 0.5))));
    });
    return { node, x, y, box };
  }

  function ground({ node, x, box }, [first, until], kind) {
    const left = x(first - 0.5);
    node.append(svg("rect", { class: kind, x: left, y: box.top, width: x(until + 0.5) - left, height: box.height - box.bottom - box.top }));
  }

  function valuesChart(shown) {
    const edges = shown.baseline === null ? [] : [shown.baseline - shown.tolerance, shown.baseline + shown.tolerance];
    const parts = axes(altOf(shown), airy([...shown.lines.flatMap((line) => line.figures.flat()), ...edges]), HEIGHT);
    const { node, x, y, box } = parts;
    for (const run of together(shown.states.map((each) => each === "reference"))) ground(parts, run, "edu-reference");
    for (const run of together(shown.states.map((each) => each === "alert"))) ground(parts, run, "edu-beyond");
    if (edges.length) {
      node.append(svg("rect", { class: "edu-in-band", x: LEFT, width: width - LEFT - RIGHT, y: y(edges[1]), height: Math.max(0, y(edges[0]) - y(edges[1])) }),
        svg("path", { class: "edu-baseline", d: `M${LEFT} ${y(shown.baseline)}H${width - RIGHT}` }));
    }
    shown.lines.forEach((line, place) => node.append(lineOf(line, place, shown.lines.length, x, y)));
    for (const [first, until] of together(windows.map((_, place) => shown.lines.some((line) => line.figures[place][0] === null)))) {
      node.append(svg("rect", { class: "edu-missing", x: x(first - 0.5), width: x(until + 0.5) - x(first - 0.5), y: box.height - box.bottom - 8, height: 8 }));
    }
    for (const mark of shown.lines[0].marks) node.append(markOf(mark, x, box));
    shown.alerts.forEach((alert, number) => node.append(alertOf(alert, number, x, box)));
    return node;
  }

  // A point with its interval as a thin line; two groups' lines stand a hair apart.
  function lineOf(line, place, count, x, y) {
    const hue = line.place === null ? "var(--edu-accent)" : hueOf(line.place), aside = (place - (count - 1) / 2) * 4;
    const known = line.figures.map((figures, k) => (figures[0] === null ? null : [x(k) + aside, ...figures.map(y)]));
    const points = known.filter((each) => each !== null), size = Math.max(5, Math.min(11, (width - LEFT) / windows.length));
    return svg("g", { style: `--edu-hue: ${hue}`, "data-test": `line-${place}` },
      svg("path", { class: "edu-series edu-thin", d: lineThrough(known.map((each) => each && each.slice(0, 2))) }),
      svg("path", { class: windows.length * count * ROOM_OF_POINT > width ? "edu-interval edu-dense" : "edu-interval", d: points.map(([a, , low, high]) => `M${a.toFixed(1)} ${low.toFixed(1)}V${high.toFixed(1)}`).join("") }),
      points.map(([a, b]) => pointOf(line, a, b, size)));
  }

  function pointOf(line, a, b, size) {
    if (line.place === null) return svg("circle", { class: "edu-mark", cx: a, cy: b, r: size / 2.6 });
    const mark = glyph(line.place);
    for (const [name, value] of Object.entries({ x: a - size / 2, y: b - size / 2, width: size, height: size })) mark.setAttribute(name, value);
    return mark;
  }

  function markOf(mark, x, box) {
    const at = x(mark.ends - 0.5), right = at < width / 2, letters = Math.floor(((right ? width - at : at) - 10) / WIDTH_OF_LETTER);
    const name = mark.name.length > letters ? `${mark.name.slice(0, Math.max(0, letters - 1))}…` : mark.name;
    return svg("g", { class: "edu-split" }, svg("path", { d: `M${at} ${box.top - 6}V${box.height - box.bottom}` }),
      svg("text", { x: at + (right ? 6 : -6), y: 14, "text-anchor": right ? "start" : "end" }, name));
  }

  // Above its band an alert points up from the top, below it down from the foot, with its number beside.
  function alertOf({ place, above }, number, x, box) {
    const at = x(place), tip = above ? box.top + 4 : box.height - box.bottom - 12, away = above ? 12 : -12;
    return svg("g", { class: "edu-alert", "data-test": `alert-${number + 1}` }, svg("path", { d: `M${at} ${tip}l7 ${away}h-14z` }),
      svg("text", { x: at + 10, y: tip + (above ? 12 : 2) }, String(number + 1)));
  }

  function evidenceChart(shown) {
    const parts = axes(`${words("evidence")}: ${saidOf(shown)}`, airy([...shown.evidence, shown.limit, -shown.limit]), HEIGHT_OF_EVIDENCE);
    const { node, x, y } = parts;
    node.append(svg("path", { class: "edu-baseline", d: `M${LEFT} ${y(0)}H${width - RIGHT}` }),
      svg("path", { class: "edu-limit", d: [-1, 1].map((side) => `M${LEFT} ${y(side * shown.limit)}H${width - RIGHT}`).join("") }),
      svg("path", { class: "edu-series edu-thin", style: "--edu-hue: var(--edu-accent)", d: lineThrough(shown.evidence.map((value, place) => (value === null ? null : [x(place), y(value)]))) }));
    shown.evidence.forEach((value, place) => {
      if (shown.states[place] === "alert") node.append(svg("circle", { class: "edu-beyond-point", cx: x(place), cy: y(value), r: 4 }));
    });
    return node;
  }

  // ---- in words

  function altOf(shown) {
    return words("chart", { name: shown.label, first: windows[0], last: windows[last], said: [saidOf(shown), ...shown.alerts.map((each, number) => alertSaid(shown, each, number + 1))].join(" ") });
  }

  function saidOf(shown) {
    if (shown.limit === null) return words("said_none");
    if (shown.baseline === null) return words("said_no_baseline");
    return shown.alerts.length ? words("said_alerts", { n: shown.alerts.length }) : words("said_quiet");
  }

  function figuresOf([value, low, high]) {
    const shown = decimals(value) ?? say(texts, "common.undefined_short");
    return [shown, low === null ? "" : intervalText(texts, [low, high])];
  }

  function alertSaid(shown, alert, n) {
    const [value, interval] = figuresOf(alert.figures);
    const span = alert.span === 1 ? words(`one_${unit}`) : words(`many_${unit}`, { n: alert.span });
    return words("alert", { n, side: sideOf(alert.above), window: inWords(alert.place), until: inWords(alert.until), span, value, interval, baseline: decimals(shown.baseline) });
  }

  function markSaid(line, mark) {
    const figures = {};
    for (const side of ["before", "after", "change"]) [figures[side], figures[`${side}_interval`]] = figuresOf(mark[side]);
    const all = words("mark", { name: mark.name, window: inWords(mark.ends), ...figures });
    return line.place === null ? all : `${line.label}: ${all}`;
  }

  function pointSaid(line, place) {
    const [value, interval] = figuresOf(line.figures[place]);
    return line.figures[place][0] === null ? say(texts, "common.undefined", { reason: line.reasons[place] }) : words("point", { value, interval, rows: wholes(line.rows[place]) });
  }

  function stateSaid(shown, place) {
    const found = shown.evidence[place], key = `state_${shown.states[place]}`;
    return found === null ? words(key) : words(key, { evidence: decimals(Math.abs(found), 1), limit: decimals(shown.limit, 1), side: sideOf(found > 0) });
  }

  function notesOf(shown) {
    const { baseline, tolerance } = shown, edges = baseline === null ? null : { low: decimals(baseline - tolerance), high: decimals(baseline + tolerance) };
    const undefinedSomewhere = shown.lines.some((line) => line.figures.some(([value]) => value === null));
    return [edges && shown.limit !== null ? words(tolerance ? "band" : "band_point", edges) : null, words("legend_interval"),
      shown.states.includes("reference") ? words("legend_reference") : null, undefinedSomewhere ? words("legend_undefined") : null].filter(Boolean).join(" ");
  }

  // ---- moving

  function choose(name) {
    put("series", name);
    showSeries();
  }

  function go(place) {
    put("window", place);
    showWindow();
  }

  function moveCursors() {
    for (const move of cursors) move(model.get("window"));
  }

  function showSeries() {
    const shown = picture();
    if (choice.value !== shown.name) choice.value = shown.name;
    setText(heading, shown.label);
    setText(said, saidOf(shown));
    setText(notes, notesOf(shown));
    alerts.replaceChildren(...shown.alerts.map((alert, number) => element("li", {}, element("button", { class: "edu-button", type: "button", "aria-label": words("go", { n: number + 1 }), "data-test": `go-${number + 1}`,
      on: { click: () => go(alert.place) } }, alert.above ? "▲" : "▼", " ", String(number + 1)), element("span", {}, alertSaid(shown, alert, number + 1)))));
    marks.replaceChildren(...shown.lines.flatMap((line) => line.marks.map((mark) => element("li", {}, markSaid(line, mark)))));
    alerts.hidden = shown.alerts.length === 0;
    marks.hidden = marks.childElementCount === 0;
    draw();
    showWindow();
  }

  function showWindow() {
    const shown = picture(), place = model.get("window"), begin = inWords(place);
    if (slider.valueAsNumber !== place) slider.value = place;
    slider.setAttribute("aria-valuetext", begin);
    setText(when, begin);
    now.replaceChildren(...shown.lines.map((line, number) => element("p", {}, line.place === null ? null : glyph(line.place), line.place === null ? null : ` ${line.label}: `,
      element("output", { "data-test": `value-${number}` }, pointSaid(line, place)))));
    setText(state, stateSaid(shown, place));
    state.hidden = shown.limit === null;
    state.classList.toggle("edu-alarmed", shown.states[place] === "alert");
    moveCursors();
    live.announce([begin, ...shown.lines.map((line) => `${line.place === null ? "" : line.label} ${pointSaid(line, place)}`), shown.limit === null ? "" : stateSaid(shown, place)].join(" "));
  }

  new ResizeObserver(() => {
    const found = Math.round(Math.min(WIDEST, Math.max(NARROWEST, values.clientWidth)));
    if (found === width) return;
    width = found;
    draw();
  }).observe(values);
  on("series", showSeries);
  on("window", showWindow);
  width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, values.clientWidth || 600)));
  showSeries();
}

export default { render };
