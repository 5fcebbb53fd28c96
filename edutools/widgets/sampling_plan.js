import { element, mount, say, synced, announcer, setText, decimals, wholes } from "./dom.js";
import { difference, differenceInterval, shareInterval } from "./metrics.js";
import { glyph, hueOf, intervalText, lane } from "./rates.js";
import { askingOrder, drawnBy } from "./draw.js";
import { fitLogistic, fittedLogOdds } from "./logistic.js";

const MOST_TRAIL = 10, SEEDS = 2 ** 32;
// Errors are mostly far below a half: their scale ends there, unless one goes beyond.
const ERROR_SCALE = 0.5;

// Columns, weights, groups and labels as Python packed them.
function readPeople({ people: size, features, channels }, view) {
  if (view.byteLength !== size * (4 * (features.length + channels.length) + 2)) throw new Error("`_people`");
  const column = (place) => Float64Array.from({ length: size }, (_, person) => view.getFloat32(4 * (place * size + person), true));
  const bytes = (place) => Uint8Array.from({ length: size }, (_, person) => view.getUint8(4 * size * (features.length + channels.length) + place * size + person));
  const groups = bytes(0), labels = bytes(1), seen = new Map(), askable = [], judged = [];
  // Of each group and label every other person may be asked; the others are those on whom the model is judged.
  for (let person = 0; person < size; person += 1) {
    const kind = 2 * groups[person] + labels[person], turn = seen.get(kind) ?? 0;
    seen.set(kind, turn + 1);
    (turn % 2 ? judged : askable).push(person);
  }
  return { columns: features.map((_, place) => column(place)), weights: channels.map((_, place) => column(features.length + place)),
    groups, labels, askable, judged };
}

// What comes of one draw, by group; null where undefined.
function outcomeOf(people, size, byChannel) {
  const drawn = byChannel.flat(), count = (rows) => rows.reduce((sums, person) => { sums[people.groups[person]] += 1; return sums; }, Array(size).fill(0));
  const asked = count(drawn), positives = count(drawn.filter((person) => people.labels[person])), judged = count(people.judged);
  const model = fitLogistic(people.columns, people.labels, drawn);
  const wrong = (person) => (fittedLogOdds(model, people.columns, person) >= 0) !== (people.labels[person] === 1);
  const errors = model === null ? null : count(people.judged.filter(wrong));
  const share = (hits, all) => (all > 0 ? { value: hits / all, interval: shareInterval(hits, all) } : null);
  return { drawn, byChannel, model, asked, judged, errors, share: asked.map((each) => share(each, drawn.length)),
    positive: asked.map((each, place) => share(positives[place], each)),
    error: judged.map((each, place) => (errors === null ? null : share(errors[place], each))) };
}

const KINDS = { _facts: "dict", _people: "bytes", _definitions: "dict", _first: "number", asked: "dict", seed: "number" };

function render({ model, el }) {
  mount(el, "sampling_plan", model, KINDS);
  const texts = model.get("_texts"), facts = model.get("_facts"), definitions = model.get("_definitions");
  const { label, channels, groups, population } = facts, words = (key, values) => say(texts, `sampling_plan.${key}`, values);
  const people = readPeople(facts, model.get("_people")), { put, on } = synced(model), live = announcer();
  let own = false;

  // A channel's order depends on the seed alone, a draw on the plan too: each is worked out once.
  const orders = new Map(), outcomes = new Map();
  const ordersOf = (seed) => {
    if (!orders.has(seed)) orders.set(seed, people.weights.map((weights, channel) => askingOrder(weights, seed, channel, people.askable)));
    return orders.get(seed);
  };
  const askedNow = () => channels.map((channel) => model.get("asked")[channel]);
  const outcome = (seed) => {
    if (!outcomes.has(seed)) outcomes.set(seed, outcomeOf(people, groups.length, drawnBy(ordersOf(seed), askedNow())));
    return outcomes.get(seed);
  };
  const trail = () => {
    const seed = model.get("seed"), first = Math.max(model.get("_first"), seed - MOST_TRAIL);
    return Array.from({ length: Math.max(0, seed - first) }, (_, place) => first + place);
  };

  // What stands on the page.
  const sliders = channels.map(channelSlider);
  const drawnWords = element("p", { class: "edu-total", "data-test": "drawn" });
  const again = element("button", { class: "edu-button", type: "button", "data-test": "again", on: { click: drawAgain } }, words("again"));
  const sides = element("p", { class: "edu-muted", "data-test": "sides" }), gap = element("p", { class: "edu-muted", "data-test": "gap" });
  const without = element("p", { class: "edu-muted", "data-test": "without" });
  const share = panel("share"), positive = panel("positive"), error = panel("error");
  const marks = share.lanes.map(({ axis }, place) => {
    const mark = element("b", { style: `left: ${100 * population[place]}%` });
    axis.append(mark);
    return mark;
  });
  const scale = element("p", { class: "edu-note", "data-test": "scale" });

  el.append(element("div", { class: "edu-stack" },
    element("div", { class: "edu-plan" }, sliders.map((each) => each.node)),
    element("div", { class: "edu-row" }, drawnWords, again),
    element("div", { class: "edu-panels" },
      section("share", words("who"), share, sides, element("p", { class: "edu-note" }, words("dotted"))),
      section("error", words("later"), error, gap, without, scale),
      section("positive", words("positive_heading", { label }), positive),
      element("div", { class: "edu-notes" }, ["luck", "later_note"].map((key) => element("p", { class: "edu-note" }, words(key))))), live.node));

  function channelSlider(channel, place) {
    const weights = people.weights[place], most = people.askable.filter((person) => weights[person] > 0).length;
    const sums = Array(groups.length).fill(0);
    for (const person of people.askable) sums[people.groups[person]] += weights[person];
    const all = sums.reduce((a, b) => a + b), shares = groups.map((group, each) => `${group} ${decimals(sums[each] / all)}`).join("; ");
    const reach = words("reach", { shares });
    const input = element("input", { type: "range", min: 0, max: most, step: 1, class: "edu-slider", "aria-label": words("slider", { channel }),
      "data-test": `asked-${place}`, on: { input: () => ask(channel, input.valueAsNumber) } });
    const said = element("output", { "data-test": `count-${place}` }), reached = element("p", { class: "edu-muted", "data-test": `reach-${place}` });
    const show = (asked, found) => {
      if (input.valueAsNumber !== asked) input.value = asked;
      input.setAttribute("aria-valuetext", words("people", { n: wholes(asked) }));
      setText(said, words("count", { asked: wholes(found), most: wholes(most) }));
      // In the line below: beside the slider it would leave the slider no room.
      setText(reached, found < asked ? `${reach}. ${words("count_fewer", { n: wholes(asked - found) })}` : reach);
    };
    return { node: element("div", { class: "edu-channel", "data-test": `channel-${place}` }, element("h4", {}, channel), input, said,
      reached), show };
  }

  function panel(name) {
    return { lanes: groups.map((group, place) => {
      const caption = element("span", {}), made = lane({ texts, group: place, name: group, test: `${name}-${place}`,
        head: element("span", { class: "edu-head" }, glyph(place), " ", caption) });
      const dots = Array.from({ length: MOST_TRAIL }, () => element("u", { style: `background: ${hueOf(place)}`, hidden: true }));
      made.axis.append(...dots);
      return { ...made, caption, dots };
    }) };
  }

  function section(name, heading, { lanes }, ...further) {
    return element("section", { class: "edu-panel", "data-test": `panel-${name}` }, element("h4", {}, heading), lanes.map((each) => each.node), further);
  }

  function ask(channel, number) {
    own = true;
    put("asked", { ...model.get("asked"), [channel]: number });
    put("_first", model.get("seed"));
    own = false;
    outcomes.clear();
    update();
  }

  function drawAgain() {
    own = true;
    const seed = (model.get("seed") + 1) % SEEDS;
    put("_first", Math.min(model.get("_first"), seed));
    put("seed", seed);
    own = false;
    update();
  }

  function update() {
    const seed = model.get("seed"), found = outcome(seed), before = trail().map(outcome), asked = askedNow();
    sliders.forEach((each, place) => each.show(asked[place], found.byChannel[place].length));
    setText(drawnWords, words("drawn", { asked: wholes(found.drawn.length), all: wholes(people.askable.length), seed }));
    showLanes(share, found.share, before.map((each) => each.share), 1, () => words("nobody_asked"));
    showLanes(positive, found.positive, before.map((each) => each.positive), 1, (place) => words("none_of", { group: groups[place] }));
    const errors = [found, ...before].flatMap((each) => each.error).filter((each) => each !== null);
    const most = errors.every((each) => each.interval[1] <= ERROR_SCALE) ? ERROR_SCALE : 1;
    showLanes(error, found.error, before.map((each) => each.error), most, (place) => whyUndefined(found, place));
    for (const mark of marks) mark.hidden = found.drawn.length === 0;
    groups.forEach((group, place) => {
      setText(share.lanes[place].caption, words("lane", { group, n: wholes(found.asked[place]) }));
      setText(positive.lanes[place].caption, words("lane", { group, n: wholes(found.asked[place]) }));
      setText(error.lanes[place].caption, words("lane", { group, n: wholes(found.judged[place]) }));
    });
    setText(scale, words("scale", { most: decimals(most, 1) }));
    setText(sides, sidesSaid(found.share));
    setText(gap, gapSaid(found));
    const absent = groups.filter((_, place) => found.asked[place] === 0);
    setText(without, found.model !== null && absent.length ? words("without", { groups: absent.join(", ") }) : "");
    live.announce(`${drawnWords.textContent} ${sides.textContent} ${gap.textContent}`);
  }

  function showLanes({ lanes }, values, before, most, reason) {
    lanes.forEach((each, place) => {
      const shown = values[place];
      each.show(shown === null ? null : shown.value, shown === null ? null : shown.interval, shown === null ? reason(place) : "", most);
      each.dots.forEach((dot, draw) => {
        const earlier = before[draw]?.[place] ?? null;
        dot.hidden = earlier === null;
        if (earlier !== null) dot.style.left = `${(100 * earlier.value) / most}%`;
      });
    });
  }

  function whyUndefined({ drawn, model: trained }, place) {
    if (drawn.length === 0) return words("nobody_asked");
    return trained === null ? words("one_label", { label }) : words("none_judged", { group: groups[place] });
  }

  function sidesSaid(shares) {
    if (shares.includes(null)) return words("share_undefined");
    const on = (test) => groups.filter((_, place) => test(shares[place].interval, population[place])).join(", ");
    const below = on(([, high], share) => high < share), above = on(([low], share) => low > share);
    return [below && words("share_below", { groups: below }), above && words("share_above", { groups: above })].filter(Boolean).join(" ") || words("share_inside");
  }

  function gapSaid({ judged, errors }) {
    if (errors === null || judged.includes(0)) return words("gap_undefined");
    const cells = judged.map((all, place) => ({ tp: all - errors[place], fp: errors[place], fn: 0, tn: 0 }));
    const limits = differenceInterval(definitions, "accuracy", cells, judged, false);
    return words(limits[0] <= 0 ? "gap_noise" : "gap_beyond", { gap: decimals(difference(definitions, "accuracy", cells)), interval: intervalText(texts, limits) });
  }

  on("asked", () => { if (own) return; outcomes.clear(); update(); });
  for (const name of ["seed", "_first"]) on(name, () => { if (!own) update(); });
  update();
}

export default { render };
