"""Markdown in which whatever comes from data is text, and YAML that is JSON inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

# What CommonMark and GitHub's Markdown could take for markup; an underscore within a word is none.
_MARKUP = re.compile(r"([\\`*{}\[\]#~|$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
# What YAML does not take bare, or takes for the end of a line (YAML 1.2.2, sections 5.1 and 5.4).
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# What YAML 1.1 takes for true, false or nothing.
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_AT_START = re.compile(r"^(\s*)([-+>]|\d+[.)])(?=\s|$)")


def as_text(words: Any) -> str:
    """`words` so that Markdown shows them as they are, in one line: no markup, no HTML, no link."""
    line = " ".join(str(words).split())
    safe = _AT_START.sub(_started_as_text, _MARKUP.sub(r"\\\1", line))
    # "https://", "www." and "@" would become links by themselves; as entities they do not.
    linkless = escape(safe, quote=False).replace("://", "&#58;//").replace("www.", "www&#46;")
    return linkless.replace("@", "&#64;")


def _started_as_text(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2][:-1]}\\{found[2][-1]}"


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
    return (
        "\n\n".join([f"# {as_text(summary['title'])}", *map(as_text, summary["sentences"]), *tables]) + "\n"
    )


def front_matter(metadata: dict[str, Any]) -> str:
    """`metadata` between the lines that open a card, as YAML whose every value is written as JSON.

    JSON's texts and numbers are YAML's too (YAML 1.2.2, section 1.2), so that nothing in a name can end or
    change the header.
    """
    return "\n".join(["---", *_block(metadata), "---"])


def _block(value: Any) -> list[str]:
    """A mapping or a list as lines of YAML's block style."""
    if isinstance(value, dict):
        return [line for key, each in value.items() for line in _entry(f"{_key(key)}:", each)]
    return [line for each in value for line in _entry("-", each)]


def _entry(opening: str, value: Any) -> list[str]:
    if not isinstance(value, dict | list) or not value:
        return [f"{opening} {_scalar(value)}"]
    inner = _block(value)
    if opening == "-":
        return [f"- {inner[0]}", *(f"  {line}" for line in inner[1:])]
    return [opening, *(f"  {line}" for line in inner)]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[a-z][a-z_-]*", key) and key not in _WORDS else _scalar(key)


def _scalar(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if isinstance(value, float):
        return re.sub(r"^(-?\d+)e", r"\1.0e", written)  # YAML 1.1 takes 1e-08 for a text
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
