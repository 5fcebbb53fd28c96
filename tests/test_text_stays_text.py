"""No script of the product makes markup or code of a text: names from data could be in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "edutools"
MAKES = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|parseFromString|setHTMLUnsafe|srcdoc"
    r"|document\.write|\beval\s*\(|new Function|javascript:|setTimeout\s*\(\s*[\"'`]"
)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.js")), ids=lambda path: path.name)
def test_no_script_makes_markup_or_code_of_a_text(path):
    assert MAKES.findall(path.read_text(encoding="utf-8")) == []


def test_the_judge_sees_what_makes_markup_or_code():
    for line in ("node.innerHTML = name", "eval(name)", "new Function(name)", "document.write(name)"):
        assert MAKES.search(line), line
