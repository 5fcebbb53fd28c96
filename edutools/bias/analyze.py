"""Where bias comes from: proxies, gaps in the data, contributions by group, and what strata explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edutools.bias.contributions import CURVES, contributions, importance, partial_dependence
from edutools.bias.findings import records
from edutools.bias.proxies import proxies
from edutools.bias.strata import within_strata
from edutools.metrics import share_interval
from edutools.texts import text

if TYPE_CHECKING:
    from edutools.bias.subject import Feature, Subject

# More rows than this are sampled where the model is asked again and again.
MOST_ROWS = 2_000
PARTS = (
    "representation",
    "missing",
    "proxies",
    "contributions",
    "importance",
    "partial_dependence",
    "within_strata",
    "strata",
)


@dataclass(frozen=True, eq=False, repr=False)
class Analysis:
    """Where the groups of each sensitive feature differ; each part is a DataFrame, empty where it does not
    apply.

    Attributes
    ----------
    representation : DataFrame
        Rows, share and base rate of each group, with intervals.
    missing : DataFrame
        Share of each group's rows in which a column is missing, with intervals; columns without gaps are left
        out.
    proxies : DataFrame
        How well each feature, and all together, tell the group (`edutools.bias.proxies.proxies`).
    contributions : DataFrame
        What each feature adds to the score in a group and in all other rows
        (`edutools.bias.contributions.contributions`).
    importance : DataFrame
        By how much accuracy falls in each group without a feature.
    partial_dependence : DataFrame
        Mean score of each group along the features that matter most.
    within_strata, strata : DataFrame
        What is left of each gap within strata, and each stratum (`edutools.bias.strata.within_strata`).
    notes : tuple of str
        What stands out, what was sampled, and what could not be analysed and why.
    """

    representation: pd.DataFrame
    missing: pd.DataFrame
    proxies: pd.DataFrame
    contributions: pd.DataFrame
    importance: pd.DataFrame
    partial_dependence: pd.DataFrame
    within_strata: pd.DataFrame
    strata: pd.DataFrame
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it: each part as records, None for what is undefined."""
        parts = {part: records(getattr(self, part)) for part in PARTS}
        return {**parts, "notes": list(self.notes)}

    def __repr__(self) -> str:
        tables = [
            f"{text(f'analysis.{part}')}\n{frame.to_string(index=False, float_format='{:.3f}'.format)}"
            for part, frame in self._shown()
        ]
        return "\n\n".join(["\n".join(self.notes), *tables])

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(each)}</li>" for each in self.notes)
        tables = "".join(
            f"<h4>{escape(text(f'analysis.{part}'))}</h4>"
            + frame.to_html(index=False, border=0, float_format="{:.3f}".format, na_rep="–")
            for part, frame in self._shown()
        )
        return (f"<ul>{notes}</ul>" if notes else "") + tables

    def _shown(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The parts that are short enough to be read, each to ten rows."""
        for part in PARTS:
            frame = getattr(self, part)
            if len(frame) and part not in ("partial_dependence", "strata"):
                yield part, frame.head(10)


def analyze(subject: Subject, *, seed: int = 0) -> Analysis:
    """Where the differences between a subject's groups come from.

    Parameters
    ----------
    subject : Subject
        With sensitive features.
    seed : int, default 0
        Of samples, folds and shuffles.

    Raises
    ------
    ValueError: there is no sensitive feature.
    ImportError: the model is not linear, and shap is not installed.
    """
    if not subject.sensitive:
        raise ValueError("`sensitive_features` must name a feature whose groups are analysed, got none.")
    rows = np.sort(np.random.default_rng(seed).permutation(len(subject.table))[:MOST_ROWS])
    notes = []
    if len(rows) < len(subject.table):
        notes.append(text("analysis.sampled", rows=len(rows), of=len(subject.table)))
    found: dict[str, list[pd.DataFrame]] = {part: [] for part in PARTS}
    for feature in subject.sensitive:
        for part, frame, note in _of_feature(subject, feature, rows, seed):
            found[part].append(_named(frame, feature.name))
            notes += [note] if note and note not in notes else []
    parts = {
        part: pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
        for part, frames in found.items()
    }
    return Analysis(**parts, notes=(*_striking(parts), *notes))


Part = tuple[str, pd.DataFrame, str | None]


def _of_feature(subject: Subject, feature: Feature, rows: Any, seed: int) -> Iterator[Part]:
    yield "representation", _representation(subject, feature), None
    yield "missing", _missing(subject, feature), None
    X, sample = subject.features.iloc[rows], replace(feature, codes=feature.codes[rows])
    # A group is told by itself without error, which says nothing.
    groups = subject.compared(feature)
    others = X[[name for name in X if str(name) != feature.name]]
    if others.shape[1]:
        yield "proxies", proxies(others, sample, groups, seed=seed), None
    if subject.strata is not None:
        gaps, parts = within_strata(subject, feature)
        yield "within_strata", gaps, None
        yield "strata", parts, None
    if subject.reader is None or not subject.reader.has_scores:
        return
    score = subject.reader.scores
    table, how = contributions(
        X, sample, groups, score, model=subject.model, pos_label=subject.pos_label, seed=seed
    )
    yield "contributions", table, how
    leading = list(dict.fromkeys(table.feature))[:CURVES]
    if subject.y is not None:
        fallen = importance(X, subject.y[rows], sample, score, threshold=subject.threshold, seed=seed)
        leading = list(dict.fromkeys(fallen.feature))[:CURVES]
        yield "importance", fallen, None
    yield "partial_dependence", partial_dependence(X, sample, score, leading), None


def _named(frame: pd.DataFrame, sensitive: str) -> pd.DataFrame:
    return frame.assign(sensitive_feature=sensitive)[["sensitive_feature", *frame.columns]]


def _representation(subject: Subject, feature: Feature) -> pd.DataFrame:
    sizes = feature.sizes
    shares = share_interval(sizes, np.full(sizes.shape, sizes.sum()))
    frame = pd.DataFrame(
        {
            "group": feature.groups,
            "rows": sizes,
            "share": sizes / sizes.sum(),
            "low": shares[:, 0],
            "high": shares[:, 1],
        }
    )
    if subject.y is None:
        return frame
    hits = np.bincount(feature.codes, weights=subject.y, minlength=len(sizes))
    limits = share_interval(hits, sizes)
    return frame.assign(base_rate=hits / sizes, base_rate_low=limits[:, 0], base_rate_high=limits[:, 1])


def _missing(subject: Subject, feature: Feature) -> pd.DataFrame:
    found = []
    for name in subject.table:
        gaps = subject.table[name].isna().to_numpy()
        if not gaps.any():
            continue
        hits = np.bincount(feature.codes, weights=gaps, minlength=len(feature.groups))
        limits = share_interval(hits, feature.sizes)
        found += [
            (str(name), group, int(hits[i]), float(hits[i] / feature.sizes[i]), *limits[i].tolist())
            for i, group in enumerate(feature.groups)
        ]
    return pd.DataFrame(found, columns=["column", "group", "missing", "share", "low", "high"])


def _striking(parts: dict[str, pd.DataFrame]) -> Iterator[str]:
    """What a reader should see first: the strongest proxy, and where a gap turns round within strata."""
    told = parts["proxies"]
    together = text("analysis.all_features")
    for sensitive, table in told.groupby("sensitive_feature", sort=False) if len(told) else ():
        alone = table[(table.feature != together) & (table.low > 0.5)]
        if len(alone):
            best = alone.iloc[0]
            yield text(
                "analysis.proxy",
                feature=best.feature,
                sensitive=sensitive,
                auc=f"{best.auc:.2f}",
                low=f"{best.low:.2f}",
                high=f"{best.high:.2f}",
            )
    gaps = parts["within_strata"]
    for _, row in gaps[gaps.reversed].iterrows() if len(gaps) else ():
        key = "labels" if row.short == "DPL" else "decisions"
        yield text(
            f"analysis.simpson_{key}", group=row.group, gap=f"{row.gap:+.3f}", adjusted=f"{row.adjusted:+.3f}"
        )
