"""XGBoost and LightGBM by the interface that they share with scikit-learn."""

from __future__ import annotations

import lightgbm
import numpy as np
import xgboost

from edutools.predictors import reader
from tests.frameworks.loans import Comparison, audited, loans

X, y = loans()
kinds = np.digitize(X["economic_status"], [-0.5, 0.5])

for module, make in (
    (xgboost, lambda: xgboost.XGBClassifier(n_estimators=20, max_depth=3)),
    (lightgbm, lambda: lightgbm.LGBMClassifier(n_estimators=20, max_depth=3, verbose=-1)),
):
    check = Comparison(f"{module.__name__} {module.__version__}")
    model = make().fit(X, y)
    check.same("two classes", reader(model).scores(X), model.predict_proba(X)[:, 1])
    check.true("whom it accepts", bool((reader(model).accepted(X) == (model.predict(X) == 1)).all()))
    labels = reader(model, output="labels")
    check.true("labels alone", not labels.has_scores and bool((labels.accepted(X) == model.predict(X)).all()))
    audited(check, model)
    audited(check, make().fit(X.to_numpy(), y))
    three = make().fit(X, kinds)
    check.refuses("three classes", lambda three=three: reader(three), "`pos_label`", "3 classes")
    check.same("three, one named", reader(three, pos_label=2).scores(X), three.predict_proba(X)[:, 2])
    narrow = X.iloc[:, :3]
    check.refuses(
        "a column too few", lambda model=model, narrow=narrow: reader(model).scores(narrow), "rows 0"
    )
check.end()
