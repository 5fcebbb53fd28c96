"""A model asked about applicants: scores, what each feature adds, who is near, and the curve along a feature.

An applicant is a list of values in the order of the features: a number, or a level as it is spelled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edutools._checks import one_of
from edutools._columns import natural
from edutools.widgets.additive import Additive, Term, added, additive_form
from edutools.widgets.applicant import read_tables, read_value
from edutools.widgets.decision import NEAREST, Feature, described, differing, distance, logistic, plain

if TYPE_CHECKING:
    import pandas as pd

Values = list[Any]

POINTS = 41  # of a curve
MOST_PEOPLE = 300  # whom a model is asked about again at each point of a partial dependence
MOST_LEVELS = 60


class Asked:
    """A model among its background people.

    Parameters
    ----------
    predict : function of a DataFrame
        Scores of its rows, shape (n,), in [0, 1].
    people : DataFrame, shape (n, n_features)
        The background people, without blank values.
    features : sequence of Feature
        The columns of `people`, in their order.
    levels : mapping of str to list
        Of each feature that is no number: every level.
    scores : ndarray of float, shape (n,), optional
        What `predict` gives `people`, where it is known.
    seed : int, default 0
        Of the people that stand for all, where a model is asked about many.

    Raises
    ------
    ValueError: the model fails on the rows, or gives no scores in [0, 1].
    """

    def __init__(
        self,
        predict: Callable[[pd.DataFrame], Any],
        people: pd.DataFrame,
        features: Sequence[Feature],
        levels: Mapping[str, Sequence[Any]],
        *,
        scores: Any = None,
        seed: int = 0,
    ) -> None:
        self._predict, self.people, self.features = predict, people, list(features)
        self.levels = {name: {str(level): level for level in each} for name, each in levels.items()}
        self.scores = self.ask(people) if scores is None else np.asarray(scores, dtype=float)
        self.additive: Additive | None = None
        self.columns: list[NDArray[Any]] = [
            people[each.name].to_numpy(dtype=float)
            if each.kind == "number"
            else people[each.name].astype(str).to_numpy(dtype=object)
            for each in self.features
        ]
        few = min(len(people), MOST_PEOPLE)
        self.sample = np.sort(np.random.default_rng(seed).choice(len(people), few, replace=False))
        self._dependence: dict[int, list[float]] = {}

    @classmethod
    def read(
        cls,
        predict: Callable[[Any], Any],
        row: Any,
        X: Any,
        *,
        model: Any = None,
        scores: Any = None,
        pos_label: Any = 1,
        linear: tuple[Sequence[float], float] | None = None,
        feature_names: Sequence[str] | None = None,
        units: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> tuple[Asked, Values, NDArray[np.bool_]]:
        """A model among people as a caller gives them, one applicant's values, which rows of X are people.

        Rows with a blank value are left out of the people. A whole number for `row` is the place of one in X.

        Raises
        ------
        ValueError: a feature is absent; the applicant's value is blank; no row is whole; a unit's feature is
            unknown.
        """
        table, applicant, read = read_tables(model, _row_of(row, X), X, feature_names, blanks=True)
        whole = table[read].notna().all(axis=1).to_numpy()
        if not whole.any():
            raise ValueError("`X` must have a row without blank values, got none.")
        people = table.loc[whole, read]
        units = dict(units or {})
        for name in units:
            one_of("units", name, read)
        given = {name: read_value(applicant, people, name) for name in read}
        features = [described(people[name], given[name], units.get(name, "")) for name in read]
        levels = {
            each.name: _levels_of(people[each.name], given[each.name])
            for each in features
            if each.kind == "level"
        }
        as_frame = hasattr(X, "columns")
        asked = cls(
            predict if as_frame else lambda frame: predict(frame.to_numpy()),
            people,
            features,
            levels,
            scores=None if scores is None else np.asarray(scores, dtype=float)[whole],
            seed=seed,
        )
        values = asked.spelled(given)
        asked.score(values)  # a model that cannot score the applicant says so before it is read
        asked.additive = additive_form(
            model, people, features, levels, asked.scores, pos_label=pos_label, linear=linear
        )
        return asked, values, whole

    def spelled(self, given: Mapping[str, Any]) -> Values:
        """An applicant's values in the order of the features, levels as they are spelled."""
        return [
            given[each.name] if each.kind == "number" else str(given[each.name]) for each in self.features
        ]

    # ---- scores

    def ask(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The model's scores of rows, shape (n,), in [0, 1]; its own error is kept where it fails."""
        try:
            got = np.asarray(self._predict(frame), dtype=float)
        except Exception as error:
            # What reads models says so itself.
            if str(error).startswith("`model`"):
                raise
            raise ValueError(
                f"`model` failed on {len(frame)} row{'s' * (len(frame) != 1)} of {list(frame.columns)!r}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if got.shape != (len(frame),):
            raise ValueError(f"`model` must give one score a row, {(len(frame),)}, got shape {got.shape}.")
        if not np.isfinite(got).all() or (got < 0).any() or (got > 1).any():
            raise ValueError(f"`model` must give scores in [0, 1], got {got.min():g} to {got.max():g}.")
        return got

    def scores_of(self, rows: Sequence[Values]) -> NDArray[np.float64]:
        """The model's scores of applicants, shape (n,), in [0, 1]."""
        return self.ask(self.frame(rows)) if rows else np.empty(0)

    def score(self, values: Values) -> float:
        """The model's score of one applicant, in [0, 1]."""
        return float(self.scores_of([values])[0])

    def frame(self, rows: Sequence[Values]) -> pd.DataFrame:
        """Applicants as the table that the model takes, levels as the people have them."""
        return self.table([[row[place] for row in rows] for place in range(len(self.features))])

    def table(self, columns: Sequence[Any]) -> pd.DataFrame:
        """The same from a column for each feature."""
        import pandas as pd

        found = {}
        for feature, column in zip(self.features, columns, strict=True):
            if feature.kind == "level":
                known, dtype = self.levels[feature.name], self.people[feature.name].dtype
                found[feature.name] = pd.Series([known[value] for value in column], dtype=dtype)
            else:
                found[feature.name] = pd.Series(column)
        return pd.DataFrame(found)

    # ---- contributions

    def contributions(self, values: Values) -> list[float]:
        """What each feature adds: in log-odds where the model is a sum, else in score, one at a time.

        One at a time is the score less the score with that feature at its mean, or its commonest level; these
        need not add up.
        """
        if self.additive is not None:
            return self.additive.contributions(values)
        usual = [self.usual(place) for place in range(len(self.features))]
        changed = [[*values[:place], mean, *values[place + 1 :]] for place, mean in enumerate(usual)]
        own, *others = self.scores_of([values, *changed]).tolist()
        return [own - other for other in others]

    def usual(self, place: int) -> Any:
        """The mean of a number, the commonest level of levels."""
        feature = self.features[place]
        return feature.mean if feature.kind == "number" else str(feature.mean)

    # ---- people

    def apart(self, values: Values) -> list[NDArray[np.float64]]:
        """How far each person is from an applicant in each feature, in standard deviations."""
        found = []
        for feature, column, value in zip(self.features, self.columns, values, strict=True):
            if feature.kind == "level":
                found.append((column != value).astype(float))
            else:
                spread = feature.spread
                found.append(abs(column - value) / spread if spread > 0 else np.zeros(len(column)))
        return found

    def nearest(
        self, values: Values, accepted: NDArray[np.bool_], approved: bool, *, most: int = NEAREST
    ) -> dict[str, Any]:
        """The people nearest to an applicant among those decided otherwise.

        Parameters
        ----------
        values : list
        accepted : ndarray of bool, shape (n,)
            How each person is decided.
        approved : bool
            How the applicant is.

        Returns
        -------
        dict
            ``others``, how many are decided otherwise; ``nearest``, each with ``place`` in the table,
            ``distance`` and ``differs``, places of the features in which they differ, most first.
        """
        apart = self.apart(values)
        total = np.zeros(len(self.people))
        for each in apart:
            total += each * each
        otherwise = np.flatnonzero(accepted != approved)
        far = np.sqrt(total[otherwise])
        order = np.argsort(far, kind="stable")[:most]
        found = [
            {
                "place": int(otherwise[turn]),
                "distance": float(far[turn]),
                "differs": differing([float(each[otherwise[turn]]) for each in apart]),
            }
            for turn in order
        ]
        return {"others": len(otherwise), "nearest": found}

    def distance(self, one: Values, other: Values) -> float:
        """How far two applicants lie apart: the root of the squares over all features."""
        total = 0.0
        for feature, value, changed in zip(self.features, one, other, strict=True):
            total += distance(feature, value, changed) ** 2
        return float(np.sqrt(total))

    # ---- curves

    def points(self, place: int) -> list[Any]:
        """Values of a feature along which its curve is drawn: evenly over the slider, or every level."""
        feature = self.features[place]
        if feature.kind == "level":
            return list(self.levels[feature.name])[:MOST_LEVELS]
        return [float(each) for each in np.linspace(feature.start, feature.stop, POINTS)]

    def individual(self, place: int, values: Values) -> list[float]:
        """The applicant's score at each point of a feature, all else as it is."""
        return self.scores_of(
            [[*values[:place], each, *values[place + 1 :]] for each in self.points(place)]
        ).tolist()

    def dependence(self, place: int) -> list[float]:
        """Mean score of the people at each point of a feature, all else as they have it (Friedman 2001)."""
        if place not in self._dependence:
            ask = self._summed if self.additive is not None else self._asked_again
            self._dependence[place] = ask(place)
        return self._dependence[place]

    def _summed(self, place: int) -> list[float]:
        assert self.additive is not None
        rest = np.full(len(self.people), self.additive.intercept)
        for other, (term, column) in enumerate(zip(self.additive.terms, self.columns, strict=True)):
            if other != place:
                rest += _added_to_all(term, column)
        term = self.additive.terms[place]
        return [float(logistic(rest + added(term, each)).mean()) for each in self.points(place)]

    def _asked_again(self, place: int) -> list[float]:
        points, people = self.points(place), len(self.sample)
        columns = [np.tile(column[self.sample], len(points)) for column in self.columns]
        columns[place] = np.repeat(np.array(points, dtype=self.columns[place].dtype), people)
        scores = self.ask(self.table(columns))
        return [float(each) for each in scores.reshape(len(points), people).mean(axis=1)]


def _row_of(row: Any, X: Any) -> Any:
    if isinstance(row, bool) or not isinstance(row, int | np.integer):
        return row
    if not 0 <= row < len(X):
        raise ValueError(f"`row` must be the place of a row of X, from 0 to {len(X) - 1}, got {row!r}.")
    return X.iloc[int(row)] if hasattr(X, "iloc") else np.asarray(X)[int(row)]


def _levels_of(column: pd.Series, own: Any) -> list[Any]:
    """Every level of a column, in order, and the applicant's own where nobody has it."""
    import pandas as pd

    found = [plain(each) for each in column.unique()]
    found += [] if str(own) in map(str, found) else [own]
    ordered = column.dtype.categories.tolist() if isinstance(column.dtype, pd.CategoricalDtype) else []
    known = {str(each): place for place, each in enumerate(ordered)}
    return sorted(found, key=lambda each: (known.get(str(each), len(known)), natural(str(each))))


def _added_to_all(term: Term, column: NDArray[Any]) -> NDArray[np.float64]:
    if isinstance(term, dict):
        return np.array([term[each] for each in column], dtype=float)
    return term * column.astype(float)
