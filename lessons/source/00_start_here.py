# %% [markdown]
# # 00 · Start here
#
# **5 minutes** · Previous: none · Next: [05 · Evaluate](05_evaluate.ipynb) · [Glossary](glossary.md)
#
# A bank has taught a program to say yes or no to people who ask for a loan. In this course you take that program apart.
# You do not read about it: you move it.
#
# ## Objectives
#
# After these five minutes you can
#
# - say what a [score](glossary.md#score) and a [threshold](glossary.md#threshold) are, and which of the two decides;
# - move a threshold and read what it does to four kinds of people;
# - answer a quiz, be told why, and try an exercise that checks itself.
#
# ## What to know first
#
# Nothing about machine learning. To run a cell, click on it and press Shift and Enter.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# ## Two people
#
# Each of these two has asked for a loan. They are simulated, as everybody in this course is: no row is a real person, and the names are made up.
# A small [model](glossary.md#model), a [logistic regression](glossary.md#logistic-regression), looks at four of their columns. It has learnt
# from 800 others of whom it was told who repaid.

# %%
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import ConfusionMatrix, Predict, Quiz, exercise, load_loans

loans = load_loans()
columns = ["age", "income", "debt_ratio", "credit_history"]

# Typing errors (an age of 1996) become missing values.
plausible = {"age": (18, 100), "income": (1_000, 200_000), "debt_ratio": (0, 2)}
for column, (low, high) in plausible.items():
    loans[column] = loans[column].where(loans[column].between(low, high))

train, test = train_test_split(
    loans, test_size=200, random_state=0, stratify=loans[["gender", "repaid"]]
)
model = make_pipeline(
    SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression()
)
model.fit(train[columns], train["repaid"])
print(f"{len(train)} people to learn from, {len(test)} to test on")

test = test.assign(score=model.predict_proba(test[columns])[:, 1])
people = test.dropna().set_index("name")
two = people.loc[[(people["score"] - near).abs().idxmin() for near in (0.4, 0.6)]]
two[["gender", *columns, "score"]].round(2)

# %% [markdown]
# The model does not say yes or no. It gives each person a **score** between 0 and 1: how sure it is that the loan will be
# paid back. Somebody has to draw a line. Whoever scores at or above the line is approved. That line is the **threshold**.

# %%
threshold = 0.5
decisions = [
    "approved" if score >= threshold else "refused" for score in two["score"]
]
two[["score"]].round(2).assign(decision=decisions)

# %% [markdown]
# One of the two is refused and one approved. Their scores alone did not decide that: the line did. Set `threshold` to 0.3 in the
# cell above and run it again, then to 0.7: first both are approved, then neither.
#
# ## Predict
#
# At a threshold of 0.50 some of the 200 people in the test are approved although they would *not* repay. If the bank becomes
# stricter and moves the threshold up to 0.80, what happens to the people who **would** repay and are refused?

# %%
matrix = ConfusionMatrix.from_estimator(
    model,
    test[columns],
    test["repaid"],
    label_names=["would default", "would repay"],
    decision_names=["refused", "approved"],
    gain=300,
    loss=700,
)
at_half, at_stricter = (int(matrix.counts.at(t).fn[0]) for t in (0.5, 0.8))

Predict(
    "The threshold goes up from 0.50 to 0.80. "
    "The number of people who would repay but are refused…",
    answer="rises",
    choices=["rises", "stays the same", "falls"],
    reveal=f"At 0.50 the model refuses {at_half} people who would repay; "
    f"at 0.80 it refuses {at_stricter}. "
    "A stricter line turns away good applicants along with bad ones.",
    item="00_start_here/stricter",
)

# %% [markdown]
# ## Your first slider
#
# Every dot is one person; dark ones would repay, pale ones would not. Drag the line, or click on it and use the arrow keys.
# Right of it people are approved. The four boxes count the four things that can happen: this is a
# [confusion matrix](glossary.md#confusion-matrix).

# %%
matrix

# %% [markdown]
# Choose a rate from the list, such as the [true positive rate](glossary.md#true-positive-rate). The boxes that make it light up, and the
# formula shows the numbers that are in them. No rate stands alone: the thin line through each point is its
# [confidence interval](glossary.md#confidence-interval), and says how far chance alone could have moved it, with only 200 people to judge by.
#
# ## Exercise
#
# What does a threshold earn? The slider above can tell you, and so can the four numbers behind it.

# %%
counts = matrix.counts
task = exercise("00_start_here/profit", counts=counts)
task

# %%
answer = ...  # replace the three dots
task.check(answer)

# %% [markdown]
# Stuck? `task.hint()` gives one step at a time, and `task.solution()` shows a way to do it.
#
# ## Quiz

# %%
Quiz("00_start_here")

# %% [markdown]
# ## Key insight
#
# > A model gives scores. A person draws the line, and every line trades one kind of mistake for another.
#
# ## Sources
#
# - The data: simulated, described in the datasheet of `loans.csv` (`datasets/README.md`).
# - The idea of learning this with a slider: M. Wattenberg, F. Viégas and M. Hardt, *Attacking discrimination with smarter machine
#   learning*, Google Research, 2016.
#
# Next: [05 · Evaluate](05_evaluate.ipynb). The lessons between the two are not written yet; you need none of them to go on.
