"""BiasDetector: one object that takes any model and any table, and shows its working."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from edutools._checks import known_keywords
from edutools.bias.identify import Options, identify
from edutools.bias.record import described, model_name, versions
from edutools.bias.subject import (
    Subject,
    as_frame,
    column_named,
    decisions,
    is_column_key,
    leaks,
    read_features,
    read_label,
    read_sensitive,
    read_strata,
)
from edutools.events import now
from edutools.texts import text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edutools.bias.analyze import Analysis
    from edutools.bias.findings import Findings
    from edutools.bias.individual import Explanation
    from edutools.bias.mitigate import Comparison
    from edutools.bias.remedies import Mitigation
    from edutools.documents.reports import Report
    from edutools.predictors import Reader
    from edutools.widgets.what_if import WhatIf


class BiasDetector:
    """Bias of a model's decisions, or of a table's labels: identified, analysed, mitigated, documented.

    Parameters
    ----------
    model : object, str, int or None
        Anything that `edutools.predictors.reader` reads: a classifier of scikit-learn's kind, a network of
        PyTorch, Keras or Gluon, a function of rows; or the column of scores in [0, 1] by name or number. None
        to look at labels alone.
    data : DataFrame, or array-like of shape (n, n_columns)
        The rows that are looked at, best those that the model has not seen in training.
    label : str, int or array-like of shape (n,), optional
        The column of true labels, or they themselves.
    sensitive_features : str, int, list of these, Series, DataFrame, mapping or array-like, optional
        The columns that hold groups, or the groups themselves. Numbers of more than 10 values are cut in two.
    favourable : object, optional
        The label that is good for a person; by default 1, where labels are 0 and 1.
    features : list of str or int, optional
        The columns that the model takes; by default those that it names itself, else all but the label.
    strata : str, int or array-like of shape (n,), optional
        What conditional demographic disparity is taken within. Numbers of more than 10 values are cut in
        quarters.
    boundaries : mapping of str to float, optional
        Where a numeric sensitive feature is cut: a row at the boundary belongs to the upper group. By default
        its median.
    threshold : float, in [0, 1], default 0.5
        A row is accepted where its score is at or above it.
    output : str, optional
        What the model puts out where it does not declare it: ``"probabilities"``, ``"logits"``,
        ``"log_probabilities"`` or ``"labels"``.
    classes : sequence, optional
        The labels that a network's outputs stand for, in their order.

    Raises
    ------
    ValueError: a column is absent; lengths differ; a sensitive feature has one group, or more than 50; which
        label is favourable cannot be known.
    TypeError: `data` is no table.

    Examples
    --------
    >>> detector = BiasDetector(model, table, label="repaid", sensitive_features="gender")  # doctest: +SKIP
    >>> detector.detect_bias().to_frame()  # doctest: +SKIP
    """

    @known_keywords()
    def __init__(
        self,
        model: Any,
        data: Any,
        *,
        label: Any = None,
        sensitive_features: Any = None,
        favourable: Any = None,
        features: Any = None,
        strata: Any = None,
        boundaries: Mapping[Any, float] | None = None,
        threshold: float = 0.5,
        output: str | None = None,
        classes: Any = None,
    ) -> None:
        if not 0 <= threshold <= 1:
            raise ValueError(f"`threshold` must lie in [0, 1], got {threshold!r}.")
        self._given = {
            "label": label,
            "sensitive_features": sensitive_features,
            "favourable": favourable,
            "features": features,
            "strata": strata,
            "boundaries": boundaries,
            "threshold": threshold,
            "output": output,
            "classes": classes,
        }
        self.model, self.table = model, as_frame(data)
        # Read at once, so that a slip is named where it was made; the model is asked when it is needed.
        self._label = None if label is None else read_label(label, favourable, self.table)
        column = column_named("label", label, self.table) if is_column_key(label) else None
        self._features = read_features(model, features, column, self.table)
        self._sensitive = read_sensitive(sensitive_features, boundaries, self.table)
        self._strata = read_strata(strata, self.table)
        # What has been found so far, for the report.
        self._findings: Findings | None = None
        self._analysis: Analysis | None = None
        self._mitigations: list[Mitigation] = []
        self._explained: list[int] = []

    @cached_property
    def subject(self) -> Subject:
        """What is examined, read once: the model is asked for its scores here.

        Raises
        ------
        ValueError: what a model's output means cannot be known; the message names what settles it.
        """
        name, labels, favourable = self._label or (None, None, self._given["favourable"])
        reader, scores, accepted = None, None, None
        if self.model is not None:
            reader, scores, accepted = decisions(
                self.model,
                self._features,
                self.table,
                threshold=self._given["threshold"],
                pos_label=favourable,
                output=self._given["output"],
                classes=self._given["classes"],
            )
        y = None if labels is None else labels == favourable
        return Subject(
            table=self.table,
            features=self._features,
            sensitive=self._sensitive,
            model=self.model,
            reader=reader,
            label=name,
            favourable=None if labels is None else str(favourable),
            labels=labels,
            y=y,
            scores=scores,
            accepted=accepted,
            strata=self._strata,
            threshold=self._given["threshold"],
            pos_label=1 if favourable is None else favourable,
            notes=tuple(self._notes(name, y)),
        )

    def _notes(self, label: str | None, y: NDArray[np.bool_] | None) -> Iterator[str]:
        chosen = [str(name) for name in self._given["boundaries"] or {}]
        for each in self._sensitive:
            if each.boundary is not None and each.name not in chosen:
                yield text("findings.cut", feature=each.name, at=f"{each.boundary:g}")
        if y is None:
            return
        for column in leaks(self._features, y, label):
            yield text("findings.leak", column=column, label=label)
        if y.all() or not y.any():
            yield text("findings.constant", label=label)

    @known_keywords()
    def detect_bias(
        self,
        *,
        label: Any = None,
        sensitive_features: Any = None,
        favourable: Any = None,
        reference: str | Mapping[str, str] | None = None,
        population: Mapping[Any, Any] | None = None,
        intersections: bool = True,
        minimum_rows: int = 20,
        fliptest: bool | None = None,
        convention: str = "edutools",
        seed: int = 0,
    ) -> Findings:
        """Findings before and after training, for each group, those first that chance does not explain.

        Each measure of `edutools.bias.measures` is taken for each value of each sensitive feature against all
        other rows, or the one other group where there are two, and for the intersections of several features.
        Shares have Newcombe's intervals, ratios Donner and Zou's, the others those of 1,000 multinomial
        resamples of the counts; of a distance, which resampling cannot bring to 0, the interval begins at 0
        where its test does not exclude chance. Each question asked of a group has one test: exact where it is
        about shares, else of 9,999 permutations.

        Parameters
        ----------
        label, sensitive_features, favourable : optional
            What the constructor was not given, as it takes them.
        reference : str, or mapping of feature to group, optional
            A group that each other is held against too.
        population : mapping of group to share, optional
            Each group's share of the population, in [0, 1], beside which the sample's is held; by feature
            where a group's name is not clear alone.
        intersections : bool, default True
            Whether the combinations of several sensitive features are groups too.
        minimum_rows : int, default 20
            An intersection with fewer rows is left out; a group with fewer is named in the notes.
        fliptest : bool, optional
            Whether to look for each row's neighbours in the other group; by default up to 10,000 rows.
        convention : str, default "edutools"
            Or ``"clarify"``, with Amazon SageMaker Clarify's values for what is undefined here.
        seed : int, default 0
            Of resamples and permutations.

        Returns
        -------
        Findings
            Without a label or groups it says what it could measure, and what that needs.

        Raises
        ------
        ValueError: no such convention or group; what the model's output means cannot be known.
        """
        options = Options(
            reference=reference,
            population=population or {},
            intersections=intersections,
            minimum_rows=minimum_rows,
            fliptest=fliptest,
            convention=convention,
            seed=seed,
        )
        if label is not None or sensitive_features is not None or favourable is not None:
            further = {"label": label, "sensitive_features": sensitive_features, "favourable": favourable}
            given = self._given | {name: value for name, value in further.items() if value is not None}
            return BiasDetector(self.model, self.table, **given).detect_bias(**asdict(options))
        self._findings = identify(self.subject, options)
        return self._findings

    @known_keywords()
    def analyze_bias(self, *, seed: int = 0) -> Analysis:
        """Where the differences between groups come from, as tables with intervals.

        Which features carry the group; where representation, labels and missing values differ; what each
        feature adds to the score in each group (exact where the model is linear, else by SHAP), by how much
        accuracy falls without it, and the score along it; what is left of each gap within strata. Where there
        are more than 2,000 rows, the model is asked about a sample of them.

        Parameters
        ----------
        seed : int, default 0
            Of samples, folds and shuffles.

        Raises
        ------
        ValueError: there is no sensitive feature.
        ImportError: the model is not linear, and shap is not installed.
        """
        from edutools.bias.analyze import analyze

        self._analysis = analyze(self.subject, seed=seed)
        return self._analysis

    def mitigate_bias(
        self,
        method: str,
        *,
        sensitive_features: Any = None,
        test_size: float = 0.3,
        seed: int = 0,
        **parameters: Any,
    ) -> Mitigation:
        """A new model by a method of mitigation, with its findings beside those of the plain model.

        Both are trained on the same part of the rows, and held beside each other on the rest, which neither
        has seen.

        Parameters
        ----------
        method : str
            A name in `edutools.bias.mitigate.METHODS`, such as ``"reweighing"`` or ``"thresholds"``.
        sensitive_features : str or list of str, optional
            Of which sensitive features the groups are; by default of all, crossed.
        test_size : float, in (0, 1), default 0.3
            The share of rows that is held out.
        seed : int, default 0
        **parameters
            Of the method: ``METHODS[method].parameters`` lists them.

        Raises
        ------
        ValueError: there is no label, group or model that can be trained anew; the method does not apply, and
            why.
        TypeError: the method has no such parameter.
        ImportError: the package that the method comes from is not installed.
        """
        from edutools.bias.remedies import remedied

        self._mitigations.append(
            remedied(
                self.subject,
                method,
                sensitive=_listed(sensitive_features),
                test_size=test_size,
                seed=seed,
                **parameters,
            )
        )
        return self._mitigations[-1]

    @known_keywords()
    def compare_mitigations(
        self,
        *,
        sensitive_features: Any = None,
        methods: Sequence[str] | None = None,
        criterion: str = "demographic_parity",
        cv: int = 5,
        repeats: int = 1,
        profit: tuple[float, float] | None = None,
        seed: int = 0,
        progress: bool = True,
    ) -> Comparison:
        """All methods of mitigation by cross-validation: accuracy (or profit) against the gap between groups.

        Parameters
        ----------
        sensitive_features : str or list of str, optional
            Of which sensitive features the groups are; by default of all, crossed.
        methods : sequence of str, optional
            Names in `edutools.bias.mitigate.METHODS`, by default all; one that does not apply says why.
        criterion : str, default "demographic_parity"
            Whose gap is drawn, and asked for of the methods that can be asked.
        cv, repeats : int, default 5 and 1
            Into how many parts the rows are laid, and how often anew.
        profit : tuple of two float, optional
            What an accepted row with the favourable label earns, and what one without it costs; without it,
            accuracy is drawn.
        seed : int, default 0
        progress : bool, default True
            Whether a bar shows how far it is.

        Raises
        ------
        ValueError: there is no label, group or model that can be trained anew.
        """
        from edutools.bias.mitigate import compare
        from edutools.bias.remedies import trainable

        subject = self.subject
        chosen = _listed(sensitive_features) or [each.name for each in subject.sensitive]
        return compare(
            trainable(subject),
            subject.features,
            subject.labels,
            subject.groups[[subject.feature(name).name for name in chosen]],
            pos_label=subject.pos_label,
            methods=methods,
            criterion=criterion,
            cv=cv,
            repeats=repeats,
            profit=profit,
            seed=seed,
            progress=progress,
        )

    @known_keywords()
    def explain(
        self,
        row: Any,
        *,
        changeable: Sequence[str] | None = None,
        include_rows: bool = False,
        seed: int = 0,
    ) -> Explanation:
        """One individual: what the score is made of, who like them is decided otherwise, what would flip it.

        Parameters
        ----------
        row : int, Series, dict, or DataFrame of one row
            The individual; a whole number is the place of a row of the data.
        changeable : sequence of str, optional
            The features that this person could change; without any, no change is sought.
        include_rows : bool, default False
            Whether the features of the nearest people are shown.
        seed : int, default 0

        Raises
        ------
        ValueError: there is no model with scores; a feature is absent, unknown or blank.
        ImportError: the model is not linear, and shap is not installed.
        """
        from edutools.bias.individual import explain

        subject, reader = self.subject, self._scoring("explain")
        if isinstance(row, int) and not isinstance(row, bool):
            self._explained.append(row)
        return explain(
            row,
            subject.features,
            subject.y,
            subject.scores,
            reader.scores,
            threshold=subject.threshold,
            changeable=changeable,
            model=subject.model,
            pos_label=subject.pos_label,
            include_rows=include_rows,
            seed=seed,
        )

    def what_if(self, row: Any = None, **play: Any) -> WhatIf:
        """A widget on one applicant: a control for each feature, and the score and decision that move.

        Parameters
        ----------
        row : int, Series, dict, or DataFrame of one row, optional
            The applicant; by default the refused one whose score is nearest to the threshold.
        **play
            As `WhatIf` takes it: ``changeable``, ``feature``, ``include_rows`` and others.

        Raises
        ------
        ValueError: there is no model with scores.
        """
        from edutools.widgets.what_if import WhatIf

        subject, reader = self.subject, self._scoring("what_if")
        if len(subject.sensitive) == 1:
            feature = subject.sensitive[0]
            play = {"sensitive_features": feature.of_each_row.to_numpy(), **play}
        return WhatIf(
            reader.scores,
            subject.features,
            row=row,
            **{
                "threshold": subject.threshold,
                "model": subject.model,
                "pos_label": subject.pos_label,
                **play,
            },
        )

    def _scoring(self, asked: str) -> Reader:
        """The reader of a model that can be asked for the scores of other rows."""
        reader = self.subject.reader
        if reader is None or not reader.has_scores:
            raise ValueError(
                f"{asked} needs a `model` that gives scores of any row, got {self.subject.model!r}, "
                "which does not."
            )
        return reader

    def to_dict(self) -> dict[str, Any]:
        """The audit as JSON holds it: what was examined, and what has been found so far.

        Findings are those of the last `detect_bias`, which is asked now where it was not; analysis and
        mitigations are those that were asked for. No row of a person is in it.
        """
        subject = self.subject
        findings = self.detect_bias() if self._findings is None else self._findings
        return {
            "schema": 1,
            "made": f"{now()[:19]}Z",
            "model": None if subject.model is None else model_name(subject.model),
            "label": subject.label,
            "favourable": subject.favourable,
            "rows": len(subject.table),
            "threshold": subject.threshold,
            "data": described(subject),
            "versions": versions(),
            **findings.to_dict(),
            "analysis": None if self._analysis is None else self._analysis.to_dict(),
            "mitigations": [each.to_dict() for each in self._mitigations],
        }

    @known_keywords()
    def report(self, *, include_rows: bool = False) -> Report:
        """All that has been found, as a widget, and as one HTML, Markdown or JSON file.

        Parameters
        ----------
        include_rows : bool, default False
            Whether the rows that `explain` was asked about are in it; columns that identify people never are.

        Examples
        --------
        >>> detector.report().save("audit.html")  # doctest: +SKIP
        """
        from edutools.documents.reports import report

        audit = self.to_dict()
        if include_rows:
            audit["people"] = self.table.iloc[self._explained].to_dict("records")
        return report(audit, include_rows=include_rows)


def _listed(names: Any) -> list[str] | None:
    return [names] if isinstance(names, str) else names
