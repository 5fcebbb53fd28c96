// What a learner does on a page with no kernel, kept in the browser as edutools/events.py keeps it on a disk: append-only, a line of JSON each.

// Each page that is opened writes under a key of its own, as each kernel writes a file of its own: several tabs never overwrite each other.
const EVENT_KEYS = "edutools.events/";
const EVENT_FIELDS = ["id", "item", "time", "kind", "value", "schema"];
const EVENT_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The browser's own store, or null where the page may not have one, such as in a sandboxed frame. */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

export function isEventKey(key) {
  return key.startsWith(EVENT_KEYS);
}

/** The event that a line holds; null where it holds none. */
export function eventFrom(line) {
  try {
    const event = JSON.parse(line);
    const whole = event !== null && typeof event === "object" && EVENT_FIELDS.every((field) => field in event);
    return whole && ["id", "item", "time", "kind"].every((field) => typeof event[field] === "string") && isMoment(event.time) ? event : null;
  } catch {
    return null;
  }
}

function isMoment(written) {
  return EVENT_TIME.test(written) && Number.isFinite(Date.parse(written.replace(",", ".")));
}

export function eventLines(events) {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** What an exported file holds: its events, or the number and the beginning of the first line that holds none. */
export function readEvents(content) {
  const lines = content.split(/\r\n|\n|\r/);
  const events = lines.map((line) => (line.trim() ? eventFrom(line) : undefined));
  const at = events.indexOf(null);
  return at < 0 ? { events: events.filter(Boolean) } : { wrong: { line: at + 1, got: lines[at].slice(0, 60) } };
}

// Not there over plain http, where the fallback draws the same kind of id.
export function eventId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Events in `storage`, with the functions of events.py; `clock` gives milliseconds. */
export function eventStore(storage, clock = Date.now) {
  let last = 0;

  // In microseconds, each later than the one before: what is done within a millisecond keeps its order.
  function now() {
    last = Math.max(last + 1, 1000 * clock());
    return new Date(Math.floor(last / 1000)).toISOString().replace("Z", `${String(last % 1000).padStart(3, "0")}Z`);
  }

  const newKey = () => `${EVENT_KEYS}${now().replace(/[-:.]/g, "")}-${eventId().slice(0, 8)}.jsonl`;
  const own = newKey();
  const keys = () => Array.from({ length: storage.length }, (_, at) => storage.key(at)).filter(isEventKey).sort();

  /** All events, each id once, oldest first. */
  function events() {
    const found = keys().flatMap((key) => storage.getItem(key).split("\n").map(eventFrom)).filter(Boolean);
    const union = new Map(found.map((event) => [event.id, event]));
    return [...union.values()].sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  }

  /** Whether the event is kept now; it is not where the browser's store is full. */
  function record(item, kind, value) {
    const event = { id: eventId(), item, time: now(), kind, value, schema: 1 };
    try {
      storage.setItem(own, (storage.getItem(own) ?? "") + eventLines([event]));
      return true;
    } catch {
      return false;
    }
  }

  /** How many events were taken in: those whose id is new, all of them or, where the store is full, none and an error. */
  function merge(foreign) {
    const known = new Set(events().map(({ id }) => id));
    const fresh = [...new Map(foreign.map((event) => [event.id, event])).values()].filter(({ id }) => !known.has(id));
    if (fresh.length) storage.setItem(newKey(), eventLines(fresh));
    return fresh.length;
  }

  /** How many events were deleted: all of them. */
  function forget() {
    const count = events().length;
    keys().forEach((key) => storage.removeItem(key));
    return count;
  }

  return { events, record, merge, forget };
}

/** The quiz events of one question, oldest first, apart by asking, as `askings` in quiz.py parts them. */
export function askingsIn(events, fits) {
  const apart = [];
  for (const event of events) {
    const { value } = event;
    if (value === null || typeof value !== "object" || !fits(value.answer)) continue;
    if (!apart.length || value.try === 1 || isReview(event) !== isReview(apart.at(-1).at(-1))) apart.push([]);
    apart.at(-1).push(event);
  }
  return apart;
}

export function isReview({ value }) {
  return value.review === true;
}
