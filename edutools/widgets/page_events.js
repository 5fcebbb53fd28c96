// What a page with no kernel does in the place of quiz.py and predict.py: it keeps each answer as an event, and shows those that were kept.
import { isAnswer, judgeAnswer } from "./answers.js";
import { element, say } from "./dom.js";
import { askingsIn, browserStorage, eventStore, isReview } from "./events.js";

const KEPT_WIDGETS = { quiz: quizKeeper, predict: predictKeeper };

/** Keeps what is answered in a page's models; a page of the course makes one, and a saved widget's page none. */
export function pageKeeper(storage = browserStorage(), clock = Date.now) {
  const store = storage === null ? null : eventStore(storage, clock);
  const keepers = new Map();
  let before;

  return {
    /** Show in a model what was kept of it; from then on `keep` keeps what is answered in it. */
    restore(model) {
      if (store === null || !(model.name in KEPT_WIDGETS)) return;
      before ??= store.events();
      keepers.set(model, KEPT_WIDGETS[model.name](model, before, store));
    },
    keep: (model) => keepers.get(model)?.(),
    /** Says, before the first of these places that asks something, that nothing can be kept; nothing where it can. */
    warn(places) {
      const first = places.find(({ model }) => model.name in KEPT_WIDGETS);
      if (store !== null || !first) return;
      const texts = first.model.get("_texts");
      const words = element("p", { class: "edu-note", "data-test": "not-kept" }, say(texts, "common.unkept_page"));
      first.place.before(element("div", { class: "edu-root", lang: texts["common.language"] }, words));
    },
  };
}

// As Quiz: the tries since a question was last begun in the lesson's own quiz are shown; each new try becomes an event.
function quizKeeper(model, before, store) {
  const questions = new Map(model.get("_questions").map((question) => [question.id, question]));
  const isFresh = model.get("_fresh");
  if (!isFresh) restoreQuiz(model, before, questions);
  const recorded = new Map(Object.entries(model.get("_tries")).map(([name, tries]) => [name, tries.length]));
  const count = () => model.set("_kept", [...recorded.values()].reduce((sum, each) => sum + each, 0));

  function said(name, answer, number) {
    const { right, misconceptions } = judgeAnswer(questions.get(name), answer);
    const levels = model.get("_sure");
    const sure = number === 1 && Object.hasOwn(levels, name) ? { confidence: levels[name] } : {};
    return { answer, right, misconceptions, try: number, ...sure, ...(isFresh ? { review: true } : {}) };
  }
  count();
  return () => {
    const asked = Object.entries(model.get("_tries"));
    // A question that was begun anew is counted anew.
    const begun = new Set(asked.map(([name]) => name));
    [...recorded.keys()].filter((name) => !begun.has(name)).forEach((name) => recorded.delete(name));
    for (const [name, tries] of asked) {
      for (let number = (recorded.get(name) ?? 0) + 1; number <= tries.length; number += 1) {
        // What the store would not take is tried again with the next answer, and in its order.
        if (!store.record(name, "quiz", said(name, tries[number - 1], number))) return;
        recorded.set(name, number);
      }
    }
    count();
  };
}

function restoreQuiz(model, before, questions) {
  const own = [...questions].map(([name, question]) => {
    const kept = before.filter(({ item, kind }) => item === name && kind === "quiz");
    const asked = askingsIn(kept, (answer) => isAnswer(question, answer)).filter(([first]) => !isReview(first));
    return [name, (asked.at(-1) ?? []).map(({ value }) => value)];
  }).filter(([, values]) => values.length);
  if (!own.length) return;
  model.set("_tries", Object.fromEntries(own.map(([name, values]) => [name, values.map(({ answer }) => answer)])));
  model.set("answers", Object.fromEntries(own.map(([name, values]) => [name, values.at(-1).answer])));
  const levels = model.get("_levels");
  model.set("_sure", Object.fromEntries(own.map(([name, [first]]) => [name, first.confidence]).filter(([, level]) => levels.includes(level))));
}

// As Predict: the last guess that fits is shown as committed; a guess becomes an event once it is.
function predictKeeper(model, before, store) {
  const item = model.get("_item");
  const guesses = before.filter((event) => event.item === item && event.kind === "prediction").map(({ value }) => value?.guess);
  const last = guesses.filter((guess) => isGuess(model, guess)).at(-1);
  if (last !== undefined) {
    model.set("guess", last);
    model.set("committed", true);
  }
  let kept = model.get("committed");
  model.set("_kept", Number(kept));
  return () => {
    if (kept || !model.get("committed")) return;
    kept = store.record(item, "prediction", { guess: model.get("guess"), answer: model.get("_answer") });
    model.set("_kept", Number(kept));
  };
}

function isGuess(model, guess) {
  const kind = model.get("_kind");
  if (kind === "number") return Number.isFinite(guess);
  if (kind === "choice") return model.get("_choices").some(({ text }) => text === guess);
  return typeof guess === "string" && guess.trim() !== "";
}
