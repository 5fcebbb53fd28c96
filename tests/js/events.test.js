// Events in a browser's store: whole, in order, each once, whoever else writes beside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askingsIn, browserStorage, eventFrom, eventId, eventLines, eventStore, readEvents } from "../../edutools/widgets/events.js";

/** As the browser's own, with room for so many letters. */
function storage(room = Infinity, held = new Map()) {
  return {
    get length() { return held.size; },
    key: (at) => [...held.keys()][at],
    getItem: (key) => held.get(key) ?? null,
    setItem(key, value) {
      const others = [...held].filter(([name]) => name !== key).reduce((sum, [, text]) => sum + text.length, 0);
      if (others + value.length > room) throw new Error("QuotaExceededError");
      held.set(key, value);
    },
    removeItem: (key) => held.delete(key),
  };
}

test("an event is kept with every field and read as it was written", () => {
  const store = eventStore(storage(), () => Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  assert.equal(store.record("a/one", "quiz", { text: "ä ≥ \n\u2028", answer: 1 }), true);
  const [event] = store.events();
  assert.deepEqual(Object.keys(event), ["id", "item", "time", "kind", "value", "schema"]);
  assert.deepEqual({ ...event, id: "" }, { id: "", item: "a/one", time: "2026-01-02T03:04:05.006001Z", kind: "quiz",
    value: { text: "ä ≥ \n\u2028", answer: 1 }, schema: 1 });
});

test("what is done while the clock stands still keeps its order", () => {
  const store = eventStore(storage(), () => 0);
  for (let n = 0; n < 12; n += 1) store.record("a/one", "quiz", n);
  assert.deepEqual(store.events().map(({ value }) => value), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("two tabs write beside each other and neither loses an event", () => {
  const shared = storage();
  const [one, other] = [eventStore(shared), eventStore(shared)];
  for (let n = 0; n < 5; n += 1) [one, other].forEach((store) => store.record("a/one", "quiz", n));
  assert.equal(one.events().length, 10);
  assert.deepEqual(one.events(), other.events());
  one.forget();
  other.record("a/one", "quiz", "after");
  assert.deepEqual(one.events().map(({ value }) => value), ["after"]);
});

test("a store that is full keeps what it has and says that the next is not kept", () => {
  const store = eventStore(storage(300));
  const kept = [0, 1, 2, 3].map((n) => store.record("a/one", "quiz", n));
  assert.deepEqual(kept, [true, true, false, false]);
  assert.equal(store.events().length, 2);
});

test("a merge takes what is new, once, and on a full store nothing at all", () => {
  const from = eventStore(storage());
  [1, 2, 3].forEach((n) => from.record("a/one", "quiz", n));
  const into = eventStore(storage());
  into.merge(from.events().slice(0, 1));
  assert.equal(into.merge([...from.events(), ...from.events()]), 2);
  assert.equal(into.merge(from.events()), 0);
  assert.deepEqual(into.events(), from.events());
  const full = eventStore(storage(300));
  assert.throws(() => full.merge(from.events()), /Quota/);
  assert.deepEqual(full.events(), []);
});

test("to delete leaves what is not ours", () => {
  const held = new Map([["theme", "dark"]]);
  const store = eventStore(storage(Infinity, held));
  store.record("a/one", "quiz", 1);
  assert.equal(store.forget(), 1);
  assert.deepEqual([...held], [["theme", "dark"]]);
});

test("a line that holds no event is passed over in the store and named in a file", () => {
  const held = new Map();
  const store = eventStore(storage(Infinity, held));
  store.record("a/one", "quiz", 1);
  const [key] = [...held.keys()];
  held.set(key, `${held.get(key)}{"id": 3}\n[1]\nnull\n{"torn`);
  assert.equal(store.events().length, 1);
  const good = eventLines(store.events());
  assert.deepEqual(readEvents(`${good}\r\n\n${good}`).events.length, 2);
  assert.deepEqual(readEvents(`${good}\nname,answer\n`), { wrong: { line: 3, got: "name,answer" } });
  const [event] = store.events();
  for (const time of ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", 5]) {
    assert.equal(eventFrom(JSON.stringify({ ...event, time })), null, time);
  }
});

test("an id is drawn where the browser draws none", () => {
  const own = crypto.randomUUID;
  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  try {
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    const drawn = Array.from({ length: 100 }, eventId);
    assert.ok(drawn.every((id) => pattern.test(id)));
    assert.equal(new Set(drawn).size, 100);
  } finally {
    Object.defineProperty(crypto, "randomUUID", { value: own, configurable: true });
  }
  assert.match(eventId(), pattern);
});

test("a page that may have no store is told so", () => {
  Object.defineProperty(globalThis, "localStorage", { get() { throw new Error("SecurityError"); }, configurable: true });
  assert.equal(browserStorage(), null);
  delete globalThis.localStorage;
});

test("the askings of a question begin with a first try, and a review is apart", () => {
  const at = (value) => ({ value });
  const events = [at({ answer: 1, try: 1 }), at({ answer: 2, try: 2 }), at({ answer: 1, try: 1, review: true }), at(null), at({ answer: "x", try: 2 }),
    at({ answer: 2, try: 2 })];
  assert.deepEqual(askingsIn(events, Number.isInteger).map((each) => each.map(({ value }) => value.answer)), [[1, 2], [1], [2]]);
});
