import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { readFileSync } from "node:fs";
import { say, synced } from "../../edutools/widgets/dom.js";

const TURNING = JSON.parse(readFileSync(new URL("../turning_names.json", import.meta.url), "utf8"));

// A model as ipywidgets has it: setting a new value calls the listeners at once, also where the kernel's echo sets it.
function modelOf(values) {
  const listeners = {}, sent = [];
  return {
    sent,
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    save_changes: () => sent.push({ ...values }),
  };
}

test("changes are sent once, when the reader pauses", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const model = modelOf({ threshold: 0.5 }), { put } = synced(model, 150);
  for (const threshold of [0.4, 0.3, 0.2]) put("threshold", threshold);
  mock.timers.tick(149);
  assert.deepEqual(model.sent, []);
  mock.timers.tick(1);
  assert.deepEqual(model.sent, [{ threshold: 0.2 }]);
  mock.timers.reset();
});

test("the echo of an earlier change does not undo one that waits to be sent", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const model = modelOf({ threshold: 0.5 }), { put, on } = synced(model, 150), seen = [];
  on("threshold", () => seen.push(model.get("threshold")));
  put("threshold", 0.4);
  mock.timers.tick(150);
  put("threshold", 0.3);
  model.set("threshold", 0.4);
  assert.equal(model.get("threshold"), 0.3);
  mock.timers.tick(150);
  assert.deepEqual(model.sent, [{ threshold: 0.4 }, { threshold: 0.3 }]);
  assert.ok(!seen.slice(1).includes(0.4), "a listener must not be told of the echo");
  mock.timers.reset();
});

test("what Python sets arrives when nothing waits", () => {
  const model = modelOf({ threshold: 0.5 }), { on } = synced(model), seen = [];
  on("threshold", () => seen.push(model.get("threshold")));
  model.set("threshold", 0.9);
  assert.deepEqual(seen, [0.9]);
});

test("what a name turns of the direction of writing ends with it", () => {
  for (const [name, shown] of TURNING) assert.equal(say({ a: "{name}: 40 rows" }, "a", { name }), `${shown}: 40 rows`);
  assert.equal(say({ a: "{n} rows" }, "a", { n: 40 }), "40 rows");
});

test("a name that stands in braces is not filled again", () => {
  assert.equal(say({ a: "{name}, {n}" }, "a", { name: "{n} {constructor}", n: 1 }), "{n} {constructor}, 1");
});
