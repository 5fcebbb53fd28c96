"""Findings: what was measured between two groups, how large it is and how sure, in words and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, overload

from edutools._checks import known_keywords, one_of
from edutools.bias.measures import MEASURES
from edutools.bias.words import figure
from edutools.texts import text

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "stage",
    "metric",
    "short",
    "feature",
    "group",
    "reference",
    "value",
    "low",
    "high",
    "p_value",
    "reason",
)
# How many findings a notebook shows at once; all of them stand in `to_frame()`.
SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One measure between a group and its reference.

    Attributes
    ----------
    stage : str
        ``"data"``, of labels, or ``"predictions"``.
    metric, short : str
        The measure's name, in full and short (`edutools.bias.measures.MEASURES`).
    feature, group, reference : str or None
        Of which sensitive feature, for whom, and held against whom; None of a measure of all rows.
    value, low, high : float
        The measure and its 95% interval, in the measure's range; nan where undefined.
    p_value : float, in [0, 1]
        How often chance alone gives a value as far from parity; nan where that was not tested.
    adjusted_p_value : float, in [0, 1]
        The least false discovery rate at which this counts as a discovery among all tests.
    parity : float
        The measure's value where the groups are treated alike.
    family : str
        Findings of one group and family share one test.
    reason : str or None
        Why there is no value, interval or test.
    convention : str or None
        The convention that the measure touches, and on which side of its line the interval lies.
    text : str
        All of it as a sentence.
    source : str
        Where the formula stands.
    rows : tuple of int
        Rows of the group, and of the reference.
    repeats : str or None
        The measure that says the same of the same two groups, as DPL does of the distances of two labels.
    favoured : bool
        Whether the group has the higher rate of acceptance; without predictions, of the favourable label.
    """

    stage: str
    metric: str
    short: str
    feature: str | None
    group: str | None
    reference: str | None
    value: float
    low: float = math.nan
    high: float = math.nan
    p_value: float = math.nan
    adjusted_p_value: float = math.nan
    parity: float = 0.0
    family: str
    reason: str | None = None
    convention: str | None = None
    text: str
    source: str
    rows: tuple[int, int] = (0, 0)
    repeats: str | None = None
    favoured: bool = False

    @property
    def sides(self) -> frozenset[str | None]:
        """The group and its reference, alike for a comparison and its mirror."""
        return frozenset((self.group, self.reference))

    @property
    def least(self) -> float:
        """How far the interval stays from parity, in [0, 1): 0 where it holds it, or there is none.

        A ratio counts as the smaller over the larger less 1; a measure without bounds is squeezed.
        """
        if self.covers_parity is not False:
            return 0.0
        end = self.low if self.low > self.parity else self.high
        if self.parity == 1:
            return 1 - min(end, 1 / end) if end else 1.0
        far = abs(end - self.parity)
        bounded = self.short not in MEASURES or math.isfinite(MEASURES[self.short].high)
        return far / 2 if bounded else far / (1 + far) / 2

    @property
    def covers_parity(self) -> bool | None:
        """Whether the interval holds the value of groups treated alike; None where there is no interval."""
        if math.isnan(self.low) or math.isnan(self.high):
            return None
        return self.low <= self.parity <= self.high

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON holds it: None for what is undefined, and for an infinite value its word."""
        numbers = ("value", "low", "high", "p_value", "adjusted_p_value")
        words = ("stage", "metric", "short", "feature", "group", "reference")
        return {
            **{name: getattr(self, name) for name in words},
            **{name: as_json(getattr(self, name)) for name in numbers},
            "parity": self.parity,
            "covers_parity": self.covers_parity,
            "convention": self.convention,
            "reason": self.reason,
            "text": self.text,
            "source": self.source,
            "rows": list(self.rows),
            "repeats": self.repeats,
            "family": self.family,
        }


def as_json(number: float) -> float | str | None:
    """A number as JSON holds it: None of nan, "inf" and "-inf" of what has no end."""
    if math.isnan(number):
        return None
    return float(number) if math.isfinite(number) else str(float(number))


@dataclass(frozen=True, eq=False, repr=False)
class Findings(Sequence[Finding]):
    """Findings, those first that chance does not explain, then by how far they lie from parity.

    Attributes
    ----------
    notes : tuple of str
        What a reader should know before any figure: leakage, small groups, where numbers were cut.
    asks : tuple of str
        What could be measured too, and what that needs.
    tests : int
        How many tests the false discovery rate was reckoned over.
    groups : list of dict
        Rows, cells and rates of each group, each with its interval.
    boundaries : dict of str to DataFrame
        Of each numeric sensitive feature, how the measures move with the boundary.
    """

    items: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    tests: int = 0
    groups: list[dict[str, Any]] = field(default_factory=list)
    boundaries: dict[str, pd.DataFrame] = field(default_factory=dict)
    convention: str = "edutools"

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Finding]: ...
    def __getitem__(self, place: int | slice) -> Finding | Sequence[Finding]:
        """The finding at a place, or a slice of them."""
        return self.items[place]

    @known_keywords()
    def find(self, short: str, *, group: str | None = None, reference: str | None = None) -> Finding:
        """The finding of one measure, for one group.

        Parameters
        ----------
        short : str
            Such as ``"DPL"``.
        group : str, optional
            By default the first that there is, in their order.
        reference : str, optional

        Raises
        ------
        ValueError: there is no such finding.
        """
        one_of("short", short, [*MEASURES, "POP"])
        fit = [
            each
            for each in self.items
            if each.short == short and group in (None, each.group) and reference in (None, each.reference)
        ]
        if not fit:
            there = sorted({str(each.group) for each in self.items if each.short == short})
            raise ValueError(
                f"`group` must be one of those with a finding {short}, {there!r}, got {group!r}."
            )
        return fit[0]

    def discoveries(self, rate: float = 0.05) -> list[Finding]:
        """Findings that stand out at a false discovery rate, by Benjamini and Yekutieli (2001).

        Parameters
        ----------
        rate : float, in (0, 1), default 0.05
            The expected share of false ones among what is found, however the tests depend on each other.

        Raises
        ------
        ValueError: `rate` is not in (0, 1).
        """
        if not 0 < rate < 1:
            raise ValueError(f"`rate` must lie between 0 and 1, got {rate!r}.")
        return [each for each in self.items if each.adjusted_p_value <= rate]

    def to_frame(self) -> pd.DataFrame:
        """One finding a row: stage, metric, …, value, low, high, p_value (unadjusted), reason."""
        import pandas as pd

        rows = [[getattr(each, column) for column in COLUMNS] for each in self.items]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "convention": self.convention,
            "findings": [each.to_dict() for each in self.items],
            "groups": self.groups,
            "notes": list(self.notes),
            "asks": list(self.asks),
            "tests": self.tests,
            "boundaries": {name: records(table) for name, table in self.boundaries.items()},
        }

    @property
    def leading(self) -> list[Finding]:
        """One finding for each question about two groups: no aliases, and no mirrors."""
        seen: set[Any] = set()
        kept = []
        for each in self.items:
            key = (each.feature, each.sides, each.family)
            if key not in seen and not math.isnan(each.value):
                kept.append(each)
                seen.add(key)
        return kept

    def _summary(self) -> list[str]:
        # Aliases and mirrors share a test.
        found = {(each.feature, each.sides, each.family) for each in self.discoveries()}
        title = text("findings.title", n=len(self), tests=self.tests, found=len(found))
        lines = [title] if len(self) else []
        return [*lines, *self.notes, *self.asks]

    def __repr__(self) -> str:
        leading = self.leading
        lines = [*self._summary(), *(f"  {each.text}" for each in leading[:SHOWN])]
        if len(leading) > SHOWN:
            lines.append(text("findings.more", n=len(leading) - SHOWN))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        leading = self.leading
        head, *others = self._summary() or [""]
        rows = "".join(
            f"<tr><td>{escape(each.text)}</td><td>{escape(each.short)}</td>"
            f"<td>{figure(each.value, each.low, each.high)}</td><td>{_p(each.adjusted_p_value)}</td></tr>"
            for each in leading[:SHOWN]
        )
        columns = "".join(
            f'<th scope="col">{escape(text(f"findings.column_{name}"))}</th>'
            for name in ("text", "short", "value", "p")
        )
        table = f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>" if leading else ""
        more = len(leading) - SHOWN
        return (
            f"<p><strong>{escape(head)}</strong></p>"
            + "".join(f"<p>{escape(each)}</p>" for each in others)
            + table
            + (f"<p>{escape(text('findings.more', n=more))}</p>" if more > 0 else "")
        )


def _p(p_value: float) -> str:
    if math.isnan(p_value):
        return "–"
    return "&lt; 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as JSON holds them: None of what is undefined."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):  # a number of numpy's
        value = value.item()
    return as_json(value) if isinstance(value, float) else value
