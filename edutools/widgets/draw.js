// Who is drawn: a weighted draw without replacement, bit for bit as edutools/widgets/draw.py makes it.

const GOLDEN = 0x9e3779b9, LN_2 = 0.6931471805599453, SERIES_TERMS = 16;

// MurmurHash3's last step (Appleby, public domain): each bit of the 32 comes to depend on all.
function mixedBits(bits) {
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A whole number from 0 to 2³² − 1 for a person (their row) in a channel (its place) of the draw `seed`. */
export function personHash(seed, channel, person) {
  const stream = mixedBits(mixedBits(seed + GOLDEN) ^ (channel + 1));
  return mixedBits(stream ^ mixedBits(person + 1));
}

/** −ln((hash + ½) ÷ 2³²), by arithmetic that is rounded alike everywhere, which Math.log is not. */
export function waitingTime(hash) {
  const length = 32 - Math.clz32(hash);
  const part = (2 * hash + 1) / 2 ** length, step = (part - 1) / (part + 1), square = step * step;
  let sum = 0;
  for (let term = SERIES_TERMS; term >= 0; term -= 1) sum = sum * square + 1 / (2 * term + 1);
  return (33 - length) * LN_2 - 2 * step * sum;
}

/** The people whom a channel reaches (`weights` above 0), in the order in which it asks them (Efraimidis and Spirakis 2006). */
export function askingOrder(weights, seed, channel, people) {
  const times = new Map();
  for (const person of people) if (weights[person] > 0) times.set(person, waitingTime(personHash(seed, channel, person)) / weights[person]);
  return [...times.keys()].sort((a, b) => times.get(a) - times.get(b) || a - b);
}

/** Who is asked through each channel: of its order the first `asked`, past those whom an earlier channel has asked. */
export function drawnBy(orders, asked) {
  const taken = new Set();
  return orders.map((order, channel) => {
    const found = [];
    for (const person of order) {
      if (found.length >= asked[channel]) break;
      if (!taken.has(person)) found.push(person);
    }
    for (const person of found) taken.add(person);
    return found;
  });
}
