"""Reasons for a refusal, in the form in which US lenders owe them, from the contributions to one score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Any

from edutools._checks import known_keywords, suggestion
from edutools.texts import text

MOST_REASONS = 4
"""More are not likely to be helpful: 12 CFR Part 1002, Supplement I, comment 9(b)(2)-1."""

# The words of sample form C-1, 12 CFR Part 1002, Appendix C (a work of the US government), for names of
# columns that mean just that.
FORM_C1 = MappingProxyType(
    {
        "income": "Income insufficient for amount of credit requested",
        "debt_ratio": "Excessive obligations in relation to income",
        "years_employed": "Length of employment",
        "employment_length": "Length of employment",
        "years_at_residence": "Length of residence",
        "credit_history": "Limited credit experience",
        "late_payments": "Delinquent past or present credit obligations with others",
        "recent_inquiries": "Number of recent inquiries on credit bureau report",
        "collateral": "Value or type of collateral not sufficient",
        "bankruptcy": "Bankruptcy",
    }
)


@dataclass(frozen=True)
class Reasons:
    """The principal reasons for one refusal, and what to know before they are sent.

    Attributes
    ----------
    reasons : tuple of dict
        ``feature``, ``reason`` (in words) and ``contribution``, what lowered the score most first.
    warnings : tuple of str
        Where a protected group contributed, where words are missing, and what was left out.
    reference : str
        What the contributions are held against.
    """

    reasons: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]
    reference: str
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "reasons": [dict(each) for each in self.reasons],
            "warnings": list(self.warnings),
            "reference": self.reference,
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        numbered = [f"{place}. {each['reason']}" for place, each in enumerate(self.reasons, 1)]
        lines = numbered or [text("reasons.none")]
        return "\n".join([text("reasons.title"), *lines, "", *self.warnings, *self.notes])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(each['reason'])}</li>" for each in self.reasons)
        listed = f"<ol>{items}</ol>" if items else f"<p>{escape(text('reasons.none'))}</p>"
        said = "".join(f"<p>{escape(each)}</p>" for each in (*self.warnings, *self.notes))
        return f"<div>\n<p><strong>{escape(text('reasons.title'))}</strong></p>\n{listed}\n{said}\n</div>"


@known_keywords()
def adverse_action_reasons(
    contributions: Mapping[str, float],
    *,
    reference: str,
    sensitive_features: str | Sequence[str] = (),
    wording: Mapping[str, str] | None = None,
    most: int = MOST_REASONS,
) -> Reasons:
    """The principal reasons for a refusal, from what each feature contributed to the score.

    Parameters
    ----------
    contributions : mapping of str to float, or Series
        What each feature added to the score, on any one scale, against the reference; negative lowered it.
    reference : str
        What they are held against, in words, such as ``"the mean of those who just passed"``. Contributions
        against another reference can give other reasons.
    sensitive_features : str or sequence of str, optional
        Features that tell protected groups apart. They are never named as a reason; where one contributed, in
        either direction, that is said.
    wording : mapping of str to str, optional
        What each feature means to an applicant as a reason, such as ``{"debt_ratio": "Too much debt for your
        income"}``. For a few names the words of sample form C-1 stand in (`FORM_C1`).
    most : int, from 1, default 4
        How many reasons at most.

    Returns
    -------
    Reasons

    Raises
    ------
    TypeError: `contributions` maps no features to numbers.
    ValueError: a contribution is no finite number; `reference` is empty; a name in `wording` or
        `sensitive_features` is no feature; `most` is below 1.

    Examples
    --------
    >>> adverse_action_reasons(
    ...     {"income": -0.8, "age": 0.1, "debt_ratio": -0.3},
    ...     reference="the mean of all applicants",
    ...     sensitive_features="age",
    ... )  # doctest: +SKIP
    """
    given = _read(contributions)
    if not isinstance(reference, str) or not reference.strip():
        raise ValueError(
            f"`reference` must say in words what the contributions are held against, got {reference!r}."
        )
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ValueError(f"`most` must be a whole number from 1, got {most!r}.")
    protected = [sensitive_features] if isinstance(sensitive_features, str) else list(sensitive_features)
    words = dict(wording or {})
    for name, names in {"sensitive_features": protected, "wording": words}.items():
        _refuse_strangers(name, names, given)
    lowered = sorted(
        (feature for feature, added in given.items() if added < 0 and feature not in protected),
        key=lambda feature: given[feature],
    )
    named = lowered[:most]
    reasons = tuple(
        {
            "feature": feature,
            "reason": words.get(feature) or FORM_C1.get(feature) or feature,
            "contribution": given[feature],
        }
        for feature in named
    )
    notes = (
        text("reasons.reference", reference=reference.strip()),
        text("reasons.rule"),
        text("reasons.notice"),
    )
    warnings = tuple(_warnings(given, protected, named, len(lowered) - len(named), words))
    return Reasons(reasons, warnings, reference.strip(), notes)


def _read(contributions: Mapping[str, float]) -> dict[str, float]:
    if not hasattr(contributions, "items"):
        raise TypeError(
            f"`contributions` must map each feature to what it added, got {type(contributions).__name__}."
        )
    given = {}
    for feature, added in contributions.items():
        try:
            given[str(feature)] = float(added)
        except (TypeError, ValueError):
            given[str(feature)] = math.nan
        if not math.isfinite(given[str(feature)]):
            raise ValueError(f"the contribution of {feature!r} must be a finite number, got {added!r}.")
    return given


def _refuse_strangers(name: str, names: Iterable[str], given: Mapping[str, float]) -> None:
    for each in names:
        if each not in given:
            raise ValueError(
                f"`{name}` must name features among {list(given)}, got {each!r}.{suggestion(each, given)}"
            )


def _warnings(
    given: Mapping[str, float],
    protected: Sequence[str],
    named: Sequence[str],
    left_out: int,
    words: Mapping[str, str],
) -> list[str]:
    said = [
        text("reasons.blame", feature=feature, contribution=f"{given[feature]:+.3f}".replace("-", "−"))
        for feature in protected
        if given[feature]
    ]
    of_form = [feature for feature in named if feature not in words and feature in FORM_C1]
    bare = [feature for feature in named if feature not in words and feature not in FORM_C1]
    said += [text("reasons.form_words", features=", ".join(of_form))] if of_form else []
    said += [text("reasons.unworded", features=", ".join(bare))] if bare else []
    said += [text("reasons.more", n=left_out, most=len(named))] if left_out else []
    return said
