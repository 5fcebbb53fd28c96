# %% [markdown]
# # 00 · Start here
#
# **20 minutes** · Previous: none · Next: [01 · Collect](01_collect.ipynb) · [Glossary](glossary.md)
#
# A bank has taught a program to say yes or no to people who ask for a loan. In this course you take that program apart.
# You do not read about it: you move it.
#
# ## Objectives
#
# After this lesson you can
#
# - say what a [score](glossary.md#score) and a [threshold](glossary.md#threshold) are, and which of the two decides;
# - move a threshold and read what it does to four kinds of people;
# - commit yourself to a guess, answer a quiz and be told why, and try an exercise that checks itself;
# - name the six stages that the rest of the course goes through.
#
# ## What to know first
#
# Nothing about machine learning. To run a cell, click on it and press Shift and Enter. Begin with the next two.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# This cell makes the [model](glossary.md#model) of the course in one go. The lessons after this one make it step by step, and you need to understand none of it yet. The
# applicants are simulated, as everybody in this course is: no row is a real person, and the names are made up.

# %% tags=["start"]
import pandas as pd

from edutools import (
    ConfusionMatrix,
    DataFlow,
    Predict,
    Quiz,
    ThresholdCounts,
    exercise,
    load_loans,
    progress,
    rate,
    rate_interval,
)
from edutools.course.pipeline import (
    FEATURES,
    assign_rows,
    balancing_weights,
    engineer_features,
    preprocess,
    train,
)

loans = load_loans()
rows = assign_rows(loans)
clean = preprocess(loans, learn_from=loans[rows == "train"])
table = engineer_features(clean, learn_from=clean[rows == "train"])
model = train(table[rows == "train"])

test = table[rows == "test"]
scores = pd.Series(model.predict_proba(test[FEATURES])[:, 1], index=test.index)
counts = ThresholdCounts.from_predictions(test["repaid"], scores)
person = test.index[0]  # one applicant, followed through all the stages

print(f"{(rows == 'train').sum()} people to learn from, {len(test)} to test on")

# %% [markdown]
# ## Why
#
# From October 2013 to August 2015 a program called MiDAS decided, in the state of Michigan, who had cheated on unemployment benefits. No person looked at its
# decisions. Grant Bauserman had been paid a bonus that he had earned *before* he lost his job. The program compared dates and sums, and found a fraud. He learnt of it months later,
# from an online account that he no longer had a reason to open. Wages and tax refunds were taken from people like him, with a fine of up to four times the sum on top.
#
# Later the agency went through some of the cases by hand, and then through more:

# %%
reviewed = pd.DataFrame(
    {"cases": [22_427, 62_784], "overturned, per cent": [93, 70]},
    index=["December 2016", "August 2017"],
).rename_axis("review")
reviewed.assign(
    upheld=(reviewed["cases"] * (1 - reviewed["overturned, per cent"] / 100)).round(
        -2
    )
)

# %% [markdown]
# Of 22,427 cases in the first review, 93% were overturned: of a hundred accusations, seven stood. A program had drawn a line, nobody had asked where the line should
# be, and nobody had counted the mistakes. Counting them takes four numbers. You will have them in your hand in ten minutes.
#
# ## Learn
#
# ### Two people
#
# Each of these two has asked for a loan. The model, a [logistic regression](glossary.md#logistic-regression), has learnt from 800 others, of whom it was told who repaid. These two
# are new to it.

# %%
complete = loans.loc[test.index].assign(score=scores).dropna()
two = complete.loc[
    [(complete["score"] - near).abs().idxmin() for near in (0.4, 0.6)]
]
two = two.set_index("name")
two[["age", "income", "debt_ratio", "credit_history", "score"]].round(2)

# %% [markdown]
# The model does not say yes or no. It gives each person a **score** between 0 and 1: how sure it is that the loan will be
# paid back. Somebody has to draw a line. Whoever scores at or above the line is approved. That line is the **threshold**.

# %%
threshold = 0.5
two[["score"]].round(2).assign(
    decision=[
        "approved" if score >= threshold else "refused" for score in two["score"]
    ]
)

# %% [markdown]
# One of the two is refused and one approved. Their scores alone did not decide that: the line did. Set `threshold` to 0.3 in the
# cell above and run it again, then to 0.7: first both are approved, then neither.
#
# ### Four kinds of people
#
# A line can be right or wrong about a person in two ways each. We know of the 200 people in the test who repaid, so we can count. Here is the count at 0.50:

# %%
cells = counts.at(0.5).overall
pd.DataFrame(
    [[cells.tn[0], cells.fp[0]], [cells.fn[0], cells.tp[0]]],
    index=["would default", "would repay"],
    columns=["refused", "approved"],
)

# %% [markdown]
# - **true positives** (`tp`): approved, and they would repay. The bank earns.
# - **false positives** (`fp`): approved, and they would not. The bank loses.
# - **false negatives** (`fn`): refused, although they would repay. They go without a loan, and no one ever finds out.
# - **true negatives** (`tn`): refused, and they would not have repaid.
#
# *Positive* means approved, and the first word says whether that was right. The table of the four is a
# [confusion matrix](glossary.md#confusion-matrix). MiDAS made false positives, and nobody made the table.
#
# ## See
#
# ### Predict
#
# At 0.50 some of the 200 are approved although they would *not* repay. If the bank becomes stricter and moves the threshold up to 0.80, what happens to the people who
# **would** repay and are refused? Commit yourself first: a guess that you have made is a thing that you can learn from.

# %%
at_half, at_stricter = (int(counts.at(line).overall.fn[0]) for line in (0.5, 0.8))
Predict(
    "The threshold goes up from 0.50 to 0.80. "
    "The number of people who would repay but are refused…",
    answer="rises",
    choices={
        "rises": "",
        "stays the same": "It would, if nobody who would repay scored between 0.50 and 0.80.",
        "falls": "A higher line refuses more people, of both sorts.",
    },
    reveal=f"At 0.50 the model refuses {at_half} people who would repay; "
    f"at 0.80 it refuses {at_stricter}. "
    "A stricter line turns away good applicants along with bad ones.",
    item="00_start_here/stricter",
)

# %% [markdown]
# Now move it yourself. Every dot is one person; dark ones would repay, pale ones would not. Drag the line, or click on it and use the arrow keys.
# Right of it people are approved. The four boxes count.

# %%
matrix = ConfusionMatrix(
    counts,
    label_names=["would default", "would repay"],
    decision_names=["refused", "approved"],
    gain=300,
    loss=700,
)
matrix

# %% [markdown]
# Choose a rate from the list, such as the [true positive rate](glossary.md#true-positive-rate). The boxes that make it light up, and the
# formula shows the numbers that are in them. No rate stands alone: the thin line through each point is its
# [confidence interval](glossary.md#confidence-interval), and says how far chance alone could have moved it, with only 200 people to judge by.
#
# ## Try
#
# These are the four counts at a threshold of 0.60:

# %%
cells = counts.at(0.60).overall
print("tp", cells.tp[0], " fp", cells.fp[0], " fn", cells.fn[0], " tn", cells.tn[0])

# %%
approved_task = exercise("00_start_here/wrongly-approved", counts=counts)
approved_task

# %% [markdown]
# One step is missing. Replace the three dots by one of the four, such as `cells.tn[0]`, and run the cell.

# %%
cells = counts.at(0.60).overall
answer = ...
approved_task.check(answer)

# %% [markdown]
# Stuck? `approved_task.hint()` gives one step at a time, and `approved_task.solution()` shows a way to do it. Wrong answers are welcome: most of them are known here,
# and the reply says what may have led to them.
#
# ## Challenge
#
# What does a line earn? The slider above can tell you, and so can the four counts.

# %%
profit_task = exercise("00_start_here/profit", counts=counts)
profit_task

# %% [markdown]
# This is what each line earns if everybody repaid whom it approves. They do not.

# %%
for line in (0.4, 0.5, 0.6, 0.7):
    cells = counts.at(line).overall
    print(f"at {line:.2f}: 300 × {cells.tp[0] + cells.fp[0]} approved")

# %%
answer = ...  # replace the three dots
profit_task.check(answer)

# %% [markdown]
# ## Project
#
# Any program that gives scores can be looked at in this way: a spam filter, a test for an illness, a grade from which one passes. Put in your own below. It takes what came true (1 or 0) and
# the score, one of each for every case. Until you change them, these are ten made-up exam papers: who knew the subject, and how many points (of 1) they got.

# %%
came_true = [1, 1, 0, 1, 1, 0, 1, 0, 0, 0]  # ← yours
score = [0.95, 0.9, 0.8, 0.75, 0.6, 0.55, 0.5, 0.4, 0.3, 0.1]  # ← yours

ConfusionMatrix.from_predictions(
    came_true,
    score,
    label_names=["did not know it", "knew it"],
    decision_names=["failed", "passed"],
)

# %% [markdown]
# Then write down: who drew the line in your case, and when? Which of the two mistakes is worse, and for whom? Who counts them?
#
# ## Recall
#
# Before you answer, the quiz asks how sure you are. At its end you see how often you were right when you were sure.

# %%
Quiz("00_start_here", confidence=True)

# %% [markdown]
# What you answer is kept on this machine, and sent nowhere. A few days from now the lessons will ask again what you are about to forget. This is what there is so far:

# %%
progress("00_start_here")

# %% [markdown]
# ## Cost
#
# Training this model takes less time than reading this line. What is dear is something else.

# %%
low, high = rate_interval(counts.at(0.5).overall, "accuracy")[0]
print(f"people who had to be lent to before anyone could learn: {len(loans)}")
print(f"of them, did not pay back: {(loans['repaid'] == 0).sum()}")
print(f"memory for what the model has learnt: {len(FEATURES) + 1} numbers")
print(
    f"right about {rate(counts.at(0.5).overall, 'accuracy')[0]:.3f} of the 200; "
    f"with 95% confidence {low:.3f} to {high:.3f}"
)

# %% [markdown]
# The 410 people of 1,000 who did not pay back are what the data cost, and somebody paid for that. And 200 people cannot tell whether this model is right about 82 or about 91 of
# a hundred: the interval reaches from 0.822 to 0.914. They can tell even less about a small group among them. Every lesson of this course has a part called *Cost*, and each asks again what the
# 200 cannot tell.
#
# ## Map
#
# The model that you have just moved was made in six stages, and each has a lesson. This is what the code did to make it, recorded on the way. Click on a card; the arrow keys go to the next.

# %%
flow = DataFlow(
    sensitive_features="gender", label="repaid", include_rows=True, example=person
)
flow.record("01 Collect", loans, note="Applicants, as they answered.")
flow.record(
    "02 Preprocess",
    clean,
    note="Errors mended, gaps filled, name and phone gone; women and men weigh alike.",
    sample_weight=balancing_weights(clean["gender"]),
)
flow.record(
    "03 Engineer features",
    table,
    note="Income and education joined; a column that gave the gender away is gone.",
)
flow.record("04 Train", table[rows == "train"], note="What the model learns from.")
flow.record("05 Evaluate", test, note="What it is judged on.")
flow.record(
    "06 Predict",
    test.loc[[person]].assign(repaid=float("nan")),
    note="One applicant. Whether the loan is repaid, nobody knows yet.",
)
flow.stage = "01 Collect"
flow

# %% [markdown]
# 1. **Collect**: who is asked, who is missing, and what do the answers give away?
# 2. **Preprocess**: what is wrong or missing in the rows? Names and phone numbers go.
# 3. **Engineer [features](glossary.md#feature)**: what should the model read? What tells it the group by the back door?
# 4. **Train**: the model learns from 800 rows, and a gap between women and men costs it a [penalty](glossary.md#penalty).
# 5. **Evaluate**: is it good, for whom, and how sure can we be? This lesson was a first look.
# 6. **Predict**: one person, one decision, and the reasons.
#
# What is decided in one stage leaks into all that follow: a person who was never asked in the first cannot be in any table after it. So each lesson ends with this map, and says what came in and what
# goes out.
#
# ## Key insight
#
# > A model gives scores. A person draws the line, and every line trades one kind of mistake for another.
#
# ## Sources
#
# - The data: simulated, described in the datasheet of `loans.csv` (`datasets/README.md`).
# - MiDAS: the first review, *State's automated fraud system wrong in 93% of reviewed unemployment cases*, office of Representative S. Levin, 16 December 2016, and FOX 17 (WXMI), 19 December 2016 (22,427
#   cases); the second, the same office, 11 August 2017 (62,784 cases, overturned about 70% of the time). Grant Bauserman's bonus: *Bauserman v Unemployment Insurance Agency*, Michigan Court of Appeals, 18 July 2017
#   (docket 333181); Michigan Supreme Court, 503 Mich 169 (2019).
# - The idea of learning this with a slider: M. Wattenberg, F. Viégas and M. Hardt, *Attacking discrimination with smarter machine
#   learning*, Google Research, 2016.
#
# Next: [01 · Collect](01_collect.ipynb).
