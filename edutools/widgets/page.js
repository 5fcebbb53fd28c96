// How the script of a page ends that holds widgets with no kernel behind them: a small model over each state. Before it stand
// what widgets share; `widgets`, the functions that give each kind's own module; `texts`, what they say, by language; and
// `keeper`, which keeps answers in the browser: a page of the course has one, a saved widget's page null.

// Each is made when the first widget of its kind comes to life.
const modules = new Map();

function moduleOf(name) {
  if (!modules.has(name)) modules.set(name, widgets[name]());
  return modules.get(name);
}

// By a plain loop: `Uint8Array.from` with a function takes a slow computer half a tenth of a second for a page.
function bytesOf(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

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

const models = new Map();
let taken = 0;  // of the elements that hold states

/** Make a model of each state that has come since the last time, as far as the page is read. */
function takeStates() {
  const elements = [...document.querySelectorAll("script[data-held]")];
  for (const element of elements.slice(taken)) {
    for (const [id, { name, state, language }] of Object.entries(JSON.parse(element.textContent))) {
      if (models.has(id)) continue;  // two cells may show one widget
      const model = Object.assign(modelOf(state), { name, language });
      models.set(id, model);
      byItself(() => keeper?.restore(model));
    }
  }
  taken = elements.length;
}

// What one widget lacks must not keep the others from the page.
async function byItself(act) {
  try {
    await act();
  } catch (error) {
    console.error(error);
  }
}

// What widgets say stands in the page once a language. The nearest `lang` chooses, else the language that the widget was made in.
function speak(model, lang) {
  const asked = lang.split("-")[0].toLowerCase();
  model.widget_manager.lang = lang;  // of a widget within it too
  model.set("_texts", texts[Object.hasOwn(texts, asked) ? asked : model.language]);
}

async function show(model) {
  const el = document.createElement("div");
  await careful(moduleOf(model.name).render)({ model, el });
  return { el, remove: () => el.remove() };
}

/** How far below or above what is seen `place` begins or ends, in pixels; Infinity where it lies too far to be laid out yet. */
function pixelsAway(place) {
  if (!(place.checkVisibility?.({ contentVisibilityAuto: true }) ?? true)) return Infinity;
  const { top, bottom } = place.getBoundingClientRect();
  return Math.max(0, top - innerHeight, -bottom);
}

async function enliven(place) {
  const model = models.get(place.dataset.widget);
  speak(model, place.closest("[lang]")?.lang ?? "");
  const view = await show(model);
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

/** The places nearest to the reader first. Two that lie too far keep their order: the NaN between them counts as none. */
function nearest(places) {
  return places.map((place) => ({ place, far: pixelsAway(place) })).sort((a, b) => a.far - b.far).map(({ place }) => place);
}

function whenRead() {
  return new Promise((resolve) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve, { once: true });
    else resolve();
  });
}

const placesRead = () => [...document.querySelectorAll("[data-widget]")];

// This script stands behind the first place, which need not wait until a browser has read the rest of a long page.
takeStates();
const [first] = placesRead();
if (first) await byItself(() => enliven(first));
await whenRead();
takeStates();
const places = placesRead();
byItself(() => keeper?.warn(places.map((place) => ({ place, model: models.get(place.dataset.widget) }))));
// Between two the page can answer.
for (const place of nearest(places.filter((each) => each !== first))) await byItself(() => enliven(place));
document.documentElement.dataset.ready = "true";
