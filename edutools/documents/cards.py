"""Cards for a model and for its data: filled from an audit, blanks marked, as model hubs read them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Self

from edutools._checks import one_of, suggestion
from edutools.documents.contents import BEYOND, UNDEFINED, contents_of, number, plain
from edutools.documents.markdown import as_text, front_matter, table_as_markdown
from edutools.texts import phrase, text

SCHEMA = 1
ENDINGS = (".md", ".json")
TASK = "tabular-classification"
# What model hubs call our metrics (https://huggingface.co/metrics); others keep their own names.
HUB_NAMES = {"true_positive_rate": "recall", "f1_score": "f1"}
# https://huggingface.co/docs/hub/datasets-cards
SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)
LARGER = "n>10M"

Table = dict[str, Any]


class Card(ABC):
    """What both cards have: questions in sections, answers, tables, and a header that hubs read."""

    _texts: ClassVar[str]
    SECTIONS: ClassVar[dict[str, tuple[str, ...]]]
    """The questions of each section, by their names."""

    def __init__(
        self,
        audit: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        **answers: str | None,
    ) -> None:
        contents = None if audit is None else contents_of(audit)
        known = {} if contents is None else self._known(contents)
        told = self._checked(answers)
        self.name = name or text("card.untitled")
        self.answers = {question: told.get(question) or known.get(question) for question in self._questions()}
        self._tables = {} if contents is None else plain(self._tables_of(contents))
        self.metadata = plain({**self._metadata(contents), **(metadata or {})})

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Self:
        """The card that `to_dict` wrote.

        Raises
        ------
        ValueError: it is another kind of card, or of another schema; a question is not among ours.
        """
        for key, own in {"schema": SCHEMA, "kind": cls._texts}.items():
            if written.get(key) != own:
                raise ValueError(f"`{key}` of a {cls.__name__} must be {own!r}, got {written.get(key)!r}.")
        card = cls(name=written["name"], **written["answers"])
        card._tables, card.metadata = plain(written["tables"]), plain(written["metadata"])
        return card

    def to_dict(self) -> dict[str, Any]:
        """The card as JSON holds it, None where it is blank."""
        return {
            "schema": SCHEMA,
            "kind": self._texts,
            "name": self.name,
            "answers": dict(self.answers),
            "tables": plain(self._tables),
            "metadata": plain(self.metadata),
        }

    @property
    def blanks(self) -> list[str]:
        """The questions that nobody has answered yet."""
        return [question for question, answer in self.answers.items() if not answer]

    def fill(self, **answers: str | None) -> Self:
        """A card with these answers too; None blanks one.

        Raises
        ------
        TypeError: there is no such question; the nearest is named.
        """
        written = self.to_dict()
        written["answers"] |= self._checked(answers)
        return self.from_dict(written)

    def to_markdown(self) -> str:
        """The card as model hubs read it: a header in YAML, then Markdown, in which answers are text."""
        parts = [front_matter(self.metadata), f"# {as_text(self.name)}", as_text(self._state())]
        for section, questions in self.SECTIONS.items():
            parts.append(f"## {as_text(self._say(section))}")
            parts += [self._answered(question) for question in questions]
            parts += [
                f"**{as_text(table['caption'])}**\n\n{table_as_markdown(table['columns'], table['rows'])}"
                for table in self._tables.get(section, [])
            ]
        return "\n\n".join(parts) + "\n"

    def save(self, path: str | Path) -> Path:
        """Write the card into one file, and return its path.

        Parameters
        ----------
        path : str or Path
            Ends in ``.md`` (a hub reads ``README.md``) or ``.json``. An existing file is replaced.

        Raises
        ------
        ValueError: it ends otherwise.
        OSError: the file cannot be written.
        """
        target = Path(path)
        ending = one_of("the ending of `path`", target.suffix.lower(), ENDINGS)
        as_json = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        target.write_text(self.to_markdown() if ending == ".md" else as_json, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        lines = [f"{text(f'{self._texts}.kind')}: {self.name}", self._state()]
        for section, questions in self.SECTIONS.items():
            lines += ["", self._say(section)]
            lines += [f"  {self._say(each)} {self.answers[each] or text('card.blank')}" for each in questions]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from edutools.widgets.base import table_as_html

        parts = [f"<p><strong>{escape(text(f'{self._texts}.kind'))}: {escape(self.name)}</strong></p>"]
        parts.append(f"<p>{escape(self._state())}</p>")
        for section, questions in self.SECTIONS.items():
            parts.append(f"<p><strong>{escape(self._say(section))}</strong></p>")
            parts.append(f"<ul>{''.join(map(self._as_item, questions))}</ul>")
            parts += [table_as_html(**table) for table in self._tables.get(section, [])]
        return "<div>\n" + "\n".join(parts) + "\n</div>"

    def _as_item(self, question: str) -> str:
        answer = self.answers[question]
        said = escape(answer) if answer else f"<mark>{escape(text('card.blank'))}</mark>"
        return f"<li>{escape(self._say(question))} {said}</li>"

    def _answered(self, question: str) -> str:
        answer = self.answers[question]
        said = as_text(answer) if answer else f"*{as_text(text('card.blank'))}*"
        return f"**{as_text(self._say(question))}** {said}"

    def _state(self) -> str:
        if not self.blanks:
            return text("card.filled", all=len(self.answers))
        return text("card.blanks", blanks=len(self.blanks), all=len(self.answers))

    def _say(self, key: str) -> str:
        return text(f"{self._texts}.{key}")

    @classmethod
    def _questions(cls) -> list[str]:
        return [question for questions in cls.SECTIONS.values() for question in questions]

    @classmethod
    def _checked(cls, answers: Mapping[str, str | None]) -> dict[str, str | None]:
        known = cls._questions()
        for question, answer in answers.items():
            if question not in known:
                near = suggestion(question, known)
                raise TypeError(f"{cls.__name__}() asks {known}, got {question!r}.{near}")
            if answer is not None and not isinstance(answer, str):
                raise TypeError(f"`{question}` must be a text, got {type(answer).__name__}.")
        return {question: (answer or "").strip() or None for question, answer in answers.items()}

    @abstractmethod
    def _known(self, contents: Mapping[str, Any]) -> dict[str, str | None]:
        """What an audit answers, by question."""

    @abstractmethod
    def _tables_of(self, contents: Mapping[str, Any]) -> dict[str, list[Table]]:
        """What an audit shows as tables, by question."""

    @abstractmethod
    def _metadata(self, contents: Mapping[str, Any] | None) -> dict[str, Any]:
        """The header that hubs read."""


class ModelCard(Card):
    """A model card with the nine sections of Mitchell et al. (2019), filled as far as an audit knows.

    Parameters
    ----------
    audit : mapping, optional
        What `BiasDetector.to_dict` gives.
    name : str, optional
        What the model is called.
    metadata : mapping, optional
        Further entries of the header that hubs read, such as ``{"license": "bsd-3-clause",
        "datasets": ["somebody/loans"]}``; they stand before what the audit gives.
    **answers : str
        Answers by the names of the questions (`SECTIONS`): ``primary_uses``, ``contact``, …; they stand
        before what the audit gives. What nobody answers stands as blank.

    Raises
    ------
    TypeError: there is no such question, or an answer is not a text.
    ValueError: what `edutools.documents.report` raises.

    Examples
    --------
    >>> card = ModelCard(detector.to_dict(), name="Loans", contact="Ada Example")  # doctest: +SKIP
    >>> card.blanks  # doctest: +SKIP
    >>> card.save("README.md")  # doctest: +SKIP

    Notes
    -----
    Mitchell, M. et al. (2019). Model cards for model reporting. Proceedings of FAT*, 220-229. The header
    follows Hugging Face's specification, https://github.com/huggingface/hub-docs/blob/main/modelcard.md.
    """

    _texts = "model_card"
    SECTIONS: ClassVar = {
        "details": (
            "developers",
            "made",
            "version",
            "type",
            "training_how",
            "licence",
            "citation",
            "contact",
        ),
        "intended_use": ("primary_uses", "users", "out_of_scope"),
        "factors": ("groups", "factors_left_out"),
        "metrics": ("measured", "thresholds", "variation"),
        "evaluation": ("evaluation_data", "evaluation_reason", "evaluation_preprocessing"),
        "training": ("training_data",),
        "quantitative": ("results",),
        "ethics": ("sensitive_data", "human_life", "mitigations", "risks"),
        "caveats_section": ("caveats",),
    }

    def _known(self, contents: Mapping[str, Any]) -> dict[str, str | None]:
        data, findings, threshold = contents["data"] or {}, _from_one_side(contents), contents["threshold"]
        label = contents["label"]
        methods = [str(tried["method"]) for tried in contents["mitigations"]]
        measures = {
            finding["short"]: f"{phrase(finding['metric'])} ({finding['short']})"
            for finding in findings
            if finding["standing"] != UNDEFINED
        }
        beyond = sum(finding["standing"] == BEYOND for finding in findings)
        said = {
            "made": contents["made"],
            "type": contents["model"],
            "training_how": _known_text(
                "model_card.training_how_known", features=", ".join(data.get("features") or [])
            ),
            "groups": "; ".join(_group_lists(contents)),
            "measured": _known_text("model_card.measured_known", measures=", ".join(measures.values())),
            "thresholds": None
            if threshold is None
            else text("model_card.thresholds_known", threshold=f"{threshold:g}"),
            "variation": _known_text("model_card.variation_known", convention=contents["convention"]),
            "evaluation_data": text(
                "model_card.evaluation_data_known",
                rows=f"{contents['rows']:,}",
                label="" if label is None else text("model_card.labelled", label=label),
                digest=data.get("digest") or "–",
            ),
            "results": text("model_card.results_known", beyond=beyond, all=len(findings))
            if findings
            else None,
            "mitigations": _known_text("model_card.mitigations_known", methods=", ".join(methods)),
            "caveats": " ".join(contents["notes"]),
        }
        return {question: answer or None for question, answer in said.items()}

    def _tables_of(self, contents: Mapping[str, Any]) -> dict[str, list[Table]]:
        from edutools.widgets.audit import finding_table, group_tables

        return {"quantitative": [*group_tables(contents), *finding_table(_from_one_side(contents))]}

    def _metadata(self, contents: Mapping[str, Any] | None) -> dict[str, Any]:
        tags = {"pipeline_tag": TASK, "tags": [TASK, "model-card"]}
        results = [] if contents is None else list(_results(contents))
        if not results:
            return tags
        metrics = dict.fromkeys(metric["type"] for result in results for metric in result["metrics"])
        return {
            **tags,
            "metrics": list(metrics),
            "model-index": [{"name": self.name, "results": results}],
        }


class Datasheet(Card):
    """A datasheet with the seven sections of Gebru et al. (2021), filled from an audit as far as that knows.

    Parameters
    ----------
    audit : mapping, optional
        What `BiasDetector.to_dict` gives: its rows are those that were audited.
    name : str, optional
        What the data are called.
    metadata : mapping, optional
        Further entries of the header that hubs read, such as ``{"license": "cc-by-4.0"}``.
    **answers : str
        Answers by the names of the questions (`SECTIONS`): ``purpose``, ``consent``, ``maintainer``, …

    Raises
    ------
    TypeError: there is no such question, or an answer is not a text.
    ValueError: what `edutools.documents.report` raises.

    Examples
    --------
    >>> Datasheet(detector.to_dict(), name="Loans", purpose="To teach.").save("README.md")  # doctest: +SKIP

    Notes
    -----
    Gebru, T. et al. (2021). Datasheets for datasets. Communications of the ACM 64(12), 86-92. The
    questions are a choice of theirs in our words. The header follows Hugging Face's specification,
    https://github.com/huggingface/hub-docs/blob/main/datasetcard.md.
    """

    _texts = "datasheet"
    SECTIONS: ClassVar = {
        "motivation": ("purpose", "creators", "funding"),
        "composition": (
            "instances",
            "columns",
            "label",
            "missing",
            "sampling",
            "sensitive",
            "identifiable",
            "confidential",
            "errors",
            "split",
        ),
        "collection": ("acquired", "who_collected", "time_frame", "consent", "ethical_review"),
        "preprocessing": ("cleaned", "raw"),
        "uses": ("used", "risks_of_use", "unsuitable"),
        "distribution": ("distributed", "terms"),
        "maintenance": ("maintainer", "contact", "errata", "archived"),
    }

    def _known(self, contents: Mapping[str, Any]) -> dict[str, str | None]:
        data = contents["data"] or {}
        columns, missing = data.get("columns") or [], data.get("missing")
        favourable = contents["favourable"]
        label = None
        if contents["label"] is not None:
            stands = "" if favourable is None else text("audit.favourable", value=favourable)
            label = text("datasheet.label_known", label=contents["label"], favourable=stands)
        return {
            "instances": text(
                "datasheet.instances_known", rows=f"{contents['rows']:,}", digest=data.get("digest") or "–"
            ),
            "columns": text("datasheet.columns_known", n=len(columns), columns=", ".join(map(str, columns)))
            if columns
            else None,
            "label": label,
            "missing": None if missing is None else _missing(missing),
            "sensitive": "; ".join(_group_lists(contents)) or None,
        }

    def _tables_of(self, contents: Mapping[str, Any]) -> dict[str, list[Table]]:
        from edutools.widgets.audit import finding_table, group_tables

        of_labels = {
            **contents,
            "groups": [
                {**group, "cells": {}, "rates": _only(group.get("rates") or {}, ("base_rate",))}
                for group in contents["groups"]
            ],
        }
        findings = [each for each in _from_one_side(contents) if each["stage"] == "data"]
        return {"composition": [*group_tables(of_labels), *finding_table(findings)]}

    def _metadata(self, contents: Mapping[str, Any] | None) -> dict[str, Any]:
        tags = {"pretty_name": self.name, "task_categories": [TASK], "tags": ["datasheet"]}
        if contents is None:
            return tags
        size = next((name for most, name in SIZES if contents["rows"] < most), LARGER)
        return {**tags, "size_categories": [size]}


def _from_one_side(contents: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in contents["findings"] if finding["mirrors"] is None]


def _known_text(key: str, **values: Any) -> str | None:
    """The text where there is something to put into it."""
    return text(key, **values) if all(values.values()) else None


def _group_lists(contents: Mapping[str, Any]) -> Iterator[str]:
    for feature in dict.fromkeys(group["feature"] for group in contents["groups"]):
        groups = [str(group["group"]) for group in contents["groups"] if group["feature"] == feature]
        yield text("card.group_list", feature=feature, groups=", ".join(groups))


def _missing(missing: Any) -> str:
    gaps = {name: count for name, count in missing.items() if count} if isinstance(missing, Mapping) else {}
    if not gaps:
        return text("card.missing_none")
    return text("card.missing", missing=", ".join(f"{name} {count:,}" for name, count in gaps.items()))


def _only(rates: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: rates[name] for name in names if name in rates}


def _results(contents: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A result a group, as a hub's model-index asks; a rate that is undefined has no number to give there."""
    for group in contents["groups"]:
        metrics = [
            {
                "type": HUB_NAMES.get(name, name),
                "value": round(number(figure["value"]), 4),
                "name": text(
                    "card.interval_name",
                    metric=name,
                    feature=group["feature"],
                    group=group["group"],
                    low=_short(figure.get("low")),
                    high=_short(figure.get("high")),
                ),
            }
            for name, figure in (group.get("rates") or {}).items()
            if figure.get("value") is not None
        ]
        if metrics:
            yield {
                "task": {"type": TASK},
                "dataset": {
                    "type": (contents["data"] or {}).get("digest") or "unpublished",
                    "name": f"{group['feature']}: {group['group']} ({group['rows']} rows)",
                },
                "metrics": metrics,
            }


def _short(limit: Any) -> str:
    return "–" if limit is None else f"{number(limit):.3f}"
