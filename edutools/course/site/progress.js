// The reader's progress, counted from the events that this browser keeps as edutools/course/progress.py counts those on a disk; carried, and deleted.
import { element, say, mount } from "./dom.js";
import { isAnswer, pointsFor } from "./answers.js";
import { askingsIn, browserStorage, eventLines, eventStore, isEventKey, isReview, readEvents } from "./events.js";
import { gradeFor, scheduled } from "./schedule.js";

const FILE = "edutools-progress.jsonl";
const COLUMNS = ["lesson", "answered", "earned", "solved_of", "predictions", "due"];
const button = (label, test, click) =>
  element("button", { type: "button", class: "edu-button", "data-test": test, on: { click } }, label);

async function render({ model, el }) {
  mount(el, "progress", model);
  const texts = model.get("_texts");
  const storage = browserStorage();
  if (storage === null) {
    el.append(element("p", { class: "edu-note", "data-test": "not-kept" }, say(texts, "progress.denied")));
    return () => {};
  }
  const store = eventStore(storage);
  const manager = model.widget_manager;
  const quiz = await manager.get_model(model.get("_review"));
  const questions = quiz.get("_questions");
  const table = element("div", { "data-test": "table" });
  const review = reviewPart({ texts, quiz, manager, due: () => dueOf(rememberedIn(store.events(), questions, model.get("_weights"))) });
  const carry = carryPart({ texts, store, changed });

  function draw() {
    const events = store.events();
    const remembered = rememberedIn(events, questions, model.get("_weights"));
    const rows = model.get("_lessons").map((lesson) => countedIn(lesson, events, remembered, questions));
    table.replaceChildren(element("p", { class: "edu-note", "data-test": "kept" },
      say(texts, events.length ? "progress.kept_here" : "progress.nothing_here", { n: events.length })), lessonTable(rows, texts));
    carry.draw(events.length);
  }

  // What came or went by a file, by deleting or in another tab changes what there is to ask, too.
  function changed() {
    draw();
    review.ask();
  }
  const heard = ({ key }) => { if (key === null || isEventKey(key)) changed(); };
  const shown = ({ persisted }) => { if (persisted) changed(); };
  window.addEventListener("storage", heard);
  window.addEventListener("pageshow", shown);
  quiz.on("change:_kept", () => { draw(); review.count(); });
  el.append(element("div", { class: "edu-stack" }, table, review.node, carry.node));
  draw();
  await review.ask();
  return () => {
    window.removeEventListener("storage", heard);
    window.removeEventListener("pageshow", shown);
  };
}

/** Each question with a right answer that was answered: its points in the lesson's own quiz (null: in reviews alone), and when it is due. */
function rememberedIn(events, questions, weights) {
  const byItem = new Map(events.map(({ item }) => [item, []]));
  for (const event of events) byItem.get(event.item).push(event);
  return questions.filter(({ scored }) => scored).flatMap((question) => {
    const kept = (byItem.get(question.id) ?? []).filter(({ kind }) => kind === "quiz");
    const asked = askingsIn(kept, (answer) => isAnswer(question, answer));
    if (!asked.length) return [];
    const pointsOf = (asking) => pointsFor(question, asking.map(({ value }) => value.answer));
    const repetitions = asked.map((asking) => ({ grade: gradeFor(pointsOf(asking)), time: Date.parse(asking[0].time) }));
    const own = asked.filter(([first]) => !isReview(first)).at(-1);
    return [{ question, points: own ? pointsOf(own) : null, ...scheduled(repetitions, weights, Date.now()) }];
  });
}

// The one most likely forgotten first.
function dueOf(remembered) {
  return remembered.filter(({ due }) => due <= Date.now())
    .sort((a, b) => a.recall - b.recall || (a.question.id < b.question.id ? -1 : 1));
}

function countedIn(lesson, events, remembered, questions) {
  const isOwn = (item) => item.startsWith(`${lesson.name}/`);
  const own = remembered.filter(({ question }) => isOwn(question.id));
  const items = (kind, counts = () => true) => new Set(events.filter((event) => event.kind === kind && counts(event)).map(({ item }) => item));
  const solved = items("exercise", ({ value }) => value?.status === "correct");
  return {
    lesson,
    answered: own.length,
    questions: questions.filter(({ id, scored }) => scored && isOwn(id)).length,
    points: own.reduce((sum, { points }) => sum + (points ?? 0), 0),
    solved: lesson.exercises.filter((name) => solved.has(name)).length,
    predictions: [...items("prediction")].filter(isOwn).length,
    due: dueOf(own).length,
    nextDue: Math.min(...own.map(({ due }) => due)),
  };
}

// The roles are said where a narrow page lays a row out as lines: the browser would forget them.
function lessonTable(rows, texts) {
  const words = (row) => [
    element("a", { href: row.lesson.page }, row.lesson.title),
    say(texts, "progress.of", { n: row.answered, total: row.questions }),
    row.answered ? String(row.points) : "",
    say(texts, "progress.of", { n: row.solved, total: row.lesson.exercises.length }),
    String(row.predictions),
    row.due ? say(texts, "progress.due_now", { n: row.due })
      : row.answered ? say(texts, "progress.due_on", { date: new Date(row.nextDue).toISOString().slice(0, 10) }) : "",
  ];
  const names = COLUMNS.map((name) => say(texts, `progress.column_${name}`));
  const line = (row) => element("tr", { role: "row", "data-test": `lesson-${row.lesson.name}` }, words(row).map((content, at) =>
    (at ? element("td", { role: "cell", "data-column": names[at] }, content) : element("th", { role: "rowheader", scope: "row" }, content))));
  return element("table", { class: "edu-plain-table edu-lessons", role: "table" },
    element("caption", { class: "edu-spoken" }, say(texts, "progress.caption")),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, names.map((name) => element("th", { role: "columnheader", scope: "col" }, name)))),
    element("tbody", { role: "rowgroup" }, rows.map(line)));
}

// What is due is asked here, five at a time, each anew.
function reviewPart({ texts, quiz, manager, due }) {
  const most = 5;
  const said = element("p", { "data-test": "due" });
  const place = element("div", { "data-test": "review" });
  const more = button(say(texts, "progress.ask_more"), "more", async () => {
    await ask();
    said.focus();
  });
  said.tabIndex = -1;
  let asked = [];
  let view = null;

  function count() {
    const now = due();
    const others = now.filter(({ question }) => !asked.includes(question));
    said.textContent = say(texts, now.length ? "progress.due_here" : "progress.none_due", { n: now.length });
    more.hidden = !others.length;
  }

  async function ask() {
    view?.remove();
    asked = due().slice(0, most).map(({ question }) => question);
    quiz.set("_questions", asked);
    for (const name of ["_tries", "answers", "_sure"]) quiz.set(name, {});
    quiz.save_changes();
    view = asked.length ? await manager.create_view(quiz) : null;
    place.replaceChildren(...(view ? [view.el] : []));
    count();
  }
  return { ask, count, node: element("section", {}, element("h2", {}, say(texts, "progress.column_due")), said, place, more) };
}

// The same file goes into the notebooks and comes out of them.
function carryPart({ texts, store, changed }) {
  const told = element("p", { role: "status", "data-test": "told" });
  const note = element("p", { class: "edu-note" });
  const exporting = button(say(texts, "progress.export"), "export", () => {
    const link = element("a", { href: URL.createObjectURL(new Blob([eventLines(store.events())], { type: "application/jsonl" })), download: FILE });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  const file = element("input", { type: "file", accept: ".jsonl", "data-test": "import", on: { change: take } });
  const deleting = button(say(texts, "progress.delete"), "delete", () => confirmation(true));
  const question = element("p", { "data-test": "asks" });
  const confirm = element("div", { class: "edu-confirm", role: "group", "aria-label": say(texts, "progress.delete"), hidden: true }, question,
    element("div", { class: "edu-row" }, button(say(texts, "progress.delete_yes"), "delete-yes", forget), button(say(texts, "progress.delete_no"), "delete-no", () => confirmation(false))));
  let count = 0;

  async function take() {
    const [chosen] = file.files;
    if (!chosen) return;
    told.textContent = takenIn(store, chosen.name, await chosen.text(), texts);
    file.value = "";
    changed();
  }

  function forget() {
    told.textContent = say(texts, "progress.deleted", { n: store.forget() });
    confirmation(false);
    changed();
  }

  function confirmation(open) {
    question.textContent = say(texts, "progress.delete_all", { n: count });
    confirm.hidden = !open;
    deleting.setAttribute("aria-expanded", String(open));
    // On the side that loses nothing.
    (open ? confirm.querySelector('[data-test="delete-no"]') : deleting).focus();
  }

  function draw(kept) {
    count = kept;
    exporting.disabled = deleting.disabled = kept === 0;
  }
  note.append(...say(texts, "progress.carry").split("`").map((words, at) => (at % 2 ? element("code", {}, words) : words)));
  return { draw, node: element("section", {}, element("h2", {}, say(texts, "progress.carry_title")), note,
    element("div", { class: "edu-row" }, exporting, element("label", { class: "edu-file" }, element("span", {}, say(texts, "progress.import")), file), deleting),
    confirm, told) };
}

/** Takes in what a file holds, all of it or nothing, and says in words what came of it. */
function takenIn(store, name, content, texts) {
  const { events, wrong } = readEvents(content);
  if (wrong) return say(texts, "progress.not_taken", { file: name, ...wrong });
  try {
    const n = store.merge(events);
    return say(texts, "progress.taken", { n, known: events.length - n });
  } catch {
    return say(texts, "progress.no_room");
  }
}

export default { render };
