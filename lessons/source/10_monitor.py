# %% [markdown]
# # 10 · Monitor
#
# **35 minutes** · Previous: [09 · Document](09_document.ipynb) · Next: none yet · [Glossary](glossary.md)
#
# The [model](glossary.md#model) is in use. Every week 500 people apply, and it decides. Nobody looks at each of them. How do you notice that something has changed, and
# which changes will you never notice?
#
# ## Objectives
#
# After this lesson you can
#
# - keep counts of a model in use, by week and group, and say which rows of people that needs;
# - say how often chance alone raises an alarm, and choose a limit for a [false alarm](glossary.md#false-alarm) rate that you can bear;
# - tell a [drift](glossary.md#drift) in who applies from a gap that opens;
# - follow an alert to its cause, and show what a repair did;
# - say what outcomes ([labels](glossary.md#label)) that come late, and for some people only, can tell;
# - name what a monitor cannot see, and what it would take.
#
# ## What to know first
#
# [Lesson 05](05_evaluate.ipynb): rates, gaps and their intervals. [Lesson 06](06_predict.ipynb): how one row becomes a decision. A little Python: calling a
# function, reading a table.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell brings the constrained model of lesson 04 and 40 simulated weeks of people who apply to it. `form` is what they wrote, `repaid` what will come
# out, `decided` what the model said. `in_use` lets the weeks go by: each week's decisions are recorded, and the outcomes of those approved eight weeks
# earlier arrive.

# %% tags=["start"]
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from edutools import (
    Monitor,
    Predict,
    Quiz,
    exercise,
    load_loans,
    make_loans,
    review,
)
from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
from edutools.monitoring import power

WEEKS, A_WEEK = 40, 500
FORM_CHANGED, FORM_MENDED = 24, 32
BEGIN = pd.Timestamp("2026-01-05")

loans = load_loans()
raw = loans[assign_rows(loans) == "train"]
model = train(as_table(raw, raw))

people = pd.concat(
    [
        make_loans(14 * A_WEEK, seed=11),
        make_loans(26 * A_WEEK, seed=111, under_representation=0.0),
    ],
    ignore_index=True,
)
week = pd.Series(np.arange(len(people)) // A_WEEK, name="week")
gender, repaid = people["gender"], people["repaid"]
counted_whole = (gender == "woman") & week.between(FORM_CHANGED, FORM_MENDED - 1)
form = people.drop(columns="repaid")
form["debt_ratio"] = form["debt_ratio"] * np.where(counted_whole, 1.2, 1.0)
table = as_table(form, raw)
decided = pd.Series(model.predict(table[FEATURES]), name="decided")


def in_use(decisions, weeks=WEEKS, **settings):
    """A monitor that has seen so many weeks of decisions, and the outcomes of those approved 8 weeks before."""
    path = Path(tempfile.mkdtemp()) / "loans.monitor"
    monitor = Monitor(path, groups=["woman", "man"], outcome_delay=8, **settings)
    for now in range(weeks):
        here, due = week == now, (week == now - 8) & (decisions == 1)
        monitor.record(
            BEGIN + pd.Timedelta(weeks=now),
            y_pred=decisions[here],
            sensitive_features=gender[here],
            ids=decisions.index[here].where(decisions[here] == 1),
        )
        if due.any():
            monitor.record_outcomes(decisions.index[due], repaid[due])
    return monitor


print(f"{len(form):,} applications in {WEEKS} weeks")

# %%
review("10_monitor")

# %% [markdown]
# ## Why
#
# Sepsis is what happens when the body's answer to an infection harms the body itself. It can kill, and treatment must not wait. Hundreds of hospitals in the
# United States had a model that warns of it, the Epic Sepsis Model, sold with the software that keeps their records. The hospital of the University of
# Michigan checked it on patients of its own, from December 2018 to October 2019, while nobody saw the alerts. Of 2,552 stays with sepsis the model would
# have passed over 1,709, two of three. It would have raised alerts in 18 of 100 stays all the same. That was far worse than what its maker had reported (Wong and others, June
# 2021).
#
# Then those who came to hospitals changed. In spring 2020 planned operations were called off, and people with COVID-19 came, with fever. In 24 hospitals
# there were 35% fewer patients after the first such cases than before, and 43% *more* alerts a day (Wong and others, November 2021). Nurses at Michigan
# reported that they were flooded, and in April 2020 the hospital switched the alerts off: the link between fever and sepsis, on which the model stood, no
# longer held (Finlayson and others 2021).
#
# Nobody had changed a line of the model. A patient whom it passes over waits until somebody notices. A nurse whom it calls without end stops looking. So
# a monitor has two duties: to notice, and not to cry wolf.

# %% [markdown]
# ## Learn
#
# ### What is counted
#
# A monitor needs few things: when, which group, what was decided, and later, what came of it. Let eight weeks go by:

# %%
first = in_use(decided, weeks=8)
counts = first.timeline("selection_rate: woman − man")[
    ["window", "value", "low", "high", "rows"]
]
counts.round({"value": 3, "low": 3, "high": 3})

# %% [markdown]
# Each row is one week: the [selection rate](glossary.md#selection-rate) of women less that of men, with its interval. The same from the rows themselves:

# %%
early = week < 8
rates = decided[early].groupby([week[early], gender[early]]).mean().unstack()
by_hand = rates["woman"] - rates["man"]
print("as the monitor counts:", np.allclose(by_hand, counts["value"]))
print(f"lines of single people in its file: {first.waiting:,} of {early.sum():,}")

# %% [markdown]
# What the file keeps is counts. A line for one person, one of those approved, is kept only while an outcome may still come: a [digest](glossary.md#digest) of the application's number, the
# week, the group, the decision. Nobody's age or income, and no line at all of those refused, of whom nothing will come. That is
# [data minimisation](glossary.md#data-minimisation). A digest is no cloak: whoever has the file and a list of numbers can find out which of them wait in it.
#
# ### How far chance goes
#
# In these eight weeks nothing has changed, and yet the gap wanders from week to week. Suppose an alarm rang whenever a week's 95% interval does not
# hold the true gap. In one week that is 5 of 100. But a year has 52.
#
# ### Predict

# %%
rng = np.random.default_rng(0)
quiet_years = rng.standard_normal(
    (10_000, 52)
)  # in standard errors; nothing changes
rings = (np.abs(quiet_years) > 1.96).any(axis=1).mean()
Predict(
    "Of 100 years in which nothing changes, in how many does the alarm ring at "
    "least once?",
    answer=100 * rings,
    low=0,
    high=100,
    unit="of 100",
    reveal=f"In {100 * rings:.0f} of 100, by 10,000 simulated years.",
    item="10_monitor/quiet-years",
)

# %% [markdown]
# An alarm that rings in nearly every quiet year is switched off before it is needed. So the limit must lie higher. How high is found in the same way,
# by simulating years in which nothing happens. And one week alone is a poor witness. Taken together, the last 2, 4, 8 or 13 weeks show a lasting change
# more clearly, since noise shrinks with the root of the number of people:

# %%
spans = pd.Index([1, 2, 4, 8, 13], name="weeks together")
# 6 of 10 are approved, which gives 0.6 × 0.4; 210 women and 290 men a week
error = np.sqrt(0.24 / (210 * spans) + 0.24 / (290 * spans))
pd.DataFrame(
    {
        "people": A_WEEK * spans,
        "standard error of the gap": error.to_numpy().round(3),
    },
    index=spans,
)

# %% [markdown]
# The monitor looks at all five and takes what shows most. Its limit is set so that a quiet year brings *any* alert, in *any* of the series that it
# watches, with a [false alarm](glossary.md#false-alarm) rate of at most 5 of 100. Each further series needs a higher limit:

# %%
promised = {}
for gaps in (1, 4):
    found = power(gaps=gaps, years=2500)
    promised[f"watched: gaps {gaps}, shares 1"] = {
        "quiet years with an alert": f"{found['false_alarms']:.0%}",
        "0.10 → 0.20 found in 4 weeks": f"{found['found']:.0%}",
    }
pd.DataFrame(promised).T

# %% [markdown]
# That is the price: whoever watches everything finds less of each. The last column is what a monitor is for, its *power*: how often a real change (here 500
# decisions a week, two groups of a size, a gap of 0.10 that becomes 0.20) is found within four weeks.
#
# ### Who applies
#
# From the fifteenth week on a campaign reaches the women whom nobody had reached before. Their share of those who apply rises from 42% to 51%. The
# model is the same, and so is the form.
#
# ### Predict

# %%
monitor = in_use(decided, metrics=["selection_rate", "precision"])
gap = monitor.timeline("selection_rate: woman − man")["value"]
before, during = gap[:14].mean(), gap[14:FORM_CHANGED].mean()
Predict(
    "What does that do to the gap between the selection rates of women and men?",
    answer="about nothing",
    choices={
        "about nothing": f"On the mean of the weeks {before:.3f} before and "
        f"{during:.3f} after: within chance. These women are like those who came before.",
        "it opens": "A rate is a share of those who applied: more people in it do "
        "not move it.",
        "it closes": "More women are approved, but more have applied, too.",
    },
    item="10_monitor/who-applies",
)

# %%
alerts = monitor.alerts[
    ["series", "window", "side", "span", "value", "baseline"]
].round({"value": 3, "baseline": 3})
alerts[alerts["series"] == "share: woman"]

# %% [markdown]
# The monitor has noticed, and this alert is no accusation. It says: these are no longer the people on whom the model was checked. Here the new ones are like the old.
# At Michigan they were not. Whoever gets such an alert asks who came, from where, and whether what was learnt still holds for them.
#
# ### A gap opens
#
# In the week of 22 June somebody changes the form. From now on it asks for the debts of the whole *household*, and divides them by the income of the *one*
# who applies. In this story that makes the written debt ratio of women 1.2 times what it was; men's stays. Nobody tells the people who run the model.
#
# ### Predict

# %%
opened = monitor.alerts.query("series == 'selection_rate: woman − man'").iloc[0]
took = (opened["window"] - BEGIN).days // 7 - FORM_CHANGED + 1
Predict(
    "With 500 applications a week, in which week after the change (1 is the first) "
    "does the gap's alert come?",
    answer=took,
    low=1,
    high=16,
    reveal=f"In week {took}: the last {opened['span']} weeks together show a gap of "
    f"{opened['value']:.2f}, and the baseline is {opened['baseline']:.2f}.",
    item="10_monitor/weeks-to-the-alert",
)

# %% [markdown]
# By hand: the gap of those weeks, less that of the eight weeks at the beginning, divided by the standard error of that difference.

# %%
last = (opened["window"] - BEGIN).days // 7
sides = {
    "reference": week < 8,
    "now": week.between(last - opened["span"] + 1, last),
}
gaps, variance = {}, 0.0
for name, rows in sides.items():
    counted = decided[rows].groupby(gender[rows]).agg(["mean", "size"])
    share, size = counted["mean"], counted["size"]
    gaps[name] = share["woman"] - share["man"]
    variance += (share * (1 - share) / size).sum()
distance = (gaps["now"] - gaps["reference"]) / np.sqrt(variance)
print(f"gap: {gaps['reference']:.3f} then, {gaps['now']:.3f} now")
print(f"{distance:.1f} standard errors")
print(
    f"evidence of the monitor: −{opened['evidence']:.1f}, limit {opened['limit']:.1f}"
)

# %% [markdown]
# The two differ a little. The monitor takes 0.3 off for a span of two weeks, since a year has more short spans than long ones; and it reckons
# with the noise that there would be if nothing had changed.
#
# ### From the alert to the cause
#
# An alert says *that*, not *why*. So look. First at the rates behind the gap, then at what was written down:

# %%
period = pd.cut(
    week,
    [-1, FORM_CHANGED - 1, FORM_MENDED - 1, WEEKS],
    labels=["before", "new form", "form mended"],
)
looked = pd.DataFrame(
    {
        "approved": decided.groupby([period, gender], observed=True).mean(),
        **{
            feature: table[feature].groupby([period, gender], observed=True).mean()
            for feature in FEATURES
        },
    }
)
looked.loc[["before", "new form"]].round(3)

# %% [markdown]
# Men's numbers stand still. Of women one number has moved, the debt ratio, and all at once: people do not change like that, forms do. Somebody asks, finds the new question, and
# it is mended for the week of 17 August. That is a mitigation, and the best kind: at the source. No line of the model changes. It is marked, so that
# before and after can be compared:

# %%
monitor.mark("form mended", BEGIN + pd.Timedelta(weeks=FORM_MENDED))
compared = monitor.before_after("form mended").loc[
    ["selection_rate: woman − man", "share: woman"]
]
compared.T.round(3)

# %% [markdown]
# The change of the gap, 0.12, has an interval that does not hold 0. The share of women has moved within chance: that was not what was mended.
#
# ### Outcomes come late, and not of everybody
#
# Approvals are known at once. Whether somebody repays is known later (here after eight weeks; of a real loan, after years), and of those refused,
# never. Which rates can a monitor give?
#
# ### Predict

# %%
everything = in_use(decided, metrics=["true_positive_rate", "precision"])
true_positives = everything.timeline("true_positive_rate: woman").iloc[0]
Predict(
    "What does the monitor give as the true positive rate of women in the first "
    "week: of those who would repay, how many were approved?",
    answer="undefined",
    choices={
        "undefined": "Of those refused nobody knows who would have repaid.",
        "1.00": "That comes out if one divides by those of whom an outcome is known. "
        "All of them were approved, so it is 1 whatever the model does.",
        "0.88": "About so much it is in truth, which nobody outside a simulation can see.",
    },
    reveal=f"undefined: {true_positives['reason']}",
    item="10_monitor/rate-of-the-refused",
)

# %% [markdown]
# These are [selective labels](glossary.md#selective-labels). What can be had is the [precision](glossary.md#precision): of those approved, how many
# repaid. Its gap has raised an alert, too:

# %%
alerts[alerts["series"].str.startswith("precision")]

# %% [markdown]
# *Above* the band: of the approved, women now repay *more* often than men. It sounds like good news, and it is the same harm seen from the other end. A form that makes women's
# debts look too large lets only the safest through. Whoever watches precision alone would congratulate themselves. This is a simulation, so we can look
# where no lender can:

# %%
truth = {}
for name in ("before", "new form", "form mended"):
    part = period == name
    of = {
        "selection rate": decided[part],
        "precision": repaid[part & (decided == 1)],
        "true positive rate": decided[part & (repaid == 1)],
    }
    means = {metric: rows.groupby(gender).mean() for metric, rows in of.items()}
    truth[name] = {
        metric: mean["woman"] - mean["man"] for metric, mean in means.items()
    }
pd.DataFrame(truth).round(3)

# %% [markdown]
# Of the people who would repay, the new form cost women 18 points of a hundred ([true positive rate](glossary.md#true-positive-rate)). No series of the monitor shows that number.
#
# ### What was there before
#
# A monitor compares with a baseline. What if the baseline is the problem? The unconstrained model of lesson 04 approves fewer women from the first day
# on. Its monitor, over the weeks before the form changed:

# %%
unconstrained = train(as_table(raw, raw), strength=0)
decided_otherwise = pd.Series(unconstrained.predict(table[FEATURES]))
other = in_use(decided_otherwise, weeks=FORM_CHANGED)
constant = other.timeline("selection_rate: woman − man")
print(f"gap on the mean of {FORM_CHANGED} weeks: {constant['value'].mean():.2f}")
print(f"alerts of this gap: {int(constant['alert'].sum())}")

# %% [markdown]
# Thirteen points of a hundred, and silence. *No alert* means *no change*. It never means *no bias*: that is what lessons 05 and 07 look for, and what a
# monitor's baseline has to be checked for before it becomes the measure.

# %% [markdown]
# ## See
#
# The forty weeks, one series at a time: each week a point with its interval, the baseline as a line, alerts as triangles with a number. Below it, the evidence:
# where it crosses a dashed line, there is an alert.

# %%
monitor = in_use(decided, metrics=["selection_rate", "precision"])
monitor.mark("form mended", BEGIN + pd.Timedelta(weeks=FORM_MENDED))
monitor.show()

# %% [markdown]
# Four things to try:
#
# 1. Move *Time* to the week of 22 June. Is that week alone beyond the line? Go one week on. Why is the evidence larger?
# 2. Look at the weeks before June. Find the largest gap among them that raised no alert: which way does it lean, and how wide is its interval?
# 3. Choose the share of women. When was it noticed, and why does that alert never end? Should it?
# 4. Choose the precision. Which weeks are not judged yet, and why? On which side of its band does it leave?

# %% [markdown]
# ## Try
#
# How sure is one alarm, and how does one take weeks together? These are the counts of eleven weeks, four before the form changed and seven after:

# %%
around = week.between(20, 30)
weekly = (
    decided[around]
    .groupby([week[around], gender[around]])
    .agg(["size", "sum"])
    .rename(columns={"size": "applied", "sum": "approved"})
    .reset_index()
)
weekly.tail(6)

# %% [markdown]
# ### Exercise 1

# %%
gap_task = exercise("10_monitor/gap-of-four-weeks", weekly=weekly)
gap_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
recent = weekly[weekly["week"] > weekly["week"].max() - 4]
totals = ...  # applied and approved of each gender, added up over the weeks
answer = ...  # the rate of women less the rate of men
gap_task.check(answer)

# %% [markdown]
# `gap_task.hint()` gives one step at a time; `gap_task.solution()` shows one way.
#
# ### Exercise 2

# %%
alarm_task = exercise(
    "10_monitor/any-alarm-in-a-year", series=3, weeks=52, each=0.01
)
alarm_task

# %%
quiet_week = ...  # the probability that all series are quiet in one week
answer = ...  # the probability that not all weeks are quiet
alarm_task.check(answer)

# %% [markdown]
# ## Challenge
#
# There is a way to learn about the refused: let chance approve some of them. A lender does: of those whom the model refuses, one in ten, drawn by lot, gets
# the loan after all. A blank cell.

# %%
draw = np.random.default_rng(1)
by_lot = (decided == 0) & (draw.random(len(decided)) < 0.1)
trial = pd.DataFrame(
    {
        "gender": gender,
        "decided": decided,
        "by_lot": by_lot,
        "repaid": repaid.where((decided == 1) | by_lot),
    }
)[week.between(FORM_CHANGED, FORM_MENDED - 1)]
trial.groupby(["gender", "decided"]).agg(
    people=("by_lot", "size"),
    drawn=("by_lot", "sum"),
    known=("repaid", "count"),
    repaid=("repaid", "sum"),
)

# %% [markdown]
# ### Exercise 3

# %%
trial_task = exercise("10_monitor/rate-by-lot", trial=trial)
trial_task

# %%
answer = ...  # replace the three dots
trial_task.check(answer)

# %% [markdown]
# ## Project
#
# A monitor of your own model. Change the lines marked with an arrow; the rest is as it is.

# %%
applicants = form.assign(  # ← your table: a time, a group, a decision
    time=BEGIN + pd.to_timedelta(7 * week, unit="D"), decision=decided
)
mine = Monitor(
    Path(tempfile.mkdtemp()) / "mine.monitor",  # ← a file that stays
    groups=["woman", "man"],  # ← your groups, the reference last
    metrics=["selection_rate"],  # ← and "precision" where outcomes come
    baseline=8,  # ← the first so many weeks; or known rates
    tolerance=0.0,  # ← how far a gap may wander without an alert
)
for time, batch in applicants.groupby("time"):
    mine.record(time, y_pred=batch["decision"], sensitive_features=batch["gender"])
mine.alerts[["series", "window", "side", "span"]]

# %% [markdown]
# A number is not a procedure. Write down, before the first alert comes:
#
# - Who gets it, and within how many days must somebody look?
# - Who may switch the model off, or go back to the last version?
# - Which repair would be a repair at the source, and which only moves a [threshold](glossary.md#threshold)?
# - From where will you know what became of those whom the model refused?
# - How often do you check the baseline itself, not only what differs from it?

# %% [markdown]
# ## Recall

# %%
Quiz("10_monitor", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("10_monitor")

# %% [markdown]
# ## Cost
#
# ### What 200 rows cannot tell
#
# Our [test rows](glossary.md#test-rows) were 200. A lender with 200 decisions a *week*, or 20, how much do they notice of a gap that goes from 0.10 to
# 0.20?

# %%
noticed = {}
for decisions in (2000, 500, 200, 20):
    noticed[f"{decisions:,} a week"] = {
        f"within {within} weeks": f"{power(decisions=decisions, within=within, years=500)['found']:.0%}"
        for within in (4, 13)
    }
pd.DataFrame(noticed).T

# %% [markdown]
# With 500 a week it takes a month; with 200, mostly a quarter of a year; with 20 it is not noticed. A monitor over few people is not a weak monitor but
# a promise that cannot be kept: then look at single cases, and ask people. And a small *group* has few people however many apply:

# %%
for share in (0.5, 0.1, 0.02):
    found = power(share=share, within=13, years=500)["found"]
    print(
        f"a group of {share:.0%} among 500 a week: found in 13 weeks in {found:.0%}"
    )

# %% [markdown]
# ### Money
#
# An alert costs somebody's time. Say one takes 3 days of a person at 400 € a day. Against it stands what a gap costs while nobody knows: approvals of people who would
# repay, 300 € each in this story, lost to women by the new form each week:

# %%
new_form = week.between(FORM_CHANGED, FORM_MENDED - 1)
as_it_was = model.predict(as_table(people.drop(columns="repaid"), raw)[FEATURES])
lost = new_form & (repaid == 1) & (as_it_was == 1) & (decided == 0)
spared = new_form & (repaid == 0) & (as_it_was == 1) & (decided == 0)
weeks_of_it = FORM_MENDED - FORM_CHANGED
print(
    f"refused though they would have repaid: {lost.sum() / weeks_of_it:.1f} a week"
)
print(f"refused who would not have repaid: {spared.sum() / weeks_of_it:.1f} a week")
worth = (300 * lost.sum() - 700 * spared.sum()) / weeks_of_it
print(f"lost to the bank: {worth:,.0f} € a week; one alert costs {3 * 400:,} €")

# %% [markdown]
# For the bank the wrong form costs little: some bad loans are spared with the good ones. For the women refused it costs a loan. If only the bank's money decided whether an alert is
# followed up, this one might not be.
#
# ### Time and memory

# %%
import time as clock

whole = in_use(decided)
started = clock.perf_counter()
whole.timeline()
seconds = clock.perf_counter() - started
size = whole.path.stat().st_size
print(
    f"{len(decided):,} decisions read back in less than one second: {seconds < 1}"
)
print(f"file of less than 2 million bytes: {size < 2_000_000}")
print(f"lines of single people in it: {whole.waiting:,}")

# %% [markdown]
# ## Map
#
# | 04 Train | 05 Evaluate | 06 Predict | 07 Explain | 08 Mitigate | 09 Document | **10 Monitor** |
# |---|---|---|---|---|---|---|
#
# **What comes in:** decisions with their time and group, outcomes when they come, and a baseline that somebody has looked at.
#
# **What leaks:** what the model decides comes back to it. The next model learns from those whom this one approved, since only they have outcomes. Of
# the people in these forty weeks:

# %%
would = repaid.groupby(gender).mean()
seen = repaid[decided == 1].groupby(gender).mean()
pd.DataFrame(
    {
        "of all, repay": would,
        "of those approved, repaid": seen,
        "of those who repay, never seen to": 1
        - decided[repaid == 1].groupby(gender).mean(),
    }
).round(3)

# %% [markdown]
# Trained on the approved alone, it would take nearly everybody for somebody who repays. The lot of *Challenge* is one cure.
#
# **What goes out:** alerts with a date, marks of what was done, counts that others can read, and questions that lead back to the beginning: who was
# asked ([01](01_collect.ipynb)), what was written down ([02](02_preprocess.ipynb)).
#
# ## Key insight
#
# > A monitor notices that what it counts has changed by more than chance. Whether what was there before was right, and what became of those who were refused, it does not count: that somebody has to ask.
#
# ## Sources
#
# - A. Wong and others, *External validation of a widely implemented proprietary sepsis prediction model in hospitalized patients*, JAMA Internal Medicine 181(8), 2021, 1065–1070.
# - S. G. Finlayson and others, *The clinician and dataset shift in artificial intelligence*, New England Journal of Medicine 385(3), 2021, 283–286.
# - A. Wong and others, *Quantification of sepsis model alerts in 24 US hospitals before and during the COVID-19 pandemic*, JAMA Network Open 4(11), 2021, e2135286.
# - T. L. Lai, *Sequential changepoint detection in quality control and dynamical systems*, Journal of the Royal Statistical Society B 57(4), 1995, 613–658: evidence over several spans.
# - H. Lakkaraju, J. Kleinberg, J. Leskovec, J. Ludwig, S. Mullainathan, *The selective labels problem*, KDD 2017.
# - D. Ensign, S. A. Friedler, S. Neville, C. Scheidegger, S. Venkatasubramanian, *Runaway feedback loops in predictive policing*, FAT* 2018: what a model decides comes back to it.
