"""An audit to read, filter and sort: what to know first, the groups, the findings, the rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from edutools._checks import known_keywords, one_of
from edutools.metrics import METRICS, label_of
from edutools.texts import phrase, text
from edutools.widgets.base import Widget
from edutools.widgets.figures import decimals, wholes

if TYPE_CHECKING:
    import pandas as pd

Table = dict[str, Any]

ORDERS = ("rank", "gap", "measure", "group")
CELLS = ("tp", "fp", "fn", "tn")
GROUPS_ABREAST, MOST_ROWS = 4, 40
LEAST_P, DISCOVERY_RATE = 0.001, 0.05


class Audit(Widget):
    """The findings of an audit, to be filtered and sorted, with each group's rates as points and lines.

    Nothing is computed here: every figure is the audit's own.

    Parameters
    ----------
    contents : mapping
        What `edutools.documents.contents.contents_of` gives.
    stage : {"data", "predictions"}, optional
        Only findings of this stage.
    feature : str, optional
        Only findings of this sensitive feature.
    only_beyond : bool, default False
        Only findings whose interval lies beyond parity.
    both_sides : bool, default False
        Whether a comparison of two groups is shown again from the other's side.
    order : {"rank", "gap", "measure", "group"}, default "rank"
        As ranked; by distance from parity; by measure; by group.
    rate : str, optional
        The rate that is shown for each group, by default the selection rate, or the first that there is.

    Raises
    ------
    TypeError: an unknown keyword.
    ValueError: no such stage, feature, order or rate in the audit.
    """

    _name = "audit"

    stage = traitlets.Unicode(None, allow_none=True, help="The stage shown; None for all.").tag(sync=True)
    feature = traitlets.Unicode(None, allow_none=True, help="The feature shown; None for all.").tag(sync=True)
    only_beyond = traitlets.Bool(False, help="Whether only intervals beyond parity are shown.").tag(sync=True)
    both_sides = traitlets.Bool(False, help="Whether comparisons are shown from both sides.").tag(sync=True)
    order = traitlets.Unicode("rank", help="What the findings are sorted by.").tag(sync=True)
    rate = traitlets.Unicode(None, allow_none=True, help="The rate shown for each group.").tag(sync=True)

    _findings = traitlets.List(traitlets.Dict()).tag(sync=True)
    _groups = traitlets.List(traitlets.Dict()).tag(sync=True)
    _rates = traitlets.Dict(help="What each rate is called.").tag(sync=True)
    _said = traitlets.Dict(help="Title, facts, notes, and tables in words.").tag(sync=True)

    @known_keywords()
    def __init__(
        self,
        contents: Mapping[str, Any],
        *,
        stage: str | None = None,
        feature: str | None = None,
        only_beyond: bool = False,
        both_sides: bool = False,
        order: str = "rank",
        rate: str | None = None,
    ) -> None:
        self._contents = contents
        self._known: dict[str, list[Any]] = {
            "stage": [None, *_distinct(contents["findings"], "stage")],
            "feature": [None, *_distinct(contents["findings"], "feature")],
            "order": list(ORDERS),
            "rate": _distinct_keys(group.get("rates") or {} for group in contents["groups"]) or [None],
        }
        super().__init__(
            _findings=[_as_shown(finding) for finding in contents["findings"]],
            _groups=[dict(group) for group in contents["groups"]],
            _rates={name: _rate_label(name) for name in self._known["rate"] if name},
            _said={
                "title": _title(contents),
                "facts": [_facts(contents), *_tested(contents), *contents["asks"]],
                "notes": _notes(contents),
                "on_paper": list(group_tables(contents)),
                "after": list(_further_tables(contents)),
                "rules": next(_rules_table(contents["rules"])),
                "notice": phrase(contents["rules"]["notice"]),
            },
            stage=stage,
            feature=feature,
            only_beyond=only_beyond,
            both_sides=both_sides,
            order=order,
            rate=_first_rate(self._known["rate"]) if rate is None else rate,
        )

    @traitlets.validate("stage", "feature", "order", "rate")
    def _among_those_known(self, proposal: dict[str, Any]) -> str | None:
        name = proposal["trait"].name
        return one_of(name, proposal["value"], self._known[name])

    @property
    def shown(self) -> pd.DataFrame:
        """The findings as filtered and sorted, one a row, as the audit holds them; nan where undefined."""
        import pandas as pd

        table = pd.DataFrame(
            self._chosen(),
            columns=list(self._contents["findings"][0]) if self._contents["findings"] else None,
        )
        numbers = [name for name in ("value", "low", "high", "p_value", "adjusted_p_value") if name in table]
        return table.astype(dict.fromkeys(numbers, float))

    def _chosen(self) -> list[dict[str, Any]]:
        kept = [
            finding
            for finding in self._contents["findings"]
            if self.stage in (None, finding["stage"])
            and self.feature in (None, finding.get("feature"))
            and (finding["standing"] == "beyond" or not self.only_beyond)
            and (finding["mirrors"] is None or self.both_sides)
        ]
        return sorted(kept, key=ORDER_KEYS[self.order])

    def _holds(self) -> str:
        people = self._contents.get("people")
        return text("audit.holds_people", n=wholes(len(people))) if people else text("audit.holds")

    def _summary(self) -> dict[str, Any]:
        findings = self._chosen()
        count = text("audit.count", shown=wholes(len(findings)), all=wholes(len(self._contents["findings"])))
        sentences = [
            *(text("audit.note", note=note) for note in _notes(self._contents)),
            _facts(self._contents),
            *_tested(self._contents),
            *self._contents["asks"],
            text("audit.how_read"),
            *([count] if self._contents["findings"] else [text("audit.none_measured")]),
            phrase(self._contents["rules"]["notice"]),
        ]
        tables = [
            *group_tables(self._contents),
            *finding_table(findings),
            *_words_table(findings),
            *_further_tables(self._contents),
            *_rules_table(self._contents["rules"]),
        ]
        return {"title": _title(self._contents), "sentences": sentences, "tables": tables}


def _first_rate(known: Sequence[Any]) -> Any:
    return "selection_rate" if "selection_rate" in known else known[0]


def _number(written: Any) -> float:
    return math.nan if written is None else float(written)


def _gap(finding: Mapping[str, Any]) -> float:
    return abs(_number(finding["value"]) - finding["parity"])


def _widest_first(finding: Mapping[str, Any]) -> tuple[bool, float]:
    gap = _gap(finding)
    return math.isnan(gap), 0 if math.isnan(gap) else -gap


ORDER_KEYS = {
    "rank": lambda finding: finding["rank"],
    "gap": _widest_first,
    "measure": lambda finding: finding["short"],
    "group": lambda finding: (finding.get("feature") or "", finding.get("group") or ""),
}
"""What findings are sorted by; among equals the rank decides, since Python's sorting keeps their order."""


def _distinct(findings: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(str(each[key]) for each in findings if each.get(key) is not None))


def _distinct_keys(mappings: Iterator[Mapping[str, Any]]) -> list[Any]:
    return list(dict.fromkeys(str(key) for each in mappings for key in each))


def _as_shown(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with its figures in words too, so that the page need not write them."""
    return {
        **finding,
        "metric": phrase(finding["metric"]),
        "whom": _whom(finding),
        "figure": with_limits(finding),
        "said": {"standing": _standing(finding), "p": _p(finding), "parity": _parity(finding)},
    }


def _title(contents: Mapping[str, Any]) -> str:
    model = contents["model"]
    return text("audit.title_labels") if model is None else text("audit.title", model=model)


def _facts(contents: Mapping[str, Any]) -> str:
    favourable, threshold = contents["favourable"], contents["threshold"]
    return text(
        "audit.facts",
        rows=wholes(contents["rows"]),
        label=contents["label"] if contents["label"] is not None else text("audit.not_given"),
        favourable="" if favourable is None else text("audit.favourable", value=favourable),
        threshold="" if threshold is None else text("audit.threshold", threshold=f"{threshold:g}"),
        made=contents["made"] or text("audit.not_given"),
    )


def _notes(contents: Mapping[str, Any]) -> list[str]:
    return [*contents["notes"], *(contents["analysis"] or {}).get("notes", [])]


def _tested(contents: Mapping[str, Any]) -> Iterator[str]:
    """How many tests stand out among so many, where the audit tested."""
    if contents["tests"]:
        found = {
            _question(finding)
            for finding in contents["findings"]
            if _number(finding.get("adjusted_p_value")) <= DISCOVERY_RATE
        }
        yield text("audit.tested", tests=wholes(contents["tests"]), found=wholes(len(found)))


def _question(finding: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a finding shares with its mirror and its other names: one test."""
    sides = frozenset((finding.get("group"), finding.get("reference")))
    return finding.get("feature"), sides, finding.get("family", finding["short"])


def _rate_label(name: str) -> str:
    return label_of(name) if name in METRICS else name.replace("_", " ").capitalize()


def _decimals(value: float, digits: int = 3) -> str:
    return ("−" if value < 0 else "") + "∞" if math.isinf(value) else decimals(value, digits)


def with_limits(figure: Mapping[str, Any], digits: int = 3) -> str:
    """A value with its interval, or why it has none."""
    value, low, high = (_number(figure.get(key)) for key in ("value", "low", "high"))
    if math.isnan(value):
        return text("common.undefined", reason=figure["reason"]) if figure.get("reason") else decimals(value)
    limits = (
        ""
        if math.isnan(low) or math.isnan(high)
        else text("common.interval", low=_decimals(low, digits), high=_decimals(high, digits))
    )
    return f"{_decimals(value, digits)} {limits}".rstrip()


def _whom(finding: Mapping[str, Any]) -> str:
    feature, group, reference = (finding.get(key) for key in ("feature", "group", "reference"))
    if group is None:
        return text("audit.everyone") if feature is None else feature
    return text("audit.versus", feature=feature, group=group, reference=reference)


def _standing(finding: Mapping[str, Any]) -> str:
    if finding["standing"] == "bare" and finding.get("reason"):
        return text("audit.bare_because", reason=finding["reason"])
    return text(f"audit.{finding['standing']}")


def _p(finding: Mapping[str, Any]) -> str:
    p_value = _number(finding.get("adjusted_p_value"))
    if math.isnan(p_value):
        return ""
    return text("audit.below") if p_value < LEAST_P else text("audit.p", p=decimals(p_value, 3))


def _parity(finding: Mapping[str, Any]) -> str:
    return text("audit.parity", parity=f"{finding['parity']:g}")


def group_tables(contents: Mapping[str, Any]) -> Iterator[Table]:
    """For each feature its groups side by side, a few at a time: sizes, cells and rates."""
    for feature in _distinct(contents["groups"], "feature"):
        of_feature = [group for group in contents["groups"] if group["feature"] == feature]
        for first in range(0, len(of_feature), GROUPS_ABREAST):
            groups = of_feature[first : first + GROUPS_ABREAST]
            yield {
                "caption": text("audit.rates", feature=feature),
                "columns": [text("audit.figure"), *(str(group["group"]) for group in groups)],
                "rows": list(_group_rows(groups)),
            }


def _group_rows(groups: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    yield [text("audit.rows"), *(wholes(group["rows"]) for group in groups)]
    for key in ("share", "population"):
        if any(group.get(key) is not None for group in groups):
            yield [text(f"audit.{key}"), *(_scalar(group.get(key), 2) for group in groups)]
    for cell in CELLS:
        if any(cell in (group.get("cells") or {}) for group in groups):
            yield [
                text(f"common.{cell}"),
                *(_count((group.get("cells") or {}).get(cell)) for group in groups),
            ]
    for rate in _distinct_keys(group.get("rates") or {} for group in groups):
        missing = {"value": None, "reason": text("audit.no_rate")}
        yield [_rate_label(rate), *(with_limits(group["rates"].get(rate) or missing, 2) for group in groups)]


def _count(value: Any) -> str:
    return "" if value is None else wholes(value)


def finding_table(findings: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    """The findings as a table in words, or nothing where there are none."""
    if not findings:
        return
    heads = ("rank", "measure", "for_whom", "value", "parity_column", "standing", "adjusted", "convention")
    yield {
        "caption": text("audit.findings"),
        "columns": [text(f"audit.{head}") for head in heads],
        "rows": [
            [
                str(finding["rank"]),
                f"{phrase(finding['metric'])} ({finding['short']})",
                _whom(finding),
                with_limits(finding),
                f"{finding['parity']:g}",
                _standing(finding),
                _p(finding),
                finding.get("convention") or "",
            ]
            for finding in findings
        ],
    }


def _words_table(findings: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    if not findings:
        return
    yield {
        "caption": text("audit.in_words"),
        "columns": [text(f"audit.{head}") for head in ("rank", "words", "source")],
        "rows": [[str(each["rank"]), each["text"], each.get("source") or ""] for each in findings],
    }


def _further_tables(contents: Mapping[str, Any]) -> Iterator[Table]:
    yield from _boundary_tables(contents["boundaries"] or {})
    yield from _analysis_tables(contents["analysis"] or {})
    yield from _mitigations_table(contents["mitigations"])
    yield from _people_table(contents.get("people") or [])
    yield from _data_table(contents)


def _boundary_tables(boundaries: Mapping[str, Any]) -> Iterator[Table]:
    for feature, records in boundaries.items():
        for table in _tables_of(feature, records):
            yield {**table, "caption": text("audit.boundaries", feature=feature)}


def _analysis_tables(analysis: Mapping[str, Any]) -> Iterator[Table]:
    for name, part in ((name, part) for name, part in analysis.items() if name != "notes"):
        yield from _tables_of(name.replace("_", " "), part)


def _tables_of(name: str, part: Any) -> Iterator[Table]:
    """A part of the analysis: records or a mapping as a table, what lies deeper as tables of its own."""
    caption = text("audit.analysis", name=name)
    if isinstance(part, Mapping):
        flat = {key: value for key, value in part.items() if _is_flat(value)}
        if flat:
            rows = [[str(key), _scalar(value)] for key, value in flat.items()]
            yield _cut(caption, [text("audit.entry"), text("audit.value")], rows)
        for key, value in part.items():
            if key not in flat:
                yield from _tables_of(f"{name}, {key}", value)
    elif isinstance(part, list) and part and all(isinstance(each, Mapping) for each in part):
        columns = [key for key in _distinct_keys(iter(part)) if all(_is_flat(each.get(key)) for each in part)]
        if columns:
            rows = [[_scalar(each.get(key)) for key in columns] for each in part]
            yield _cut(caption, [column.replace("_", " ") for column in columns], rows)
    elif _is_flat(part) and part not in (None, "", []):
        yield _cut(caption, [text("audit.value")], [[_scalar(part)]])


def _cut(caption: str, columns: list[str], rows: list[list[str]]) -> Table:
    more = len(rows) - MOST_ROWS
    if more > 0:
        rows = [*rows[:MOST_ROWS], [text("audit.more_rows", n=wholes(more)), *[""] * (len(columns) - 1)]]
    return {"caption": caption, "columns": columns, "rows": rows}


def _is_flat(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "value" in value
    if isinstance(value, list):
        return not any(isinstance(each, Mapping | list) for each in value)
    return True


def _scalar(value: Any, digits: int = 3) -> str:
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return with_limits(value, digits)
    if isinstance(value, list):
        return ", ".join(_scalar(each, digits) for each in value)
    if isinstance(value, bool | str):
        return str(value)
    # A count or an age may come as 27.0; a rate of 1.0 keeps its decimals.
    whole = isinstance(value, int) or (value.is_integer() and abs(value) > 1)
    return wholes(value) if whole else _decimals(value, digits)


def _mitigations_table(mitigations: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    rows = [row for tried in mitigations for row in _before_and_after(tried)]
    if rows:
        heads = ("method", "figure", "mitigation_before", "mitigation_after")
        yield {
            "caption": text("audit.mitigations"),
            "columns": [text(f"audit.{head}") for head in heads],
            "rows": rows,
        }


def _before_and_after(tried: Mapping[str, Any]) -> list[list[str]]:
    """A row a figure; of a method that did not apply one row, which says why."""
    before, after = (tried.get(when) or {} for when in ("before", "after"))
    if not before and not after:
        return [[str(tried["method"]), tried.get("reason") or "–", "–", "–"]]
    names = _distinct_keys(iter((before, after)))
    return [
        [str(tried["method"]), name, _scalar(before.get(name)), _scalar(after.get(name))] for name in names
    ]


def _people_table(people: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    if people:
        columns = _distinct_keys(iter(people))
        rows = [
            [str(place), *(_scalar(each.get(key)) for key in columns)] for place, each in enumerate(people, 1)
        ]
        yield _cut(text("audit.people"), [text("audit.person"), *columns], rows)


def _rules_table(map_of_rules: Mapping[str, Any]) -> Iterator[Table]:
    heads = ("rule", "provision", "says", "reads", "changes", "source")
    yield {
        "caption": text("audit.rules", as_of=map_of_rules["as_of"]),
        "columns": [text(f"audit.{head}") for head in heads],
        "rows": [
            [
                f"{rule['name']} ({phrase(rule['place'])})",
                rule["provision"],
                phrase(rule["says"]),
                " ".join(
                    [
                        *([", ".join(rule["measures"]) + "."] if rule["measures"] else []),
                        phrase(rule["reads"]),
                    ]
                ),
                phrase(rule["changes"] or ""),
                rule["source"],
            ]
            for rule in map_of_rules["rules"].values()
        ],
    }


def _data_table(contents: Mapping[str, Any]) -> Iterator[Table]:
    rows = [[str(key).replace("_", " "), _told(value)] for key, value in (contents["data"] or {}).items()]
    rows += [[str(name), str(version)] for name, version in (contents["versions"] or {}).items()]
    if rows:
        yield {
            "caption": text("audit.data"),
            "columns": [text("audit.entry"), text("audit.value")],
            "rows": rows,
        }


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_scalar(each)}" for key, each in value.items()) or "–"
    return _scalar(value)
