// Places in a row of windows: which of them are named under an axis, which run together, and where a point on a page lies.

// Some places from the first to the last, evenly apart, as many as have room.
export function named(count, room) {
  if (count <= 1) return count ? [0] : [];
  const most = Math.max(2, Math.min(count, Math.floor(room))), step = Math.ceil((count - 1) / (most - 1));
  return Array.from({ length: Math.floor((count - 1) / step) + 1 }, (_, place) => place * step);
}

// Runs [first, last] of the places where `holds` is true.
export function together(holds) {
  const runs = [];
  holds.forEach((each, place) => {
    if (!each) return;
    if (runs.length && runs.at(-1)[1] === place - 1) runs.at(-1)[1] = place;
    else runs.push([place, place]);
  });
  return runs;
}

// What an axis must reach over: every number among `values`, with a little air on both sides.
export function airy(values, least = 0.02) {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  if (known.length === 0) return [0, 1];
  const low = Math.min(...known), high = Math.max(...known), air = Math.max(least, (high - low) * 0.06);
  return [low - air, high + air];
}
