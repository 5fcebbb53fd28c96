// The page that holds widgets with no kernel behind them: a small model over each state, and the widgets' own modules.
const held = await unpack(document.querySelector("script[data-held]").textContent);

async function unpack(text) {
  return new Response(new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// By a plain loop: `Uint8Array.from` with a function takes a slow computer half a tenth of a second for a page.
function bytesOf(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

function moduleAddress(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}

const { shared, ...own } = held.modules;
const sharedAddress = moduleAddress(shared);
// Each is read when the first widget that needs it comes to life.
const modules = new Map();

function moduleOf(name) {
  const address = () => moduleAddress(own[name].replace(/from "\.\/\w+\.js"/g, `from "${sharedAddress}"`));
  if (!modules.has(name)) modules.set(name, import(address()));
  return modules.get(name);
}

// A page of the course brings what keeps answers in the browser; a saved widget's page does not.
const { careful, pageKeeper } = await import(sharedAddress);
const keeper = pageKeeper?.();

function revive(value) {
  if (value === null || typeof value !== "object") return value;
  if (Object.hasOwn(value, "$data")) return value.$data;
  if (!Object.hasOwn(value, "$bytes")) return value;
  return new DataView(bytesOf(value.$bytes).buffer);
}

function modelOf(state) {
  const values = new Map(Object.entries(state).map(([key, value]) => [key, revive(value)]));
  const listeners = new Map();
  return {
    get: (key) => values.get(key),
    set(key, value) {
      if (values.get(key) === value) return;
      values.set(key, value);
      for (const listener of listeners.get(`change:${key}`) ?? []) listener(this, value);
    },
    on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    off: (event, listener) => listeners.set(event, (listeners.get(event) ?? []).filter((each) => each !== listener)),
    still: true,  // no kernel behind it: what only a model can compute cannot be asked
    save_changes() {
      keeper?.keep(this);
    },
    send() {},
    widget_manager: { get_model: async (id) => models.get(id), create_view(child) { speak(child, this.lang); return show(child); } },
  };
}

const models = new Map(
  Object.entries(held.states).map(([id, { name, state, language }]) => [id, Object.assign(modelOf(state), { name, language })]),
);

// What one widget lacks must not keep the others from the page.
async function apart(act) {
  try {
    await act();
  } catch (error) {
    console.error(error);
  }
}

for (const model of models.values()) apart(() => keeper?.restore(model));

// What widgets say stands in the page once a language. The nearest `lang` chooses, else the language that the widget was made in.
function speak(model, lang) {
  const asked = lang.split("-")[0].toLowerCase();
  model.widget_manager.lang = lang;  // of a widget within it too
  model.set("_texts", held.texts[Object.hasOwn(held.texts, asked) ? asked : model.language]);
}

async function show(model) {
  const el = document.createElement("div");
  const { default: widget } = await moduleOf(model.name);
  await careful(widget.render)({ model, el });
  return { el, remove: () => el.remove() };
}

/** How far below or above what is seen `place` begins or ends, in pixels; Infinity where it lies too far to be laid out yet. */
function distance(place) {
  if (!(place.checkVisibility?.({ contentVisibilityAuto: true }) ?? true)) return Infinity;
  const { top, bottom } = place.getBoundingClientRect();
  return Math.max(0, top - innerHeight, -bottom);
}

async function enliven(place) {
  const view = await show(models.get(place.dataset.widget));
  // Beside a widget that came damaged its twin stays, which may be whole.
  if ("damaged" in view.el.dataset) place.lastElementChild.replaceWith(view.el);
  else place.replaceChildren(view.el);
  performance.mark("edutools.alive");  // a browser's own tools show it, too
  await turn();
}

// The page's own turn; not by a timer, which waits long in a page that lies behind another.
function turn() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(null);
  });
}

const places = [...document.querySelectorAll("[data-widget]")];
for (const place of places) apart(() => speak(models.get(place.dataset.widget), place.closest("[lang]")?.lang ?? ""));
apart(() => keeper?.warn(places.map((place) => ({ place, model: models.get(place.dataset.widget) }))));
// What is nearest to the reader comes first, and between two the page can answer. Two that lie too far keep their order:
// the NaN between them counts as none.
const nearest = places.map((place) => ({ place, far: distance(place) })).sort((a, b) => a.far - b.far);
for (const { place } of nearest) await apart(() => enliven(place));
document.documentElement.dataset.ready = "true";
