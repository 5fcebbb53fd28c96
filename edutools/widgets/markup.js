// A small Markdown and TeX, parsed to a plain tree (which Node can test) and then built as nodes, never as an HTML string.
// A tree is a text or {tag, children, attributes}; what stands under a "math" tag is MathML.

const MATHML_NAMESPACE = "http://www.w3.org/1998/Math/MathML";

// Deeper than any text that is meant to be read; the browser's own stack ends some thousands further down.
const MOST_NESTED = 40;

function treeOf(tag, children, attributes = {}) {
  return { tag, children: [children].flat(), attributes };
}

// What is looked up by a word of the text: without a prototype, so that \constructor is a word like any other.
const wordsOf = (entries) => Object.assign(Object.create(null), entries);

const TEX_SYMBOLS = wordsOf({
  times: "×", cdot: "⋅", div: "÷", pm: "±", mp: "∓", ast: "∗", circ: "∘", le: "≤", leq: "≤", ge: "≥", geq: "≥", lt: "<", gt: ">",
  ne: "≠", neq: "≠", approx: "≈", equiv: "≡", sim: "∼", propto: "∝", to: "→", rightarrow: "→", leftarrow: "←", Rightarrow: "⇒",
  mapsto: "↦", iff: "⇔", in: "∈", notin: "∉", subset: "⊂", subseteq: "⊆", cup: "∪", cap: "∩", setminus: "∖", forall: "∀",
  exists: "∃", neg: "¬", land: "∧", lor: "∨", mid: "|", vert: "|", lvert: "|", rvert: "|", Vert: "‖", perp: "⊥", ldots: "…",
  dots: "…", cdots: "⋯", langle: "⟨", rangle: "⟩", lfloor: "⌊", rfloor: "⌋", lceil: "⌈", rceil: "⌉", "{": "{", "}": "}",
  "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "|": "‖",
});
const TEX_LETTERS = wordsOf({
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ϵ", varepsilon: "ε", zeta: "ζ", eta: "η", theta: "θ", vartheta: "ϑ",
  iota: "ι", kappa: "κ", lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", upsilon: "υ",
  phi: "ϕ", varphi: "φ", chi: "χ", psi: "ψ", omega: "ω", Gamma: "Γ", Delta: "Δ", Theta: "Θ", Lambda: "Λ", Xi: "Ξ", Pi: "Π",
  Sigma: "Σ", Phi: "Φ", Psi: "Ψ", Omega: "Ω", infty: "∞", partial: "∂", nabla: "∇", emptyset: "∅", ell: "ℓ", prime: "′",
});
const TEX_LARGE = wordsOf({ sum: "∑", prod: "∏", int: "∫", bigcup: "⋃", bigcap: "⋂" });
const TEX_ACCENTS = wordsOf({ hat: "^", widehat: "^", bar: "¯", overline: "¯", tilde: "~", widetilde: "~", vec: "→", dot: "˙" });
const TEX_SPACES = wordsOf({ ",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.3em", "!": "0", quad: "1em", qquad: "2em" });
const TEX_FUNCTIONS = new Set("log ln exp min max arg sin cos tan lim sup inf det dim Pr".split(" "));
const TEX_UPRIGHT = new Set("text textrm textbf textit texttt mathrm mathbf mathit mathsf operatorname".split(" "));
const TEX_DOUBLE = wordsOf({ R: "ℝ", N: "ℕ", Z: "ℤ", Q: "ℚ", C: "ℂ", P: "ℙ", E: "𝔼" });
const TEX_FENCES = wordsOf({ matrix: ["", ""], pmatrix: ["(", ")"], bmatrix: ["[", "]"], vmatrix: ["|", "|"], cases: ["{", ""], aligned: ["", ""] });

export function parseTeX(source, display = false) {
  let at = 0, depth = 0;

  const row = (children) => (children.length === 1 ? children[0] : treeOf("mrow", children));
  const operator = (text, attributes) => treeOf("mo", text, attributes);
  const skipSpace = () => { while (/\s/.test(source[at] ?? "")) at += 1; };

  function command() {
    const name = /^(?:[a-zA-Z]+|[^])/.exec(source.slice(at + 1))?.[0] ?? "";
    at += 1 + name.length;
    return name;
  }

  // The text of a group as it stands, for \text and its like, whose spaces count.
  function rawGroup() {
    skipSpace();
    if (source[at] !== "{") return source[at++] ?? "";
    const start = at + 1;
    for (let depth = 0; at < source.length; at += 1) {
      if (source[at] === "\\") at += 1;
      else if (source[at] === "{") depth += 1;
      else if (source[at] === "}" && (depth -= 1) === 0) break;
    }
    at += 1;
    return source.slice(start, at - 1).replace(/\\([^a-zA-Z])/g, "$1");
  }

  function group() {
    skipSpace();
    // As in TeX, an argument without braces is one sign: \frac12 is a half.
    if (/\d/.test(source[at] ?? "")) return treeOf("mn", source[at++]);
    return scriptless() ?? treeOf("mrow", []);
  }

  function until(isEnd) {
    const children = [];
    for (skipSpace(); at < source.length && !isEnd(); skipSpace()) {
      const before = at;
      const child = scripted();
      if (child) children.push(child);
      else if (at === before) at += 1;
    }
    return children;
  }

  function delimiter() {
    skipSpace();
    const sign = source[at] === "\\" ? TEX_SYMBOLS[command()] ?? "" : source[at++] ?? "";
    return sign === "." ? [] : [operator(sign, { stretchy: "true" })];
  }

  function table() {
    const name = rawGroup();
    const [open, close] = TEX_FENCES[name] ?? ["", ""];
    const rows = [[]];
    const isEnd = () => source[at] === "&" || source.startsWith("\\\\", at) || source.startsWith("\\end", at);
    while (at < source.length) {
      rows.at(-1).push(treeOf("mtd", until(isEnd)));
      if (source.startsWith("\\\\", at)) { at += 2; rows.push([]); }
      else if (source[at] === "&") at += 1;
      else { command(); rawGroup(); break; }
    }
    const fence = (sign) => (sign ? [operator(sign, { stretchy: "true" })] : []);
    return treeOf("mrow", [...fence(open), treeOf("mtable", rows.map((cells) => treeOf("mtr", cells))), ...fence(close)]);
  }

  function named(name) {
    if (/^[dt]?frac$/.test(name)) return treeOf("mfrac", [group(), group()]);
    if (name === "binom") {
      return treeOf("mrow", [operator("("), treeOf("mfrac", [group(), group()], { linethickness: "0" }), operator(")")]);
    }
    if (name === "sqrt") {
      skipSpace();
      if (source[at] !== "[") return treeOf("msqrt", group());
      at += 1;
      const degree = row(until(() => source[at] === "]"));
      at += 1;
      return treeOf("mroot", [group(), degree]);
    }
    if (name === "left") {
      const open = delimiter();
      const inside = until(() => source.startsWith("\\right", at) && !/[a-zA-Z]/.test(source[at + 6] ?? ""));
      if (at < source.length) command();
      return treeOf("mrow", [...open, ...inside, ...(at < source.length ? delimiter() : [])]);
    }
    if (name === "begin") return table();
    if (name === "mathbb") return treeOf("mi", [...rawGroup()].map((letter) => TEX_DOUBLE[letter] ?? letter).join(""));
    if (TEX_UPRIGHT.has(name)) return treeOf("mtext", rawGroup());
    if (name in TEX_ACCENTS) return treeOf("mover", [group(), operator(TEX_ACCENTS[name])], { accent: "true" });
    if (name in TEX_SPACES) return treeOf("mspace", [], { width: TEX_SPACES[name] });
    if (name in TEX_LARGE) return operator(TEX_LARGE[name], { movablelimits: "true" });
    if (name in TEX_LETTERS) return treeOf("mi", TEX_LETTERS[name]);
    if (TEX_FUNCTIONS.has(name)) return treeOf("mi", name);
    if (name in TEX_SYMBOLS) return operator(TEX_SYMBOLS[name]);
    if (["displaystyle", "limits", "big", "Big", "bigg", "Bigg", "\\"].includes(name)) return null;
    return treeOf("mtext", `\\${name}`);
  }

  function scriptless() {
    if (depth > MOST_NESTED) return plain();
    depth += 1;
    const found = nested();
    depth -= 1;
    return found;
  }

  // All that is left, as it is written.
  function plain() {
    const rest = source.slice(at);
    at = source.length;
    return rest === "" ? null : treeOf("mtext", rest);
  }

  function nested() {
    const sign = source[at];
    if (sign === undefined || sign === "}" || sign === "^" || sign === "_") return null;
    if (sign === "\\") return named(command());
    if (sign === "{") {
      at += 1;
      const inside = until(() => source[at] === "}");
      at += 1;
      return row(inside);
    }
    const number = /^\d+(?:[.,]\d+)*/.exec(source.slice(at))?.[0];
    if (number) { at += number.length; return treeOf("mn", number); }
    const letter = String.fromCodePoint(source.codePointAt(at));
    at += letter.length;
    if (/\p{L}/u.test(letter)) return treeOf("mi", letter);
    return operator({ "-": "−", "*": "∗", "'": "′", "~": " " }[letter] ?? letter);
  }

  function scripted() {
    const base = scriptless();
    let under = null;
    let over = null;
    for (skipSpace(); source[at] === "^" || source[at] === "_"; skipSpace()) {
      at += 1;
      if (source[at - 1] === "^") over = group();
      else under = group();
    }
    if (!under && !over) return base;
    const large = base?.attributes.movablelimits || ["max", "min", "lim"].includes(base?.children[0]);
    const tag = large ? `m${under ? "under" : ""}${over ? "over" : ""}` : `m${under ? "sub" : ""}${over ? "sup" : ""}`;
    return treeOf(tag, [base ?? treeOf("mrow", []), ...(under ? [under] : []), ...(over ? [over] : [])]);
  }

  return treeOf("math", until(() => false), display ? { display: "block" } : {});
}

const MARKUP_INLINE = [
  [/^\$\$([^]+?)\$\$/, ([, tex]) => parseTeX(tex, true)],
  [/^\\\[([^]+?)\\\]/, ([, tex]) => parseTeX(tex, true)],
  [/^\\\(([^]+?)\\\)/, ([, tex]) => parseTeX(tex)],
  // As in Pandoc, so that "$5 and $10" stays money.
  [/^\$(?!\s)((?:\\[^]|[^$\\])*?(?:\\[^]|[^$\\\s]))\$(?!\d)/, ([, tex]) => parseTeX(tex)],
  [/^\\([\\`*_$[\](){}<>#.!+-])/, ([, sign]) => sign],
  [/^\*\*(?=\S)([^]*?[^\s*]\**?)\*\*/, ([, inside], depth) => treeOf("strong", parseInline(inside, depth + 1))],
  [/^\*(?=[^\s*])([^]*?[^\s*])\*(?!\*)/, ([, inside], depth) => treeOf("em", parseInline(inside, depth + 1))],
  [/^_(?=[^\s_])([^]*?[^\s_])_(?!\w)/, ([, inside], depth) => treeOf("em", parseInline(inside, depth + 1))],
  // No other host is reached from here: a link is its text and its address, in words.
  [/^\[([^\]]+)\]\(([^()\s]+)\)/, ([, inside, address], depth) => [...parseInline(inside, depth + 1), ` (${address})`]],
  [/^<(https?:[^>\s]+)>/, ([, address]) => address],
  [/^ {2,}\n/, () => treeOf("br", [])],
];

const MARKUP_SIGNS = new Set("$\\*_[< "); // which the patterns begin with

// The code between a run of backticks and the next run as long: by hand, since a pattern would try every pair of runs.
function codeSpan(source, at) {
  const [run] = /^`+/.exec(source.slice(at));
  for (const { 0: other, index } of source.slice(at + run.length).matchAll(/`+/g)) {
    if (other.length !== run.length) continue;
    const code = source.slice(at + run.length, at + run.length + index);
    return { length: 2 * run.length + index, tree: treeOf("code", code.replace(/\s+/g, " ").trim()) };
  }
  return { length: run.length, tree: run };
}

function spanAt(source, at, depth) {
  const sign = source[at];
  if (sign === "`") return codeSpan(source, at);
  const inWord = sign === "_" && /[\p{L}\p{N}_]/u.test(source[at - 1] ?? "");
  if (inWord || !MARKUP_SIGNS.has(sign)) return null;
  const rest = source.slice(at);
  for (const [pattern, make] of MARKUP_INLINE) {
    const found = pattern.exec(rest);
    if (found) return { length: found[0].length, tree: make(found, depth) };
  }
  return null;
}

export function parseInline(source, depth = 0) {
  if (depth > MOST_NESTED) return [source];
  const children = [];
  let text = "";
  for (let at = 0; at < source.length;) {
    const span = spanAt(source, at, depth);
    if (span) {
      if (text) children.push(text);
      text = "";
      children.push(...[span.tree].flat());
      at += span.length;
    } else {
      text += source[at] === "\n" ? " " : source[at];
      at += 1;
    }
  }
  if (text) children.push(text);
  return children;
}

const MARKUP_ITEM = /^\s{0,3}(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function parseMarkup(source) {
  const blocks = [];
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  while (lines.length) {
    const line = lines.shift();
    if (/^\s*```/.test(line)) {
      const end = lines.findIndex((each) => /^\s*```\s*$/.test(each));
      const code = lines.splice(0, end < 0 ? lines.length : end);
      lines.shift();
      blocks.push(treeOf("pre", treeOf("code", code.join("\n"))));
    } else if (MARKUP_ITEM.test(line)) {
      const ordered = MARKUP_ITEM.exec(line)[1] !== undefined;
      const items = [MARKUP_ITEM.exec(line)[2]];
      while (lines.length && lines[0].trim() && !/^\s*```/.test(lines[0])) {
        const item = MARKUP_ITEM.exec(lines[0]);
        if (item) items.push(item[2]);
        else items.push(`${items.pop()}\n${lines[0].trim()}`);
        lines.shift();
      }
      blocks.push(treeOf(ordered ? "ol" : "ul", items.map((item) => treeOf("li", parseInline(item)))));
    } else if (line.trim()) {
      const paragraph = [line];
      while (lines.length && lines[0].trim() && !/^\s*```/.test(lines[0]) && !MARKUP_ITEM.test(lines[0])) {
        paragraph.push(lines.shift());
      }
      blocks.push(treeOf("p", parseInline(paragraph.join("\n").trim())));
    }
  }
  return blocks;
}

export function codeBlock(source) {
  return treeOf("pre", treeOf("code", source));
}

export function nodesOf(tree, inMath = false) {
  return [tree].flat().map((each) => {
    if (typeof each === "string") return document.createTextNode(each);
    const math = inMath || each.tag === "math";
    const node = math ? document.createElementNS(MATHML_NAMESPACE, each.tag) : document.createElement(each.tag);
    for (const [name, value] of Object.entries(each.attributes)) node.setAttribute(name, value);
    node.append(...nodesOf(each.children, math));
    return node;
  });
}

// Blocks for a question; one paragraph alone stands bare, so that it may be part of a label.
export function markup(source) {
  const blocks = parseMarkup(source);
  return nodesOf(blocks.length === 1 && blocks[0].tag === "p" ? blocks[0].children : blocks);
}
