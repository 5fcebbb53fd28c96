"""An audit as one dict: what was examined and found, without a row of a person, and the report made of it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from edutools import BiasDetector, load_loans
from edutools.bias.record import digest
from edutools.documents.log import AuditLog

LOANS = load_loans()
FEATURES = ["income", "credit_history"]
TABLE = LOANS.assign(**{name: LOANS[name].fillna(LOANS[name].median()) for name in FEATURES})


def detector(table=TABLE, **given):
    model = LogisticRegression(max_iter=1_000).fit(TABLE[FEATURES], TABLE.repaid)
    return BiasDetector(model, table, **({"label": "repaid", "sensitive_features": "gender"} | given))


def test_an_audit_says_what_was_examined_and_holds_nobody_s_row():
    audit = detector().to_dict()
    written = json.dumps(audit, allow_nan=False)
    assert (audit["model"], audit["label"], audit["favourable"]) == ("LogisticRegression", "repaid", "1")
    assert (audit["rows"], audit["threshold"], audit["convention"]) == (1000, 0.5, "edutools")
    assert audit["data"]["features"] == FEATURES
    assert audit["data"]["missing"] == {"education": int(LOANS.education.isna().sum())}
    assert not any(name in written for name in LOANS.name)
    assert not any(phone in written for phone in LOANS.phone)


def test_an_audit_takes_over_the_analysis_and_the_options_that_were_asked_for():
    examined = detector()
    assert examined.to_dict()["analysis"] is None
    examined.detect_bias(convention="clarify")
    examined.analyze_bias()
    audit = examined.to_dict()
    assert audit["convention"] == "clarify"
    assert {row["feature"] for row in audit["analysis"]["contributions"]} == set(FEATURES)


def test_a_digest_is_that_of_the_values_and_moves_with_any_of_them():
    again = LOANS.sample(frac=1, random_state=0).sort_index()
    assert digest(LOANS) == digest(again) == digest(LOANS.set_axis(range(5, 1005)))
    for name in LOANS:
        changed = LOANS.copy()
        changed.loc[3, name] = LOANS.loc[4, name] if LOANS.loc[4, name] != LOANS.loc[3, name] else None
        assert digest(changed) != digest(LOANS), name
    assert digest(LOANS.rename(columns={"age": "years"})) != digest(LOANS)
    assert digest(pd.DataFrame({"x": [[1], [2]]})) != digest(pd.DataFrame({"x": [[1], [3]]}))


def test_a_report_is_saved_as_page_text_and_json_of_one_audit(tmp_path):
    report = detector().report()
    for ending in ("html", "md", "json"):
        report.save(tmp_path / f"audit.{ending}")
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    kept = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    found = detector().detect_bias().find("DPPL", group="woman")
    assert f"{found.value:.3f}" in page
    assert next(each for each in kept["findings"] if each["short"] == "DPPL" and each["group"] == "woman")[
        "value"
    ] == float(found.value)
    assert "Audit of LogisticRegression" in (tmp_path / "audit.md").read_text(encoding="utf-8")


def test_two_runs_are_held_against_each_other_by_the_log(tmp_path):
    log = AuditLog(tmp_path / "audits.jsonl")
    log.record(detector().to_dict())
    log.record(detector(TABLE.assign(repaid=np.roll(TABLE.repaid, 1))).to_dict())
    changed = log.compare()
    assert "data" in changed.changes
    assert changed.figures
