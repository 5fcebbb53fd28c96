"""One measure under the names, signs and directions that the field's libraries give it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from edutools._checks import one_of
from edutools.bias.measures import MEASURES
from edutools.texts import phrase, text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Translation:
    """A measure in each library.

    Attributes
    ----------
    short, metric : str
        Its name here, short and in full.
    quantity : str
        What is compared.
    libraries : list of dict
        Of each library its name for the measure, and what that computes.
    differ : list of str
        Where the libraries disagree.
    """

    short: str
    metric: str
    quantity: str
    libraries: list[dict[str, str]]
    differ: list[str]

    def to_frame(self) -> pd.DataFrame:
        """One library a row: library, name, computes."""
        import pandas as pd

        return pd.DataFrame(self.libraries, columns=["library", "name", "computes"])

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "short": self.short,
            "metric": self.metric,
            "quantity": self.quantity,
            "libraries": self.libraries,
            "differ": self.differ,
        }

    @property
    def _title(self) -> str:
        return text("translation.title", short=self.short, metric=phrase(self.metric), quantity=self.quantity)

    def __repr__(self) -> str:
        rows = [f"  {each['library']}: {each['name']} = {each['computes']}" for each in self.libraries]
        return "\n".join([self._title, *rows, *(f"  · {each}" for each in self.differ)])

    def _repr_html_(self) -> str:
        columns = "".join(
            f'<th scope="col">{escape(text(f"translation.{name}"))}</th>'
            for name in ("library", "name", "computes")
        )
        rows = "".join(
            f'<tr><th scope="row">{escape(each["library"])}</th>'
            f"<td><code>{escape(each['name'])}</code></td><td>{escape(each['computes'])}</td></tr>"
            for each in self.libraries
        )
        differ = "".join(f"<li>{escape(each)}</li>" for each in self.differ)
        return (
            f"<p><strong>{escape(self._title)}</strong></p>"
            f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"
            + (f"<ul>{differ}</ul>" if differ else "")
        )


def translate(metric: str) -> Translation:
    """How Clarify, AIF360, Fairlearn and Aequitas call a measure, what each computes, where they disagree.

    Parameters
    ----------
    metric : str
        A measure's short or full name, or the name that one of those libraries gives it, such as
        ``"statistical_parity_difference"``. A name that stands for several gives the first in the order of
        `edutools.bias.measures.MEASURES`, but predictions before labels.

    Raises
    ------
    ValueError: no measure has that name.

    References
    ----------
    Amazon SageMaker Clarify's library smclarify 0.5; AIF360 0.6; Fairlearn 0.12; Aequitas 1.0.
    """
    names = _names()
    known = {name.lower(): name for name in names}
    spelled = known.get(str(metric).lower(), metric)
    short = names[one_of("metric", spelled, names)]
    known = _translations()[short]
    return Translation(
        short,
        MEASURES[short].name,
        phrase(known["quantity"]),
        [{**each, "computes": phrase(each["computes"])} for each in known["libraries"]],
        [phrase(each) for each in known["differ"]],
    )


@cache
def _translations() -> dict[str, Any]:
    return json.loads((files("edutools.bias") / "translations.json").read_text(encoding="utf-8"))


@cache
def _names() -> dict[str, str]:
    """Every name of every measure, and the short name that it stands for."""
    order = sorted(MEASURES, key=lambda short: MEASURES[short].stage != "predictions")
    names = {short: short for short in order} | {MEASURES[short].name: short for short in order}
    for short in order:
        for each in _translations()[short]["libraries"]:
            if "MetricFrame" not in each["name"]:  # which is the way to every measure
                for name in each["name"].split(", "):
                    names.setdefault(name.split(".")[-1].split("(")[0].strip(), short)
    return names
