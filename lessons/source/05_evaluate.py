# %% [markdown]
# # 05 · Evaluate
#
# **40 minutes** · Previous: [04 · Train](04_train.ipynb) · Next: [06 · Predict](06_predict.ipynb) · [Glossary](glossary.md)
#
# A [model](glossary.md#model) has been trained. Is it any good? For whom? How sure can you be? This lesson judges the two models of the course, and
# leads to demands of fairness that cannot all be met.
#
# ## Objectives
#
# After this lesson you can
#
# - read a [confusion matrix](glossary.md#confusion-matrix) and compute any rate from its four cells;
# - choose a [threshold](glossary.md#threshold) for what mistakes cost, and say what it does to each group;
# - say what [demographic parity](glossary.md#demographic-parity), [equal opportunity](glossary.md#equal-opportunity) and
#   [predictive parity](glossary.md#predictive-parity) ask for, and why they cannot all hold;
# - tell a gap that comes from a wrong measurement from one that is there in truth, by what closing it costs;
# - say how much 200 [test rows](glossary.md#test-rows) can tell, and what they cannot.
#
# ## What to know first
#
# [Lesson 00](00_start_here.ipynb). A little Python: calling a function, reading a table.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell goes through the course's pipeline up to here: rows are set aside for the test, cleaned, turned into
# [features](glossary.md#feature), and two models are trained. Both are [logistic regressions](glossary.md#logistic-regression) on the same 800 rows, and neither
# is shown the gender when it decides. One has a [fairness constraint](glossary.md#fairness-constraint): in training it pays for a gap between women and men. The
# other has none.

# %% tags=["start"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

from edutools import (
    ConfusionMatrix,
    GroupMetrics,
    Predict,
    Quiz,
    ThresholdCounts,
    choose_thresholds,
    difference,
    difference_interval,
    exercise,
    load_loans,
    make_loans,
    rate,
    rate_interval,
    review,
)
from edutools.course.pipeline import (
    FEATURES,
    as_table,
    assign_rows,
    train,
)


def counted(model, table):
    """Who is approved at each threshold, and who of them repays, by gender."""
    return ThresholdCounts.from_estimator(
        model,
        table[FEATURES],
        table["repaid"],
        sensitive_features=table["gender"],
    )


loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]
training = as_table(raw, raw)
test = as_table(loans[rows == "test"], raw)

constrained = train(training)
unconstrained = train(training, strength=0)
counts = counted(unconstrained, test)
counts_constrained = counted(constrained, test)

print(f"{len(training)} rows to train on, {len(test)} to test on")

# %% [markdown]
# First, what you may be about to forget. Where nothing is due, the next cell says so.

# %%
review("05_evaluate")

# %% [markdown]
# ## Why
#
# In Broward County, Florida, a company's program called COMPAS gave people who had been arrested a [score](glossary.md#score) from 1 to 10: how
# likely is it that they will be arrested again? The score was there when it was decided who waits for trial at home and who in jail. One of those
# people was a Black woman of eighteen who had, with a friend, picked up a child's bicycle and scooter and soon dropped them. She was rated a high risk.
# Two years later nothing new had been charged against her. In 2016 reporters of ProPublica compared the ratings of more than 7,000 people with what
# had happened within two years. These are their counts of those who are Black or white: `tp` were rated medium or high and charged again, `fp`
# rated so and not charged again, `fn` rated low and charged again, `tn` rated low and not.

# %%
compas = pd.DataFrame(
    {"Black": [1369, 805, 532, 990], "white": [505, 349, 461, 1139]},
    index=["tp", "fp", "fn", "tn"],
).T
pd.DataFrame(
    {
        "people": compas.sum(axis=1),
        "charged again": 100 * (compas.tp + compas.fn) / compas.sum(axis=1),
        "rated medium or high, of those not charged again": 100
        * compas.fp
        / (compas.fp + compas.tn),
        "charged again, of those rated medium or high": 100
        * compas.tp
        / (compas.tp + compas.fp),
    }
).round(2)

# %% [markdown]
# Look at the third column: of the people who were *not* charged again, 44.85% of those who are Black had been rated medium or high, and 23.45% of those who are
# white. ProPublica called that bias. The company answered with the last column: of the people who were rated so, about the same share was charged again,
# 62.97% and 59.13%, so a rating means nearly the same for both (Dieterich, Mendoza and Brennan 2016).
#
# Both took their number from the same eight counts, and neither miscounted. They asked about different people. *Learn* shows why such rates cannot
# all be alike in both groups, as long as the second column is not.
#
# And one thing more, which no rate can show: the [label](glossary.md#label) here is a new *charge*, not a new crime. Whoever is watched more is
# charged more easily.

# %% [markdown]
# ## Learn
#
# ### A perfect score that means nothing
#
# You may have met a first example like this one: ten rows, a feature that runs from 1 to 10, a label that is 0 below 6 and 1 from 6 on. Two of the
# ten rows are held back as a test.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split

feature = np.arange(1, 11).reshape(-1, 1)
label = (feature.ravel() >= 6).astype(int)
X_train, X_test, y_train, y_test = train_test_split(
    feature, label, test_size=0.2, random_state=42
)

predicted = LogisticRegression().fit(X_train, y_train).predict(X_test)
print(confusion_matrix(y_test, predicted))
print("accuracy", accuracy_score(y_test, predicted))

# %% [markdown]
# The matrix is `[[1 0] [0 1]]` and the [accuracy](glossary.md#accuracy) is 1.0.
#
# ### Predict
#
# How sure does that make you? Guess where the accuracy's 95% [confidence interval](glossary.md#confidence-interval) begins: about the smallest
# accuracy that two right answers leave plausible.

# %%
ten_rows = ThresholdCounts.from_predictions(
    y_test, predicted.astype(float), thresholds=[0.5]
).at(0.5)
low, high = rate_interval(ten_rows, "accuracy")[0]
Predict(
    "2 right of 2. Where does the 95% confidence interval of the accuracy begin?",
    answer=low,
    low=0,
    high=1,
    reveal=f"The interval reaches from {low:.2f} to {high:.2f}.",
    item="05_evaluate/two-of-two",
)

# %% [markdown]
# Two right answers out of two are what a coin gives one time in four. The interval says the same: it begins at 0.34. Three more things are wrong,
# and more rows alone would not mend them:
#
# - The label is a rule on the feature. There is nothing to learn that one line of code does not say.
# - It does not say *who* was tested. Both rows could be from the same group.
# - One number hides which mistakes are made. Here none were made, so nothing shows what they would cost.
#
# ### The same question, asked of the course's models
#
# Now the two models, on the 200 applicants whom neither has seen. Beside the accuracy stands the [fairness score](glossary.md#fairness-score): 1 less the gap
# between the shares of women and of men who are approved. Every row counts alike. The third line is no model at all: approve everybody.

# %%


def with_interval(value, limits):
    return f"{value:.3f} ({limits[0]:.3f} to {limits[1]:.3f})"


def accuracy_and_fairness(cells):
    """Both numbers with their 95% intervals, as words."""
    low, high = difference_interval(cells, "selection_rate")
    everyone = cells.overall
    return {
        "accuracy": with_interval(
            rate(everyone, "accuracy")[0], rate_interval(everyone, "accuracy")[0]
        ),
        "fairness score": with_interval(
            1 - difference(cells, "selection_rate"), (1 - high, 1 - low)
        ),
    }


pd.DataFrame(
    {
        "constrained": accuracy_and_fairness(counts_constrained.at(0.5)),
        "unconstrained": accuracy_and_fairness(counts.at(0.5)),
        "approve everybody": accuracy_and_fairness(counts.at(0)),
    }
).T

# %% [markdown]
# Two things to see. First the last line: a program that approves everybody is right about every person who repays, and its fairness score is 1.
# So neither number alone says that a model is good. Second, the unconstrained model is right more often here, and the constrained one has the
# smaller gap. Is that luck? That their intervals overlap does not say so: both judged the *same* 200 people. So ask for the interval of the difference. Draw 200 of
# the 200 again and again, some twice and some not at all (a [bootstrap](glossary.md#bootstrap)), and see how far apart the two models are each time:

# %%
is_woman = (test["gender"] == "woman").to_numpy()
repaid = test["repaid"].to_numpy()
approved = {
    name: model.predict(test[FEATURES])
    for name, model in (("with", constrained), ("without", unconstrained))
}
dice = np.random.default_rng(0)
differences = []
for _ in range(2_000):
    drawn = dice.integers(0, len(test), len(test))
    women, men = drawn[is_woman[drawn]], drawn[~is_woman[drawn]]
    right = {
        name: (each == repaid)[drawn].mean() for name, each in approved.items()
    }
    gap = {
        name: abs(each[men].mean() - each[women].mean())
        for name, each in approved.items()
    }
    differences.append(
        [right["without"] - right["with"], gap["without"] - gap["with"]]
    )
low, high = np.quantile(differences, [0.025, 0.975], axis=0)
for place, what in enumerate(["more of the decisions right", "more of a gap"]):
    print(
        f"without the constraint, {what}: {low[place]:+.3f} to {high[place]:+.3f}"
    )

# %% [markdown]
# The first interval has 0 in it: these 200 do not settle which model is right more often. The second has not: that the constrained model has the smaller gap is more than the
# luck of these 200. *Cost* comes back to what 200 rows can tell.
#
# From here on *Learn* looks mostly at the **unconstrained** model: its gaps are wider, so there is more to see.
#
# ### Four cells, and a line
#
# The model gives each applicant a score. Whoever reaches the threshold is approved. So each of the 200 is one of four:

# %%
cells = counts.at(0.5).overall
pd.DataFrame(
    [[cells.tn[0], cells.fp[0]], [cells.fn[0], cells.tp[0]]],
    index=["would default", "would repay"],
    columns=["refused", "approved"],
)

# %% [markdown]
# True labels stand in the rows, decisions in the columns, as in scikit-learn. Every rate in this lesson divides some of these four numbers by some
# of them. The [true positive rate](glossary.md#true-positive-rate) takes the lower row: of those who would repay, how many are approved?
# [Precision](glossary.md#precision) takes the right column: of those approved, how many repay?
#
# ### Predict
#
# Suppose a [default](glossary.md#default) costs the bank 700 € and a repaid loan earns 300 €. At which threshold does the bank earn most?

# %%
best = choose_thresholds(counts, "single_threshold", gain=300, loss=700)
best_threshold = best.thresholds["woman"]

matrix = ConfusionMatrix(
    counts,
    metric="true_positive_rate",
    gain=300,
    loss=700,
    label_names=["would default", "would repay"],
    decision_names=["refused", "approved"],
)
Predict(
    "Where is the profit on these 200 people highest?",
    answer="well above 0.50",
    choices={
        "well below 0.50": "A default costs more than a good loan earns, so the bank "
        "can afford fewer of them, not more.",
        "near 0.50": "One half would be right if a default cost as much as a good "
        "loan earns.",
        "well above 0.50": "A default costs more than two good loans earn, so the "
        "bank should be surer than one half.",
    },
    reveal=matrix,
    item="05_evaluate/best-threshold",
)

# %% [markdown]
# Drag the line and watch the profit: where does it stop rising? If a score can be trusted as a probability, approving pays off from
# *loss ÷ (gain + loss)* on: there, on average, gains and losses are equal.

# %%
print(
    f"in theory: {700 / (300 + 700):.2f}; on these 200 people: {best_threshold:.3f}, "
    f"profit {best.profit:,.0f} €"
)

elsewhere = []
for seed in (1, 2, 3, 4, 5):
    others = counted(unconstrained, as_table(make_loans(200, seed=seed), raw))
    choice = choose_thresholds(others, "single_threshold", gain=300, loss=700)
    elsewhere.append(choice.thresholds["woman"])
print("on five other samples of 200:", *(f"{found:.3f}" for found in elsewhere))

# %% [markdown]
# Here theory and data nearly agree, and that is luck: on other [samples](glossary.md#sample) of the same size the best line lies elsewhere. 200
# people are few. And can these scores be trusted as probabilities? The applicants are simulated, so we can make 100,000 more, take those who score
# close to 0.50, and look who repays:

# %%
many = as_table(make_loans(100_000, seed=1), raw)
for name, model in (("unconstrained", unconstrained), ("constrained", constrained)):
    score = model.predict_proba(many[FEATURES])[:, 1]
    near_half = many[abs(score - 0.5) < 0.05]
    repaid = near_half.groupby("gender")["repaid"].mean()
    print(
        f"{name}: of those who score 0.45 to 0.55, {repaid['man']:.2f} of the men "
        f"and {repaid['woman']:.2f} of the women repay"
    )

# %% [markdown]
# For the unconstrained model the same score does not mean the same for both. In this story part of what women earn stands on no payslip, so the
# income written down for them is too low. Repayment follows the true income; the model reads the one that was written down. The constrained model
# has been pushed away from income, and its scores mean nearly the same for both.
#
# ### What each criterion asks
#
# A [fairness criterion](glossary.md#fairness-criterion) wants some rate to be alike in the groups. There are several, and each asks about other
# people.
#
# | criterion | what must be alike in the groups | of whom |
# |---|---|---|
# | demographic parity | [selection rate](glossary.md#selection-rate) | everybody who applies |
# | equal opportunity | true positive rate | those who would repay |
# | [equalized odds](glossary.md#equalized-odds) | true and [false positive rate](glossary.md#false-positive-rate) | those who would repay, and those who would not |
# | predictive parity | precision | those who are approved |
#
# ProPublica looked at the false positive rate, the company at the precision. The next cell looks for a threshold for each group that meets a criterion and costs the least
# profit.

# %%
GAPS = {
    "selection_rate": "selection",
    "true_positive_rate": "TPR",
    "false_positive_rate": "FPR",
    "precision": "precision",
}
CRITERIA = [
    "max_profit",
    "single_threshold",
    "demographic_parity",
    "equal_opportunity",
    "equalized_odds",
    "predictive_parity",
]


def what_each_costs(counts):
    found = {}
    for criterion in CRITERIA:
        choice = choose_thresholds(counts, criterion, gain=300, loss=700)
        chosen = counts.at(choice.thresholds)
        gaps = {
            f"{name} gap": f"{difference(chosen, metric):.2f}"
            for metric, name in GAPS.items()
        }
        found[criterion] = {"share of best profit": f"{choice.share:.2f}", **gaps}
    return pd.DataFrame(found).T.rename_axis("criterion")


what_each_costs(counts)

# %% [markdown]
# The first two rows ask for money only: the most profitable line for each group, and the most profitable one for all. Look along each of the
# others. The gap that was asked for is small: the search accepts 0.01, unless told otherwise. The gaps that were not asked for are whatever they
# turn out to be. Can one row have them all?
#
# ### When they can all hold, and when not
#
# On 200 people much of that table is chance. So we make two worlds of 20,000 people, train in each on one half and judge on the other. Two dials of
# `make_loans` tell them apart. In the first world `income_error` is 0.4, as in this course's table: women and men repay alike, and women's income is
# *measured* wrongly. In the second the income is right, and `repayment_gap` is 3: fewer women *repay*.


# %%
def a_world(**dials):
    """Training rows and test rows of 20,000 people, half and half."""
    people = make_loans(20_000, seed=2, **dials)
    part = assign_rows(people, test_size=10_000)
    learnt_from = people[part == "train"]
    return as_table(learnt_from, learnt_from), as_table(
        people[part == "test"], learnt_from
    )


def judged_in(**dials):
    learn, judge = a_world(**dials)
    repaid = judge.groupby("gender")["repaid"].mean()
    print(
        f"repay: {repaid['man']:.2f} of the men, {repaid['woman']:.2f} of the women"
    )
    return what_each_costs(counted(train(learn, strength=0), judge))


judged_in(income_error=0.4, repayment_gap=0)

# %% [markdown]
# In the first world a pair of thresholds exists at which all four gaps nearly close, at hardly any cost: the lines make up for an income that was measured wrongly,
# and behind it the groups are alike. (Measuring the income rightly would be the better cure.)
#
# ### Predict
#
# And in the second world, where fewer women repay?

# %%
Predict(
    "In the second world, does any of these criteria close all four gaps?",
    answer="no",
    choices=["yes", "no"],
    reveal=judged_in(income_error=0, repayment_gap=3),
    item="05_evaluate/two-worlds",
)

# %% [markdown]
# No row closes all four, and that is not for want of searching: it is arithmetic. Let *p* be the share of a group that would repay, its
# [base rate](glossary.md#base-rate). Then the four cells tie the false positive rate (FPR) to *p*, the precision and the true positive rate (TPR)
# (Chouldechova 2017):
#
# $$\mathrm{FPR} = \frac{p}{1 - p} \cdot \frac{1 - \mathrm{precision}}{\mathrm{precision}} \cdot \mathrm{TPR}$$
#
# Check it on our 200 people:

# %%
cells = counts.at(0.5)
p, precision, tpr = (
    rate(cells, metric)
    for metric in ("base_rate", "precision", "true_positive_rate")
)
pd.DataFrame(
    {
        "p": p,
        "from the formula": p / (1 - p) * (1 - precision) / precision * tpr,
        "counted": rate(cells, "false_positive_rate"),
    },
    index=list(cells.groups),
).round(4)

# %% [markdown]
# Now give two groups the *same* precision and the *same* true positive rate, and let *p* differ. The right side differs, so the false positive
# rates must. So must the selection rates: the true positives are the share *p* · TPR of everyone, and also the share selection rate · precision, so
#
# $$\text{selection rate} = p \cdot \frac{\mathrm{TPR}}{\mathrm{precision}}$$

# %%
same_precision, same_tpr = 0.85, 0.80
shares = {"group with p = 0.50": 0.50, "group with p = 0.65": 0.65}
for name, share in shares.items():
    forced = share / (1 - share) * (1 - same_precision) / same_precision * same_tpr
    selected = share * same_tpr / same_precision
    print(
        f"{name}: forced to a false positive rate of {forced:.2f} "
        f"and a selection rate of {selected:.2f}"
    )

# %% [markdown]
# That is Broward County. Its two groups were charged again at different rates, so ratings of equal precision had to be wrong about more of those
# *not* charged again in one of them, unless they missed more of those who *were*. Where base rates differ, equal opportunity and predictive parity,
# met together, rule out demographic parity, and equalized odds too. There is one way out, and only for equalized odds: a model that never approves
# anyone who would default has precision 1 and a false positive rate of 0 in every group. Kleinberg, Mullainathan and Raghavan (2017) prove a like
# result for scores, with two ways out only: perfect prediction, or equal base rates. So somebody must choose which of the demands matters here, and
# say why. No tool can do that for them, and this one does not say 'fair' or 'unfair'.
#
# ### What parity costs
#
# The same two worlds, and a third with both dials at 0, now asked for accuracy alone. With a gain of 1 and a loss of 1, the line that pays most is the one at which most decisions are right.

# %%


def price_of_parity(**dials):
    learn, judge = a_world(**dials)
    found = counted(train(learn, strength=0), judge)
    constrained_cells = counted(train(learn), judge).at(0.5)
    result = {}
    for name, criterion in {
        "one line": "single_threshold",
        "a line for each": "max_profit",
        "equal selection": "demographic_parity",
    }.items():
        chosen = found.at(
            choose_thresholds(found, criterion, gain=1, loss=1).thresholds
        )
        result[f"{name}: accuracy"] = rate(chosen.overall, "accuracy")[0]
        result[f"{name}: gap"] = difference(chosen, "selection_rate")
    result["constrained: accuracy"] = rate(constrained_cells.overall, "accuracy")[0]
    result["constrained: gap"] = difference(constrained_cells, "selection_rate")
    return result


pd.DataFrame(
    {
        "both dials at 0": price_of_parity(income_error=0, repayment_gap=0),
        "income_error=0.4": price_of_parity(income_error=0.4, repayment_gap=0),
        "repayment_gap=3": price_of_parity(income_error=0, repayment_gap=3),
    }
).round(3)

# %% [markdown]
# Read one column at a time. With both dials at 0, parity costs next to nothing.
#
# - **`income_error=0.4`.** One line for all leaves a gap of 0.114. With a line for each group, equal selection costs nothing: 0.925 with it and
#   0.925 without. It is even *more* accurate than one line (0.911), for it undoes an error of measurement. The constrained model pays: 0.872. It is
#   not shown the gender when it decides, so it can only trust income less, for everybody.
# - **`repayment_gap=3`.** Here the groups differ in truth. A line for each decides best at a gap of 0.158. Equal selection has to be paid for: 0.932 falls to 0.912, which is two more of a hundred
#   people decided wrongly.
#
# So what parity costs says something about where a gap comes from. But here we had everybody's repayment, also of those who are refused. In life it
# is not known, and somebody has to find out which world it is.
#
# ## See
#
# Now you hold both lines of the unconstrained model: one for women, one for men.
#
# ### Predict
#
# Among the people who **would repay**, is the same share of women and of men approved? Commit yourself before you look.

# %%
sliders = GroupMetrics(
    counts,
    gain=300,
    loss=700,
    label_names=["would default", "would repay"],
    decision_names=["refused", "approved"],
)
gap = sliders.difference("true_positive_rate")
low, high = difference_interval(sliders.cells, "true_positive_rate")
Predict(
    "How far apart are the true positive rates of women and men, "
    "at 0.50 for everyone?",
    answer=gap,
    low=0,
    high=1,
    reveal=f"{gap:.2f}. On 200 people that is anything from {low:.2f} to {high:.2f}, "
    "with 95% confidence.",
    item="05_evaluate/gap",
)

# %% [markdown]
# Move the lines apart; lock them together; press a criterion and see what it asks for and what it costs. The dotted line under the selection rate stands at four fifths of the
# higher one: the [four-fifths rule](glossary.md#four-fifths-rule) of US employment law, a convention and not a definition of fairness.

# %%
sliders

# %% [markdown]
# Three things to try:
#
# 1. Tick *Move together* and move the lines. Does the gap in selection rate ever close before everybody, or nobody, is approved?
# 2. Untick it and lower the women's line alone. Which of the gaps close, and which open again?
# 3. Press *Equal opportunity*. What does it cost? And how far does chance reach? The thin lines are the intervals on these 200 people.
#
# And this is what the constraint did in training, still with one line at 0.50 for everybody:

# %%
shown = ["selection_rate", "true_positive_rate", "false_positive_rate", "precision"]
pd.concat(
    {
        name: pd.DataFrame(
            {
                metric.replace("_", " "): rate(found.at(0.5), metric)
                for metric in shown
            },
            index=found.groups,
        )
        for name, found in {
            "unconstrained": counts,
            "constrained": counts_constrained,
        }.items()
    }
).round(2)

# %% [markdown]
# ## Try
#
# The true positive rate of women, by hand. These are the four cells of each group, at 0.50:

# %%
cells = counts.at(0.5)
pd.DataFrame(
    {"tp": cells.tp, "fp": cells.fp, "fn": cells.fn, "tn": cells.tn},
    index=list(cells.groups),
)

# %% [markdown]
# ### Exercise 1

# %%
rate_task = exercise("05_evaluate/true-positive-rate-of-women", counts=counts)
rate_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
cells = counts.at(0.5)
women = cells.groups.index("woman")
all_who_would_repay = ...  # a sum of two cells of women
answer = ...  # one cell of women, divided by that sum
rate_task.check(answer)

# %% [markdown]
# `rate_task.hint()` gives one step at a time; `rate_task.solution()` shows one way.
#
# ### Exercise 2

# %%
gap_task = exercise("05_evaluate/demographic-parity-difference", counts=counts)
gap_task

# %%
cells = counts.at(0.5)
approved = cells.tp + cells.fp  # one number for each group
everyone = ...  # the sum of all four cells of each group
answer = ...  # the larger selection rate less the smaller one
gap_task.check(answer)

# %% [markdown]
# ## Challenge
#
# Another bank, other costs, and a blank cell.
#
# ### Exercise 3

# %%
cost_task = exercise("05_evaluate/highest-profit", counts=counts)
cost_task

# %% [markdown]
# This is what the bank earns if it leaves the line where programs put it. It can do better.

# %%
cells = counts.at(0.5).overall
print(f"at 0.50: {100 * cells.tp[0] - 500 * cells.fp[0]:,} €")

# %%
answer = ...  # replace the three dots
cost_task.check(answer)

# %% [markdown]
# ## Project
#
# A report on a model of yours. It needs a table with one row for each person of a test that the model has never seen, and three columns: what became true, the
# model's score, and the group. As it stands it reports on the course's constrained model. Change the line marked with an arrow, and the three names under it.

# %%
people = test.assign(
    score=constrained.predict_proba(test[FEATURES])[:, 1]
)  # ← yours
label, score, group = "repaid", "score", "gender"
threshold = 0.5

mine = ThresholdCounts.from_predictions(
    people[label], people[score], sensitive_features=people[group]
).at(threshold)
report = {}
for metric in ("accuracy", "selection_rate", "true_positive_rate", "precision"):
    of_each = zip(
        mine.groups, rate(mine, metric), rate_interval(mine, metric), strict=True
    )
    report[metric] = {
        f"{name} (of {people[group].eq(name).sum()})": f"{value:.2f} ({low:.2f} to {high:.2f})"
        for name, value, (low, high) in of_each
    }
    low, high = difference_interval(mine, metric)
    report[metric]["gap"] = (
        f"{difference(mine, metric):.2f} ({low:.2f} to {high:.2f})"
    )
pd.DataFrame(report).T

# %% [markdown]
# A rate that reads `nan` is undefined: nobody in the group stands below the line of its fraction. Then answer in writing, for whoever uses the model:
#
# - Who is in no row of this table, because an earlier decision sent them away? Their outcome is not known ([selective labels](glossary.md#selective-labels)).
# - Which of the mistakes harms whom, and how much?
# - Which criterion do you ask for, and what speaks against it?
# - How wide is the widest interval, and would you decide differently at its two ends?

# %% [markdown]
# ## Recall

# %%
Quiz("05_evaluate", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("05_evaluate")

# %% [markdown]
# ## Cost
#
# ### What 200 rows cannot tell
#
# These applicants are simulated, so we can do what no bank can: send the constrained model 100,000 people more, and then 500 samples of 200 out of them, and watch
# the fairness score that each sample would have reported.
#
# ### Predict
#
# Leave out the smallest and the largest reports, so that 95 of 100 are left. How far apart are the smallest and the largest of those?

# %%
many = as_table(make_loans(100_000, seed=1), raw)
truth = counted(constrained, many).at(0.5)
true_score = 1 - difference(truth, "selection_rate")

approved = constrained.predict(many[FEATURES]) == 1
right = approved == (many["repaid"] == 1).to_numpy()
woman = (many["gender"] == "woman").to_numpy()

rng = np.random.default_rng(0)
scores, accuracies = [], []
for _ in range(500):
    seen = rng.choice(len(many), size=200, replace=False)
    of_women, of_men = approved[seen][woman[seen]], approved[seen][~woman[seen]]
    scores.append(1 - abs(of_women.mean() - of_men.mean()))
    accuracies.append(right[seen].mean())

low, high = np.quantile(scores, [0.025, 0.975])
Predict(
    "How far apart are the fairness scores that 95 of 100 samples report?",
    answer=high - low,
    low=0,
    high=1,
    reveal="Among 200 at a time, 95 of 100 samples report "
    f"between {low:.2f} and {high:.2f}.",
    item="05_evaluate/gap-in-samples",
)

# %%
figure, axes = plt.subplots(figsize=(7, 2.6))
axes.hist(scores, bins=25, color="#0072b2")
axes.axvline(true_score, color="#b84a00", linewidth=2)
axes.set(
    xlabel="fairness score of one model, as a sample of 200 reports it",
    ylabel="samples",
)
axes.spines[["top", "right"]].set_visible(False)
in_words = (
    f"Histogram of 500 reported fairness scores, most of them between {low:.2f} and "
    f"{high:.2f}; a line marks the score among 100,000 people, {true_score:.3f}."
)
display(figure, metadata={"image/png": {"alt": in_words}})
plt.close(figure)
print(in_words)
print(
    f"accuracy among 100,000: {rate(truth.overall, 'accuracy')[0]:.3f}; "
    f"95 of 100 samples report {np.quantile(accuracies, 0.025):.3f} "
    f"to {np.quantile(accuracies, 0.975):.3f}"
)

# %% [markdown]
# The line is the score among 100,000 people. It is always the same model, and yet the reports differ widely. Nearly all of them lie *below* the
# line: a gap is a size and never negative, so chance can only add to a gap that is hardly there. Without its interval, such a number says little.
#
# And that was one model. Another bank would have had another 1,000 applicants, so another model too. Here are thirty such banks:

# %%
banks = []
for seed in range(30):
    applicants = make_loans(seed=seed)
    part = assign_rows(applicants)
    everyone = as_table(applicants, applicants[part == "train"])
    model = train(everyone[part == "train"])
    found = counted(model, everyone[part == "test"]).at(0.5)
    banks.append(
        {
            "accuracy": rate(found.overall, "accuracy")[0],
            "fairness score": 1 - difference(found, "selection_rate"),
        }
    )
pd.DataFrame(banks).quantile([0.05, 0.5, 0.95]).round(3).rename_axis(
    "share of banks"
)

# %% [markdown]
# The same code, and nine of ten banks report an accuracy from 0.827 to 0.906 and a fairness score from 0.875 to 0.990.
#
# ### How many rows then?
#
# The width of an interval falls with the square root of the number of rows: half the width wants four times the rows. For a model that is right
# nine times out of ten, and for two groups of equal size in which the same share is approved:

# %%
widths = {}
for n in (50, 100, 200, 400, 800, 1600, 3200):
    y_true = np.ones(n)
    right_in_nine_of_ten = (np.arange(n) < 0.9 * n).astype(float)
    cells = ThresholdCounts.from_predictions(
        y_true, right_in_nine_of_ten, thresholds=[0.5]
    ).at(0.5)
    low, high = rate_interval(cells, "accuracy")[0]
    half = n // 2
    groups = np.repeat(["a", "b"], half)
    approved_at_60 = np.tile((np.arange(half) < 0.6 * half).astype(float), 2)
    both = ThresholdCounts.from_predictions(
        y_true, approved_at_60, sensitive_features=groups, thresholds=[0.5]
    ).at(0.5)
    gap_low, gap_high = difference_interval(both, "selection_rate")
    widths[n] = {
        "accuracy 0.90: interval": f"{low:.3f} to {high:.3f}",
        "± of the accuracy": f"{(high - low) / 2:.3f}",
        "no gap seen: it may still be": f"{gap_high:.3f}",
    }
pd.DataFrame(widths).T.rename_axis("rows")

# %% [markdown]
# For ± 0.03 of an accuracy you need about 400 rows. A gap between two groups needs far more: with 1,600 rows and not the slightest gap seen, there
# may still be one of nearly 0.05. And a group that is one tenth of the people has only one tenth of the rows to be judged by.
#
# ### Money and time
#
# A default that was approved costs 700 €; a good loan that was refused forgoes 300 €. What the mistakes on the 200 test rows add up to, and who bears them:

# %%
errors = {}
for name, found in {
    "unconstrained": counts,
    "constrained": counts_constrained,
}.items():
    cells = found.at(0.5)
    for place, gender in enumerate(cells.groups):
        errors[f"{name}, {gender}"] = {
            "approved, and default": cells.fp[place],
            "cost of these": f"{700 * cells.fp[place]:,} €",
            "refused, and would repay": cells.fn[place],
            "forgone with these": f"{300 * cells.fn[place]:,} €",
        }
pd.DataFrame(errors).T

# %% [markdown]
# A real bank sees the first two columns only: nobody learns that a person who was refused would have repaid. The bank forgoes 300 €, and the person
# goes without a loan.
#
# The computing costs next to nothing. Scores are turned once into counts, and what is stored then depends on the number of thresholds, not of
# people:

# %%
import time

started = time.perf_counter()
table_of_counts = counted(constrained, many)
seconds = time.perf_counter() - started
stored = sum(getattr(table_of_counts, cell).nbytes for cell in ("tp", "fp"))
print(f"100,000 people counted at {len(table_of_counts.thresholds):,} thresholds")
print(f"in less than two seconds: {seconds < 2}; counts of {stored / 1000:.0f} kB")

# %% [markdown]
# ## Map
#
# | 01 Collect | 02 Preprocess | 03 Engineer features | 04 Train | **05 Evaluate** | 06 Predict |
# |---|---|---|---|---|---|
#
# **What comes in:** two models, and 200 rows that nothing was learnt from. The next cell makes sure of that: no test row is a training row. Then it
# writes an income of a million into every test row. What was learnt from the [training rows](glossary.md#training-rows) (such as the
# [median](glossary.md#median) income) does not move; what is learnt from all rows would.

# %%
print("rows in both parts:", len(training.index.intersection(test.index)))
spoilt = loans.assign(income=loans["income"].where(rows == "train", 1_000_000.0))
raw_of_spoilt = spoilt[rows == "train"]
print("learnt from the training rows: does the table for training move?")
print("  ", not as_table(raw, raw).equals(as_table(raw_of_spoilt, raw_of_spoilt)))
print("learnt from all rows: does it move?")
print("  ", not as_table(raw, loans).equals(as_table(raw_of_spoilt, spoilt)))

# %% [markdown]
# **What leaks in, in this very lesson:** *Learn* chose the most profitable threshold on the test rows and printed its profit on the same rows. The
# threshold was fitted to them, so the number flatters. How much? Let 200 samples of 200 people each choose a line, and see what it then earns on
# 100,000 others, a person:

# %%
others = as_table(make_loans(100_000, seed=3), raw)
there = counted(unconstrained, others)
earned_there = (300 * there.tp.sum(axis=0) - 700 * there.fp.sum(axis=0)) / len(
    others
)

drawn = as_table(make_loans(40_000, seed=4), raw)
drawn_scores = unconstrained.predict_proba(drawn[FEATURES])[:, 1]
promised, kept = [], []
for sample in np.array_split(np.arange(len(drawn)), 200):
    found = ThresholdCounts.from_predictions(
        drawn["repaid"].to_numpy()[sample], drawn_scores[sample]
    )
    profit = (300 * found.tp - 700 * found.fp).sum(axis=0)
    promised.append(profit.max() / len(sample))
    kept.append(earned_there[profit.argmax()])
print(
    f"promised by the rows that chose the line: {np.mean(promised):.0f} € a person\n"
    f"kept on people who had no part in it:     {np.mean(kept):.0f} € a person\n"
    f"with the best line there is:              {earned_there.max():.0f} € a person"
)

# %% [markdown]
# The 150 € that were promised shrink to 139 €. The cure is to choose on other rows than those that judge: split the training rows once more. This
# [data leakage](glossary.md#data-leakage) is not in the code but in the order of your decisions: each look at the test rows that changes something
# uses them up a little.
#
# **What goes out:** a model, a threshold, and what you now know about their mistakes. It holds for people like these 200; about others it says
# nothing.
#
# ## Key insight
#
# > A number without its denominator, its groups and its interval is not an evaluation; and where base rates differ, no thresholds satisfy every
# > idea of fairness, so people have to choose, and say why.
#
# ## Sources
#
# - J. Angwin, J. Larson, S. Mattu, L. Kirchner, *Machine bias*, and J. Larson, S. Mattu, L. Kirchner, J. Angwin, *How we analyzed the COMPAS recidivism algorithm*,
#   ProPublica, 23 May 2016; counts and code: github.com/propublica/compas-analysis. The rates were found again by J. Dressel, H. Farid, *The accuracy, fairness, and limits of
#   predicting recidivism*, Science Advances 4(1), 2018.
# - The reply: W. Dieterich, C. Mendoza, T. Brennan, *COMPAS risk scales: demonstrating accuracy equity and predictive parity*, Northpointe Inc., 2016.
# - A. Chouldechova, *Fair prediction with disparate impact*, Big Data 5(2), 2017, 153–163.
# - J. Kleinberg, S. Mullainathan, M. Raghavan, *Inherent trade-offs in the fair determination of risk scores*, ITCS 2017.
# - M. Hardt, E. Price, N. Srebro, *Equality of opportunity in supervised learning*, NeurIPS 2016.
# - M. Wattenberg, F. Viégas, M. Hardt, *Attacking discrimination with smarter machine learning*, Google Research, 2016.
# - The interval of a rate: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22, 1927, 209–212.
# - The interval of a gap: R. G. Newcombe, *Interval estimation for the difference between independent proportions: comparison of eleven methods*, Statistics in Medicine 17, 1998, 873–890.
# - Thresholds that differ by group: Equal Credit Opportunity Act, 15 U.S.C. § 1691; Regulation B, 12 CFR 1002.4. The four-fifths rule: Uniform Guidelines on Employee
#   Selection Procedures, 29 CFR 1607.4(D), 1978.
