# %% [markdown]
# # 06 · Predict
#
# **35 minutes** · Previous: [05 · Evaluate](05_evaluate.ipynb) · Next: [07 · Explain](07_explain.ipynb) · [Glossary](glossary.md)
#
# So far the course was about hundreds of people at once. Now one of them applies. What is decided about her, by what arithmetic, and what can she
# be told?
#
# ## Objectives
#
# After this lesson you can
#
# - go from one row to a [score](glossary.md#score) and a decision by hand, and find what `predict_proba` finds;
# - take a score apart into [contributions](glossary.md#contribution), and say what they are measured from;
# - compute what would have to be different for another decision ([counterfactual](glossary.md#counterfactual)), and say what that does not show;
# - write reasons for a refusal, and say what a reason is not;
# - say why a [threshold](glossary.md#threshold) for each group treats two people with the same row differently;
# - say how far chance moves one score, and how far somebody's choice does.
#
# ## What to know first
#
# [Lesson 05](05_evaluate.ipynb): scores, thresholds, what each error costs. A little Python: calling a function, reading a table.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell goes through the pipeline up to here: two [models](glossary.md#model), trained on the same 800 rows, neither of which reads the
# gender. *Constrained* paid in training for a gap between women and men, *unconstrained* did not. Then comes one of the 200 applicants that neither
# has seen. Her `repaid` is made blank, as it is for everybody who applies: nobody knows yet.

# %% tags=["start"]
import numpy as np
import pandas as pd
from IPython.display import display

from edutools import (
    DecisionTrace,
    Predict,
    Quiz,
    ThresholdCounts,
    choose_thresholds,
    exercise,
    load_loans,
    make_loans,
    review,
)
from edutools.course.pipeline import (
    FEATURES,
    as_table,
    assign_rows,
    train,
)


def score_of(model, table):
    """The model's score of each row, from 0 to 1."""
    return model.predict_proba(table[FEATURES])[:, 1]


loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]
training = as_table(raw, raw)
test = as_table(loans[rows == "test"], raw)
constrained = train(training)
unconstrained = train(training, strength=0)
models = {"unconstrained": unconstrained, "constrained": constrained}

CHOSEN = 293  # a row of the test
asked = loans.loc[[CHOSEN]].drop(columns=["name", "phone"])
asked["repaid"] = np.nan
applicant = as_table(asked, raw)
print(f"one applicant: {applicant.shape[0]} × {applicant.shape[1]}")

# %%
review("06_predict")

# %% [markdown]
# ## Why
#
# In Germany somebody was refused a loan, whom the judgment calls OQ. The lender had got unfavourable information from SCHUFA, a company that rates
# how likely people are to pay. OQ asked the company what data it held, and to delete what was wrong. It told OQ the score and, in broad terms, how
# scores are made. Which data went in, and with what weight, it kept to itself as a trade secret. And it said that it only informs its partners:
# they decide.
#
# On 7 December 2023 the Court of Justice of the European Union answered (C‑634/21): where a third party *draws strongly* on a score to make, carry
# out or end a contract with a person, the making of the score is itself an [automated decision](glossary.md#automated-decision) in the sense of
# Article 22 of the GDPR, the data protection law of the European Union. Such a decision is allowed only in certain cases, and then the person may
# ask for a human being, state a view, and contest it. Whoever makes such a score can no longer simply point at the lender.
#
# On 27 February 2025 the Court said what such a person is to be told (C‑203/22, about a mobile phone contract for 10 € a month): the procedure and
# the principles that were really applied to *her* data, so that she can understand and contest it. To hand over a complex formula is not enough; to
# say how far other data would have led to another result may be. That is this lesson: the formula, what it means for one person, and what other
# data would have done.

# %% [markdown]
# ## Learn
#
# ### One row
#
# This is what she wrote on the form, without name and phone, and what the pipeline makes of it.

# %%
display(asked)
display(applicant.round(3))
print("the same as her row of the whole table:", end=" ")
print(applicant[FEATURES].equals(test.loc[[CHOSEN], FEATURES]))

# %% [markdown]
# One row goes through the same stages as a thousand, and whatever they need to know (a [median](glossary.md#median), a mean) comes from the
# [training rows](glossary.md#training-rows): nothing of the kind can be learnt from a single person. The blank in `repaid` does no harm, because no
# [feature](glossary.md#feature) comes from it. `economic_status` joins income and education, as in lesson 03.
#
# ### From the row to the score
#
# Both models do the same four steps. First, [standardisation](glossary.md#standardisation): each value less the mean of the training rows, in
# standard deviations. Second, each of these times its [coefficient](glossary.md#coefficient). Third, add them up, and the intercept too (a number
# that is the same for everybody): these are the [log-odds](glossary.md#log-odds). Fourth, 1 ÷ (1 + e^−log-odds), the *sigmoid*, turns them into a
# number between 0 and 1.


# %%
def by_hand(model, table):
    """Each step from the rows to their scores, without the model's own methods."""
    scaler, logistic = model[0], model[1]
    steps = (table[FEATURES].to_numpy() - scaler.mean_) / scaler.scale_
    weighted = steps * logistic.coef_[0]
    log_odds = weighted.sum(axis=1) + logistic.intercept_[0]
    return steps, weighted, log_odds, 1 / (1 + np.exp(-log_odds))


steps, weighted, log_odds, score = by_hand(unconstrained, applicant)
pd.DataFrame(
    {
        "value": applicant[FEATURES].iloc[0].astype(float).round(3),
        "standardised": steps[0].round(3),
        "coefficient": unconstrained[1].coef_[0].round(3),
        "product": weighted[0].round(3),
    }
)

# %%
intercept = unconstrained[1].intercept_[0]
print(f"{weighted[0].sum():.3f} + intercept {intercept:.3f} = {log_odds[0]:.3f}")
print(f"1 ÷ (1 + e^{-log_odds[0]:.3f}) = {score[0]:.3f}")
for name, model in models.items():
    alike = np.allclose(by_hand(model, test)[-1], score_of(model, test))
    print(
        f"{name}: by hand as predict_proba, on all {len(test)} test rows: {alike}"
    )

# %% [markdown]
# The score of 0.360 decides nothing yet. A threshold does: whoever reaches 0.50, say, is approved.
#
# ### Predict
#
# The constrained model was trained on the same 800 rows. One thing was different: a gap between the mean scores of women and men cost something.
# Will it decide alike about her?

# %%
both = pd.DataFrame(
    {
        name: {
            "score": score_of(model, applicant)[0].round(3),
            "decision at 0.50": "approved"
            if score_of(model, applicant)[0] >= 0.5
            else "refused",
        }
        for name, model in models.items()
    }
).T
Predict(
    "At a threshold of 0.50, what does the constrained model decide about this woman?",
    answer="approved",
    choices={
        "approved": "What has pulled her score down in the other model is her income, "
        "and the constraint has moved the weight away from it.",
        "refused": "It was made of the same rows, but not of the same demands.",
        "the same score": "Then the constraint would have changed nothing.",
    },
    reveal=both,
    item="06_predict/other-model",
)

# %% [markdown]
# Same row, same data to learn from, another decision. Nothing that she did lies between the two: people chose whether a gap costs something in
# training. Which is right about *her*? The table does not say; *The same applicant, another gender* comes back to it.
#
# ### Contributions
#
# Which feature did it? A contribution is coefficient × distance, where the distance is taken from some *reference*. Take the mean person of the
# training rows. Standardised, that person is zero everywhere, so these contributions are the products above:


# %%
def contributions(model, person, reference):
    """In log-odds: coefficient × (value − value of the reference), feature by feature."""
    slopes = model[1].coef_[0] / model[0].scale_
    return slopes * (person[FEATURES].iloc[0] - reference[FEATURES]).astype(float)


everyone = training[FEATURES].mean()
pd.DataFrame(
    {
        name: contributions(model, applicant, everyone)
        for name, model in models.items()
    }
).round(3)

# %%
for name, model in models.items():
    of_mean = model.decision_function(everyone.to_frame().T)[0]
    of_her = model.decision_function(applicant[FEATURES])[0]
    parts = contributions(model, applicant, everyone).sum()
    print(
        f"{name}: {of_mean:.3f} for the mean, {parts:.3f} added, {of_her:.3f} for her"
    )
    assert np.isclose(of_mean + parts, of_her)

# %% [markdown]
# For these models that adds up exactly, in log-odds. It does not in scores: the same −0.38 takes much off a score near one half and little off one
# near 1. For a model that is no sum there is no single answer, only agreed ways of sharing out (Lundberg and Lee 2017).
#
# In the unconstrained model `economic_status` takes off most by far. In the constrained one it hardly counts. That is what turns the decision.
#
# ### What would have had to be different
#
# The sum can be turned round: how large would *one* value have to be, the others as they are, for the score to reach 0.50? Log-odds of 0 are a
# score of 0.50, so it is value − log-odds ÷ slope, where the slope is what one unit of the feature adds to the log-odds.

# %%
found = {}
for name, model in models.items():
    slopes = model[1].coef_[0] / model[0].scale_
    now = model.decision_function(applicant[FEATURES])[0]
    needed = applicant[FEATURES].iloc[0].astype(float) - now / slopes
    for feature in FEATURES:
        changed = applicant.assign(**{feature: needed[feature]})
        assert np.isclose(score_of(model, changed)[0], 0.5)
    found[f"{name}: 0.50 at"] = needed.round(2)
pd.DataFrame(
    {
        "as she is": applicant[FEATURES].iloc[0].astype(float).round(2),
        **found,
        "lowest in training": training[FEATURES].min().round(2),
        "highest in training": training[FEATURES].max().round(2),
    }
)

# %% [markdown]
# At an age of 80.57 the unconstrained model would approve her: true, and of no use to anybody. A `debt_ratio` of 0.35 in place of 0.38 would do:
# that is near. In the constrained model only an `economic_status` of 11.75 would bring her down to 0.50, and nobody has that: where a coefficient
# is nearly zero, no value in reach changes the decision. And what is an `economic_status` of −0.29 in euros? The pipeline answers, if we send other
# incomes through it:

# %%
incomes = np.arange(22_500, 40_001, 100.0)
tried = as_table(pd.concat([asked] * len(incomes)).assign(income=incomes), raw)
enough = incomes[score_of(unconstrained, tried) >= 0.5][0]
print(
    f"written down: {asked['income'].iloc[0]:,.0f} €; approved from {enough:,.0f} € on"
)

# %% [markdown]
# A counterfactual is about the model. It does not say that she would be more likely to repay after the change: the model has learnt what goes
# together, not what causes what.
#
# ### The same applicant, another gender
#
# A common check: write the other gender into the row, leave all else, and ask again.
#
# ### Predict

# %%
flipped = as_table(asked.assign(gender="man"), raw)
after_flip = score_of(unconstrained, flipped)[0]
Predict(
    "With 'man' written in the row, by how much does the unconstrained score of "
    f"{score[0]:.3f} change?",
    answer=after_flip - score[0],
    low=-0.5,
    high=0.5,
    reveal=f"The score is {after_flip:.3f}: the model does not read the gender.",
    item="06_predict/flipped-gender",
)

# %% [markdown]
# So the check is passed, and shows next to nothing: the model has no such column, so the check cannot fail. But these people are simulated, and we
# can ask a better question. In this story a part of what women earn stands on no payslip. `make_loans` can make the same 1,000 people without that
# error: what would have stood in her row then?

# %%
well_recorded = make_loans(income_error=0).loc[[CHOSEN]]
in_truth = as_table(well_recorded, raw)
print(
    f"income {asked['income'].iloc[0]:,.0f} € written down, "
    f"{well_recorded['income'].iloc[0]:,.0f} € in truth"
)
for name, model in models.items():
    before, after = score_of(model, applicant)[0], score_of(model, in_truth)[0]
    print(f"{name}: {before:.3f} as written down, {after:.3f} with her true income")
print("did she repay, when it was all over:", bool(loans.loc[CHOSEN, "repaid"]))

# %% [markdown]
# She repaid: about her, approving would have been right. Gender is not in the model, and yet it stands in the way: it has come in with the written
# income, which is a [proxy](glossary.md#proxy) for it. A flipped column shows what the model *reads*. What a person's life would have been, no
# column shows.
#
# ### What a reason is
#
# In the United States a lender that refuses sends an [adverse action notice](glossary.md#adverse-action-notice). It gives the reasons, or says that
# one may ask for them; they must be specific, and the principal ones (Regulation B, 12 CFR 1002.9(a)(2) and (b)(2)). The official interpretation
# adds that they must be what was really scored, and that more than four are not likely to help. One way is to take the contributions that lowered
# the score, largest first. But lowered *from where*? Contributions have a zero, and somebody has chosen it:

# %%
passed = training[
    pd.Series(score_of(unconstrained, training)).between(0.5, 0.6).values
]
women = training[training["gender"] == "woman"]
pd.DataFrame(
    {
        f"the mean of {name}": contributions(unconstrained, applicant, of.mean())
        for name, of in {
            "everybody": training[FEATURES],
            "those who just passed": passed[FEATURES],
            "women": women[FEATURES],
        }.items()
    }
).round(3)

# %% [markdown]
# Beside everybody, her `economic_status` is the first reason and the debt ratio the second. Beside those who just passed, the debt ratio is no
# reason at all: it *raises* her score. Beside women, it comes first. All three columns are right, and each answers another question. The official
# interpretation names two such starting points as examples, the average of all applicants and of those at or slightly above the passing score. So a
# reason has three limits:
#
# - It is about the *score*: what moved it, from a starting point that should be said.
# - It is not about the *person*: a wrong income makes as good a reason as a right one. Whoever is told the reason can notice that.
# - It is not *advice*: it does not say that a change would help her repay, nor that it would come in time.
#
# And a reason is not a justification: the arithmetic can be right about a thing that should not have been asked.
#
# ### Two people, one row, two lines
#
# In lesson 05 one could set a threshold, a line, for each gender. The next cell asks the training rows for two lines that approve nearly the same
# share of those who would repay ([equal opportunity](glossary.md#equal-opportunity)), at the fewest mistakes:

# %%
counts = ThresholdCounts.from_estimator(
    unconstrained,
    training[FEATURES],
    training["repaid"],
    sensitive_features=training["gender"],
)
lines = choose_thresholds(counts, "equal_opportunity").thresholds
pd.DataFrame(
    {
        gender: {
            "score": score[0].round(3),
            "threshold": lines[gender],
            "decision": "approved" if score[0] >= lines[gender] else "refused",
        }
        for gender in lines
    }
).T

# %% [markdown]
# Two people with the very same row: the woman is approved and the man refused. Both sides have a point. For the lines: the same number does not mean the same. Among 100,000 new applicants, take those who score
# like her:

# %%
many = as_table(make_loans(100_000, seed=1), raw)
like_her = many[abs(score_of(unconstrained, many) - score[0]) < 0.05]
like_her.groupby("gender")["repaid"].agg(["size", "mean"]).round(3)

# %% [markdown]
# Of the women about 67% repay, of the men about 19%. One line for both would be blind to that. Against the lines: they look at a person and see a
# group. A woman whose income was written down in full gets the lower line too; a man for whom a part is missing does not. And US lending law
# forbids it (Regulation B, 12 CFR 1002.4). A better cure is earlier: write the income down in full.
#
# ### How sure is one score?
#
# The 800 training rows are a [sample](glossary.md#sample). With other rows, the score of the same person would be another. How far off? Draw 800 of the 800 with replacement ([bootstrap](glossary.md#bootstrap)),
# go through the whole pipeline, train, ask again; a hundred times, for both models.
#
# ### Predict

# %%
rng = np.random.default_rng(0)
everyone_asked = loans[rows == "test"]
refitted = {name: [] for name in models}
for _ in range(100):
    drawn = raw.iloc[rng.integers(0, len(raw), len(raw))].reset_index(drop=True)
    table = as_table(drawn, drawn)
    people = as_table(everyone_asked, drawn)
    for name, strength in {"unconstrained": 0, "constrained": 50}.items():
        refitted[name].append(score_of(train(table, strength=strength), people))
refitted = {
    name: pd.DataFrame(each, columns=test.index) for name, each in refitted.items()
}

approvals = int((refitted["unconstrained"][CHOSEN] >= 0.5).sum())
Predict(
    "In how many of the 100 does the unconstrained model approve her, at 0.50?",
    answer=approvals,
    low=0,
    high=100,
    unit="of 100",
    reveal=f"In {approvals} of 100.",
    item="06_predict/refits",
)

# %%
pd.DataFrame(
    {
        name: {
            "score": round(score_of(models[name], applicant)[0], 3),
            "95 of 100 between": "{:.3f} and {:.3f}".format(
                *each[CHOSEN].quantile([0.025, 0.975])
            ),
            "approves her": f"{(each[CHOSEN] >= 0.5).sum()} of 100",
            "of the 200, decided both ways": int(
                (each >= 0.5).mean().between(0.05, 0.95).sum()
            ),
        }
        for name, each in refitted.items()
    }
).T

# %% [markdown]
# Her score moves by nearly a tenth either way, and yet nearly every one of the hundred decides as its model did. About *her*, more hangs on the choice of the model than on chance:

# %%
moved = refitted["unconstrained"][CHOSEN].quantile([0.025, 0.975])
apart = score_of(constrained, applicant)[0] - score_of(unconstrained, applicant)[0]
print(f"chance, the unconstrained model: ± {(moved.max() - moved.min()) / 2:.2f}")
print(f"choice, from one model to the other: {apart:.2f}")

# %% [markdown]
# About others chance does decide: the last column of the table counts those of the 200 who were approved in at least 5 and refused in at least 5 of
# the hundred. And a score printed as 0.360 has three digits of which even the first can move.

# %% [markdown]
# ## See
#
# Her way through all of it: four layers, open one after the other. This is the unconstrained model, with a line for each gender; both begin at 0.50.
#
# ### Predict
#
# Among the training rows that this model approves, how far away is the person most like her, counted in standard deviations?

# %%
trace = DecisionTrace.from_estimator(
    unconstrained,
    applicant,
    training,
    sensitive_features=training["gender"],
    group="woman",
    threshold={"man": 0.5, "woman": 0.5},
    label_names=["would default", "would repay"],
)
spread = training[FEATURES].std(ddof=0)
accepted = training[score_of(unconstrained, training) >= 0.5]
away = (accepted[FEATURES] - applicant[FEATURES].iloc[0].astype(float)) / spread
nearest = float(np.sqrt((away**2).sum(axis=1)).min())
Predict(
    "How far is the nearest approved person, in standard deviations over all four "
    "features together?",
    answer=nearest,
    low=0,
    high=4,
    reveal=f"{nearest:.2f}. Somebody much like her was let through.",
    item="06_predict/nearest",
)

# %%
trace

# %% [markdown]
# Four things to try:
#
# 1. In *Input*, move `debt_ratio` down until the decision changes. Is it where *Learn* has computed it? Press *As given*.
# 2. Move one slider in *Input* after another, and look at *Model* each time: which bars grow, and where does the way from the mean to her end?
# 3. Open *Bias check* and move the threshold above it to 0.32, about where *Learn* had hers. What does the table say of a man with her row?
# 4. Open *Decision*: with that threshold she is approved. The reasons change into what helped. Are they other features?
#
# And the constrained model about the same person:

# %%
other_trace = DecisionTrace.from_estimator(
    constrained,
    applicant,
    training,
    label_names=["would default", "would repay"],
)
print(f"constrained: {other_trace.decision}, score {other_trace.score:.3f}")
for reason in other_trace.reasons:
    print("-", reason)

# %% [markdown]
# ## Try
#
# Another applicant, and the constrained model, which refuses her. This is her row, and what the model has learnt:

# %%
other = test.loc[[733], FEATURES]
pd.DataFrame(
    {
        "value": other.iloc[0].round(3),
        "mean": constrained[0].mean_.round(3),
        "scale": constrained[0].scale_.round(3),
        "coefficient": constrained[1].coef_[0].round(3),
    }
)

# %% [markdown]
# ### Exercise 1

# %%
score_task = exercise(
    "06_predict/score-by-hand", model=constrained, applicant=other
)
score_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
scaler, logistic = constrained[0], constrained[1]
standardised = (other.to_numpy()[0] - scaler.mean_) / scaler.scale_
log_odds = ...  # the products, added up, and the intercept
answer = ...  # the sigmoid of that
score_task.check(answer)

# %% [markdown]
# `score_task.hint()` gives one step at a time; `score_task.solution()` shows one way.
#
# ### Exercise 2

# %%
part_task = exercise(
    "06_predict/contribution-of-debt", model=constrained, applicant=other
)
part_task

# %%
place = FEATURES.index("debt_ratio")
slope = ...  # log-odds for one unit of debt ratio: coefficient and scale
answer = ...  # the slope, times how far she is from the mean
part_task.check(answer)

# %% [markdown]
# ## Challenge
#
# What would have to be different for the applicant of *Try*, and a blank cell.
#
# ### Exercise 3

# %%
other = test.loc[[733], FEATURES]
change_task = exercise(
    "06_predict/debt-that-would-do", model=constrained, applicant=other
)
change_task

# %% [markdown]
# Trying gives a first idea of where to look:

# %%
for ratio in (0.5, 0.4, 0.3):
    tried_score = score_of(constrained, other.assign(debt_ratio=ratio))[0]
    print(f"debt ratio {ratio:.2f}: score {tried_score:.3f}")

# %%
answer = ...  # replace the three dots
change_task.check(answer)

# %% [markdown]
# ## Project
#
# A letter to one person about a model of yours. Change the lines marked with an arrow. `group_feature` may stay away where no column says the group.

# %%
model = constrained  # ← yours, fitted
people = training  # ← the table that it was fitted on
person = test.loc[733]  # ← one row, its label may be blank
threshold = 0.5  # ← yours

mine = DecisionTrace.from_estimator(
    model, person, people, threshold=threshold, group_feature="gender"
)
print(f"Your application was {mine.decision}.")
print("These moved the score most, seen from the mean of all applicants:")
for number, reason in enumerate(mine.reasons, start=1):
    print(f"  {number}. {reason}")

# %% [markdown]
# That is not a letter yet. Write it, in words that the person would use, and answer on the way:
#
# - Which of the reasons could be a mistake in the data, and how can the person correct it?
# - From whom is it measured: everybody, those who passed, people like the person? Why?
# - Which reason can nobody change (an age, a past)? Should it be there?
# - Who reads the answer, is able to change the decision, and has time for it?

# %% [markdown]
# ## Recall

# %%
Quiz("06_predict", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("06_predict")

# %% [markdown]
# ## Cost
#
# ### What 200 rows cannot tell
#
# Can a score of 0.36 be trusted: do 36 of 100 such people repay? On the [test rows](glossary.md#test-rows), take those within 0.10 of her score, and count.

# %%
from edutools.metrics import share_interval

her_score = score_of(unconstrained, applicant)[0]
close = test[abs(score_of(unconstrained, test) - her_score) < 0.10]
checked = {}
for name, part in {
    "all": close,
    "women": close[close["gender"] == "woman"],
    "men": close[close["gender"] == "man"],
}.items():
    low, high = share_interval(part["repaid"].sum(), len(part))
    checked[name] = {
        "people": len(part),
        "repaid": int(part["repaid"].sum()),
        "95% interval": f"{low:.2f} to {high:.2f}",
    }
pd.DataFrame(checked).T

# %% [markdown]
# Twelve people. The interval for all of them holds the 0.36, and much else. That women and men with this score repay so differently, as 100,000
# simulated people showed in *Learn*, these twelve cannot show: the two intervals overlap widely. A lender with 200 rows could believe the score,
# for both.
#
# ### Money
#
# What a decision about one person is worth depends on how likely she is to repay: 300 € gained if she does, 700 € lost if she does not. Take three of the scores of this one person for probabilities:

# %%
beliefs = {
    "unconstrained score": her_score,
    "constrained score": score_of(constrained, applicant)[0],
    "unconstrained, true income": score_of(
        unconstrained, as_table(make_loans(income_error=0).loc[[CHOSEN]], raw)
    )[0],
}
pd.DataFrame(
    {
        name: {
            "score": f"{p:.3f}",
            "expected from approving": f"{300 * p - 700 * (1 - p):.0f} €",
        }
        for name, p in beliefs.items()
    }
).T

# %% [markdown]
# With the income that was written down, the unconstrained model expects a loss of 340 €; with the true one, a gain of 70 €. The error in her row
# costs the bank a customer, and her a loan. She alone can notice it, if she is told the reason.
#
# ### Time and memory
#
# A decision is four multiplications and a sum, and the reasons come from the same four products:

# %%
import time

crowd = as_table(make_loans(20_000, seed=2), raw)
started = time.perf_counter()
crowd_scores = score_of(unconstrained, crowd)
slopes = unconstrained[1].coef_[0] / unconstrained[0].scale_
crowd_parts = slopes * (crowd[FEATURES] - training[FEATURES].mean())
seconds = time.perf_counter() - started
print(f"{len(crowd):,} people scored, with every contribution")
print(f"in less than one second: {seconds < 1}")
print(f"bytes to keep one person's reasons: {crowd_parts.to_numpy()[0].nbytes}")

# %% [markdown]
# What takes time is the person who reads an objection. If 1 in 20 of those refused objects, and an answer takes 30 minutes:

# %%
refused = int((crowd_scores < 0.5).sum())
hours = refused / 20 * 0.5
print(f"{refused:,} of {len(crowd):,} refused; {refused // 20:,} objections")
print(f"{hours:.0f} hours of somebody who is able to change the decision")

# %% [markdown]
# ## Map
#
# | 01 Collect | 02 Preprocess | 03 Engineer features | 04 Train | 05 Evaluate | **06 Predict** |
# |---|---|---|---|---|---|
#
# **What comes in:** one row with a blank [label](glossary.md#label), the model, a threshold, and what the stages before have learnt from the
# training rows. Forget that last part, and it goes wrong in one of two ways. From the applicant's own row nothing can be learnt; and what is learnt
# from all who apply on one day changes with who they are:

# %%
alone = as_table(asked, asked)
print("learnt from her own row:", alone["economic_status"].iloc[0])
for name, day in {
    "with 50 others of the test": loans[rows == "test"].head(50),
    "with 50 more of the test": loans[rows == "test"].tail(50),
}.items():
    that_day = pd.concat([day.drop(columns=["name", "phone"]), asked])
    value = score_of(unconstrained, as_table(asked, that_day))[0]
    print(f"learnt {name}: score {value:.3f}")
print(
    f"learnt from the training rows: score {score_of(unconstrained, applicant)[0]:.3f}"
)

# %% [markdown]
# **What leaks:** the label must be blank, and nothing may have been computed from it. To make sure, write both labels in, one after the other:

# %%
for label in (np.nan, 0, 1):
    value = score_of(unconstrained, as_table(asked.assign(repaid=label), raw))[0]
    print(f"repaid {label}: score {value:.6f}")

# %% [markdown]
# It leaks in the other direction too. Whoever is refused will never show whether they would have repaid, and so is missing from the rows that the next model learns from
# ([selective labels](glossary.md#selective-labels)). Of the women of the test who would repay, these would never be seen to:

# %%
women_who_repay = test[(test["gender"] == "woman") & (test["repaid"] == 1)]
for name, model in models.items():
    unseen = int((score_of(model, women_who_repay) < 0.5).sum())
    print(f"{name}: {unseen} of {len(women_who_repay)}")

# %% [markdown]
# **What goes out:** a decision, the reasons for it, and a way to contest it. Keep the row, the model's version and the threshold as they were: who objects in three months must be answered from what was decided on then.
#
# ## Key insight
#
# > A reason says what moved a score, seen from a starting point that somebody chose. It can be exactly right about the arithmetic and wrong about the person; that is why the person has to be told.
#
# ## Sources
#
# - Court of Justice of the European Union, *OQ v Land Hessen* (SCHUFA Holding, scoring), C‑634/21, judgment of 7 December 2023, ECLI:EU:C:2023:957.
# - Court of Justice of the European Union, *CK v Magistrat der Stadt Wien* and *Dun & Bradstreet Austria GmbH*, C‑203/22, judgment of 27 February 2025, ECLI:EU:C:2025:117.
# - General Data Protection Regulation, (EU) 2016/679, Articles 15(1)(h) and 22.
# - Equal Credit Opportunity Act, 15 U.S.C. § 1691; Regulation B, 12 CFR 1002.4, 1002.9(a)(2) and 1002.9(b)(2), with the official interpretation, 12
#   CFR Part 1002, Supplement I, comments 9(b)(2)-1, -2, -4 and -5.
# - S. Wachter, B. Mittelstadt, C. Russell, *Counterfactual explanations without opening the black box: automated decisions and the GDPR*, Harvard Journal of Law & Technology 31(2), 2018, 841–887.
# - Contributions: E. Štrumbelj, I. Kononenko, *Explaining prediction models and individual predictions with feature contributions*, Knowledge and Information Systems 41, 2014, 647–665; S. M. Lundberg, S.-I. Lee,
#   *A unified approach to interpreting model predictions*, NeurIPS 2017.
# - What a changed column does and does not show: L. Hu, I. Kohler-Hausmann, *What's sex got to do with fair machine learning?*, FAT* 2020.
# - B. Efron, *Bootstrap methods: another look at the jackknife*, The Annals of Statistics 7(1), 1979, 1–26.
