"""Our small Markdown as plain HTML, for a twin that must read well where no script runs."""

from __future__ import annotations

import re
from html import escape


def markdown_as_html(text: str) -> str:
    """`text` as HTML paragraphs and code blocks, everything in it escaped first; TeX stays as written."""
    parts = re.split(r"^```[^\n]*\n(.*?)(?:^```\s*?$|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    blocks = []
    for place, part in enumerate(parts):
        if place % 2:
            blocks.append(f"<pre><code>{escape(part.rstrip())}</code></pre>")
        else:
            blocks += [_block(each) for each in re.split(r"\n\s*\n", part.strip()) if each.strip()]
    return "\n".join(blocks)


def _block(text: str) -> str:
    items = re.split(r"^\s{0,3}[-*+] +", text, flags=re.MULTILINE)
    if len(items) > 1 and not items[0].strip():
        return "<ul>" + "".join(f"<li>{_inline(item.strip())}</li>" for item in items[1:]) + "</ul>"
    return f"<p>{_inline(text)}</p>"


def inline_as_html(text: str) -> str:
    """`text` as HTML that may stand inside a line, everything in it escaped first."""
    return _inline(text.strip())


def _inline(text: str) -> str:
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(each[1:-1])}</code>" if each[:1] == "`" else _marked(each) for each in pieces
    )


def _marked(text: str) -> str:
    safe = escape(text)
    safe = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", safe, flags=re.DOTALL)
    safe = re.sub(r"(?<!\*)\*([^\s*](?:[^*]*[^\s*])?)\*(?!\*)", r"<em>\1</em>", safe)
    return re.sub(r" {2,}\n", "<br>\n", safe)
