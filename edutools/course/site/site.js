// The site around the widgets: light and dark, search, and the height of a framed page. A classic script, which a page from a folder may load.
"use strict";

const DARK = "edutools.dark";

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* storage is denied in some frames: the choice lasts as long as the page */ }
}

/** The button that changes between light and dark; it names what it leads to. */
function themeButton(button) {
  const { dataset } = document.documentElement;
  const isDark = () => (dataset.jpThemeLight ? dataset.jpThemeLight === "false" : matchMedia("(prefers-color-scheme: dark)").matches);
  const show = () => { button.textContent = isDark() ? button.dataset.light : button.dataset.dark; };
  button.addEventListener("click", () => {
    dataset.jpThemeLight = String(isDark());
    remember(DARK, isDark() ? "yes" : "no");
    show();
  });
  button.hidden = false;
  show();
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Sections in which every word of `query` begins a word, best first: what stands in a heading counts more. */
function found(sections, query) {
  const starts = plain(query).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (!starts.length) return [];
  const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u);
  const times = (text, start) => wordsOf(text).filter((word) => word.startsWith(start)).length;
  return sections
    .map(([page, anchor, title, heading, text]) => {
      const points = starts.map((start) => 20 * times(heading, start) + 3 * times(title, start) + Math.min(5, times(text, start)));
      return { page, anchor, title, heading, text, points: points.every(Boolean) ? points.reduce((a, b) => a + b) : 0, starts };
    })
    .filter(({ points }) => points)
    .sort((a, b) => b.points - a.points);
}

/** The words around the first that was looked for, those that were looked for marked. */
function excerpt(text, starts) {
  const pieces = text.split(/([^\p{L}\p{N}]+)/u);
  const isHit = (piece) => starts.some((start) => plain(piece).startsWith(start));
  const first = Math.max(0, pieces.findIndex(isHit) - 20);
  const line = document.createElement("p");
  if (first) line.append("… ");
  for (const piece of pieces.slice(first, first + 70)) {
    const hit = isHit(piece) && document.createElement("mark");
    if (hit) hit.textContent = piece;
    line.append(hit || piece);
  }
  if (pieces.length > first + 70) line.append(" …");
  return line;
}

function search(form) {
  const field = form.elements.q;
  const said = document.querySelector("[data-test=found]");
  const list = document.querySelector("[data-test=results]");
  const sections = globalThis.edutoolsSections;
  function show() {
    const results = found(sections, field.value);
    const { none, found: several, foundOne } = form.dataset;
    said.textContent = !field.value.trim() ? "" : results.length === 0 ? none : results.length === 1 ? foundOne : several.replace("{n}", results.length);
    list.replaceChildren(...results.slice(0, 50).map(({ page, anchor, title, heading, text, starts }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `${page}#${anchor}`;
      link.textContent = heading === title ? title : `${title} › ${heading}`;
      item.append(link, excerpt(text, starts));
      return item;
    }));
  }
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  show();
}

/** Tell the page around this one how high it is, now and whenever that changes. */
function tellHeight() {
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    parent.postMessage({ type: "edutools.height", height }, "*");
    parent.postMessage({ subject: "lti.frameResize", height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
}

// On a narrow page the open list of its parts would fill the screen.
if (matchMedia("(max-width: 600px)").matches) document.querySelector(".site-contents")?.removeAttribute("open");
const button = document.querySelector(".site-theme");
if (button) themeButton(button);
const form = document.querySelector("[data-search]");
if (form) search(form);
if (parent !== window) tellHeight();
