# %% [markdown]
# # 02 · Preprocess
#
# **35 minutes** · Previous: [01 · Collect](01_collect.ipynb) · Next: [03 · Engineer features](03_engineer_features.ipynb) · [Glossary](glossary.md)
#
# 1,000 applicants have been asked, and 10 columns written down. Some cells are empty, some were typed wrongly, and two columns say who each person is. This lesson makes 8
# clean columns of the 10, from which the next one makes [features](glossary.md#feature). It asks of each step: whom does it touch, and from which rows did it learn?
#
# ## Objectives
#
# After this lesson you can
#
# - say for whom values are missing, with a [confidence interval](glossary.md#confidence-interval) for each group;
# - put typing errors right by a rule that you can defend, and say which errors no rule can see;
# - fill gaps with what was learnt from the [training rows](glossary.md#training-rows) alone, and say whom the filled value flatters;
# - let groups count alike by weights, and show what copying people does to a test;
# - find people who stand in the training rows and in the [test rows](glossary.md#test-rows).
#
# ## What to know first
#
# Lessons [00](00_start_here.ipynb) and [01](01_collect.ipynb). A little pandas: choosing rows, `where`, `fillna`.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell loads the applicants and sets 200 of them aside for the test, before anything is learnt. Each gender and each [label](glossary.md#label) has its share among the
# 200 (a [stratified split](glossary.md#stratified-split)).

# %% tags=["start"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import (
    DataFlow,
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
    balancing_weights,
    engineer_features,
    preprocess,
    train,
)
from edutools.metrics import share_interval

GAPS = ["income", "education", "credit_history"]  # columns with empty cells
NUMBERS = ["age", "income", "debt_ratio", "credit_history"]


def with_interval(hits, size):
    """A share of rows with its 95% interval, as words."""
    low, high = share_interval(hits, size)
    return f"{hits / size:.3f} ({low:.3f} to {high:.3f})"


def memoriser():
    """A model that answers with the label of the nearest training row."""
    return make_pipeline(StandardScaler(), KNeighborsClassifier(1))


loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]

print(f"{loans.shape[0]} rows × {loans.shape[1]} columns: {', '.join(loans)}")
print(
    f"{(rows == 'train').sum()} rows to learn from, {(rows == 'test').sum()} to test on"
)

# %% [markdown]
# First, what you may be about to forget. Where nothing is due, the next cell says so.

# %%
review("02_preprocess")

# %% [markdown]
# ## Why
#
# In 2011 Sergio Ramirez wanted to buy a car, and the dealer asked for a credit report. The report, by TransUnion, said that his name matched one on a list of the US Treasury (OFAC), on
# which terrorists and drug traffickers stand. The dealer would not sell to him; his wife had to buy the car. He was not on the list. TransUnion's program compared first and last names,
# and nothing else that it had at hand: no birth dates, no middle initials. A jury found that this broke the law, which asks for reasonable care that credit reports be as accurate as
# possible. The case went to the Supreme Court (*TransUnion LLC v. Ramirez*, 2021). The people in it:

# %%
alerted, sent = 8_185, 1_853
pd.Series(
    {
        "people in the class, all with an alert in their file": alerted,
        "of these, report sent to a business (January to July 2011)": sent,
        "of these, report sent to no business": alerted - sent,
    }
)

# %% [markdown]
# The Court let the 1,853 sue for the alert itself, and not the other 6,332. All 8,185 alerts came from one step: two tables were joined on the name. To say that two records are one
# person is a step of preprocessing, done before any [model](glossary.md#model). We can do it again with invented people. Take a list of 1,000 of them, and look up 100,000 others,
# none of whom is on it.

# %%
listed = make_loans(1_000, seed=2)
others = make_loans(100_000, seed=1)
pairs = others.reset_index().merge(listed, on="name", suffixes=("", " on the list"))
same_age = pairs["age"] == pairs["age on the list"]
same_phone = pairs["phone"] == pairs["phone on the list"]
pd.Series(
    {
        "people with an alert, by name": pairs["index"].nunique(),
        "by name and age": pairs.loc[same_age, "index"].nunique(),
        "by name and phone": pairs.loc[same_phone, "index"].nunique(),
    }
)

# %% [markdown]
# 1,342 people with an alert by name alone, every one of them false. One more column, the age, leaves 29. TransUnion could have
# searched more exactly, the Court of Appeals noted, and had been warned.
#
# ## Learn
#
# Four things are done to the table, in this order: typing errors are put right, gaps are filled, [identifiers](glossary.md#identifier) go, groups are balanced. The
# order matters: a wrong number must be mended before anything is learnt from it.
#
# ### What was typed wrongly
#
# Look at the extremes of each column first.

# %%
loans[NUMBERS].describe().loc[["min", "50%", "max"]].T

# %% [markdown]
# An age of 1996, an income of 37.8 euros a year, payments on debts of 43 times the income. Each is somebody's slip, and each tells what happened: a year of birth in place of an age, an income in
# thousands, a ratio in per cent. These are the rows (without name and phone, which nobody needs to see for this):

# %%
slips = (loans["age"] > 120) | (loans["income"] < 1000) | (loans["debt_ratio"] > 1)
loans.loc[slips, ["gender", *NUMBERS]]

# %% [markdown]
# To throw these rows away would lose the rest of what 9 people said. To leave them as they are would let a few of them pull at a mean:

# %%
mended = loans.assign(
    age=loans["age"].where(loans["age"] <= 120, 2025 - loans["age"]),
    income=loans["income"].where(~(loans["income"] < 1000), 1000 * loans["income"]),
    debt_ratio=loans["debt_ratio"].where(
        ~(loans["debt_ratio"] > 1), loans["debt_ratio"] / 100
    ),
)
pd.DataFrame(
    {
        "mean as typed": loans[NUMBERS].mean(),
        "mean mended": mended[NUMBERS].mean(),
        "median as typed": loans[NUMBERS].median(),
        "median mended": mended[NUMBERS].median(),
    }
).round(3)

# %% [markdown]
# The [median](glossary.md#median) hardly notices; the mean age moves by nearly 8 years because of four cells. 2025 is the year in which the applicants were asked. These rules
# were written by people who looked at the columns; no number in them was computed from the rows, so they may be used on every row, test rows included.
#
# Did they find everything? In life nobody could tell. These applicants are simulated, so we can ask for the same people without typing errors:

# %%
truth = make_loans(entry_errors=0)
was_wrong = (loans[NUMBERS] != truth[NUMBERS]) & truth[NUMBERS].notna()
still_wrong = (mended[NUMBERS] - truth[NUMBERS]).abs() > 1e-9
print(
    "cells typed wrongly:",
    was_wrong.sum().sum(),
    "· still wrong:",
    still_wrong.sum().sum(),
)

# %% [markdown]
# All of them, here. But a rule sees only what is impossible. Two digits of an income that have changed places stay as they are. So does the
# [measurement error](glossary.md#measurement-error) of this course's story: a part of what women earn never stood on any payslip. It is not a slip, and no rule finds it:

# %%
earned = make_loans(income_error=0, entry_errors=0, missingness=0)
of_women = mended["gender"] == "woman"
print(
    f"women's mean income, on record: {mended.loc[of_women, 'income'].mean():,.0f} €"
)
print(
    f"women's mean income, earned:    {earned.loc[of_women, 'income'].mean():,.0f} €"
)

# %% [markdown]
# Preprocessing mends what was written down wrongly by accident. What was never asked for rightly, it hands on.
#
# ### Who has gaps
#
# Three columns have empty cells. Before they are filled: *whose* are they?
#
# ### Predict

# %%
group_of = {
    "women": mended["gender"] == "woman",
    "men": mended["gender"] == "man",
    "below 30": mended["age"] < 30,
    "30 or older": mended["age"] >= 30,
}


def gaps_by_group(people, groups):
    """Of each group, how many have at least one of the three cells empty."""
    empty = people[GAPS].isna().any(axis=1)
    return pd.DataFrame(
        {
            name: {
                "people": inside.sum(),
                "with a gap": empty[inside].sum(),
                "share": with_interval(empty[inside].sum(), inside.sum()),
            }
            for name, inside in groups.items()
        }
    ).T.rename_axis("group")


Predict(
    "In which of these groups is something missing most often?",
    answer="below 30",
    choices={
        "women": "Women and men have gaps about equally often here.",
        "men": "Women and men have gaps about equally often here.",
        "below 30": "The course's young people leave each of the three lines empty more often.",
        "30 or older": "It is the other way round.",
    },
    reveal=gaps_by_group(mended, group_of),
    item="02_preprocess/who-has-gaps",
)

# %%
shares = {
    name: (mended[GAPS].isna().any(axis=1)[inside].sum(), inside.sum())
    for name, inside in group_of.items()
}
figure, axes = plt.subplots(figsize=(7, 2.2))
for place, (hits, size) in enumerate(shares.values()):
    low, high = share_interval(hits, size)
    axes.plot([low, high], [place, place], color="#0072b2", linewidth=2)
    axes.plot(hits / size, place, "o", color="#0072b2")
axes.set_yticks(range(len(shares)), shares)
axes.set(xlim=(0, 0.3), xlabel="share with at least one gap, 95% interval")
axes.set_ylim(len(shares) - 0.5, -0.5)
axes.spines[["top", "right"]].set_visible(False)
in_words = "Share of each group with a gap. " + "; ".join(
    f"{name} {with_interval(*found)}" for name, found in shares.items()
)
display(figure, metadata={"image/png": {"alt": in_words}})
plt.close(figure)

# %% [markdown]
# Women and men hardly differ. Those below 30 have more gaps, 0.148 against 0.090, and the two intervals just overlap: from these 1,000 alone you would not swear to it. In
# 100,000 people of the same kind you would:

# %%
many = make_loans(100_000, seed=1, entry_errors=0)
gaps_by_group(
    many, {"below 30": many["age"] < 30, "30 or older": many["age"] >= 30}
)

# %% [markdown]
# Why does it matter whose gaps they are? Since Rubin (1976) three cases are told apart:
#
# - Cells are missing *by pure chance*.
# - Whether a cell is missing depends on what stands in the table, as here on age. This is called [missing at random](glossary.md#missing-at-random), an unlucky name. What stands in the
#   table can make up for it.
# - It depends on the missing value itself, as when people with a low income leave the line empty. Nothing in the table can tell you that. You have to know how the question was asked.
#
# Leaving out everybody with a gap is a choice about people, too: it leaves out the young more often than the others.
#
# ### Filling the gaps
#
# The course writes the median in place of a missing income or credit history, and the commonest level in place of a missing education. This is the plainest
# kind of [imputation](glossary.md#imputation). Whatever it writes is learnt from the 800 training rows, also when a test row is filled.

# %%
learnt = mended[rows == "train"]
fill = {
    "income": learnt["income"].median(),
    "education": learnt["education"].mode()[0],
    "credit_history": learnt["credit_history"].median(),
}
filled = mended.fillna(fill)
print(pd.Series(fill).to_string())
print("median income in all 1,000 rows:", mended["income"].median())
print(
    "empty cells before and after:",
    mended[GAPS].isna().sum().sum(),
    filled[GAPS].isna().sum().sum(),
)

# %% [markdown]
# 28,200 from the training rows, 28,000 from all. The difference is small, and it is still a leak: with all rows, what a test person earns would have shaped what the model learns from
# others. It also could not be done when it counts, since tomorrow's applicant is not in the table today.
#
# ### Predict
#
# One number for everybody. For whom is it right?

# %%
Predict(
    "A woman's income is missing, and 28,200 € is written down. Compared with what "
    "would stand there, that is, on average …",
    answer="too high",
    choices={
        "too high": "The median of everybody lies between the women's and the men's.",
        "about right": "It would be, if women and men had the same incomes on record.",
        "too low": "That is what happens to the men.",
    },
    reveal=learnt.groupby("gender")["income"]
    .median()
    .rename("median income on record")
    .to_frame(),
    item="02_preprocess/whose-median",
)

# %% [markdown]
# One median for all makes women richer than they are on record, and men poorer. And a woman who earns what women earn on average here, 35,470 €, is still written down too low: the record was
# wrong before anything was missing in it.
#
# Should women get the women's median, then? It would be closer to the record. But it would use each person's gender in a decision about them: the law may forbid that, and the gender
# would have to be known of every applicant. The course uses one median for all, and *Cost* measures what that does.
#
# ### Who they are
#
# Name and phone number go. The model must not read them, and nobody later in the pipeline needs them ([data minimisation](glossary.md#data-minimisation)). Keep them until one thing is
# done: they are what finds a person who was entered twice. Afterwards it is too late.

# %%
print(
    "same name and same phone as somebody else:",
    loans.duplicated(["name", "phone"]).sum(),
)
print(
    "same name alone:",
    loans.duplicated("name").sum(),
    "· same phone alone:",
    loans.duplicated("phone").sum(),
)

clean = filled.drop(columns=["name", "phone"])
print(
    clean.shape,
    "as the course's pipeline:",
    clean.equals(preprocess(loans, learn_from=raw)),
)

# %% [markdown]
# Nobody was entered twice. Had we looked for names alone, three people would have lost their row: Mr Ramirez's case again, in small.
#
# ### Balance by weights
#
# 433 women and 567 men: what a model gets wrong about men costs it more, for there are more of them. To let both genders count alike, give each person a weight
# ([reweighing](glossary.md#reweighing)). It is the number of rows, divided by the number of groups and by the size of the person's own group:

# %%
sizes = clean["gender"].map(clean["gender"].value_counts())
weights = len(clean) / (clean["gender"].nunique() * sizes)
print(weights.groupby(clean["gender"]).agg(["first", "size", "sum"]).round(4))
print(
    "as the course's pipeline:",
    np.allclose(weights, balancing_weights(clean["gender"])),
)

# %% [markdown]
# The weights of each gender add up to 500. Nobody was added and nobody was copied. No weight makes 433 women into 567: what you do not know about people whom you did not ask stays
# unknown. A weight goes to training, as `sample_weight`. And it is learnt from rows as a median is, so training uses the weights of the 800:

# %%
inside = clean.loc[rows == "train", "gender"]
print(
    balancing_weights(inside).groupby(inside).agg(["first", "size", "sum"]).round(4)
)

# %% [markdown]
# ### The leak to catch
#
# There is another way to balance: copy women at random until there are as many as men. It looks harmless. Here is the whole mistake in four lines: copy first, split
# afterwards. We test it with a model that learns by heart: it looks for the training row nearest to each applicant and gives its label
# (the [nearest neighbour](glossary.md#nearest-neighbour)).

# %%
women = clean[clean["gender"] == "woman"]
copied = pd.concat([clean, women.sample(567 - 433, random_state=0)])
both = copied[["gender", "repaid"]]
learn_from, judge = train_test_split(
    copied, test_size=200, random_state=0, stratify=both
)


def right(learn_from, judge):
    """For each row of `judge`, whether the memoriser has it right."""
    model = memoriser().fit(learn_from[NUMBERS], learn_from["repaid"])
    return pd.Series(model.predict(judge[NUMBERS]) == judge["repaid"], judge.index)


twin = judge.index.isin(learn_from.index)
found = right(learn_from, judge)
print(f"{twin.sum()} of the 200 test rows also stand among the training rows")
print("accuracy on these:     ", with_interval(found[twin].sum(), twin.sum()))
print("accuracy on the others:", with_interval(found[~twin].sum(), (~twin).sum()))

# %% [markdown]
# On people whom it knows by heart it is always right. But *for whom* does the number get better?
#
# ### Predict
#
# Split first, and this model is right about 0.81 of the women and 0.84 of the men (the mean over 50 splits). Copy women first, split afterwards, and measure again. What
# [accuracy](glossary.md#accuracy) does it report for the women?

# %%
reported = []
for seed in range(50):
    extra = women.sample(567 - 433, random_state=seed)
    for order, table in {
        "split first": clean,
        "copied, then split": pd.concat([clean, extra]),
    }.items():
        learn_from, judge = train_test_split(
            table,
            test_size=200,
            random_state=seed,
            stratify=table[["gender", "repaid"]],
        )
        found = right(learn_from, judge).groupby(judge["gender"].to_numpy()).mean()
        reported.append({"order": order, **found})
reported = pd.DataFrame(reported).groupby("order")[["woman", "man"]]
middle = reported.mean()
low, high = reported.quantile(0.025), reported.quantile(0.975)


def of_splits(order, gender):
    """The mean, and between what 95 of 100 splits lie, as words."""
    found = (each.loc[order, gender] for each in (middle, low, high))
    return "{:.3f} ({:.3f} to {:.3f})".format(*found)


Predict(
    "Women copied first, split afterwards: which accuracy is reported for women?",
    answer=middle.loc["copied, then split", "woman"],
    low=0.5,
    high=1,
    reveal=pd.DataFrame(
        {
            gender: {
                order: of_splits(order, gender) for order in middle.index[::-1]
            }
            for gender in ("woman", "man")
        }
    ).rename_axis("order"),
    item="02_preprocess/copied-women",
)

# %% [markdown]
# Nothing about the model has become better, and the report has turned round: split first, it does worse for women than for men on average; copied first, it seems to do *better*
# for them. In brackets stands where 95 of 100 splits lie. The leak flatters exactly the group that was copied. Whoever looks at this table to see who bears the mistakes sees the wrong group.
#
# Cured in three ways: split first and copy among the training rows only; or let weights do it; and in any case look for people who stand on both sides:

# %%
inside = clean[rows == "train"]
extra = inside[inside["gender"] == "woman"].sample(106, random_state=0)
test = clean[rows == "test"]
print("twins:", test.index.isin(pd.concat([inside, extra]).index).sum())
for name, table in {
    "no copies": inside,
    "copies in training": pd.concat([inside, extra]),
}.items():
    found = right(table, test)
    print(f"split first, {name}: {with_interval(found.sum(), len(found))}")

# %% [markdown]
# ## See
#
# Each step once more, and each recorded as it happens. The cards are counted from the tables themselves, so they show what was done, not what was planned. The last card
# is the mistake.

# %%
flow = DataFlow(sensitive_features="gender", label="repaid")
flow.record("collected", loans)

mended = loans.assign(
    age=loans["age"].where(loans["age"] <= 120, 2025 - loans["age"]),
    income=loans["income"].where(~(loans["income"] < 1000), 1000 * loans["income"]),
    debt_ratio=loans["debt_ratio"].where(
        ~(loans["debt_ratio"] > 1), loans["debt_ratio"] / 100
    ),
)
flow.record("mended", mended, note="Impossible values read as the slips they are.")

learnt = mended[rows == "train"]
filled = mended.fillna(
    {
        "income": learnt["income"].median(),
        "education": learnt["education"].mode()[0],
        "credit_history": learnt["credit_history"].median(),
    }
)
flow.record("filled", filled, note="Learnt from the 800 training rows.")

clean = filled.drop(columns=["name", "phone"])
flow.record("without names", clean)

weights = balancing_weights(clean["gender"])
flow.record(
    "weighted", clean, sample_weight=weights, note="Each gender counts alike."
)

women = clean[clean["gender"] == "woman"]
copied = pd.concat([clean, women.sample(567 - 433, random_state=0)])
flow.record(
    "copied", copied, note="The leak: not a stage of the course's pipeline."
)

print("as the course's pipeline:", clean.equals(preprocess(loans, learn_from=raw)))

# %%
flow.stage, flow.compared_with = "without names", "collected"
flow

# %% [markdown]
# Step through the cards with the arrow keys, and compare any two.
#
# 1. From *collected* to *without names*: which column had most cells filled, and which had most changed?
# 2. Open *weighted*. What happened to the number of rows, and to the share of women? As how many rows do these 1,000 count?
# 3. Open *copied* and compare it with *weighted*. Both give women half of the say. What does the card say about *copied* that it says about no other?
#
# What the browser shows, Python has as tables:

# %%
flow.stages.drop(columns=["columns_gained", "columns_lost"])

# %% [markdown]
# ## Try
#
# ### Exercise 1

# %%
income_task = exercise("02_preprocess/fill-income", loans=loans, rows=rows)
income_task

# %%
impossible = loans["income"] < 1000
print(
    "incomes typed in thousands:",
    impossible.sum(),
    "· missing:",
    loans["income"].isna().sum(),
)

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
income = loans["income"].where(~(loans["income"] < 1000), 1000 * loans["income"])
learnt = ...  # those incomes from which may be learnt
answer = ...  # what is written where an income is missing
income_task.check(answer)

# %% [markdown]
# `income_task.hint()` gives one step at a time; `income_task.solution()` shows one way.
#
# ### Exercise 2

# %%
weight_task = exercise("02_preprocess/weight-of-a-woman", loans=loans)
weight_task

# %%
sizes = loans["gender"].value_counts()
groups = len(sizes)
women_count = ...  # how many women there are
answer = ...  # rows, over groups, over women
weight_task.check(answer)

# %% [markdown]
# ## Challenge
#
# Somebody hands you two tables, `learn_from` and `judge`, already split. Women were copied before, some of them more than once, and nobody tells you which.

# %%
clean = preprocess(loans, learn_from=raw)
women = clean[clean["gender"] == "woman"]
copied = pd.concat([clean, women.sample(300, replace=True, random_state=0)])
learn_from, judge = train_test_split(copied, test_size=200, random_state=0)

model = memoriser().fit(learn_from[NUMBERS], learn_from["repaid"])
hits = (model.predict(judge[NUMBERS]) == judge["repaid"]).sum()
print("accuracy reported:", with_interval(hits, len(judge)))

# %% [markdown]
# ### Exercise 3

# %%
twin_task = exercise(
    "02_preprocess/twins-in-the-test", learn_from=learn_from, judge=judge
)
twin_task

# %%
answer = ...  # replace the three dots
twin_task.check(answer)

# %% [markdown]
# ## Project
#
# Your own table. As it stands, the cell looks at the course's. Change the lines marked with an arrow, and the three names under them. (An age above 120 is in neither group here.)

# %%
table = loans  # ← yours, one row a person
group = pd.cut(
    table["age"], [0, 29, 120], labels=["below 30", "30 or older"]
)  # ← yours
label, identifiers = "repaid", ["name", "phone"]
limits = {"age": (18, 100), "income": (1_000, 200_000), "debt_ratio": (0, 1)}

report = {}
for column in table.columns.difference([label, *identifiers]):
    empty = table[column].isna()
    report[column] = {
        name: with_interval(empty[group == name].sum(), (group == name).sum())
        for name in group.dropna().unique()
    }
    if column in limits:
        outside = ~table[column].between(*limits[column]) & ~empty
        report[column]["impossible"] = outside.sum()
print("entered twice:", table.duplicated(identifiers).sum())
pd.DataFrame(report).T.rename_axis("missing, by group").fillna("")

# %% [markdown]
# Then answer in writing, for whoever uses the table after you:
#
# - How was each question asked, and who had a reason to leave it empty?
# - Which rule mends which slip, and what would it do to a value that is unusual and right?
# - From which rows was everything learnt that you wrote into others?
# - How would you notice a person who stands in the table twice, once with a typing error?
#
# And record your own stages: `flow = DataFlow(sensitive_features=…, label=…)`, then `flow.record("name of the stage", table)` after each.

# %% [markdown]
# ## Recall

# %%
Quiz("02_preprocess", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("02_preprocess")

# %% [markdown]
# ## Cost
#
# ### What a filled cell costs
#
# The applicants are simulated: turn `missingness` to 0, and the same people come with no gap. So we can look under 28,200 €, in 100,000 people:

# %%
many = make_loans(100_000, seed=1)
known = make_loans(100_000, seed=1, missingness=0, entry_errors=0)
treated = preprocess(many, learn_from=raw)
gap = many["income"].isna()
error = (treated["income"] - known["income"])[gap]
found = error.groupby(many["gender"]).agg(["size", "mean", "std"])
half = 1.96 * found["std"] / np.sqrt(found["size"])
pd.DataFrame(
    {
        "incomes filled": found["size"],
        "too high by, mean in €": [
            f"{mean:,.0f} ({mean - h:,.0f} to {mean + h:,.0f})"
            for mean, h in zip(found["mean"], half, strict=True)
        ],
        "mean distance, in €": error.abs().groupby(many["gender"]).mean().round(),
    }
)

# %% [markdown]
# On average a woman whose income is missing is written down as nearly 7,000 € richer than her record would say, a man as 7,000 € poorer: one rule for everybody, and two
# errors of opposite sign. And a filled value is always in the middle, so the table becomes calmer than the world. Turn the dial up and see (it says how probably each of the three cells is
# empty, twice as probably below 30):

# %%
calmer = {}
for share in (0.0, 0.03, 0.1, 0.3):
    people = make_loans(100_000, seed=1, missingness=share)
    part = people.iloc[:800]
    treated_part = preprocess(part, learn_from=part)
    treated = preprocess(people, learn_from=part)
    table = engineer_features(treated, learn_from=treated_part)
    model = train(table.iloc[:800], strength=0)
    ok = model.predict(table[FEATURES].iloc[800:]) == table["repaid"].iloc[800:]
    calmer[share] = {
        "standard deviation of income": f"{treated['income'].std():,.0f}",
        "correlation of income and debt ratio": f"{treated['income'].corr(treated['debt_ratio']):.3f}",
        "accuracy": with_interval(ok.sum(), len(ok)),
    }
pd.DataFrame(calmer).T.rename_axis("missingness")

# %% [markdown]
# At 3 in 100 hardly anything is lost. At 30 in 100 income varies less, its tie to the debts is weaker, and the accuracy falls. The table says nothing of this: no cell
# in it is empty. That is why the gaps must be counted *before* they are filled.
#
# ### What leaving them out costs
#
# The other way, `dropna`, keeps only people without a gap:

# %%
complete = loans.dropna()
young = loans["age"].where(loans["age"] <= 120, 2025 - loans["age"]) < 30
print(f"{len(loans) - len(complete)} of {len(loans)} people are gone")
print("below 30, of all:         ", with_interval(young.sum(), len(young)))
print(
    "below 30, of those kept:  ",
    with_interval(young[complete.index].sum(), len(complete)),
)

# %% [markdown]
# Gaps are few here, so the shift is small; but it is always away from those who leave more gaps. And `dropna` has no answer for the next applicant who leaves a line empty.
#
# ### Memory: weights or copies
#
# A weight of 2 and a second copy are the same thing to a [logistic regression](glossary.md#logistic-regression). They are not the same to the computer, and copies can only be whole:

# %%
from sklearn.linear_model import LogisticRegression

inside = preprocess(raw, learn_from=raw)
woman = inside["gender"] == "woman"
X, y = StandardScaler().fit_transform(inside[NUMBERS]), inside["repaid"]
twice = np.repeat(np.arange(len(X)), 1 + woman)
by_weight = LogisticRegression(tol=1e-10).fit(X, y, sample_weight=1.0 + woman)
by_copies = LogisticRegression(tol=1e-10).fit(X[twice], y.iloc[twice])
print(
    "same coefficients:", np.allclose(by_weight.coef_, by_copies.coef_, atol=1e-4)
)

table = many.drop(columns=["name", "phone"])
shortfall = abs(table["gender"].value_counts().diff().iloc[-1])
copies = table[table["gender"] == "woman"].sample(int(shortfall), random_state=0)
cells = copies.shape[0] * copies.shape[1]
print(
    f"{len(table):,} people: {len(table):,} weights, {8 * len(table) / 1e6:.1f} MB"
)
print(
    f"or {len(copies):,} rows copied: {cells:,} cells, from {8 * cells / 1e6:.1f} MB up, "
    f"and {len(table) + len(copies):,} rows to train on"
)

weights = balancing_weights(loans["gender"])
effective = weights.sum() ** 2 / (weights**2).sum()
print(f"1,000 weighted rows tell as much as {effective:.0f} that are not weighted")

# %% [markdown]
# Weights are not free. The last line is the [effective number of rows](glossary.md#effective-number-of-rows) (Kish 1965): what is counted with unequal weights is known a little less surely. Here the price is
# small; with 1 woman in 10 it is not:

# %%
pd.Series(
    {
        f"{women} women in 1,000": round(
            1000**2 / (500**2 / women + 500**2 / (1000 - women))
        )
        for women in (500, 433, 300, 200, 100, 20)
    },
    name="weighted, they tell as much as",
)

# %% [markdown]
# ### What 200 rows cannot tell
#
# Is the model worse for people whose cells were filled? Ask the 200 test rows, then 100,000 people:

# %%
clean = preprocess(raw, learn_from=raw)
model = train(engineer_features(clean, learn_from=clean), strength=0)


def judged(people):
    table = engineer_features(preprocess(people, learn_from=raw), learn_from=clean)
    ok = model.predict(table[FEATURES]) == table["repaid"]
    empty = people[GAPS].isna().any(axis=1)
    return {
        "accuracy, cells filled": with_interval(ok[empty].sum(), empty.sum()),
        "people": empty.sum(),
        "accuracy, nothing filled": with_interval(ok[~empty].sum(), (~empty).sum()),
    }


pd.DataFrame(
    {"200 test rows": judged(loans[rows == "test"]), "100,000 people": judged(many)}
).T

# %% [markdown]
# The test rows point the wrong way: 17 people with filled cells, 16 of them judged rightly, more than of the others. Among 100,000 it is the other way round. The interval of the 17 says so
# itself: it is so wide that it holds both answers.
#
# ## Map
#
# | 01 Collect | **02 Preprocess** | 03 Engineer features | 04 Train | 05 Evaluate | 06 Predict |
# |---|---|---|---|---|---|
#
# **What comes in:** 1,000 rows × 10 columns, and a mark on each row, for training or for the test, set before anything was learnt.
#
# **What leaks in:** whatever is learnt from rows that will judge. The next cell spoils the test rows on purpose, an income of a million for everybody, and looks whether the training rows
# notice ([data leakage](glossary.md#data-leakage)). Then it looks for people on both sides.

# %%
spoilt = loans.assign(income=loans["income"].where(rows == "train", 1_000_000.0))
spoilt_raw = spoilt[rows == "train"]
honest = preprocess(raw, learn_from=raw)
print("learnt from the training rows: do the training rows move?")
print("  ", not honest.equals(preprocess(spoilt_raw, learn_from=spoilt_raw)))
print("learnt from all rows: do they move?")
print(
    "  ",
    not preprocess(raw, learn_from=loans).equals(
        preprocess(spoilt_raw, learn_from=spoilt)
    ),
)
print(
    "people in both parts:",
    loans.loc[rows == "test", ["name", "phone"]]
    .merge(raw[["name", "phone"]])
    .shape[0],
)

# %% [markdown]
# **What goes out:** 1,000 rows × 8 columns without a gap, a weight for each row, and what the 800 rows taught: two medians and a level. Lesson 03 makes
# features of the columns. Still in the table is a column that gives the gender away, and is no identifier: it will be looked for there.

# %%
clean = preprocess(loans, learn_from=raw)
print(clean.shape, list(clean))
print("weights:", *balancing_weights(clean["gender"]).round(3).unique())

# %% [markdown]
# ## Key insight
#
# > Every cell that you mend, fill, weigh or copy is a decision about somebody. Learn it from the training rows, count whom it touches, and never let one person stand on both sides of the
# > split.
#
# ## Sources
#
# - *TransUnion LLC v. Ramirez*, 594 U.S. 413 (2021): the facts and the numbers of the class in the opinion of the Court; that birth dates and middle initials were not compared, in the dissent of
#   Justice Thomas. Below: *Ramirez v. TransUnion LLC*, 951 F.3d 1008 (9th Cir. 2020). The duty: Fair Credit Reporting Act, 15 U.S.C. § 1681e(b).
# - D. B. Rubin, *Inference and missing data*, Biometrika 63, 1976, 581–592. R. J. A. Little, D. B. Rubin, *Statistical analysis with missing data*, Wiley, 3rd edition, 2019.
# - Weights: F. Kamiran, T. Calders, *Data preprocessing techniques for classification without discrimination*, Knowledge and Information Systems 33, 2012, 1–33 (theirs weigh group and label together). Effective number: L. Kish, *Survey
#   sampling*, Wiley, 1965, section 11.7.
# - Leaks in published work: S. Kapoor, A. Narayanan, *Leakage and the reproducibility crisis in machine-learning-based science*, Patterns 4(9), 2023. Copies in a famous test set: B. Barz,
#   J. Denzler, *Do we train on test data? Purging CIFAR of near-duplicates*, Journal of Imaging 6(6), 2020, 41.
# - Keeping no more than is needed: GDPR, Article 5(1)(c). Gender in a credit decision: Equal Credit Opportunity Act, 15 U.S.C. § 1691; Regulation B, 12 CFR 1002.4.
# - The interval of a share: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22, 1927, 209–212.
