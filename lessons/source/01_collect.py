# %% [markdown]
# # 01 · Collect
#
# **40 minutes** · Previous: [00 · Start here](00_start_here.ipynb) · Next: [02 · Preprocess](02_preprocess.ipynb) · [Glossary](glossary.md)
#
# On the desk lies a table of 1,000 people and 10 columns. Nine hold what they answered, and some of these will be the [features](glossary.md#feature) of a
# [model](glossary.md#model). The last is the [label](glossary.md#label): was the loan repaid? Before anybody computes with it: what was asked, of whom, who is missing, and what do the
# answers give away? Then it is decided, once for each row, what it may be used for.
#
# ## Objectives
#
# After this lesson you can
#
# - say which columns a purpose needs, and which it does not;
# - compare a [sample](glossary.md#sample) with its [population](glossary.md#population), and tell bad luck from a bad plan;
# - count how many people stand alone in a table without names, before and after [banding](glossary.md#banding);
# - say what [selective labels](glossary.md#selective-labels) hide;
# - assign each row once to training or to the test, and say what goes wrong where that is drawn again.
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
# The next cell reads the table. Its people are invented (the [datasheet](../datasets/README.md) says how), and that is the point: here, and only here, it is known who was never
# asked, and who would have repaid.

# %% tags=["start"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

from edutools import (
    Predict,
    Quiz,
    SamplingPlan,
    exercise,
    load_loans,
    make_loans,
    review,
)
from edutools.course.pipeline import assign_rows, preprocess
from edutools.metrics import share_interval

loans = load_loans()
population = {"woman": 0.51, "man": 0.49}  # of the country
DESCRIBING = ["gender", "age", "education", "income"]


def with_interval(hits, size):
    """A share with its 95% interval, as words."""
    low, high = share_interval(hits, size)
    return f"{hits / size:.3f} ({low:.3f} to {high:.3f})"


def how_many_alike(table, columns):
    """For each person: how many people, they themselves too, say the same."""
    # An answer that is missing counts as an answer: without dropna=False,
    # pandas leaves those people out and says nothing.
    return table.groupby(columns, dropna=False)[columns[0]].transform("size")


def in_bands(table):
    """Ages and incomes as bands, wide enough for many to share one."""
    return table.assign(
        age=pd.cut(
            table["age"],
            [0, 29, 44, 59, np.inf],
            labels=["18 to 29", "30 to 44", "45 to 59", "60 or older"],
        ).astype(object),
        income=pd.cut(
            table["income"],
            [0, 20_000, 30_000, 40_000, 50_000, np.inf],
            labels=["to 20", "to 30", "to 40", "to 50", "above 50"],
        ).astype(object),
    )


print(f"{loans.shape[0]:,} × {loans.shape[1]}")
loans.head(3)

# %% [markdown]
# First, what you may be about to forget. Where nothing is due, the next cell says so.

# %%
review("01_collect")

# %% [markdown]
# ## Why
#
# A pulse oximeter is the clip on a patient's finger. It shines light through the skin and says how much oxygen is in the blood; nurses and doctors decide by it who gets more. In
# 2020 Sjoding and others laid its readings at one hospital beside measurements in blood that was taken from an artery within minutes. They looked at readings that seem safe, 92 to 96
# per cent, and counted how often the blood said below 88 per cent: the patient needed help, and the clip said that all was well.

# %%
missed = pd.DataFrame(
    {"clip says 92 to 96%": [749, 2778], "blood says below 88%": [88, 99]},
    index=["from Black patients", "from white patients"],
)
of, unseen = missed["clip says 92 to 96%"], missed["blood says below 88%"]
missed["per cent"] = (100 * unseen / of).round(1)
missed["share, with 95% interval"] = [
    with_interval(*each) for each in zip(unseen, of, strict=True)
]
missed

# %% [markdown]
# 11.7 per cent against 3.6. (The intervals here take each measurement for another patient. Several came from one patient, so those in the article are wider.)
#
# Nobody wrote this rule into the device. What light that comes through a finger means for the blood was learnt from volunteers. The article does not prove at which step the error came
# in. But the first thing to ask is who the volunteers were; and as late as 2013 the US Food and Drug Administration was content if such a device was checked on 10 people or more, of
# whom two (or 15 per cent, if that is more) have dark skin.
#
# A device, a rule, a model: each knows the people from whom it was learnt. So the first question is not how good the model is. It is who was in the table.
#
# ## Learn
#
# ### What was asked
#
# Ten columns. For each: how many different answers are there, how many are missing, and what is it for?

# %%
purpose = {
    "name": "to write to the applicant",
    "phone": "to call the applicant",
    "gender": "to check the decisions by group",
    "age": "may tell about repayment",
    "income": "may tell about repayment",
    "education": "may tell about repayment",
    "contact_preference": "to write to the applicant",
    "debt_ratio": "may tell about repayment",
    "credit_history": "may tell about repayment",
    "repaid": "what is to be foretold",
}
pd.DataFrame(
    {
        "different answers": loans.nunique(),
        "missing": loans.isna().sum(),
        "what for": pd.Series(purpose),
    }
)

# %% [markdown]
# Three of the ten were asked in order to reach people, not to decide about them. Name and phone are [identifiers](glossary.md#identifier): nearly every row has its own. What is not needed for the
# purpose should not be asked: the GDPR calls that [data minimisation](glossary.md#data-minimisation). What is no longer needed should not be kept. One column many would
# rather not ask, and it is needed: without the gender nobody could find out how the decisions fall on women and men. It is a [sensitive feature](glossary.md#sensitive-feature), asked in order to check, not to decide.
#
# The last column is the label. How did that come to be known? The question comes back below.
#
# ### Of whom, and who is missing
#
# 51 of 100 people in the country are women. How many of these 1,000?

# %%
women = int((loans["gender"] == "woman").sum())
print(f"{women} women: a share of {with_interval(women, len(loans))}")
print(f"in the population: {population['woman']:.3f}")

# %% [markdown]
# The [confidence interval](glossary.md#confidence-interval) says how far chance alone moves a share: from 0.403 to 0.464 around the 0.433 that were found. The population's share lies above it. Is that bad luck all the
# same? We can let luck try: draw 1,000 people out of a country with 51% women, 100,000 times over, and see how few women it brings.

# %%
rng = np.random.default_rng(0)
luck = rng.binomial(1000, population["woman"], size=100_000)
print(
    f"in 95 of 100 draws: {np.quantile(luck, 0.025):.0f} to {np.quantile(luck, 0.975):.0f} women"
)
print(f"fewest in 100,000 draws: {luck.min()}")
print(f"draws with {women} or fewer: {(luck <= women).sum()}")

# %% [markdown]
# Luck does not explain it. It was the plan: the collection did not reach some of the women (the datasheet says how many: 3 in 10). Now a common mistake: *then let us
# ask more people*. The same collection, with more and more people:

# %%
asked = np.array([100, 1_000, 10_000, 100_000])
found = np.array([(make_loans(n)["gender"] == "woman").sum() for n in asked])
low, high = share_interval(found, asked).T

figure, axes = plt.subplots(figsize=(7, 2.6))
share = found / asked
axes.errorbar(asked, share, [share - low, high - share], fmt="s", color="#a8488a")
axes.axhline(population["woman"], color="#59636e", linestyle=":", linewidth=2)
axes.set(xscale="log", xlabel="people asked", ylabel="share of women")
axes.spines[["top", "right"]].set_visible(False)
in_words = (
    "Four samples of growing size. The share of women settles near 0.42 and its "
    "interval shrinks; the population's 0.51, a dotted line, stays above it."
)
display(figure, metadata={"image/png": {"alt": in_words}})
plt.close(figure)
pd.DataFrame(
    {
        "share of women": [
            with_interval(*each) for each in zip(found, asked, strict=True)
        ]
    },
    index=pd.Index(asked, name="people asked"),
)

# %% [markdown]
# The interval closes, around the wrong number. Size cures luck. It does not cure a plan: a small sample that reaches everybody evenly can know more about a country
# than a huge one that does not.
#
# ### Many groups at once
#
# Gender alone hides more than it shows. Eight groups, by gender and age, beside the country's own register (which we simulate: the same story with everybody reached):

# %%
register = make_loans(100_000, seed=1, under_representation=0)


def by_gender_and_age(table):
    return table["gender"] + ", " + in_bands(table)["age"]


counted = by_gender_and_age(loans).value_counts().sort_index()
expected = by_gender_and_age(register).value_counts(normalize=True)
groups = pd.DataFrame({"asked": counted})
groups["share, with 95% interval"] = [
    with_interval(n, len(loans)) for n in groups["asked"]
]
groups["population"] = expected.round(3)
low, high = share_interval(groups["asked"], np.full(len(groups), len(loans))).T
groups["the population's share is"] = np.where(
    groups["population"] > high,
    "above the interval",
    np.where(groups["population"] < low, "below the interval", "in the interval"),
)
repaid = loans.groupby(by_gender_and_age(loans))["repaid"].sum()
groups["repaid, of those asked"] = [
    with_interval(repaid[name], n) for name, n in groups["asked"].items()
]
groups

# %% [markdown]
# The oldest women are 'in the interval': not because they were reached so well, but because so few of them are here that nothing can be told. Look at the last column, too: the fewer
# were asked, the wider the interval. Of the oldest women it says: anything from 0.538 to 0.832. A [base rate](glossary.md#base-rate) of so few is a rumour. (A few of the 'oldest'
# are typing errors: a year of birth stands where the age belongs. [Lesson 02](02_preprocess.ipynb) mends that.)
#
# ### Without names, and still recognised
#
# So we take name and phone away. Are the people safe now? Suppose a neighbour knows somebody's gender, age, education and income, and knows that this person is in the table. If no other row says
# the same, the neighbour has found the row, and reads in it whether the loan was repaid. Columns that do this together, and not one of them alone, are
# [quasi-identifiers](glossary.md#quasi-identifier).
#
# ### Predict
#
# How many of the 1,000 are the only one with their gender, age, education and income?

# %%
bare = loans.drop(columns=["name", "phone"])
alone = int((how_many_alike(bare, DESCRIBING) == 1).sum())
Predict(
    "How many of the 1,000 people stand alone, once name and phone are gone?",
    answer=alone,
    low=0,
    high=1000,
    reveal=f"{alone} of {len(bare):,}. Nearly everybody.",
    item="01_collect/alone-without-names",
)

# %% [markdown]
# Each column more makes the crowd thinner, until hardly anybody stands in one. Beside it the same columns in bands: four for the age, five for the income.

# %%
banded = in_bands(bare)
pd.DataFrame(
    {
        ", ".join(DESCRIBING[:k]): {
            "stand alone, as asked": int(
                (how_many_alike(bare, DESCRIBING[:k]) == 1).sum()
            ),
            "stand alone, in bands": int(
                (how_many_alike(banded, DESCRIBING[:k]) == 1).sum()
            ),
        }
        for k in (1, 2, 4)
    }
).T.rename_axis("columns")

# %% [markdown]
# This is not a quirk of our table. From the US census of 1990 Sweeney (2000) estimated that postcode (ZIP), sex and date of birth single out 87% of the people in the country; Golle (2006)
# took the census of 2000 and came to 63%. Sweeney also did it: she laid medical records without names beside a voters' list with names, and found those of a governor. So *removing
# the names does not make a table anonymous*.
#
# Banding helps a great deal and not entirely: 36 still stand alone. One more step is to leave people out until each who is left looks like, say, four others at least. The
# table is then 5-anonymous ([k-anonymity](glossary.md#k-anonymity), Sweeney 2002); *Challenge* does that. Even so it can tell: if none of the five repaid, the neighbour need not know which of them it is.
#
# ### Outcomes that are known for some only
#
# Back to the last column. Whether a loan was repaid is known of people who *got* one. Whoever was refused has no outcome: not a bad one, none. Our table has a label for everybody only
# because it is simulated. Here is what a bank would hold. In this story past officers judged by the income on paper, and were stricter with women:

# %%
held = make_loans(1000, seed=0, past_decision=True, selective_labels=True)
print("the same people:", held["name"].equals(loans["name"]))
held[["gender", "age", "income", "past_decision", "repaid"]].head(6)

# %% [markdown]
# ### Predict
#
# The officers were stricter with women. Look only at people who were granted a loan: who repaid more often?

# %%
known = held.groupby("gender").agg(
    people=("repaid", "size"),
    granted=("past_decision", "sum"),
    repaid_known=("repaid", "sum"),
)
truth = loans.groupby("gender")["repaid"].sum()
labels_known = pd.DataFrame(
    {
        "granted a loan": [
            with_interval(*row) for row in known[["granted", "people"]].to_numpy()
        ],
        "repaid, of those granted": [
            with_interval(*row)
            for row in known[["repaid_known", "granted"]].to_numpy()
        ],
        "would repay, of all": [
            with_interval(truth[group], known.loc[group, "people"])
            for group in known.index
        ],
    },
    index=known.index,
)
Predict(
    "Of those granted a loan, who repaid more often?",
    answer="women",
    choices={
        "women": "Whoever gets over a higher bar is surer to repay.",
        "men": "It would be so if the officers had been stricter with men.",
        "about the same share of both": "That would follow if both had met the same bar.",
    },
    reveal=labels_known,
    item="01_collect/granted-look",
)

# %% [markdown]
# Two things happened at once. The share of those who repaid went up for both, since the officers did pick: the bank's own table says that more than nine in ten repay, where the truth is about six in ten. And it
# went up more for women, *because* the bar was higher for them. A reader of that table would say that women pay better than men. They pay alike, as the larger sample shows:

# %%
many = make_loans(100_000, seed=1)
granted = make_loans(100_000, seed=1, past_decision=True, selective_labels=True)
pd.DataFrame(
    {
        "granted a loan": granted.groupby("gender")["past_decision"].mean(),
        "repaid, of those granted": granted.groupby("gender")["repaid"].mean(),
        "would repay, of all": many.groupby("gender")["repaid"].mean(),
    }
).round(3)

# %% [markdown]
# No care in the later steps brings back what was never written down (Lakkaraju and others 2017). What helps is done here: keep the refused in the table, with a blank for their label and the reason for the refusal; and grant some loans by
# lot to people whom the rule would refuse, so that somebody finds out.
#
# ### Each row gets its place, once
#
# One decision is left, and it must come before anything is learnt: 800 rows become [training rows](glossary.md#training-rows), 200 [test rows](glossary.md#test-rows). Chance decides, but not
# chance alone: how many women might it bring among 200 rows?

# %%
plain = [
    (loans["gender"].sample(200, random_state=seed) == "woman").sum()
    for seed in range(500)
]
print(
    f"women among 200, by chance alone: {min(plain)} to {max(plain)} in 500 draws"
)

# %% [markdown]
# A [stratified split](glossary.md#stratified-split) draws in each gender and label by itself, so that both parts have the same share of each:

# %%
from sklearn.model_selection import train_test_split

_, chosen = train_test_split(
    loans.index,
    test_size=200,
    random_state=0,
    stratify=loans[["gender", "repaid"]],
)
rows = pd.Series("train", index=loans.index).mask(loans.index.isin(chosen), "test")
print("as the pipeline assigns them:", rows.equals(assign_rows(loans)))
placed = pd.crosstab([loans["gender"], loans["repaid"]], rows)
placed["share in the test"] = (placed["test"] / placed.sum(axis=1)).round(3)
placed

# %% [markdown]
# From here on this belongs to the row, as if it were an eleventh column, and every later lesson uses the same. Why so strict? Here is a model that learns its rows by heart, a decision tree (on
# rows cleaned as lesson 02 will show). First it is judged on the 200 rows that were set aside. Then somebody draws the split again with another seed, and judges the same tree on the *new* 200:

# %%
from sklearn.tree import DecisionTreeClassifier

columns = ["age", "income", "debt_ratio", "credit_history"]
clean = preprocess(loans, learn_from=loans[rows == "train"])
tree = DecisionTreeClassifier(random_state=0)
tree.fit(clean[rows == "train"][columns], clean[rows == "train"]["repaid"])


def judged_on(part):
    """Rights, of how many, and how many of them the tree had learnt from."""
    judged = clean[part == "test"]
    right = int((tree.predict(judged[columns]) == judged["repaid"]).sum())
    learnt = int((rows[part == "test"] == "train").sum())
    return {
        "accuracy": with_interval(right, len(judged)),
        "learnt by heart": learnt,
    }


pd.DataFrame(
    {
        "set aside once": judged_on(rows),
        "drawn again, seed 1": judged_on(assign_rows(loans, seed=1)),
        "drawn again, seed 2": judged_on(assign_rows(loans, seed=2)),
    }
).T

# %% [markdown]
# The tree did not get better. About four in five of the 'new' test rows are old acquaintances. That is [data leakage](glossary.md#data-leakage), and nothing warned of it: no error, only an [accuracy](glossary.md#accuracy) that is
# too good. The other way to fool oneself takes more patience: draw again and train again until the number pleases. Fifty splits, an honest model for each:

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

tried = []
for seed in range(50):
    part = assign_rows(loans, seed=seed)
    learn, judge = clean[part == "train"], clean[part == "test"]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(learn[columns], learn["repaid"])
    tried.append(model.score(judge[columns], judge["repaid"]))
print(
    f"lowest {min(tried):.3f}, middle {np.median(tried):.3f}, highest {max(tried):.3f}"
)

# %% [markdown]
# All fifty are one kind of model, on one and the same table. Whoever reports the highest has measured their own patience. So the course has one split, of seed 0, whatever it says.
#
# ## See
#
# Now you plan a collection. Four ways to ask people, in a country of 3,000:
#
# - an **open call** reaches everybody alike;
# - the bank's **branches** are seldom visited by women: where ten men come, three women do;
# - **past borrowers** are those to whom an officer granted a loan;
# - a **men's club** reaches no women at all.
#
# Move how many are asked through each. A model is trained on those who were asked, and judged on half of the country that never is. You see who was asked, beside the population
# (dotted), and then the errors in each group.
#
# ### Predict
#
# With 200 people asked in the branches, the model is wrong about women more often than about men. Now ask 800 there instead, and nothing else. Are women then judged as well as men?

# %%
country = make_loans(
    3_000,
    under_representation=0,
    missingness=0,
    entry_errors=0,
    past_decision=True,
)
channels = {
    "open call": {"woman": 1, "man": 1},
    "branches": {"woman": 0.3, "man": 1},
    "past borrowers": lambda people: people["past_decision"],
    "men's club": {"woman": 0, "man": 1},
}


def a_plan(asked, seed=10):
    return SamplingPlan(
        country,
        label="repaid",
        sensitive_features="gender",
        features=["age", "income", "debt_ratio", "credit_history"],
        channels=channels,
        asked=asked,
        population=population,
        include_rows=True,  # invented people: their rows may travel into the page
        seed=seed,
    )


def over_draws(asked, draws=20):
    """Means over several draws by one plan."""
    plan, found = a_plan(asked), []
    for seed in range(draws):
        plan.seed = seed
        found.append(plan.by_group)
    mean = sum(found) / draws
    return {
        "share of women": mean.loc["woman", "share"],
        "error, women": mean.loc["woman", "error_rate"],
        "error, men": mean.loc["man", "error_rate"],
    }


plans = {
    "200 by open call": {"open call": 200},
    "200 in branches": {"branches": 200},
    "800 in branches": {"branches": 800},
    "200 past borrowers": {"past borrowers": 200},
    "200 in the men's club": {"men's club": 200},
    "150 in branches, 50 by open call": {"branches": 150, "open call": 50},
}
compared = pd.DataFrame(
    {name: over_draws(asked) for name, asked in plans.items()}
).T
Predict(
    "800 in the branches in place of 200: is the model then wrong about women as "
    "seldom as about men?",
    answer="no, the gap stays",
    choices=["yes, nearly", "no, the gap stays"],
    reveal=compared.loc[["200 in branches", "800 in branches"]].round(3),
    item="01_collect/more-through-branches",
)

# %%
a_plan({"branches": 200})

# %% [markdown]
# Now you:
#
# 1. Press *Draw again* ten times. The dots of the shares stay on one side of the dotted line: the plan. How far they scatter: luck.
# 2. Take everybody back and ask 200 by open call. On which side do the dots lie now? What happens to the errors?
# 3. Ask 200 past borrowers only. What do they say about repayment, and what has the model learnt of people who do not repay?
# 4. Ask in the men's club alone. Which rates become undefined?
#
# Each plan, in the mean of 20 draws:

# %%
compared.round(3)

# %% [markdown]
# (800 in the branches bring a few more women, since men run short in so small a country.) Why is a group that was hardly asked judged worse? In this story women's income is not fully on
# paper, so the same payslip means something else for them, and a model that saw few women learns what it means for men. Past borrowers teach little about anybody: nearly all of them
# repaid, so there is hardly a case to learn from.
#
# By open call women are judged best, and men hardly worse than in the branches: 0.122 against 0.116. Whether the gap that is left is more than luck, some 750 people in each group
# cannot tell. What no plan mends is a column that was *measured* wrongly: that is the story of [lesson 03](03_engineer_features.ipynb).
#
# ## Try
#
# ### Exercise 1
#
# What would it take to mend the table by asking more women? The counts:

# %%
loans["gender"].value_counts()

# %%
women_task = exercise("01_collect/women-to-ask", loans=loans)
women_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
men = (loans["gender"] == "man").sum()
women = (loans["gender"] == "woman").sum()
everyone = ...  # how many there would be, if these men are 49 of 100
answer = ...  # the women among them, less those who are here, rounded up
women_task.check(answer)

# %% [markdown]
# `women_task.hint()` gives one step at a time; `women_task.solution()` shows one way.
#
# ### Exercise 2

# %%
alone_task = exercise("01_collect/alone-on-three", loans=loans)
alone_task

# %%
columns = ["gender", "age", "education"]
alike = ...  # for each person, how many say the same; mind those who said nothing
answer = ...  # how many people have a 1 there
alone_task.check(answer)

# %% [markdown]
# ## Challenge
#
# The bank wants to hand its table to a university: names and phones gone, ages and incomes in bands. This is how many people share the same answers, from the loneliest on:

# %%
banded = in_bands(loans.drop(columns=["name", "phone"]))
alike = how_many_alike(banded, DESCRIBING)
people = alike.value_counts().sort_index()
pd.DataFrame({"people": people.head(8)}).rename_axis("how many say the same").T

# %% [markdown]
# ### Exercise 3

# %%
five_task = exercise("01_collect/left-out-for-five", banded=banded)
five_task

# %%
answer = ...  # replace the three dots
five_task.check(answer)

# %% [markdown]
# ## Project
#
# A first page for a table of your own: of whom, how unique, and with what missing. As it stands it reports on the course's table. Change the line marked with an arrow, and the names
# under it.

# %%
mine = loans  # ← yours
group, label = "gender", "repaid"
shares = {"woman": 0.51, "man": 0.49}  # of the population you speak about
describing = ["gender", "age", "education"]  # what a neighbour may know

counts = mine[group].value_counts()
report = pd.DataFrame(
    {
        "people": counts,
        "share": [with_interval(n, len(mine)) for n in counts],
        "population": pd.Series(shares),
        "label missing": mine[label].isna().groupby(mine[group]).sum(),
    }
)
alike = how_many_alike(mine, describing)
print(f"{len(mine)} rows, {mine.duplicated().sum()} of them twice")
print(f"alone on {', '.join(describing)}: {(alike == 1).sum()}")
report

# %% [markdown]
# Then answer in writing. The questions are some of those that a datasheet asks (Gebru and others 2021); [datasets/README.md](../datasets/README.md) answers them for the course's table:
#
# - Why was this collected, by whom, and who paid?
# - Through which channel did each person come in? Whom does no channel reach?
# - What does each column serve? Which could go today?
# - Whose label is missing, and who decided that?
# - Who could recognise whom, knowing what?
# - What should nobody use this table for?

# %% [markdown]
# ## Recall

# %%
Quiz("01_collect", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("01_collect")

# %% [markdown]
# ## Cost
#
# ### What 200 rows cannot tell
#
# The test has 200 rows. Of how many people in each group is that, and how sure could it be at best? Suppose the model makes *no* mistake about any of them:

# %%
rows = assign_rows(loans)
test = loans[rows == "test"]
sizes = (test["gender"] + ", " + in_bands(test)["age"]).value_counts().sort_index()
at_best = pd.DataFrame({"test rows": sizes})
at_best["wrong about none: its error may still be"] = [
    f"{share_interval(0, n)[1]:.2f}" for n in sizes
]
at_best

# %% [markdown]
# Of the oldest men two rows are in the test. Even without a single mistake they leave open that the model is wrong about 0.66 of such men, two in three. What is not collected now cannot be judged later.
#
# ### How many must be asked?
#
# To know a share to within ± 0.05 takes up to 400 answers *in each group* about which you want to speak. What matters is how often the group turns up:

# %%
needed = next(
    n for n in range(50, 1000, 2) if np.ptp(share_interval(n // 2, n)) <= 0.10
)
asking = {}
for name, share in {
    "half of those asked": 0.5,
    "women, as this table was collected": 0.42,
    "one in ten": 0.1,
    "one in thirty": 1 / 30,
}.items():
    asked = int(np.ceil(needed / share))
    asking[name] = {
        "people to ask": asked,
        "hours of theirs, at 5 minutes each": round(asked * 5 / 60),
        "cost, at 12 € each": f"{12 * asked:,} €",
    }
print(f"{needed} answers for ± 0.05")
pd.DataFrame(asking).T.rename_axis("a group that is")

# %% [markdown]
# (The 5 minutes and the 12 € are made up; put in yours.) Asking the small group *on purpose*, through a channel that reaches it, costs a fraction of asking everybody until it turns up.
#
# For the machine all of this is nothing:

# %%
import time

started = time.perf_counter()
table = load_loans()
assign_rows(table)
how_many_alike(table, DESCRIBING)
seconds = time.perf_counter() - started
stored = table.memory_usage(deep=True).sum()
print(f"read, assigned and counted in less than a second: {seconds < 1}")
print(f"less than a megabyte in memory: {stored < 1_000_000}")

# %% [markdown]
# ## Map
#
# | **01 Collect** | 02 Preprocess | 03 Engineer features | 04 Train | 05 Evaluate | 06 Predict |
# |---|---|---|---|---|---|
#
# **What comes in:** people, through some channel. **What goes out:** 1,000 × 10, and for each row its place.

# %%
rows = assign_rows(loans)
print(f"{loans.shape[0]:,} × {loans.shape[1]}:", rows.value_counts().to_dict())
print("the same on another day:", rows.equals(assign_rows(load_loans())))

# %% [markdown]
# **What leaks in here:** the same person twice, once to learn from and once to be judged by. Names will not tell (two people may bear one), so look for rows that agree in all that was answered, and for
# people who agree on name *and* phone. From now on whatever is learnt is learnt from the training rows.

# %%
answers = [column for column in loans.columns if column not in ("name", "phone")]
print("rows that agree in all answers:", int(loans.duplicated(answers).sum()))
print(
    "people with one name and one phone:",
    int(loans.duplicated(["name", "phone"]).sum()),
)
print("names that occur more than once:", int(loans["name"].duplicated().sum()))

# %% [markdown]
# Next: [02 · Preprocess](02_preprocess.ipynb), which finds what is missing and mistyped in these rows.
#
# ## Key insight
#
# > A table knows the people whom its collection reached. More rows make it surer of them, and of nobody else; taking the names away does not hide them; and whoever was refused has left no outcome at all.
#
# ## Sources
#
# - M. W. Sjoding, R. P. Dickson, T. J. Iwashyna, S. E. Gay, T. S. Valley, *Racial bias in pulse oximetry measurement*, New England Journal of Medicine 383(25), 2020, 2477–2478.
# - US Food and Drug Administration, *Pulse oximeters: premarket notification submissions [510(k)s]. Guidance for industry and FDA staff*, 4 March 2013 (the study of accuracy).
# - L. Sweeney, *Simple demographics often identify people uniquely*, Data Privacy Working Paper 3, Carnegie Mellon University, 2000.
# - P. Golle, *Revisiting the uniqueness of simple demographics in the US population*, Workshop on Privacy in the Electronic Society (WPES), 2006, 77–80.
# - L. Sweeney, *k-anonymity: a model for protecting privacy*, International Journal of Uncertainty, Fuzziness and Knowledge-Based Systems 10(5), 2002, 557–570 (with the medical records and the voters' list).
# - H. Lakkaraju, J. Kleinberg, J. Leskovec, J. Ludwig, S. Mullainathan, *The selective labels problem*, KDD 2017.
# - T. Gebru, J. Morgenstern, B. Vecchione, J. W. Vaughan, H. Wallach, H. Daumé III, K. Crawford, *Datasheets for datasets*, Communications of the ACM 64(12), 2021, 86–92.
# - Data minimisation: Regulation (EU) 2016/679 (GDPR), Article 5(1)(c).
# - The interval of a share: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the American Statistical Association 22, 1927, 209–212.
