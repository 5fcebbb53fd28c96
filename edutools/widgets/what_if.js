import { element, svg, mount, say, setText, setAll, setIdle, isIdle, synced, announcer, choiceBar, scroller, wholes } from "./dom.js";
import { glyph } from "./rates.js";
import { thresholdText } from "./strip.js";
import { chart, lineThrough } from "./chart.js";
import { logistic, thresholdOf, valuesOf, nearestOf, figure, signedFigure, tellingDigits } from "./decision.js";
import { additiveLogOdds, additiveContributions, additiveCurve, additiveChanges } from "./additive.js";

const STATE = ["threshold", "group", "what_if", "changeable", "feature"];
const SLOW = 3000, NEIGHBOURS = 2;

const KINDS = { _facts: "dict", _rows: "dict?", _dependence: "dict", _asked: "number", _answer: "dict", _rest: "dict", threshold: "any", group: "text?",
  what_if: "dict", changeable: "list", feature: "text", label_names: "list", decision_names: "list" };

function render({ model, el }) {
  mount(el, "what_if", model, KINDS);
  const texts = model.get("_texts"), facts = model.get("_facts"), rows = model.get("_rows");
  const { features, groups } = facts, additive = facts.intercept !== null, still = model.still === true;
  const people = wholes(facts.people), names = features.map((feature) => feature.name);
  const { put, on } = synced(model), live = announcer();
  const tell = (key, values) => say(texts, `what_if.${key}`, values);
  const told = (key, values) => say(texts, `individual.${key}`, values);
  const moves = additive || !still;

  // ---- the state, and the kernel where it is needed

  // What the reader sees. Where the kernel answers, the model gets it with the next request, one at a time.
  const now = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
  let asking = false, waiting = false, slow = false, timer;

  function choose(name, value) {
    now[name] = value;
    if (additive || still) put(name, value);
    else {
      waiting = true;
      ask();
    }
    update();
  }

  function ask() {
    if (asking || !waiting) return;
    [asking, waiting] = [true, false];
    for (const name of STATE) model.set(name, now[name]);
    model.set("_asked", model.get("_asked") + 1);
    model.save_changes();
    clearTimeout(timer);
    timer = setTimeout(() => {
      // The next move asks again, should this request be lost.
      [asking, slow] = [false, true];
      update();
    }, SLOW);
  }

  function answered() {
    // An answer to an older request is outdated: what was asked since is on its way.
    if (model.get("_answer").asked !== model.get("_asked")) return;
    [asking, slow] = [false, false];
    clearTimeout(timer);
    ask();
    update();
  }

  // Whether what was told belongs to the state that is shown, as far as it depends on it.
  const isOf = ({ at }, ...named) => at !== undefined && named.every((name) => JSON.stringify(at[STATE.indexOf(name)]) === JSON.stringify(now[name]));

  // ---- what is computed

  const ownThreshold = (group) => thresholdOf(now.threshold, group);
  const placeOf = (name) => names.indexOf(name);
  const mayChange = () => now.changeable.map(placeOf);

  function judged(group) {
    const values = valuesOf(facts, now.what_if, group), answer = model.get("_answer");
    const score = additive ? logistic(additiveLogOdds(facts, values)) : answer.scores?.[Math.max(groups.indexOf(group), 0)] ?? null;
    const threshold = ownThreshold(group);
    return { group, values, score, threshold, approved: score === null ? null : score >= threshold };
  }

  // Parts that the kernel computes are null until they belong to the state that is shown.
  function found(person) {
    const rest = model.get("_rest"), part = (name, ...named) => rest[name] !== undefined && isOf(rest, ...named) ? rest[name] : null;
    const line = { threshold: person.threshold, approved: person.approved };
    const curve = placeOf(now.feature);
    return {
      fresh: additive || isOf(model.get("_answer"), "what_if"),
      contributions: additive ? additiveContributions(facts, person.values) : part("contributions", "group", "what_if"),
      changes: additive ? additiveChanges(facts, person.values, mayChange(), line) : part("changes", "threshold", "group", "what_if", "changeable"),
      curve: additive ? additiveCurve(facts, curve, person.values) : part("curve", "group", "what_if", "feature"),
      nearest: additive && rows !== null ? written(nearestOf(facts, rows, person.values, now.threshold, person.approved))
        : part("nearest", "threshold", "group", "what_if"),
    };
  }

  const written = (near) => ({ ...near, nearest: near.nearest.slice(0, NEIGHBOURS).map((one) => ({ ...one, distance: figure(one.distance, 2) })) });

  // ---- what is said

  const decisionWord = (approved) => model.get("decision_names")[Number(approved)];
  const byGroup = () => now.threshold !== null && typeof now.threshold === "object";
  const whose = (group) => byGroup() ? say(texts, "decision_trace.of_group", { group }) : say(texts, "decision_trace.of_all");
  const later = () => tell(moves && !still ? "computing" : "cannot");
  const signed = (contribution) => signedFigure(contribution, additive ? 2 : 3);

  function shown(place, value, mean = false) {
    const { kind, unit, digits, mean_digits } = features[place];
    return kind === "level" ? value : figure(value, mean ? mean_digits : digits) + (unit === "" ? "" : ` ${unit}`);
  }

  function beside(score, threshold) {
    const digits = tellingDigits(score, threshold);
    return [figure(score, digits), digits === 3 ? thresholdText(texts, threshold) : figure(threshold, digits)];
  }

  function decided(person) {
    const [score, threshold] = beside(person.score, person.threshold);
    return say(texts, `decision_trace.decided${person.threshold === Infinity ? "_nobody" : ""}`, { decision: decisionWord(person.approved), score, threshold,
      side: say(texts, `decision_trace.${person.approved ? "reaches" : "below"}`), whose: whose(person.group) });
  }

  // ---- what stands on the page

  const groupBar = groups.length < 2 ? null : choiceBar({ legend: say(texts, "decision_trace.group_choice"), test: "group", value: String(groups.indexOf(now.group)),
    options: groups.map((group, place) => ({ value: String(place), label: group })), onChange: (place) => choose("group", groups[Number(place)]) });
  const reset = element("button", { class: "edu-button", type: "button", "data-test": "reset", on: { click: () => asGiven() } }, tell("reset"));
  const verdict = verdictPanel(), table = featurePanel(), flip = flipPanel(), near = nearPanel(), curve = curvePanel(), group = groupPanel();
  const note = element("p", { class: "edu-note", "data-test": "note" });

  el.append(element("div", { class: "edu-stack" },
    verdict.node, note, element("div", { class: "edu-row" }, groupBar?.node, reset),
    table.node, element("div", { class: "edu-panels" }, flip.node, curve.node, near.node, group.node), live.node));

  function verdictPanel() {
    const said = element("p", { class: "edu-decided", "data-test": "decision" });
    const dot = element("b", {}), ground = element("i", {});
    const line = element("input", { class: "edu-slider", type: "range", min: 0, max: 1, step: 0.01, "data-test": "threshold", on: { input: () => moveLine() } });
    const name = element("span", {}), words = element("output", { "data-test": "threshold-words" });
    const node = element("section", { class: "edu-verdict" }, said,
      element("div", { class: "edu-scale", "aria-hidden": "true" }, ground, dot, element("span", {}, "0"), element("span", {}, "1")),
      element("label", { class: "edu-drawn-line" }, name, line, words));
    function moveLine() {
      const value = line.valueAsNumber;
      choose("threshold", byGroup() ? Object.fromEntries(groups.map((each) => [each, each === now.group ? value : now.threshold[each]])) : value);
    }
    function show(person, fresh) {
      node.classList.toggle("edu-waiting", !fresh);
      setText(said, person.score === null ? tell("computing") : decided(person));
      dot.hidden = person.score === null;
      dot.style.left = `${100 * (person.score ?? 0)}%`;
      dot.classList.toggle("edu-refused", person.approved === false);
      ground.style.left = `${100 * Math.min(person.threshold, 1)}%`;
      const told = thresholdText(texts, person.threshold);
      setText(name, say(texts, "decision_trace.threshold_for", { whose: whose(person.group) }));
      setText(words, told);
      line.value = person.threshold;
      line.setAttribute("aria-valuetext", told);
    }
    return { node, show };
  }

  function featurePanel() {
    const lines = features.map((feature, place) => featureLine(feature, place));
    const head = element("div", { class: "edu-feature edu-heads", "aria-hidden": "true" },
      element("span", {}, told("feature")), element("span", {}), element("span", {}, tell("adds")), element("span", {}, tell("may_change")));
    const node = element("section", { class: "edu-features" }, head, lines.map((each) => each.node),
      element("p", { class: "edu-note" }, tell(additive ? "adds_odds" : "adds_score")));
    function show(values, contributions) {
      const most = contributions === null ? 1 : Math.max(...contributions.map(Math.abs), additive ? 0.5 : 0.05);
      lines.forEach((each, place) => each.show(values[place], contributions === null ? null : contributions[place], most));
    }
    return { node, show };
  }

  function featureLine(feature, place) {
    const { name, kind } = feature, own = place !== facts.group_place;
    const control = !own ? fixedControl(place) : kind === "level" ? listControl(feature, place) : sliderControl(feature, place);
    const bar = element("i", {}), amount = element("output", { "data-test": `contribution-${place}` });
    const may = own ? element("input", { type: "checkbox", "data-test": `may-${place}`, "aria-label": tell("may_change_of", { feature: name }),
      disabled: !moves, on: { change: () => allow(name, may.checked) } }) : null;
    const node = element("div", { class: "edu-feature" }, element("span", { class: "edu-named" }, name), control.node,
      element("div", { class: "edu-added" }, element("div", { class: "edu-both", "aria-hidden": "true" }, bar), amount),
      element("label", { class: "edu-may" }, may, element("small", {}, own ? tell("may_change") : "")));
    function show(value, contribution, most) {
      control.show(value);
      if (may !== null) may.checked = now.changeable.includes(name);
      node.classList.toggle("edu-waiting", contribution === null);
      setText(amount, contribution === null ? "…" : signed(contribution));
      if (contribution === null) return;
      const share = (50 * contribution) / most;
      bar.style.left = `${50 + Math.min(share, 0)}%`;
      bar.style.width = `${Math.abs(share)}%`;
      bar.classList.toggle("edu-down", share < 0);
    }
    return { node, show };
  }

  function fixedControl(place) {
    const words = element("output", { "data-test": `value-${place}` });
    return { node: element("div", { class: "edu-control" }, words), show: (value) => setText(words, shown(place, value)) };
  }

  function listControl({ name, levels, mean }, place) {
    const list = element("select", { "aria-label": name, "data-test": `list-${place}`, disabled: !moves, on: { change: () => change(place, list.value) } },
      levels.map((level) => element("option", { value: level }, level)));
    return { node: element("div", { class: "edu-control" }, list, element("small", {}, say(texts, "decision_trace.level_note", { mean }))),
      show: (value) => { list.value = value; } };
  }

  function sliderControl({ name, start, stop, step, places, low, high, mean }, place) {
    const words = element("output", { "data-test": `value-${place}` });
    const slider = element("input", { class: "edu-slider", type: "range", min: start, max: stop, step: "any", "aria-label": name, "data-test": `slider-${place}`, disabled: !moves,
      on: { input: () => change(place, onStep(slider.valueAsNumber)), keydown: (event) => stepped(event) } });
    const onStep = (value) => Number(Math.min(Math.max(Math.round(value / step) * step, start), stop).toFixed(places));
    const at = (value) => `${100 * Math.min(Math.max((value - start) / (stop - start || 1), 0), 1)}%`;
    const strip = element("div", { class: "edu-axis edu-among", "aria-hidden": "true" },
      element("i", { style: `left: ${at(low)}; right: calc(100% - ${at(high)})` }), element("b", { style: `left: ${at(mean)}` }));
    // The applicant's own value may lie between two steps, where the browser would move it: hence any value, and steps by hand.
    function stepped(event) {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      change(place, Number(Math.min(Math.max(slider.valueAsNumber + by * step, start), stop).toFixed(places)));
    }
    function show(value) {
      setText(words, shown(place, value));
      slider.value = value;
      slider.setAttribute("aria-valuetext", shown(place, value));
    }
    return { node: element("div", { class: "edu-control" }, element("div", {}, slider, strip), words), show };
  }

  function change(place, value) {
    const { name, value: given } = features[place], before = now.what_if;
    // In the features' order, as Python keeps them.
    choose("what_if", Object.fromEntries(features.filter((each, other) => other === place ? value !== given : Object.hasOwn(before, each.name))
      .map((each) => [each.name, each === features[place] ? value : before[each.name]])));
  }

  function allow(name, may) {
    choose("changeable", names.filter((each) => each === name ? may : now.changeable.includes(each)));
  }

  function panel(title, test, ...children) {
    return element("section", { class: "edu-panel", "data-test": test }, element("h4", {}, title), children);
  }

  function flipPanel() {
    const table = grownTable("alone"), place = scroller(tell("flip"), table.node);
    const said = element("p", { "data-test": "flip" }), how = element("p", { class: "edu-note" });
    const make = element("button", { class: "edu-button", type: "button", "data-test": "make", on: { click: () => make.act() } }, tell("make"));
    const node = panel(tell("flip"), "flip-panel", said, make, place, how, element("p", { class: "edu-note" }, told("not_advice")));
    function show(person, changes) {
      const features = now.changeable.join(", "), nothing = changes === null || changes.smallest === null;
      node.classList.toggle("edu-waiting", changes === null);
      const decision = person.approved === null ? "" : decisionWord(!person.approved);
      setText(said, now.changeable.length === 0 ? tell("none_named") : changes === null ? later()
        : nothing ? told("no_change", { features, decision }) : smallest(person, changes.smallest, decision));
      make.hidden = nothing || now.changeable.length === 0 || !moves;
      how.hidden = make.hidden;
      setText(how, told(additive ? "computed" : "searched", { features }));
      make.act = () => choose("what_if", takenOver(changes.smallest));
      place.hidden = changes === null || now.changeable.length === 0;
      if (!place.hidden) table.show(told("alone", { decision }), ["feature", "from", "to", "distance_head"].map((key) => told(key)), alone(person, changes.alone));
    }
    return { node, show };
  }

  function smallest(person, { places, values, distance, score }, decision) {
    const changes = places.map((place) => told("change", { feature: names[place], old: shown(place, person.values[place]), new: shown(place, values[place]) })).join("; ");
    return told("smallest", { decision, changes, distance: figure(distance, 2), score: beside(score, person.threshold)[0] });
  }

  const takenOver = ({ places, values }) => Object.fromEntries(features.map((feature, place) => [feature, place])
    .filter(([{ name, value }, place]) => places.includes(place) ? values[place] !== value : Object.hasOwn(now.what_if, name))
    .map(([{ name }, place]) => [name, places.includes(place) ? values[place] : now.what_if[name]]));

  function alone(person, changes) {
    return mayChange().map((place) => {
      const change = changes[place] ?? null, own = [names[place], shown(place, person.values[place])];
      return change === null ? [...own, told("none_found"), "–"] : [...own, shown(place, change.values[place]), figure(change.distance, 2)];
    });
  }

  // A table that is changed in place: to lay it out anew at every move would cost more than all else.
  function grownTable(test, kind = "edu-plain-table") {
    const caption = element("caption", {}), head = element("tr", {}), body = element("tbody", {});
    const node = element("table", { class: kind, "data-test": test }, caption, element("thead", {}, head), body);
    let shape = "";
    function show(title, heads, lines) {
      const now = JSON.stringify([heads.length, lines.length]);
      if (now !== shape) {
        shape = now;
        head.replaceChildren(...heads.map(() => element("th", { scope: "col" })));
        body.replaceChildren(...lines.map((line) => element("tr", {}, line.map((_, place) => place === 0 ? element("th", { scope: "row" }) : element("td", {})))));
      }
      caption.hidden = title === "";
      setText(caption, title);
      heads.forEach((words, place) => setText(head.children[place], words));
      lines.forEach((line, row) => line.forEach((words, place) => setText(body.children[row].children[place], words)));
    }
    return { node, show };
  }

  function nearPanel() {
    const table = grownTable("nearest", rows === null ? "edu-plain-table edu-wraps" : "edu-plain-table");
    const said = element("p", { "data-test": "near" }), place = scroller(tell("near"), table.node);
    const node = panel(tell("near"), "near-panel", said, place, rows === null ? element("p", { class: "edu-note" }, say(texts, "decision_trace.near_private")) : null);
    function show(person, near) {
      place.hidden = near === null || near.nearest.length === 0;
      node.classList.toggle("edu-waiting", near === null);
      const decision = person.approved === null ? "" : decisionWord(!person.approved);
      setText(said, near === null ? (still ? tell("near_stale") : later())
        : told(near.others === 0 ? "near_nobody" : "near", { others: wholes(near.others), people, decision, distance: told("distance") }));
      if (!place.hidden) table.show("", ...(rows === null ? distances(near) : compared(near, person)));
    }
    return { node, show };
  }

  const differing = (each) => each.differs.map((place) => names[place]).join(", ") || say(texts, "decision_trace.nothing");

  function distances({ nearest }) {
    return [["nearest", "distance_head", "differs"].map((key) => told(key)), nearest.map((one, place) => [String(place + 1), one.distance, differing(one)])];
  }

  // Features down, people across: two neighbours fit a narrow page.
  function compared({ nearest }, person) {
    const lines = names.map((name, column) => [name, shown(column, person.values[column]), ...nearest.map(({ place }) => shown(column, rows.values[column][place]))]);
    const own = rows.groups === null ? [] : [[say(texts, "decision_trace.group"), person.group, ...nearest.map(({ place }) => rows.groups[place])]];
    const heads = [told("feature"), say(texts, "decision_trace.applicant"), ...nearest.map((_, place) => say(texts, "decision_trace.nearest_place", { place: place + 1 }))];
    return [heads, [...lines, ...own,
      [say(texts, "decision_trace.score"), figure(person.score, 3), ...nearest.map(({ place }) => figure(rows.scores[place], 3))],
      [told("distance_head"), figure(0, 2), ...nearest.map((one) => one.distance)]]];
  }

  function curvePanel() {
    const list = element("select", { "data-test": "feature", on: { change: () => choose("feature", list.value) } }, names.map((name) => element("option", { value: name }, name)));
    const place = element("div", {}), said = element("p", { class: "edu-note" });
    const key = element("p", { class: "edu-key" }, element("span", { class: "edu-ice" }, tell("this_applicant")), " ", element("span", { class: "edu-pd" }, tell("on_average")));
    const node = panel(tell("along"), "curve-panel", element("label", { class: "edu-row" }, element("span", {}, tell("along_which")), list), place, key, said);
    let drawn = null;
    function show(person, curve) {
      const chosen = placeOf(now.feature), average = model.get("_dependence")[chosen] ?? null;
      list.value = now.feature;
      node.classList.toggle("edu-waiting", curve === null);
      setText(said, curve === null ? later() : tell("curve_note"));
      if (drawn === null || drawn.chosen !== chosen || drawn.average !== average) {
        drawn = { chosen, average, ...(features[chosen].kind === "level" ? levelCurve(chosen, average) : numberCurve(chosen, average)) };
        place.replaceChildren(drawn.node);
      }
      drawn.show(person, curve);
    }
    return { node, show };
  }

  function numberCurve(place, average) {
    const { points, name, unit } = features[place];
    const { node, x, y } = chart(tell("curve", { feature: name }), [points[0], points.at(-1)], [0, 1], { x: unit === "" ? name : `${name}, ${unit}` });
    const ground = svg("rect", { class: "edu-ground", x: x(points[0]), width: x(points.at(-1)) - x(points[0]) }), line = svg("path", { class: "edu-threshold" });
    const people = svg("path", { class: "edu-pd-line" }), own = svg("path", { class: "edu-ice-line" }), dot = svg("circle", { class: "edu-here", r: 6 });
    const through = (values) => values === null ? "" : lineThrough(points.map((point, turn) => [x(point), y(values[turn])]));
    people.setAttribute("d", through(average));
    node.prepend(ground);
    node.append(line, people, own, dot);
    function show(person, curve) {
      const at = y(Math.min(person.threshold, 1));
      setAll(ground, { y: y(1), height: person.threshold === Infinity ? 0 : at - y(1) });
      line.setAttribute("d", person.threshold === Infinity ? "" : `M${x(points[0])} ${at}H${x(points.at(-1))}`);
      own.setAttribute("d", through(curve));
      const value = Math.min(Math.max(person.values[place], points[0]), points.at(-1));
      setAll(dot, { cx: x(value), cy: y(person.score ?? 0), visibility: person.score === null ? "hidden" : "visible" });
    }
    return { node, show };
  }

  function levelCurve(place, average) {
    const lines = features[place].points.map((level, turn) => {
      const people = element("b", {}), own = element("i", {}), words = element("output", { "data-test": `level-${turn}` }), head = element("span", {}, level);
      people.hidden = average === null;
      people.style.left = `${100 * (average?.[turn] ?? 0)}%`;
      const axis = element("div", { class: "edu-level-axis", "aria-hidden": "true" }, people, own);
      const node = element("div", { class: "edu-level" }, head, axis, words);
      return { node, show: (person, curve) => {
        axis.style.setProperty("--edu-from", `${100 * Math.min(person.threshold, 1)}%`);
        node.classList.toggle("edu-now", person.values[place] === level);
        own.hidden = curve === null;
        own.style.left = `${100 * (curve?.[turn] ?? 0)}%`;
        setText(words, curve === null ? "" : tell("level_score", { score: figure(curve[turn], 3), average: average === null ? "–" : figure(average[turn], 3) }));
      } };
    });
    return { node: element("div", { class: "edu-levels" }, lines.map((each) => each.node)), show: (person, curve) => lines.forEach((each) => each.show(person, curve)) };
  }

  function groupPanel() {
    const heads = ["group", "score", "threshold", "decision"].map((key) => say(texts, `decision_trace.${key}`));
    const law = element("p", { class: "edu-note" }, say(texts, "decision_trace.law"));
    const read = facts.group_place === null ? say(texts, "decision_trace.group_unread") : say(texts, "decision_trace.group_read", { feature: names[facts.group_place] });
    const lines = groups.map((group, turn) => ({ group, head: element("th", { scope: "row" }), cells: heads.slice(1).map((_, cell) => element("td", { "data-test": `group-${turn}-${cell}` })) }));
    const place = scroller(tell("groups"), element("table", { class: "edu-plain-table", "data-test": "by-group" },
      element("thead", {}, element("tr", {}, heads.map((each) => element("th", { scope: "col" }, each)))), element("tbody", {}, lines.map(({ head, cells }) => element("tr", {}, head, cells)))));
    const node = panel(tell("groups"), "group-panel", place, element("p", { class: "edu-note" }, `${read} ${say(texts, "decision_trace.proxies")}`), law);
    node.hidden = groups.length === 0;
    function show(fresh) {
      node.classList.toggle("edu-waiting", !fresh);
      lines.forEach(({ group, head, cells }, turn) => {
        const other = judged(group), words = other.score === null ? ["", "", ""] : [...beside(other.score, other.threshold), decisionWord(other.approved)];
        head.replaceChildren(glyph(turn), " ", group === now.group ? say(texts, "decision_trace.own_group", { group }) : group);
        words.forEach((each, cell) => setText(cells[cell], each));
      });
      law.hidden = new Set(groups.map((each) => ownThreshold(each))).size < 2;
    }
    return { node, show };
  }

  // ---- what moves

  function asGiven() {
    if (isIdle(reset)) return;
    now.group = facts.group;
    if (additive || still) put("group", facts.group);
    choose("what_if", {});
  }

  function update() {
    const person = judged(now.group), all = found(person), error = model.get("_answer").error;
    groupBar?.choose(String(groups.indexOf(now.group)));
    setIdle(reset, !moves || (Object.keys(now.what_if).length === 0 && now.group === facts.group));
    // What goes wrong is said aloud; that something is on its way would be said at every move.
    const wrong = error !== undefined ? tell("failed", { error }) : slow ? tell("slow") : "";
    setText(note, wrong !== "" ? wrong : !moves ? tell("cannot_move") : all.fresh ? "" : tell("computing"));
    note.hidden = additive && note.textContent === "";
    verdict.show(person, all.fresh);
    table.show(person.values, all.contributions);
    flip.show(person, all.changes);
    near.show(person, all.nearest);
    curve.show(person, all.curve);
    group.show(all.fresh);
    if (wrong !== "") live.announce(wrong);
    else if (all.fresh && person.score !== null) live.announce(say(texts, "decision_trace.live", { score: beside(person.score, person.threshold)[0], decision: decisionWord(person.approved) }));
  }

  for (const name of STATE) on(name, () => {
    // What Python sets; what the reader does meanwhile stands.
    if (asking || waiting || now[name] === model.get(name)) return;
    now[name] = model.get(name);
    update();
  });
  on("_answer", answered);
  for (const name of ["_rest", "_dependence"]) on(name, update);
  update();
}

export default { render };
