# %% [markdown]
# # 00 · Start here
#
# **20 minutes** · Previous: none · Next: [01 · Collect](01_collect.ipynb) · [Glossary](glossary.md)
#
# A bank lets a program say yes or no to people who ask for a loan. In this course you take that program apart, move its
# parts, and see what each of them does to people.
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
# The next cell makes the [model](glossary.md#model) of the course in one go. You need to understand none of it yet: the lessons after this one make it step by step.
# The applicants are simulated: no row is a real person, and the names are made up.

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
# From October 2013 to August 2015 a program called MiDAS looked for people in the state of Michigan who had cheated on unemployment benefits. Grant Bauserman, while he had benefits, was
# paid a bonus that he had earned *before* he lost his job. The program saw two payments at one time, and took it for fraud. It asked him about it in an online account that he no
# longer had a reason to open; months later he saw the message. Wages and tax refunds were taken from people like him, with a fine of up to four times the sum on top.
#
# By August 2017 the state had gone through the accusations that nobody had appealed:

# %%
reviewed = pd.DataFrame(
    {"accusations": [40_195, 22_589], "taken back": [34_018, 9_910]},
    index=["by the program alone", "by the program, then a person"],
)
reviewed.loc["together"] = reviewed.sum()
reviewed["taken back, per cent"] = (
    100 * reviewed["taken back"] / reviewed["accusations"]
).round()
reviewed

# %% [markdown]
# Of a hundred accusations by the program alone, 85 were wrong by the state's own count; where a person had looked too, 44. Nobody knows how often a program is mistaken until somebody
# counts. Counting takes four numbers, and this lesson is about them.
#
# ## Learn
#
# ### Two people
#
# Each of these two has asked for a loan. (`debt_ratio` is the part of the income that goes to old debts; `credit_history` is points, 100 the best.) The model, a
# [logistic regression](glossary.md#logistic-regression), has learnt from 800 others, of whom it was told who repaid. These two are new to it.

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
# A line can be right about a person in two ways, and wrong in two. People in this course are simulated, so we know of all 200 in the test whether they would repay or
# [default](glossary.md#default), and can count. At 0.50:

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
# - **false negatives** (`fn`): refused, although they would repay. They go without a loan, and in life no one would ever find out.
# - **true negatives** (`tn`): refused, and they would not have repaid.
#
# The second word is the decision: *positive* means approved. The first word says whether the decision was right. The table of the four is a
# [confusion matrix](glossary.md#confusion-matrix). (For MiDAS *positive* meant fraud, and a false positive was somebody accused who had not cheated.)
#
# ## See
#
# ### Predict
#
# The bank becomes stricter, so that fewer are approved who would *not* repay. What does that do to those who **would**? Guess before you look: one learns more from a guess
# of one's own.

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
# Stuck? `approved_task.hint()` gives one step at a time, and `approved_task.solution()` shows a way to do it. Wrong answers are welcome: to the likely ones the reply says
# what may have led to them.
#
# ## Challenge
#
# What does a line earn? The slider above can tell you, and so can the four counts.

# %%
profit_task = exercise("00_start_here/profit", counts=counts)
profit_task

# %% [markdown]
# This is what each line would earn if everybody whom it approves repaid. They do not.

# %%
for line in (0.4, 0.5, 0.6, 0.7):
    cells = counts.at(line).overall
    approved = cells.tp[0] + cells.fp[0]
    print(f"at {line:.2f}: {approved} approved × 300 € = {300 * approved:,} €")

# %%
answer = ...  # replace the three dots
profit_task.check(answer)

# %% [markdown]
# ## Project
#
# Anything that gives scores can be looked at in this way: a spam filter, a test for an illness, an exam. Put in your own below: for every case what came true (1 or 0) and
# the score, from 0 to 1 (14 points of 20 are 0.7). Until you change them, these are ten made-up exam papers: who knew the subject, and the score of each.

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
# What you answer is kept on the machine that runs this notebook, and sent nowhere else. Later lessons ask again what you are about to forget. This is what there is so far:

# %%
progress("00_start_here")

# %% [markdown]
# ## Cost
#
# What the computer does here is cheap. What is dear is something else.

# %%
low, high = rate_interval(counts.at(0.5).overall, "accuracy")[0]
print(f"people who had to be lent to before anyone could learn: {len(loans)}")
print(f"of them, did not pay back: {(loans['repaid'] == 0).sum()}")
print(f"numbers in which the model keeps what it has learnt: {len(FEATURES) + 1}")
print(
    f"right about {rate(counts.at(0.5).overall, 'accuracy')[0]:.3f} of the 200; "
    f"with 95% confidence {low:.3f} to {high:.3f}"
)

# %% [markdown]
# The 410 people of 1,000 who did not pay back are what the data cost, and somebody paid for that. And 200 people cannot tell whether this model is right about 82 or about 91 of
# a hundred: the interval reaches from 0.822 to 0.914. About a small group among them they can tell even less. The part called *Cost* asks in every lesson what the 200 cannot tell.
#
# ## Map
#
# The model that you have just moved was made in six stages, and each has a lesson. These cards show what each stage did to the table. Click on one; the arrow keys go to the next.

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
# What is decided in one stage is there in all that follow: a person who was never asked in the first is in no table after it. So each lesson ends with a map: what comes in, and
# what goes out.
#
# ## Key insight
#
# > A model gives scores. A person draws the line, and every line trades one kind of mistake for another.
#
# ## Sources
#
# - The data: simulated, described in the datasheet of `loans.csv` (`datasets/README.md`).
# - MiDAS, the counts and the fine: *State reverses 70% of unemployment fraud cases*, MLive, August 2017; the same total (62,784 cases, about 70%) in the statement of Representative S. Levin, 11 August 2017.
#   Grant Bauserman: *Bauserman v Unemployment Insurance Agency*, Michigan Court of Appeals, 18 July 2017 (docket 333181); Michigan Supreme Court, 503 Mich 169 (2019).
# - The idea of learning this with a slider: M. Wattenberg, F. Viégas and M. Hardt, *Attacking discrimination with smarter machine
#   learning*, Google Research, 2016.
#
# Next: [01 · Collect](01_collect.ipynb).
