"""The stages of a pipeline as cards in a row, recorded as they happen."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import traitlets
from numpy.typing import ArrayLike

from edutools._checks import known_keywords, one_of
from edutools.texts import text
from edutools.widgets.base import Widget
from edutools.widgets.figures import decimals, interval, wholes
from edutools.widgets.stages import (
    Facts,
    Share,
    differences,
    example_of,
    read_frame,
    reversed_differences,
    stage_facts,
    total,
)

if TYPE_CHECKING:
    import pandas as pd

COLUMNS, ROWS = ("columns_gained", "columns_lost"), ("rows_gained", "rows_lost")
CELLS = ("changed", "filled", "emptied")
SHARES = ("share", "weighted_share", "base_rate", "weighted_base_rate")
MOST_NAMED = 20
"""How many columns a list names before it says how many more there are."""


class DataFlow(Widget):
    """The stages of a pipeline as cards in a row: what each holds, and what it changed.

    A lesson records each stage when it has made it (`record`), so that the cards show what happened and not
    what was planned. Everything is counted then; the browser only shows it.

    Parameters
    ----------
    sensitive_features : column name or sequence of column names, optional
        What tells the groups apart whose shares are shown, in at most twelve groups.
    label : column name, optional
        The label, whose base rate is shown for each group.
    include_rows : bool, default False
        Whether one person's row is shown and saved with the widget.
    identifiers : column name or sequence of column names, default ("name", "phone")
        Columns that are withheld from that row, whatever the case of their letters.
    example : index label, optional
        Whose row, by default the first of the first stage; only with `include_rows`.
    pos_label : object, default 1
        The label that counts as positive.

    Raises
    ------
    TypeError: an unknown keyword.
    ValueError: `example` without `include_rows`; `include_rows` is neither True nor False.

    Examples
    --------
    >>> flow = DataFlow(sensitive_features="gender", label="repaid")
    >>> flow.record("collected", loans)
    >>> flow.record("complete", loans.dropna(), note="Rows with a gap are left out.")
    >>> flow.stages["rows_lost"]
    """

    _name = "data_flow"

    stage = traitlets.Unicode(
        None, allow_none=True, help="The stage whose card is open; None before there is one."
    ).tag(sync=True)
    compared_with = traitlets.Unicode(
        None, allow_none=True, help="The stage that it is held against; None for the one before it."
    ).tag(sync=True)

    _stages = traitlets.List(traitlets.Dict()).tag(sync=True)
    _asked = traitlets.Dict().tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        *,
        sensitive_features: Hashable | Sequence[Hashable] | None = None,
        label: Hashable | None = None,
        include_rows: bool = False,
        identifiers: str | Sequence[str] = ("name", "phone"),
        example: Hashable | None = None,
        pos_label: Any = 1,
    ) -> None:
        if not isinstance(include_rows, bool):
            raise ValueError(f"`include_rows` must be True or False, got {include_rows!r}.")
        if example is not None and not include_rows:
            raise ValueError(
                f"`example` shows one person's row, so it needs include_rows=True, got {example!r} without."
            )
        self._features = _names(sensitive_features)
        self._label, self._pos_label = label, pos_label
        self._include_rows, self._example = include_rows, example
        self._identifiers = [str(name) for name in _names(identifiers)]
        self._frames: dict[str, pd.DataFrame] = {}
        self._facts: dict[str, Facts] = {}
        self._differences: dict[tuple[str, str], Facts] = {}
        super().__init__(
            _asked={
                "features": [str(name) for name in self._features],
                "label": None if label is None else str(label),
                "most_named": MOST_NAMED,
                "include_rows": include_rows,
            }
        )

    @known_keywords()
    def record(self, name: str, data: Any, *, note: str = "", sample_weight: ArrayLike | None = None) -> None:
        """Count what a stage holds and what it changed, and open its card.

        A copy of the table is kept in Python, so that later stages can be held against it. The browser gets
        counts only, and with `include_rows` the one row.

        Parameters
        ----------
        name : str
            What the stage is called. A stage of that name is replaced and keeps its place.
        data : DataFrame
            The table as it stands after the stage: pandas, or another engine's that narwhals knows.
            Rows are known by their index labels; where the engine has none, by their place.
        note : str, optional
            A sentence for the card.
        sample_weight : array-like of float, shape (n_rows,), optional
            Weights of the rows, at least 0; a pandas Series must have the index of `data`.

        Raises
        ------
        TypeError: `data` is not a data frame.
        ValueError: `name` is empty; two columns of the same name; more than two labels; more than twelve
            groups; weights that do not fit the rows.
        """
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"`name` must be a text that says what the stage is called, got {name!r}.")
        if not isinstance(note, str):
            raise ValueError(f"`note` must be a text, got {note!r}.")
        frame = read_frame(data)
        facts = stage_facts(
            frame,
            features=self._features,
            label=self._label,
            pos_label=self._pos_label,
            sample_weight=sample_weight,
        )
        since = {other: differences(table, frame) for other, table in self._frames.items() if other != name}
        self._frames[name], self._facts[name] = frame, {"name": name, "note": note, **facts}
        for other, found in since.items():
            self._differences[other, name] = found
            self._differences[name, other] = reversed_differences(found)
        with self.hold_sync():
            self._stages = self._as_trait()
            self.stage = name

    def _as_trait(self) -> list[dict[str, Any]]:
        names = list(self._facts)
        return [
            {
                **self._facts[name],
                "against": [self._differences.get((other, name)) for other in names],
                **({"example": self._example_in(name)} if self._include_rows else {}),
            }
            for name in names
        ]

    def _example_in(self, name: str) -> Facts:
        first = next(iter(self._frames.values()))
        label = self._example if self._example is not None or first.empty else first.index[0]
        return {"label": self._label_shown(label), **example_of(self._frames[name], label, self._identifiers)}

    def _label_shown(self, label: Hashable) -> str | None:
        """The label in words, or None where the index itself is an identifier."""
        hidden = {name.casefold() for name in self._identifiers}
        indexes = {str(name).casefold() for frame in self._frames.values() for name in frame.index.names}
        return None if hidden & indexes else str(label)

    @traitlets.validate("stage", "compared_with")
    def _known_stage(self, proposal: dict[str, Any]) -> str | None:
        return one_of(proposal["trait"].name, proposal["value"], [None, *self._facts])

    @property
    def stages(self) -> pd.DataFrame:
        """What each stage holds and what it changed: a DataFrame, one row a stage.

        The columns ``rows``, ``columns`` and ``missing`` are counts of the stage; ``columns_gained`` and
        ``columns_lost`` (tuples of names), ``rows_gained``, ``rows_lost``, ``changed``, ``filled`` and
        ``emptied`` (cells) are since the stage before, <NA> for the first one and, for cells, where
        index labels stand on several rows.
        """
        import pandas as pd

        table = pd.DataFrame([self._row_of(name) for name in self._facts], index=list(self._facts))
        counts = [name for name in table.columns if name not in COLUMNS]
        return table.astype(dict.fromkeys(counts, "Int64")).rename_axis("stage")

    def _row_of(self, name: str) -> dict[str, Any]:
        facts, found = self._facts[name], self._since(name, self._before(name))
        return {
            **{key: facts[key] for key in ("rows", "columns", "missing")},
            **{key: () if found is None else tuple(found[key]) for key in COLUMNS},
            **{key: None if found is None else found[key] for key in ROWS},
            **{key: None if found is None else total(found, key) for key in CELLS},
        }

    @property
    def by_group(self) -> pd.DataFrame:
        """The groups at each stage: a DataFrame, one row a stage and group, nan where undefined.

        ``rows`` and ``labelled`` (rows with a label) are counts; ``share`` of all rows, ``weighted_share`` of
        all weight, ``base_rate`` and ``weighted_base_rate`` of the label lie in [0, 1]; ``_low`` and
        ``_high`` are their 95% limits (Wilson; weighted rows count as Kish's effective number of them).
        """
        import pandas as pd

        rows = {
            (name, group["name"]): {"rows": group["rows"], "labelled": group["labelled"], **_flat(group)}
            for name, facts in self._facts.items()
            for group in facts["groups"]
        }
        index = pd.MultiIndex.from_arrays(
            [[stage for stage, _ in rows], [group for _, group in rows]], names=["stage", "group"]
        )
        return pd.DataFrame(list(rows.values()), index=index)

    def _before(self, name: str | None) -> str | None:
        names = [None, *self._facts]
        return names[max(names.index(name) - 1, 0)]

    def _since(self, name: str | None, other: str | None) -> Facts | None:
        return None if name is None or other is None else self._differences.get((other, name))

    def _holds(self) -> str:
        return text("data_flow.holds_row" if self._include_rows else "data_flow.holds")

    def _summary(self) -> dict[str, Any]:
        if not self._facts:
            return {"title": text("data_flow.title"), "sentences": [text("data_flow.none")], "tables": []}
        sentences = [sentence for name in self._facts for sentence in self._said_of(name)]
        tables = [self._stages_table(), *self._columns_table(), *self._groups_table(), *self._example_table()]
        return {"title": text("data_flow.title"), "sentences": sentences, "tables": tables}

    def _said_of(self, name: str) -> list[str]:
        """What the numbers of a stage alone do not say."""
        facts = self._facts[name]
        said = [f"{name}: {facts['note']}"] if facts["note"] else []
        said += [
            text(f"data_flow.{key}", name=name, n=wholes(facts[key]), label=str(self._label))
            for key in ("named_twice", "ungrouped", "unlabelled")
            if facts[key]
        ]
        said += [text("data_flow.absent", name=name, column=column) for column in facts["absent"]]
        if facts["weighs_as"] is not None:
            said.append(
                text(
                    "data_flow.weighs_as",
                    name=name,
                    rows=wholes(facts["rows"]),
                    effective=wholes(facts["weighs_as"]),
                )
            )
        return said

    def _stages_table(self) -> dict[str, Any]:
        keys = (
            "shape_short",
            "columns_gained",
            "columns_lost",
            "rows_gained",
            "rows_lost",
            *CELLS,
            "missing",
        )
        columns = [text("data_flow.stage"), *(text(f"data_flow.{key}") for key in keys)]
        rows = [[name, *self._told(name)] for name in self._facts]
        return {"caption": text("data_flow.stages_told"), "columns": columns, "rows": rows}

    def _told(self, name: str) -> list[str]:
        facts, found = self._facts[name], self._since(name, self._before(name))
        shape = f"{wholes(facts['rows'])} × {wholes(facts['columns'])}"
        if found is None:
            return [shape, *[""] * (4 + len(CELLS)), wholes(facts["missing"])]
        cells = [total(found, kind) for kind in CELLS]
        return [
            shape,
            *(listed(found[key]) for key in COLUMNS),
            *(wholes(found[key]) for key in ROWS),
            *(text("data_flow.not_compared") if each is None else wholes(each) for each in cells),
            wholes(facts["missing"]),
        ]

    def _other(self) -> str | None:
        """The stage that the open one is held against."""
        chosen = self.compared_with
        return self._before(self.stage) if chosen in (None, self.stage) else chosen

    def _columns_table(self) -> list[dict[str, Any]]:
        other = self._other()
        found = self._since(self.stage, other)
        if not found or not found["by_column"]:
            return []
        rows = [
            [each["column"], *(wholes(each[kind]) for kind in CELLS)]
            for each in found["by_column"][:MOST_NAMED]
        ]
        more = len(found["by_column"]) - len(rows)
        rows += [[text("data_flow.more", n=wholes(more)), *[""] * len(CELLS)]] if more else []
        caption = text("data_flow.by_column", before=other, after=self.stage)
        columns = [text("data_flow.column"), *(text(f"data_flow.{kind}") for kind in CELLS)]
        return [{"caption": caption, "columns": columns, "rows": rows}]

    def _groups_table(self) -> list[dict[str, Any]]:
        shown = self._shares_shown()
        rows = [
            [
                name,
                group["name"],
                wholes(group["rows"]),
                *(self._share_in_words(name, group, key) for key in shown),
            ]
            for name, facts in self._facts.items()
            for group in facts["groups"]
        ]
        if not rows or not shown:
            return []
        columns = [
            text(f"data_flow.{key}", label=str(self._label)) for key in ("stage", "group", "rows", *shown)
        ]
        return [{"caption": text("data_flow.groups"), "columns": columns, "rows": rows}]

    def _shares_shown(self) -> list[str]:
        asked = (["share"] if self._features else []) + (["base_rate"] if self._label is not None else [])
        weighted = any(facts["weighs_as"] is not None for facts in self._facts.values())
        return [key for each in asked for key in ([each, f"weighted_{each}"] if weighted else [each])]

    def _share_in_words(self, name: str, group: Facts, key: str) -> str:
        if group[key] is not None:
            value, *limits = group[key]
            return f"{decimals(value)} {interval(limits)}"
        if key.startswith("weighted_") and self._facts[name]["weighs_as"] is None:
            return text("data_flow.unweighted")
        reason = "no_weight" if key.startswith("weighted_") and group["labelled"] else "no_label"
        return text("common.undefined", reason=text(f"data_flow.{reason}", group=group["name"]))

    def _example_table(self) -> list[dict[str, Any]]:
        if not self._include_rows:
            return []
        examples = {name: self._example_in(name) for name in self._facts}
        columns = list(dict.fromkeys(column for each in examples.values() for column, _ in each["cells"]))
        withheld = list(dict.fromkeys(column for each in examples.values() for column in each["withheld"]))
        told = [dict(each["cells"]) for each in examples.values()]
        rows = [[column, *(each.get(column, "") for each in told)] for column in columns]
        rows += [[column, *[text("data_flow.withheld_cell")] * len(examples)] for column in withheld]
        rows += [[text("data_flow.bear_it"), *(wholes(each["found"]) for each in examples.values())]]
        label = next(iter(examples.values()))["label"]
        caption = (
            text("data_flow.example_unnamed") if label is None else text("data_flow.example", label=label)
        )
        return [{"caption": caption, "columns": [text("data_flow.column"), *examples], "rows": rows}]


def _names(given: Any) -> list[Hashable]:
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _flat(group: Facts) -> dict[str, float]:
    flat: dict[str, float] = {}
    for key in SHARES:
        share: Share = group[key]
        flat[key], flat[f"{key}_low"], flat[f"{key}_high"] = share or [math.nan] * 3
    return flat


def listed(names: Sequence[str]) -> str:
    """Names in one line, the first of them where there are many."""
    more = [text("data_flow.more", n=wholes(len(names) - MOST_NAMED))] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more]) or text("data_flow.nothing")
