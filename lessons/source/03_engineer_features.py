# %% [markdown]
# # 03 · Engineer features
#
# **25 minutes** · Previous: [02 · Preprocess](02_preprocess.ipynb) · Next: [04 · Train](04_train.ipynb) · [Glossary](glossary.md)
#
# The table is clean. What should the [model](glossary.md#model) read of it, and in what form? This lesson makes one column out of two, and looks for a column that gives the gender away.
#
# ## Objectives
#
# After this lesson you can
#
# - join columns of different units by [standardisation](glossary.md#standardisation), learnt from the [training rows](glossary.md#training-rows) alone;
# - find a [proxy](glossary.md#proxy) by how well the columns predict the group, and say why dropping one is not the end of it;
# - tell what is *written down* from what is *so*, and say what a [measurement error](glossary.md#measurement-error) does to a group;
# - weigh what a [feature](glossary.md#feature) gives away against what it is worth.
#
# ## What to know first
#
# [Lesson 02](02_preprocess.ipynb): how the rows were cleaned. A little Python.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell begins where lesson 02 ended: 1000 rows of eight columns, of which 800 are for training. Its function `tells` is what this lesson measures with. It trains a small model (a [logistic regression](glossary.md#logistic-regression))
# to guess something from some columns, on four fifths of the rows at a time, and says how well it guesses the remaining fifth.

# %% tags=["start"]
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import (
    ConfusionMatrix,
    Predict,
    Quiz,
    exercise,
    load_loans,
    make_loans,
    review,
)
from edutools.course.pipeline import (
    FEATURES,
    assign_rows,
    engineer_features,
    preprocess,
)
from edutools.datasets import EDUCATION_LEVELS
from edutools.metrics import share_interval

loans = load_loans()
rows = assign_rows(loans)
clean = preprocess(loans, learn_from=loans[rows == "train"])
learnt = clean[rows == "train"]
woman = (learnt["gender"] == "woman").astype(int)
repaid = learnt["repaid"]
columns = [
    "age",
    "income",
    "education",
    "contact_preference",
    "debt_ratio",
    "credit_history",
]

# What this lesson arrives at, so that each part can use it.
table = engineer_features(clean, learn_from=learnt)
features = table.loc[rows == "train", FEATURES]


def coded(table):
    """The columns as numbers: levels by their rank, kinds as a column each."""
    numbers = table.copy()
    if "education" in numbers and numbers["education"].isin(EDUCATION_LEVELS).all():
        numbers["education"] = numbers["education"].map(EDUCATION_LEVELS.index)
    return pd.get_dummies(numbers).astype(float)


def guesses(columns, label):
    """A score for each row, from a model that has not seen the row."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return cross_val_predict(
        model, coded(columns), label, cv=5, method="predict_proba"
    )[:, 1]


def tells(columns, label):
    """The AUC with which the columns tell the label: 0.5 by chance, 1 perfectly."""
    return roc_auc_score(label, guesses(columns, label))


print(f"{len(learnt)} rows to learn from, {len(learnt.columns)} columns:")
print(", ".join(learnt))

# %% [markdown]
# First, what you may be about to forget. Where nothing is due, the next cell says so.

# %%
review("03_engineer_features")

# %% [markdown]
# ## Why
#
# Hospitals in the United States give extra care to patients who need much of it, and a program helps to tell them who these are. One such program was studied in 2019. It did not read race. What it had been
# taught to foresee was how much money a patient would *cost*, since the sick cost more. But less was spent on a Black patient than on a white one who was as sick. So
# at the same [score](glossary.md#score), Black patients were sicker. This share of those whom it picked was Black, and this share would have been, had the equally sick been treated alike:

# %%
pd.Series(
    {
        "as it was": 17.7,
        "if the equally sick were treated alike": 46.5,
    },
    name="per cent Black among those picked for extra care",
).to_frame()

# %% [markdown]
# 17.7% in place of 46.5% (Obermeyer and others 2019). It takes no ill will to get there. It is enough to take a column that is at hand, and not to ask whom it measures wrongly.
#
# ## Learn
#
# ### From a column to a feature
#
# A model reads numbers. Two of our columns need thought first.
#
# - `income`: from 20,000 to 25,000 € is a bigger step than from 80,000 to 85,000 €. The logarithm makes equal *factors* equal steps.
# - `education`: levels in an order. Their rank keeps the order, and claims that all steps are alike.
#
# Both say something about how well off somebody is. So we join them into one number, `economic_status`.
#
# To be added up, logarithms and ranks need one unit. Each is measured from its mean, in steps of its standard deviation (how far the values typically lie from their mean). Both are learnt from the 800 training rows: a
# mean over all 1000 would let the [test rows](glossary.md#test-rows) speak.

# %%
income = np.log(clean["income"])
education = clean["education"].map(EDUCATION_LEVELS.index)
is_training = rows == "train"


def standardised(values):
    known = values[is_training]
    return (values - known.mean()) / known.std()


economic_status = (standardised(income) + standardised(education)) / 2
pd.DataFrame(
    {
        "income": clean["income"],
        "education": clean["education"],
        "income, in standard deviations": standardised(income),
        "education, in standard deviations": standardised(education),
        "economic_status": economic_status,
    }
).head(4).round(2)

# %% [markdown]
# ### What is written down, and what is so
#
# Among the training rows, at much the same `economic_status`, do women and men repay alike? (`low` and `high` are the ends of a 95% [confidence interval](glossary.md#confidence-interval).)

# %%


def repaid_near_zero(people, status):
    """Of those within a quarter of a standard deviation of the mean: who repays?"""
    near = (
        people[status.abs() < 0.25].groupby("gender")["repaid"].agg(["sum", "size"])
    )
    low, high = share_interval(near["sum"], near["size"]).T
    share = near["sum"] / near["size"]
    return pd.DataFrame(
        {"people": near["size"], "repaid": share, "low": low, "high": high}
    ).round(2)


repaid_near_zero(learnt, economic_status[is_training])

# %% [markdown]
# They do not, though the people are few and the intervals wide. These applicants are simulated, so we can ask 100,000 more, with the same treatment:

# %%
many = preprocess(make_loans(100_000, seed=1), learn_from=loans[is_training])
many_status = engineer_features(many, learn_from=learnt)["economic_status"]
repaid_near_zero(many, many_status)

# %% [markdown]
# With the same number in the table, women repay more often. That is no virtue of women; it is a fault of the number. In this story a part of what women earn stands on no payslip. Their income is
# *measured* too low, and so a woman with the same recorded income is in truth better off. The model will read what was recorded, and cannot know.
#
# ### The column that gives it away
#
# The model will not be given the gender. Does that mean that it cannot know it? Ask each column how well it tells women from men. The measure is the [AUC](glossary.md#auc): take a woman and a man at random, and let the
# model say which is which. How often is it right?

# %%
alone = {name: tells(learnt[[name]], woman) for name in columns}
pd.Series(alone, name="tells the gender, AUC").sort_values(ascending=False).round(
    3
).to_frame()

# %% [markdown]
# `contact_preference` says how somebody wants to be reached, and it has an AUC of 0.942. It looks harmless. But in this story the bank once advertised its app to women and its telephone line to men, and so
# it is a **proxy**: it stands in for what was left out. (An AUC a little below 0.5 is chance: there is nothing to be told.)

# %%
pd.crosstab(
    learnt["gender"], learnt["contact_preference"], normalize="index"
).round(2)

# %% [markdown]
# ### Predict
#
# So we drop it. How well do the *other five* columns together tell women from men? Commit yourself: 0.5 is a coin, 1 is certainty.

# %%
others = [name for name in columns if name != "contact_preference"]
left = tells(learnt[others], woman)
Predict(
    "AUC with which age, income, education, debt ratio and credit history "
    "together tell women from men",
    answer=left,
    low=0.5,
    high=1,
    reveal=f"{left:.3f}. The recorded income of women is low for their education, their "
    "debts and their credit history. Side by side, the columns say so.",
    item="03_engineer_features/others-together",
)

# %% [markdown]
# Dropping a column does not drop what the others know. Income by itself has an AUC of 0.879; beside the columns that it should agree with, it has more. This is why the search
# must ask *all columns together*, and not one by one.
#
# ### One number for two
#
# Now look at what joining does. In `economic_status` income and education are added up, and it can no longer be seen that one of them is low for the other:

# %%
sets = {
    "all six columns": learnt[columns],
    "without contact_preference": learnt[others],
    "the four features": features,
    "the four without economic_status": features.drop(columns="economic_status"),
}
what_each_tells = pd.DataFrame(
    {
        name: {"the gender": tells(each, woman), "repayment": tells(each, repaid)}
        for name, each in sets.items()
    }
).T.round(3)
what_each_tells

# %% [markdown]
# Read both columns together; neither is the answer by itself.
#
# - `contact_preference` tells the gender and adds next to nothing about repayment: 0.979 with it, 0.978 without. It goes.
# - Joining income and education lowers what is told of the gender from 0.958 to 0.767, and of repayment from 0.978 to 0.977.
# - Dropping `economic_status` as well would leave hardly more than chance about the gender: 0.537. And of repayment? 0.943. That is a price, and somebody has to say whether it is worth paying.
#
# The course keeps `economic_status`, and deals with the rest in training: lesson 04.
#
# ## See
#
# A program that guesses the *gender*, from all six columns. Every dot is a person; dark ones are women, and right of the line the program says 'woman'. Drag it. (The profit below is for loans; here it means nothing.)

# %%
label_names = ["man", "woman"]
decision_names = ["says man", "says woman"]
ConfusionMatrix.from_predictions(
    woman,
    guesses(learnt[columns], woman),
    label_names=label_names,
    decision_names=decision_names,
)

# %% [markdown]
# Hardly any dot stands on the wrong side. And the same from the four features that the course's model will read:

# %%
after = ConfusionMatrix.from_predictions(
    woman,
    guesses(features, woman),
    label_names=label_names,
    decision_names=decision_names,
)
after

# %% [markdown]
# Dark and pale now lie over each other, though not evenly. Put the line where the program is right most often: how often is that? And how often would it be right if it called everybody a man?
#
# ## Try
#
# One applicant's `economic_status`, by hand. This is somebody from the test rows:

# %%
person = clean[rows == "test"].iloc[0]
person[["income", "education"]].to_frame().T

# %%
status_task = exercise(
    "03_engineer_features/economic-status", person=person, learnt=learnt
)
status_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
log_incomes = np.log(learnt["income"])
income_part = ...  # the logarithm of this person's income, from the mean, in std()s
ranks = learnt["education"].map(EDUCATION_LEVELS.index)
rank = EDUCATION_LEVELS.index(person["education"])
education_part = (rank - ranks.mean()) / ranks.std()
answer = ...  # the mean of the two parts
status_task.check(answer)

# %% [markdown]
# `status_task.hint()` gives one step at a time; `status_task.solution()` shows one way.
#
# ## Challenge
#
# How much do the four features tell another kind of model, [nearest neighbours](glossary.md#nearest-neighbour)? From a blank cell. This is what logistic regression finds:

# %%
print(f"by logistic regression: {tells(features, woman):.3f}")

# %%
proxy_task = exercise(
    "03_engineer_features/what-is-left", features=features, woman=woman
)
proxy_task

# %%
answer = ...  # replace the three dots
proxy_task.check(answer)

# %% [markdown]
# ## Project
#
# Search your own table for proxies. It takes a table without missing values, the name of the [sensitive feature](glossary.md#sensitive-feature), one of its values, and the columns that your model reads. As it stands it searches the course's
# own table. Change the lines marked with an arrow.

# %%
mine = learnt  # ← your table, training rows only
sensitive, value = "gender", "woman"  # ← yours
label = "repaid"  # ← yours
read_by_the_model = columns  # ← yours

is_value = (mine[sensitive] == value).astype(int)
all_tell = tells(mine[read_by_the_model], mine[label])
search = {}
for name in read_by_the_model:
    others_alone = mine[[each for each in read_by_the_model if each != name]]
    search[name] = {
        "tells the group alone": tells(mine[[name]], is_value),
        "all the others together": tells(others_alone, is_value),
        "of the label, lost without it": all_tell
        - tells(others_alone, mine[label]),
    }
pd.DataFrame(search).T.round(3) + 0.0  # rounded, −0.0 is 0.0

# %% [markdown]
# Then answer in writing, for whoever uses the model:
#
# - Which column tells the group best, and how did it come to do so? What would be lost with it?
# - For whom is each column measured worse? Who wrote it down, and for what purpose?
# - Which column is a stand-in for what you really want to know, as costs were for need?
#
# ## Recall

# %%
Quiz("03_engineer_features", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("03_engineer_features")

# %% [markdown]
# ## Cost
#
# An AUC is an estimate as well. The 200 test rows can be drawn again and again from themselves (a [bootstrap](glossary.md#bootstrap)), to see how far it could have come out otherwise:

# %%
fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, woman)
test = table[rows == "test"]
test_woman = (test["gender"] == "woman").to_numpy().astype(int)
test_scores = fitted.predict_proba(test[FEATURES])[:, 1]
dice = np.random.default_rng(0)
drawn = [
    roc_auc_score(test_woman[sample], test_scores[sample])
    for sample in (dice.integers(0, len(test), len(test)) for _ in range(500))
]
low, high = np.quantile(drawn, [0.025, 0.975])
print(
    f"on the 200 test rows: {roc_auc_score(test_woman, test_scores):.3f}, "
    f"with 95% confidence {low:.3f} to {high:.3f}"
)
print(
    f"columns collected: {len(loans.columns)}; read by the model: {len(FEATURES)}"
)
print(f"memory of the features of 800 people: {features.to_numpy().nbytes:,} bytes")

# %% [markdown]
# What 200 rows cannot tell: whether the four features tell the gender of a small group (applicants above 60, say) better than of others. And no number of rows tells whether income is measured rightly. For that, somebody has
# to go and ask. And what the model does not read, such as the contact preference, needs another purpose, or it should not be asked for: see [data minimisation](glossary.md#data-minimisation).
#
# ## Map
#
# | 01 Collect | 02 Preprocess | **03 Engineer features** | 04 Train | 05 Evaluate | 06 Predict |
# |---|---|---|---|---|---|
#
# **What comes in:** 1000 rows of eight columns, clean. **What goes out:** 1000 rows of six. What you built above is what the next lessons begin with:

# %%
by_hand = clean.assign(
    economic_status=(
        (np.log(clean["income"]) - np.log(learnt["income"]).mean())
        / np.log(learnt["income"]).std()
        + (
            clean["education"].map(EDUCATION_LEVELS.index)
            - coded(learnt)["education"].mean()
        )
        / coded(learnt)["education"].std()
    )
    / 2
)[["gender", *FEATURES, "repaid"]]
print(f"{clean.shape} → {by_hand.shape}: {', '.join(by_hand)}")
print(
    "as the pipeline makes it:",
    np.allclose(by_hand.drop(columns="gender"), table.drop(columns="gender")),
)

# %% [markdown]
# **What leaks in** here more easily than anywhere: a feature that is only known afterwards. Say that somebody adds the number of reminders that were sent. It is in the table, and it makes the model brilliant:

# %%
dice = np.random.default_rng(0)
reminders = np.where(repaid == 1, 0, dice.integers(1, 4, len(repaid)))
with_reminders = features.assign(reminders=reminders)
print(f"repayment told by the four features: AUC {tells(features, repaid):.3f}")
print(f"and with the reminders: AUC {tells(with_reminders, repaid):.3f}")

# %% [markdown]
# An AUC of 1.000 is no triumph, it is an alarm: on the day of the decision no reminder has been sent to anybody. That is [data leakage](glossary.md#data-leakage). Ask of each feature: *when* is it known?
#
# ## Key insight
#
# > Leaving out the sensitive column does not leave out what the others know of it. Ask all columns together, ask what each is worth, and ask who is measured wrongly.
#
# ## Sources
#
# - Z. Obermeyer, B. Powers, C. Vogeli, S. Mullainathan, *Dissecting racial bias in an algorithm used to manage the health of populations*, Science 366 (6464), 2019, 447–453.
# - That a group can be read off the other columns: D. Pedreschi, S. Ruggieri, F. Turini, *Discrimination-aware data mining*, KDD 2008; as a measure of it, M. Feldman and others, *Certifying and removing
#   disparate impact*, KDD 2015.
# - Measurement: A. Z. Jacobs, H. Wallach, *Measurement and fairness*, FAccT 2021.
# - AUC as the chance of a right order: J. A. Hanley, B. J. McNeil, Radiology 143, 1982, 29–36.
# - The data: simulated, described in the datasheet of `loans.csv` (`datasets/README.md`).
