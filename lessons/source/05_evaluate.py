# %% [markdown]
# # 05 · Evaluate
#
# **45 minutes** · Previous: [00 · Start here](00_start_here.ipynb) · Next: none yet · [Glossary](glossary.md)
#
# A [model](glossary.md#model) has been trained. Is it any good? For whom? How sure can you be? This lesson starts with a result that looks
# perfect and means nothing, and leads to demands of fairness that cannot all be met.
#
# ## Objectives
#
# After this lesson you can
#
# - read a [confusion matrix](glossary.md#confusion-matrix) and compute any rate from its four cells;
# - choose a [threshold](glossary.md#threshold) for what mistakes cost, and say what it does to each group;
# - say what [demographic parity](glossary.md#demographic-parity), [equal opportunity](glossary.md#equal-opportunity) and
#   [predictive parity](glossary.md#predictive-parity) ask for, and why they cannot all hold;
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
# ## A perfect score that means nothing
#
# Many tutorials open with an example like this one. Ten rows; the [feature](glossary.md#feature) runs from 1 to 10; the [label](glossary.md#label) is 0 below 6 and 1 from 6
# on. Two of the ten rows are held back as a test.

# %%
import numpy as np
import pandas as pd
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
# How much does that tell you about the accuracy on the next hundred rows? Guess where its 95% [confidence interval](glossary.md#confidence-interval)
# begins: the smallest accuracy that two right answers still leave possible.

# %%
from edutools import Predict, ThresholdCounts, rate_interval

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
# Two right answers out of two are what a coin gives one time in four. The interval says the same: from two rows, an accuracy
# barely above one third is still possible. Three more things are wrong, and more rows alone would not mend them:
#
# - The label is a rule on the feature. There is nothing to learn that one line of code does not say.
# - It does not say *who* was tested. Both rows could be from the same group.
# - One number hides which mistakes are made. Here none were made, so nothing shows what they would cost.
#
# ## The same question, asked of a real task
#
# From here on: the loan model of this course, on the 200 applicants that it has never seen.

# %%
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import (
    ConfusionMatrix,
    GroupMetrics,
    Quiz,
    choose_thresholds,
    difference,
    difference_interval,
    exercise,
    load_loans,
    make_loans,
    rate,
)

columns = ["age", "income", "debt_ratio", "credit_history"]
plausible = {"age": (18, 100), "income": (1_000, 200_000), "debt_ratio": (0, 2)}


def without_typing_errors(table):
    return table.assign(
        **{
            name: table[name].where(table[name].between(*limits))
            for name, limits in plausible.items()
        }
    )


loans = without_typing_errors(load_loans())
train, test = train_test_split(
    loans, test_size=200, random_state=0, stratify=loans[["gender", "repaid"]]
)
model = make_pipeline(
    SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression()
)
model.fit(train[columns], train["repaid"])

print(f"{len(train)} rows to train on, {len(test)} to test on")
print(
    f"accuracy on the test rows: {model.score(test[columns], test['repaid']):.3f}"
)
print(f"accuracy of approving everyone: {test['repaid'].mean():.3f}")

# %% [markdown]
# The second number is the one that tutorials leave out. A program that approves everybody is right about every person who repays.
# The model is better than that, and now we ask in what way.
#
# ## Four cells, and a line
#
# The model gives each applicant a [score](glossary.md#score). Whoever reaches the threshold is approved. So each of the 200 is one of four:

# %%


def counted(people):
    return ThresholdCounts.from_estimator(
        model,
        people[columns],
        people["repaid"],
        sensitive_features=people["gender"],
    )


counts = counted(test)
cells = counts.at(0.5).overall
pd.DataFrame(
    [[cells.tn[0], cells.fp[0]], [cells.fn[0], cells.tp[0]]],
    index=["would default", "would repay"],
    columns=["refused", "approved"],
)

# %% [markdown]
# True labels stand in the rows, decisions in the columns, as in scikit-learn. Nearly every rate that you will meet divides some of these four
# numbers by some of them. The [true positive rate](glossary.md#true-positive-rate) takes the lower row: of those who would repay, how many are
# approved? [Precision](glossary.md#precision) takes the right column: of those approved, how many repay?
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
# Drag the line and watch the profit: where does it stop rising? In general, a score that can be trusted as a probability pays from *loss ÷ (gain + loss)* on:

# %%
print(
    f"in theory: {700 / (300 + 700):.2f}; on these 200 people: {best_threshold:.3f}, "
    f"profit {best.profit:,.0f} €"
)

elsewhere = []
for seed in (1, 2, 3, 4, 5):
    others = without_typing_errors(make_loans(200, seed=seed))
    choice = choose_thresholds(
        counted(others), "single_threshold", gain=300, loss=700
    )
    elsewhere.append(f"{choice.thresholds['woman']:.3f}")
print("on five other samples of 200:", ", ".join(elsewhere))

# %% [markdown]
# Here theory and data agree, and that is luck: on other samples of the same size the best line lies elsewhere, once as low as 0.389. 200 people are
# few. And can these scores be trusted as probabilities? The next section asks.
#
# ### Exercise 1

# %%
rate_task = exercise("05_evaluate/true-positive-rate-of-women", counts=counts)
rate_task

# %%
answer = ...  # replace the three dots
rate_task.check(answer)

# %% [markdown]
# `rate_task.hint()` gives one step at a time; `rate_task.solution()` shows one way.
#
# ## The same line, two groups
#
# So far everybody stood in one heap. Split it into women and men, and keep one line for all, at 0.50.
#
# ### Predict
#
# Among the people who **would repay**, is the same share of women and of men approved? Commit yourself before you look: how far
# apart are the two [true positive rates](glossary.md#true-positive-rate)?

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

# %%
shown = [
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "base_rate",
]
sliders.by_group[shown].round(2).rename(columns=lambda name: name.replace("_", " "))

# %% [markdown]
# One line, and it is not the same line for both. The applicants are simulated, so we can send the model 100,000 more, take those who score close to 0.50,
# and look who repays:

# %%
many = without_typing_errors(make_loans(100_000, seed=1))
many_scores = model.predict_proba(many[columns])[:, 1]
near_half = many[abs(many_scores - 0.5) < 0.05]
for gender, share in near_half.groupby("gender")["repaid"].mean().items():
    print(f"{gender}: {share:.2f} of those who score 0.45 to 0.55 repay")

# %% [markdown]
# The same score does not mean the same for both. In this story part of what women earn stands on no payslip, so the income written down for them is too low.
# Repayment follows the true income; the model reads the one that was written down, and cannot know.
#
# ## One slider a group
#
# Now you hold both lines. Move them apart; lock them together; press a [criterion](glossary.md#fairness-criterion) and see what it asks for and what it
# costs. The dotted line under the [selection rate](glossary.md#selection-rate) stands at four fifths of the higher one: the [four-fifths rule](glossary.md#four-fifths-rule) of US
# employment law, a convention and not a definition of fairness.

# %%
sliders

# %% [markdown]
# ## What each criterion asks
#
# | criterion | what must be alike in the groups | of whom |
# |---|---|---|
# | demographic parity | [selection rate](glossary.md#selection-rate) | everybody who applies |
# | equal opportunity | true positive rate | those who would repay |
# | [equalized odds](glossary.md#equalized-odds) | true and [false positive rate](glossary.md#false-positive-rate) | those who would repay, and those who would not |
# | predictive parity | precision | those who are approved |
#
# Each is a sensible thing to ask for. Each asks about other people.

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
    rows = {}
    for criterion in CRITERIA:
        choice = choose_thresholds(counts, criterion, gain=300, loss=700)
        chosen = counts.at(choice.thresholds)
        gaps = {
            f"{name} gap": f"{difference(chosen, metric):.2f}"
            for metric, name in GAPS.items()
        }
        rows[criterion] = {"share of best profit": f"{choice.share:.2f}", **gaps}
    return pd.DataFrame(rows).T.rename_axis("criterion")


what_each_costs(counts)

# %% [markdown]
# The first two rows ask for money only: the most profitable line for each group, and the most profitable one for all. Look along each of the others. The gap
# that was asked for is small: the search accepts 0.01, unless told otherwise. The gaps that were not asked for are whatever they turn out to be. So which one
# should you ask for? It would be convenient if one row could have them all.
#
# ## When they can all hold, and when not
#
# On 200 people much of that table is chance, and the thresholds were chosen on the very rows that judge them, which flatters them. With 20,000 people
# that matters little. So we draw 20,000 from the same source, in which women and men repay equally often, and then 20,000 from another, in which fewer
# women repay: the dial `repayment_gap` makes that true.


# %%
def a_world(repayment_gap):
    people = without_typing_errors(
        make_loans(20_000, seed=2, repayment_gap=repayment_gap)
    )
    repaid = people.groupby("gender")["repaid"].mean()
    print(
        f"repay: {repaid['man']:.2f} of the men, {repaid['woman']:.2f} of the women"
    )
    return counted(people)


what_each_costs(a_world(repayment_gap=0))

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
    reveal=what_each_costs(a_world(repayment_gap=3)),
    item="05_evaluate/two-worlds",
)

# %% [markdown]
# No row closes all four. Not for want of searching: it is arithmetic. Write *p*, the [base rate](glossary.md#base-rate), for the share of a group that would repay. Then the four cells tie
# the false positive rate to the others (Chouldechova 2017):
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
# Now give two groups the *same* precision and the *same* true positive rate, and let *p* differ. The right side differs, so the false positive rates must.
# The selection rate cannot help it either: the true positives are the share *p* · TPR of everyone, and also the share selection rate · precision, so
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
# So equal opportunity and predictive parity, met together, rule out demographic parity and equalized odds wherever base rates differ. There is one way out, and only for
# equalized odds: a model that never approves anyone who would default has precision 1 and a false positive rate of 0 in every group. Kleinberg, Mullainathan
# and Raghavan (2017) prove a like result for scores, with two ways out only: perfect prediction, or equal base rates. So somebody must choose which of the demands matters here, and say why. No tool can do that for them, and this one does not say
# 'fair' or 'unfair'.
#
# ### Exercise 2

# %%
gap_task = exercise("05_evaluate/demographic-parity-difference", counts=counts)
gap_task

# %%
answer = ...  # replace the three dots
gap_task.check(answer)

# %% [markdown]
# ## How sure can you be with 200 rows?
#
# These applicants are simulated, so we can do what no bank can: send the same model 500 other samples of 200 people from the same source, and watch the
# gap that each one would have reported.
#
# ### Predict
#
# Leave out the smallest and the largest reports, so that 95 of 100 are left. How far apart are the smallest and the largest of those?

# %%
truth = counted(many).at(0.5)

rng = np.random.default_rng(0)
gaps = []
for _ in range(500):
    rows = rng.choice(len(many), size=200, replace=False)
    sample = ThresholdCounts.from_predictions(
        many["repaid"].to_numpy()[rows],
        many_scores[rows],
        sensitive_features=many["gender"].to_numpy()[rows],
        thresholds=[0.5],
    )
    gaps.append(difference(sample.at(0.5), "true_positive_rate"))

low, high = np.quantile(gaps, [0.025, 0.975])
print(
    "true positive rate gap among 100,000 people: "
    f"{difference(truth, 'true_positive_rate'):.2f}"
)
Predict(
    "How far apart are the gaps that 95 of 100 samples report?",
    answer=high - low,
    low=0,
    high=1,
    reveal="Among 200 at a time, 95 of 100 samples report "
    f"between {low:.2f} and {high:.2f}.",
    item="05_evaluate/gap-in-samples",
)

# %%
import matplotlib.pyplot as plt
from IPython.display import display

figure, axes = plt.subplots(figsize=(7, 2.6))
axes.hist(gaps, bins=25, color="#0072b2")
axes.axvline(difference(truth, "true_positive_rate"), color="#b84a00", linewidth=2)
axes.set(
    xlabel="gap in true positive rate, as a sample of 200 reports it",
    ylabel="samples",
)
axes.spines[["top", "right"]].set_visible(False)
in_words = (
    f"Histogram of 500 reported gaps, most of them between {low:.2f} and {high:.2f}; "
    "a line marks the true gap."
)
display(figure, metadata={"image/png": {"alt": in_words}})
plt.close(figure)

# %% [markdown]
# The line is the gap among 100,000 people. The same model, the same people to draw from, and the reported gap is small here and large there. A
# report that prints the gap without its interval has printed a lottery ticket.
#
# ### Exercise 3

# %%
cost_task = exercise("05_evaluate/highest-profit", counts=counts)
cost_task

# %%
answer = ...  # replace the three dots
cost_task.check(answer)

# %% [markdown]
# ## Quiz

# %%
Quiz("05_evaluate")

# %% [markdown]
# ## Key insight
#
# > A number without its denominator, its groups and its interval is not an evaluation; and where base rates differ, no thresholds satisfy every
# > idea of fairness, so people have to choose, and say why.
#
# ## Sources
#
# - A. Chouldechova, *Fair prediction with disparate impact*, Big Data 5(2), 2017, 153–163.
# - J. Kleinberg, S. Mullainathan, M. Raghavan, *Inherent trade-offs in the fair determination of risk scores*, ITCS 2017.
# - M. Hardt, E. Price, N. Srebro, *Equality of opportunity in supervised learning*, NeurIPS 2016.
# - M. Wattenberg, F. Viégas, M. Hardt, *Attacking discrimination with smarter machine learning*, Google Research, 2016.
# - The interval of a rate: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22, 1927, 209–212.
# - The interval of a gap: R. G. Newcombe, *Interval estimation for the difference between independent proportions: comparison of eleven methods*, Statistics in Medicine 17, 1998, 873–890.
# - Thresholds that differ by group: Equal Credit Opportunity Act, 15 U.S.C. § 1691; Regulation B, 12 CFR 1002.4. The four-fifths rule: Uniform Guidelines on Employee
#   Selection Procedures, 29 CFR 1607.4(D), 1978.
