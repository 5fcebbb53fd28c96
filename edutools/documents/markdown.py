"""Markdown in which whatever comes from data is text, and YAML that is JSON inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

# What CommonMark and GitHub's tables could take for markup inside a line.
_MARKUP = re.compile(r"([\\`*_{}\[\]()#~|!$^=])")
_AT_START = re.compile(r"^(\s*)([-+>]|\d+[.)])(?=\s|$)")


def as_text(words: Any) -> str:
    """`words` so that Markdown shows them as they are, in one line: no markup, no HTML, no link."""
    line = " ".join(str(words).split())
    marked = _MARKUP.sub(r"\\\1", line)
    started = _AT_START.sub(lambda found: f"{found[1]}\\{found[2]}" if len(found[2]) == 1 else f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", marked)
    # "https://" and "www." would become links by themselves; the colon and dot as entities do not.
    return escape(started, quote=False).replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def table_as_markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as GitHub writes it, every cell as text."""
    lines = [columns, ["---"] * len(columns)]
    head, rule = ("| " + " | ".join(line) + " |" for line in (list(map(as_text, columns)), lines[1]))
    return "\n".join([head, rule, *("| " + " | ".join(map(as_text, row)) + " |" for row in rows)])


def summary_as_markdown(summary: dict[str, Any]) -> str:
    """A twin's summary as Markdown: its title, a paragraph a sentence, and each table under its caption."""
    tables = [
        f"## {as_text(table['caption'])}\n\n{table_as_markdown(table['columns'], table['rows'])}"
        for table in summary["tables"]
    ]
    return "\n\n".join([f"# {as_text(summary['title'])}", *map(as_text, summary["sentences"]), *tables]) + "\n"


def front_matter(metadata: dict[str, Any]) -> str:
    """`metadata` between the lines that open a card, as YAML whose every value is written as JSON.

    JSON's texts, numbers and lists are YAML's too (YAML 1.2, section 1.3), so that nothing in a name can end or
    change the header.
    """
    # Escaped to ASCII: YAML refuses some characters that JSON allows bare, such as U+0085's kin.
    lines = [f"{key}: {json.dumps(value, allow_nan=False)}" for key, value in metadata.items()]
    return "\n".join(["---", *lines, "---"])
