// The small Markdown and TeX: what is understood, and that nothing else becomes more than text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInline, parseMarkup, parseTeX } from "../../edutools/widgets/markup.js";

// <tag>…</tag> for reading in a test only; texts are shown with their brackets doubled.
function shown(tree) {
  return [tree].flat().map((each) => (typeof each === "string"
    ? each.replace(/</g, "<<")
    : `<${each.tag}>${shown(each.children)}</${each.tag}>`)).join("");
}
const inline = (source) => shown(parseInline(source));
const blocks = (source) => shown(parseMarkup(source));
const tex = (source) => shown(parseTeX(source).children);

test("bold, italic and code nest, and names with underscores stay whole", () => {
  assert.equal(inline("a **b *c* `d*`** e"), "a <strong>b <em>c</em> <code>d*</code></strong> e");
  assert.equal(inline("`y_true` and y_true_positive and _so_"), "<code>y_true</code> and y_true_positive and <em>so</em>");
  assert.equal(inline("2 * 3 * 4 and **open"), "2 * 3 * 4 and **open");
  assert.equal(inline("\\*not\\* \\$5"), "*not* $5");
});

test("a link is its text and its address in words", () => {
  assert.equal(inline("see [the **book**](https://fairmlbook.org)."), "see the <strong>book</strong> (https://fairmlbook.org).");
  assert.equal(inline("[x](javascript:alert)"), "x (javascript:alert)");
});

test("markup of HTML is text", () => {
  assert.equal(inline("<img src=x onerror=alert(1)>"), "<<img src=x onerror=alert(1)>");
  assert.deepEqual(parseMarkup("<script>alert(1)<\/script>"),
    [{ tag: "p", children: ["<script>alert(1)<\/script>"], attributes: {} }]);
});

test("paragraphs, lists and code blocks", () => {
  assert.equal(blocks("one\ntwo\n\nthree"), "<p>one two</p><p>three</p>");
  assert.equal(blocks("which:\n- a\n  more\n- `b`\n\n1. c\n2. d"),
    "<p>which:</p><ul><li>a more</li><li><code>b</code></li></ul><ol><li>c</li><li>d</li></ol>");
  assert.equal(blocks("```python\nif a < b:\n    *x*\n```\nafter"), "<pre><code>if a << b:\n    *x*</code></pre><p>after</p>");
  assert.equal(blocks("```\nnever closed"), "<pre><code>never closed</code></pre>");
});

test("dollars mark mathematics, but not money", () => {
  assert.equal(inline("$5 and $10"), "$5 and $10");
  assert.equal(inline("$x$"), "<math><mi>x</mi></math>");
  assert.equal(inline("\\(x\\)"), "<math><mi>x</mi></math>");
  assert.equal(parseInline("$$x$$")[0].attributes.display, "block");
  assert.equal(inline("$a*b*c$"), "<math><mi>a</mi><mo>∗</mo><mi>b</mi><mo>∗</mo><mi>c</mi></math>");
});

test("fractions, roots and scripts", () => {
  assert.equal(tex("\\frac{22}{7}"), "<mfrac><mn>22</mn><mn>7</mn></mfrac>");
  assert.equal(tex("\\frac12"), "<mfrac><mn>1</mn><mn>2</mn></mfrac>");
  assert.equal(tex("x_1^{n+1}"), "<msubsup><mi>x</mi><mn>1</mn><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msubsup>");
  assert.equal(tex("\\sqrt{2}\\sqrt[3]{x}"), "<msqrt><mn>2</mn></msqrt><mroot><mi>x</mi><mn>3</mn></mroot>");
  assert.equal(tex("\\sum_{i=1}^n i"),
    "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>");
});

test("accents, texts, fences and letters", () => {
  assert.equal(tex("\\hat{y} = \\bar x"), "<mover><mi>y</mi><mo>^</mo></mover><mo>=</mo><mover><mi>x</mi><mo>¯</mo></mover>");
  assert.equal(tex("\\text{true positive rate} \\mathrm{TP}"), "<mtext>true positive rate</mtext><mtext>TP</mtext>");
  assert.equal(tex("\\left( x \\right]"), "<mrow><mo>(</mo><mi>x</mi><mo>]</mo></mrow>");
  assert.equal(tex("\\left. x \\right|"), "<mrow><mi>x</mi><mo>|</mo></mrow>");
  assert.equal(tex("\\pi \\approx 3.14 \\pm \\infty"), "<mi>π</mi><mo>≈</mo><mn>3.14</mn><mo>±</mo><mi>∞</mi>");
  assert.equal(tex("P(\\hat{Y}=1 \\mid A=a) \\ge 0.8").startsWith("<mi>P</mi><mo>(</mo><mover>"), true);
  assert.equal(tex("\\max_i x"), "<munder><mi>max</mi><mi>i</mi></munder><mi>x</mi>");
  assert.equal(tex("a \\ne b \\cdot c \\times d \\le e"),
    "<mi>a</mi><mo>≠</mo><mi>b</mi><mo>⋅</mo><mi>c</mi><mo>×</mo><mi>d</mi><mo>≤</mo><mi>e</mi>");
  assert.equal(tex("5\\% - 2"), "<mn>5</mn><mo>%</mo><mo>−</mo><mn>2</mn>");
});

test("a matrix is a table", () => {
  assert.equal(tex("\\begin{bmatrix} 1 & 0 \\\\ 0 & 1 \\end{bmatrix}"),
    "<mrow><mo>[</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr>"
    + "<mtr><mtd><mn>0</mn></mtd><mtd><mn>1</mn></mtd></mtr></mtable><mo>]</mo></mrow>");
});

test("an unknown command shows as text, and broken TeX ends", () => {
  assert.equal(tex("\\unheardof x"), "<mtext>\\unheardof</mtext><mi>x</mi>");
  for (const broken of ["\\frac{1", "{{{", "}}}", "x^", "_", "\\left(", "\\right)", "\\begin{matrix} 1 &", "\\text{a", "\\", "\\sqrt[", "^^^", "&"]) {
    assert.equal(typeof tex(broken), "string");
  }
  assert.equal(tex("\\href{javascript:alert(1)}{<img>}").includes("<img>"), false);
});

test("any text whatever is parsed, and none of it is lost as code", () => {
  let seed = 7;
  const next = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const pieces = ["*", "**", "_", "`", "$", "$$", "\\", "\\(", "[", "](", ")", "{", "}", "^", "\\frac", "a", " ", "\n", "- ", "```", "<b>"];
  for (let round = 0; round < 3000; round += 1) {
    const source = Array.from({ length: 1 + next(14) }, () => pieces[next(pieces.length)]).join("");
    const tags = [...shown(parseMarkup(source)).matchAll(/(?<!<)<(\w+)>/g)].map(([, tag]) => tag);
    assert.ok(tags.every((tag) => /^(p|pre|code|strong|em|ul|ol|li|br|m[a-z]+)$/.test(tag)), source);
  }
});

test("a word that every object of JavaScript has is a word of the text", () => {
  for (const word of ["constructor", "toString", "hasOwnProperty", "valueOf", "__proto__"]) {
    assert.equal(tex(`\\${word}`).includes("native"), false, word);
    assert.ok(shown(parseTeX(`\\left\\${word} x \\right)\\begin{${word}} a & b \\end{${word}}`)).startsWith("<math>"));
  }
  assert.equal(tex("\\constructor"), "<mtext>\\constructor</mtext>");
});

test("what is nested without end is shown as it is written, and soon", () => {
  const began = performance.now();
  for (const open of ["{", "\\sqrt{", "\\frac", "x^{", "\\left(", "\\begin{matrix}"]) {
    assert.ok(shown(parseTeX(open.repeat(5000))).length > 4500, open);
  }
  for (const piece of ["*a ", "**a*", "**a _b ", "$a ", "[a](", "[", "<http:", "\\"]) {
    assert.ok(shown(parseMarkup(piece.repeat(2000))).length >= 1000, piece);
  }
  const ticks = Array.from({ length: 200 }, (_, count) => "`".repeat(count)).join(" ");
  assert.ok(shown(parseMarkup(ticks)).includes("`".repeat(199)));
  assert.ok(performance.now() - began < 5000);
});

test("a run of backticks ends at the next run as long", () => {
  assert.equal(inline("``a`b`` `c"), "<code>a`b</code> `c");
  assert.equal(inline("`` ` ``"), "<code>`</code>");
});
