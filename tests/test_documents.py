"""Reports, rules and reasons: one dict, several views, and nothing in them but text."""

from __future__ import annotations

import copy
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from edutools.bias.measures import MEASURES
from edutools.documents import RULES, adverse_action_reasons, report
from edutools.documents.contents import STANDINGS, standing
from edutools.documents.markdown import as_text
from edutools.documents.reasons import FORM_C1
from tests.audits import audit
from tests.browser.test_hostile_names import EVIL, HOSTILE

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.fixture
def examined() -> dict:
    return audit()


def rendered(markdown: str) -> str:
    """What a reader of this Markdown sees, tags apart, as an independent renderer makes it."""
    return MARKDOWN.render(markdown)


def test_findings_keep_the_audit_s_order_but_what_is_undefined_comes_last(examined):
    examined["findings"][3]["value"] = None
    ranked = report(examined).to_dict()["findings"]
    assert [each["rank"] for each in ranked] == list(range(1, len(ranked) + 1))
    texts = [each["text"] for each in examined["findings"]]
    assert [each["text"] for each in ranked] == [*texts[:3], *texts[4:], texts[3]]
    assert {each["standing"] for each in ranked} == set(STANDINGS)
    assert [each["standing"] for each in ranked[:-1]].count("undefined") == 0


@given(low=st.floats(-1, 1), width=st.floats(0, 1), parity=st.sampled_from([0.0, 1.0]), whole=st.booleans())
def test_a_finding_covers_parity_where_its_interval_holds_it(low, width, parity, whole):
    finding = {"value": low, "low": low, "high": low + width if whole else None, "parity": parity}
    if not whole:
        assert standing(finding) == "bare"
    else:
        assert standing(finding) == ("covers" if low <= parity <= low + width else "beyond")


def test_an_undefined_finding_is_last_and_shows_why(examined):
    ranked = report(audit(women_repay=False)).to_dict()["findings"]
    assert ranked[-1]["standing"] == "undefined" and ranked[-1]["value"] is None
    words = repr(report(audit(women_repay=False)))
    assert "undefined: nobody in women has the label" in words
    assert "undefined: women has no positives" in words


def test_the_mirror_of_a_comparison_is_known_and_left_out_until_asked_for(examined):
    mirror = examined["findings"][0]
    mirror = mirror | {"group": mirror["reference"], "reference": mirror["group"], "text": "mirrored"}
    examined["findings"].append(mirror)
    examined["findings"].append({**mirror, "short": "GE", "feature": None, "group": None, "reference": None})
    ranked = report(examined).to_dict()["findings"]
    (found,) = (each for each in ranked if each["mirrors"] is not None)
    assert (found["text"], found["mirrors"]) == ("mirrored", 1)
    assert "19 of 20 findings shown" in repr(report(examined))


def test_notes_come_first_in_every_view(examined):
    examined["analysis"]["notes"] = ["Asked of a sample."]
    note = "leakage: repaid_late, among the features, tells repaid without error."
    examined["notes"] = [note]
    made = report(examined)
    for view in (repr(made), made.to_html(), made.to_markdown()):
        places = [
            view.index(each) for each in ("leakage: repaid", "Asked of a sample", "200 rows", "true positive")
        ]
        assert places == sorted(places)


def test_all_views_are_of_one_dict_and_hold_every_finding(examined, tmp_path):
    made = report(examined)
    held = json.loads(made.save(tmp_path / "a.json").read_text(encoding="utf-8"))
    assert held == made.to_dict() == json.loads(made.to_json())
    text = re.sub(r"<[^>]+>", " ", rendered(made.save(tmp_path / "a.md").read_text(encoding="utf-8")))
    page = made.save(tmp_path / "a.html").read_text(encoding="utf-8")
    for finding in held["findings"]:
        for view in (text, page, repr(made)):
            assert finding["text"] in view
    figure = next(each for each in held["findings"] if each["short"] == "DI")
    words = f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
    assert all(words in view for view in (text, page, repr(made)))


def test_what_the_report_holds_is_its_own_copy(examined):
    made = report(examined)
    made.to_dict()["findings"].clear()
    examined["notes"].append("later")
    assert made.to_dict()["findings"] and made.to_dict()["notes"] != examined["notes"]


def test_rows_of_people_travel_only_on_request_and_identifiers_never(examined, tmp_path):
    examined["people"] = [{"Name": "Ada Lovelace", "phone ": "555-0199", "age": 36, "income": 1234.5}]
    for name in ("silent.html", "silent.md", "silent.json"):
        silent = report(examined).save(tmp_path / name).read_text(encoding="utf-8")
        assert "1234.5" not in silent and "Lovelace" not in silent
    made = report(examined, include_rows=True)
    assert made.to_dict()["people"] == [{"age": 36, "income": 1234.5}]
    views = [repr(made), made.to_html(), made.to_markdown(), made.to_json(), str(made.widget().page_state())]
    assert all("Lovelace" not in view and "555-0199" not in view for view in views)
    assert all("36" in view for view in views)
    assert "1 rows of people" in made.widget()._holds()
    assert "no rows of people" in report(examined).widget()._holds()


def test_a_key_that_nobody_foresaw_is_not_taken_over(examined):
    examined["explanations"] = [{"name": "Ada Lovelace"}]
    assert "Lovelace" not in report(examined, include_rows=True).to_json()


def test_numbers_of_numpy_and_numbers_without_end_become_json(examined):
    examined["findings"][0] |= {"value": np.float64(2.0), "low": 1.5, "high": np.inf, "parity": 1}
    examined["findings"][1] |= {"value": np.nan, "low": np.nan, "high": np.nan, "reason": "nobody"}
    examined["rows"] = np.int64(200)
    held = json.loads(report(examined).to_json())
    assert held["rows"] == 200
    assert held["findings"][0] | {"value": 2.0, "high": "inf"} == held["findings"][0]
    assert held["findings"][-1]["value"] is None
    assert "2.000 (1.500 to ∞)" in repr(report(examined))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"schema": 2}, ValueError, "must have the schema 1, got 2"),
        ({"findings": [{"short": "DI"}]}, ValueError, "finding 0 of `audit` must hold"),
        ({"data": {"columns": {1, 2}}}, TypeError, "cannot hold set"),
    ],
)
def test_a_dict_that_is_no_audit_is_refused(examined, change, error, message):
    with pytest.raises(error, match=re.escape(message)):
        report(examined | change)


def test_what_is_absent_or_misspelled_is_named(examined):
    examined["note"] = examined.pop("notes")
    with pytest.raises(ValueError, match=r"got none of \['notes'\]. Did you mean 'notes'"):
        report(examined)
    with pytest.raises(TypeError, match=r"must be a dict such as BiasDetector\.to_dict gives, got list"):
        report([])
    with pytest.raises(TypeError, match="Did you mean 'include_rows'"):
        report(audit(), include_row=True)
    with pytest.raises(ValueError, match="must be True or False, got 'yes'"):
        report(audit(), include_rows="yes")


def test_an_ending_that_says_no_form_is_refused(examined, tmp_path):
    with pytest.raises(ValueError, match=r"must be one of .*'.html'.*got '.htm'. Did you mean '.html'"):
        report(examined).save(tmp_path / "a.htm")
    assert list(tmp_path.iterdir()) == []


def test_an_audit_without_groups_or_findings_says_so(examined):
    bare = examined | {"findings": [], "groups": [], "notes": [], "analysis": None, "mitigations": []}
    assert "The audit holds no findings." in repr(report(bare))
    assert report(bare).widget().shown.empty


def test_no_view_gives_a_verdict(examined):
    made = report(examined)
    for view in (repr(made), made.to_markdown(), made.to_json()):
        assert not re.search(r"\b(un)?fair\b|\bpass(ed|es)?\b|\bfail(ed|s)?\b", view, re.IGNORECASE)


@given(st.text(max_size=60) | st.sampled_from(HOSTILE))
def test_any_text_is_text_in_markdown(words):
    html = rendered(f"| a | b |\n| --- | --- |\n| {as_text(words)} | x |\n")
    cells = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)
    assert len(cells) == 2 and "<" not in cells[0]
    paragraph = rendered(as_text(words)).strip()
    assert re.fullmatch(r"(<p>[^<]*</p>)?", paragraph, re.DOTALL), paragraph


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_are_text_in_html_and_markdown(examined, evil):
    for group in examined["groups"]:
        group["feature"], group["group"] = evil, evil
    for finding in examined["findings"]:
        finding |= {"group": evil, "reference": evil, "text": evil, "source": evil, "convention": evil}
    examined |= {"model": evil, "label": evil, "favourable": evil, "notes": [evil], "versions": {evil: evil}}
    examined["analysis"] = {evil: [{evil: evil}]}
    examined["mitigations"] = [{"method": evil, "before": {evil: evil}, "after": {evil: evil}}]
    made = report(examined | {"people": [{evil: evil}]}, include_rows=True)
    allowed = {"div", "p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r"<\s*/?\s*(\w+)", made.to_html())) <= allowed
    seen = {"h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td"}
    html = rendered(made.to_markdown())
    assert set(re.findall(r"<\s*/?\s*(\w+)", html)) <= seen
    assert "<img" not in repr(made.widget().to_html())


def test_the_widget_filters_and_sorts_as_pandas_does(examined):
    widget = report(examined).widget()
    table = widget.shown
    assert table["rank"].tolist() == list(range(1, 19))
    widget.feature, widget.stage = "gender", "predictions"
    kept = table[(table["feature"] == "gender") & (table["stage"] == "predictions")]
    assert widget.shown["rank"].tolist() == kept["rank"].tolist()
    widget.order = "gap"
    gaps = (kept["value"] - kept["parity"]).abs()
    by_gap = kept.loc[gaps.sort_values(ascending=False, kind="stable").index]
    assert widget.shown["rank"].tolist() == by_gap["rank"].tolist()
    widget.feature = widget.stage = None
    widget.order, widget.only_beyond = "measure", True
    beyond = table[table["standing"] == "beyond"].sort_values(["short", "rank"])
    assert widget.shown["rank"].tolist() == beyond["rank"].tolist()
    assert f"{len(beyond)} of 18 findings shown" in repr(widget)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": "gaps"}, "Did you mean 'gap'"),
        ({"stage": "prediction"}, "Did you mean 'predictions'"),
        ({"feature": "gendr"}, "Did you mean 'gender'"),
        ({"rate": "selection"}, "Did you mean 'selection_rate'"),
    ],
)
def test_the_widget_refuses_what_the_audit_does_not_hold(examined, change, message):
    widget = report(examined).widget()
    ((name, value),) = change.items()
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=message):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_tests_asks_and_boundaries_are_told(examined):
    words = repr(report(examined))
    out = [each for each in examined["findings"] if (each["adjusted_p_value"] or 1) <= 0.05]
    found = len(
        {(each["feature"], *sorted((each["group"], each["reference"])), each["short"]) for each in out}
    )
    assert found > 1
    assert f"Tests: 8. At a false discovery rate of 5%, {found} of them stand out" in words
    assert examined["asks"][0] in words
    assert re.search(r"boundary of age\nboundary +DPPL\n35 +0.200\n40 +0.253", words)


def test_a_mitigation_stands_with_its_figures_or_with_why_it_does_not_apply(examined):
    examined["mitigations"].append({"method": "thresholds", "reason": "there are no scores"})
    words = repr(report(examined))
    assert re.search(r"reweighing +DPPL +0.200 \(0.060 to 0.330\) +0.080 \(−0.060 to 0.210\)", words)
    assert re.search(r"reweighing +accuracy +0.710 +0.700", words)
    assert re.search(r"thresholds +there are no scores", words)


def test_a_long_analysis_is_cut_and_says_so_while_json_holds_it_all(examined):
    examined["analysis"] = {"importance": [{"feature": f"f{n}", "drop": n / 100} for n in range(50)]}
    made = report(examined)
    assert "and 10 more" in repr(made) and "f45" not in repr(made)
    assert len(made.to_dict()["analysis"]["importance"]) == 50


def test_every_rule_has_its_source_and_names_known_measures():
    for key, rule in RULES.items():
        assert rule.source.startswith("https://"), key
        assert set(rule.measures) <= {*MEASURES, "POP"}, key
        assert all((rule.name, rule.place, rule.provision, rule.says, rule.reads))
    with pytest.raises(TypeError):
        RULES["mine"] = rule
    assert set(MEASURES) <= {short for rule in RULES.values() for short in rule.measures}


def test_a_report_shows_the_rules_to_which_its_numbers_speak(examined):
    examined["findings"] = [each for each in examined["findings"] if each["short"] == "AD"]
    made = report(examined)
    rules = made.to_dict()["rules"]["rules"]
    assert "four_fifths" not in rules
    assert {"gdpr_22", "ai_act_instructions", "adverse_action"} <= set(rules)
    assert "no legal advice" in repr(made)


def test_reasons_are_what_lowered_the_score_most_first():
    given_to = {"income": -0.8, "debt_ratio": -0.3, "credit_history": 0.4, "a": -0.1, "b": -0.2, "c": -0.05}
    told = adverse_action_reasons(given_to, reference="the mean of all applicants", wording={"a": "A"})
    assert [each["feature"] for each in told.reasons] == ["income", "debt_ratio", "b", "a"]
    assert told.reasons[0]["reason"] == "Income insufficient for amount of credit requested"
    assert told.reasons[3]["reason"] == "A"
    said = repr(told)
    assert "1 more features lowered the score" in said
    assert "There are no words yet for b" in said
    assert "held against: the mean of all applicants" in said
    assert "No legal advice" in said


@given(st.dictionaries(st.sampled_from([*"abcdefgh"]), st.floats(-1, 1)), st.integers(1, 6))
def test_no_reason_raised_the_score_or_tells_a_protected_group_apart(contributions, most):
    protected = [feature for feature in "ab" if feature in contributions]
    told = adverse_action_reasons(
        contributions, reference="everybody", sensitive_features=protected, most=most
    )
    named = [each["feature"] for each in told.reasons]
    lowered = {feature for feature, added in contributions.items() if added < 0 and feature not in "ab"}
    assert set(named) <= lowered and len(named) == min(most, len(lowered))
    left = [contributions[feature] for feature in lowered - set(named)]
    assert all(contributions[name] <= other for name in named for other in left)
    warned = [feature for feature in protected if any(said.startswith(feature) for said in told.warnings)]
    assert warned == [feature for feature in protected if contributions[feature]]


def test_contributions_may_be_a_series():
    told = adverse_action_reasons(pd.Series({"income": -1.0, "age": 0.5}), reference="everybody")
    assert [each["feature"] for each in told.reasons] == ["income"]


def test_a_refusal_without_a_nameable_reason_says_so():
    told = adverse_action_reasons({"gender": -1.0}, reference="everybody", sensitive_features="gender")
    assert told.reasons == ()
    assert "Another reference" in repr(told) and "contributed −1.000" in repr(told)
    assert "<p>" in told._repr_html_()


def test_reasons_with_markup_are_text():
    told = adverse_action_reasons({EVIL: -1}, reference=EVIL)
    assert "<img" not in told._repr_html_() and EVIL in repr(told)
    assert json.loads(json.dumps(told.to_dict()))["reasons"][0]["feature"] == EVIL


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"contributions": [1]}, TypeError, "must map each feature"),
        ({"contributions": {"a": "much"}}, ValueError, "of 'a' must be a finite number, got 'much'"),
        ({"contributions": {"a": np.nan}}, ValueError, "of 'a' must be a finite number, got nan"),
        ({"reference": " "}, ValueError, "`reference` must say in words"),
        ({"sensitive_features": "incom"}, ValueError, "Did you mean 'income'"),
        ({"wording": {"incme": "x"}}, ValueError, "Did you mean 'income'"),
        ({"most": 0}, ValueError, "from 1, got 0"),
        ({"words": {}}, TypeError, "Did you mean 'wording'"),
    ],
)
def test_reasons_refuse_what_they_cannot_use(arguments, error, message):
    given_to = {"contributions": {"income": -1.0}, "reference": "everybody"} | arguments
    with pytest.raises(error, match=re.escape(message)):
        adverse_action_reasons(given_to.pop("contributions"), **given_to)


def test_the_words_of_the_form_are_those_of_the_sample_form():
    # 12 CFR Part 1002, Appendix C, form C-1, part I, as printed there.
    form = """
    Credit application incomplete · Insufficient number of credit references provided · Unacceptable
    type of credit references provided · Unable to verify credit references · Temporary or irregular
    employment · Unable to verify employment · Length of employment · Income insufficient for amount
    of credit requested · Excessive obligations in relation to income · Unable to verify income ·
    Length of residence · Temporary residence · Unable to verify residence · No credit file ·
    Limited credit experience · Poor credit performance with us · Delinquent past or present credit
    obligations with others · Collection action or judgment · Garnishment or attachment ·
    Foreclosure or repossession · Bankruptcy · Number of recent inquiries on credit bureau report ·
    Value or type of collateral not sufficient
    """
    assert set(FORM_C1.values()) <= {" ".join(each.split()) for each in form.split("·")}


def test_labels_alone_are_audited_without_a_model(examined):
    made = report(examined | {"model": None, "threshold": None, "label": None})
    assert repr(made).startswith("Audit of labels\n")
    assert "label not given" in repr(made)


def test_the_fixture_is_not_changed_by_a_report(examined):
    before = copy.deepcopy(examined)
    report(examined, include_rows=True)
    assert examined == before
