// Pages opened one after the other in one browser: each revives states, takes what a widget would set, and says what it keeps and shows.
import { readFileSync } from "node:fs";
import { isAnswer } from "../../edutools/widgets/answers.js";
import { eventLines, eventStore, readEvents } from "../../edutools/widgets/events.js";
import { pageKeeper } from "../../edutools/widgets/page_events.js";

const { file, pages, answers } = JSON.parse(readFileSync(0, "utf-8"));
const held = new Map();
const storage = {
  get length() { return held.size; },
  key: (at) => [...held.keys()][at],
  getItem: (key) => held.get(key) ?? null,
  setItem: (key, value) => held.set(key, value),
  removeItem: (key) => held.delete(key),
};
// A page takes minutes, not the millisecond that it takes here.
let moment = Date.UTC(2026, 0, 1);
const clock = () => { moment += 1000; return moment; };
const store = eventStore(storage, clock);
store.merge(readEvents(file).events);

const shown = pages.map(({ name, state, steps }) => {
  const values = new Map(Object.entries(state));
  const model = { name, get: (key) => values.get(key), set: (key, value) => values.set(key, value) };
  const keeper = pageKeeper(storage, clock);
  keeper.restore(model);
  const first = Object.fromEntries(values);
  for (const step of steps) {
    for (const [key, value] of Object.entries(step)) model.set(key, value);
    keeper.keep(model);
  }
  return { first, kept: model.get("_kept") };
});
const fits = answers.map(([question, answer]) => isAnswer(question, answer));
process.stdout.write(JSON.stringify({ lines: eventLines(store.events()), shown, fits }));
