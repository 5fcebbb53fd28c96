# %% [markdown]
# # 08 · Mitigate
#
# **30 minutes** · Previous: [07 · Explain](07_explain.ipynb) · Next: [09 · Document](09_document.ipynb) · [Glossary](glossary.md)
#
# A gap was found, and where it comes from. Now something is to be done about it. There are many methods for that, each with a name that promises much. This lesson
# tries eleven of them on one [model](glossary.md#model), and finds that some help, some cost, some do nothing here, and one makes it worse.
#
# ## Objectives
#
# After this lesson you can
#
# - say where a method works: on the data before training, on the model in training, or on the decisions after it;
# - compute the weight that [reweighing](glossary.md#reweighing) gives a row, and say when such weights change nothing;
# - say what a method needs to know of a person when it decides, and why that matters;
# - compare methods by what they do to a gap **and** by their price, each with its interval;
# - explain why a method that helped elsewhere does not help here.
#
# ## What to know first
#
# [Lesson 05](05_evaluate.ipynb): rates, gaps and their intervals. [Lesson 03](03_engineer_features.ipynb) is where the gap of these data comes from.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell loads the applicants and trains a plain [logistic regression](glossary.md#logistic-regression) on the 800
# [training rows](glossary.md#training-rows). It reads four [features](glossary.md#feature), and not the gender. `judged` says what a model does to 100,000 fresh applicants: so many that chance hardly plays a part. `acceptance` in it is each one's chance of approval: 0 or 1, or between where a method draws lots.

# %% tags=["start"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import (
    Predict,
    Quiz,
    ThresholdCounts,
    exercise,
    load_loans,
    make_loans,
    review,
)
from edutools.bias.mitigate import METHODS, acceptance, compare, mitigate
from edutools.course.pipeline import FEATURES, as_table, assign_rows

loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]
training = as_table(raw, raw)
test = as_table(loans[rows == "test"], raw)
X, y, gender = training[FEATURES], training["repaid"], training["gender"]

fresh = make_loans(100_000, seed=1)
many = as_table(fresh, raw)


def judged(model, table, features=FEATURES):
    """Who is approved, the gap between women and men, and the accuracy."""
    chance = acceptance(model, table[features], sensitive_features=table["gender"])
    approved = pd.Series(chance).groupby(table["gender"].to_numpy()).mean()
    right = np.where(table["repaid"] == 1, chance, 1 - chance).mean()
    return {
        "women approved": approved["woman"],
        "men approved": approved["man"],
        "gap": abs(approved["man"] - approved["woman"]),
        "accuracy": right,
    }


plain = make_pipeline(StandardScaler(), LogisticRegression())
as_it_is = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
pd.DataFrame({"as it is": judged(as_it_is, many)}).T.round(3)

# %% [markdown]
# First, what you may be about to forget. Where nothing is due, the next cell says so.

# %%
review("08_mitigate")

# %% [markdown]
# ## Why
#
# Upstart is a company whose models give [scores](glossary.md#score) to people who apply for loans from banks in the United States. They read more than lenders used to, such as a person's education. In 2020, after two organisations had
# raised concerns about that, the company agreed to be examined: a law firm, Relman Colfax, became its fair-lending monitor and published four reports, the last of them in 2024.
#
# What the monitor found is the subject of this lesson. It found *no* quantitative evidence that single columns stood in for a protected group: there was no [proxy](glossary.md#proxy) to throw out.
# And yet Black applicants were approved less often. So it did what you will do here: it looked for another model. It found what it believed would likely have been
# a viable [less discriminatory alternative](glossary.md#less-discriminatory-alternative), one that serves the same purpose with fewer disparities.
#
# Then came the question of the price. An alternative is hardly ever exactly as good. How much less is too much, and how is that measured? The company, which had changed its model before the analysis was complete, and the two organisations did not agree;
# the last report ends with that impasse. And while such a question stays open, loans go on being granted and refused.
#
# So two numbers are needed, never one: what a method does to the gap, and what it costs. And both need an interval, or the quarrel is about noise. Here is our gap once more, on the 200
# [test rows](glossary.md#test-rows) that a bank would have, and among 100,000:

# %%
pd.DataFrame(
    {
        f"{len(table):,} applicants": judged(as_it_is, table)
        for table in (test, many)
    }
).T.round(3)

# %% [markdown]
# ## Learn
#
# ### Three places
#
# A model is made from data, by training, for decisions. A method can step in at each of the three. These are the ones that come with `edutools`:

# %%
pd.DataFrame(
    {
        method.label: {
            "works": f"{method.stage} training",
            "to decide, the group is": (
                "needed" if "groups" in method.needs else "not needed"
            ),
        }
        for method in METHODS.values()
    }
).T

# %% [markdown]
# The last column is not a detail. A lender who wants to use a method that needs the group must know it of each applicant, and decide by it. In the United States the law
# on credit forbids both in most cases ([lesson 05](05_evaluate.ipynb) names it); elsewhere it differs. So the best method may be one that must not be used.
#
# `mitigate(name, estimator, X, y, groups)` trains a clone of your estimator and gives back a model; the estimator itself is left alone.
#
# ### Before training: weights
#
# *Reweighing* (Kamiran and Calders 2012) gives each row a weight, so that in the weighted table the [label](glossary.md#label) tells nothing of the group:
#
# $$ w = \frac{P(\text{group}) \cdot P(\text{label})}{P(\text{group and label})} $$
#
# Above the line stands how often the pair would occur if group and label were independent, below how often it does.

# %%
kinds = pd.crosstab(gender, y)
independent = np.outer(kinds.sum(axis="columns"), kinds.sum(axis="index")) / len(
    training
)
weights = (independent / kinds).rename(columns={0: "defaulted", 1: "repaid"})
weights.round(2)

# %% [markdown]
# Women who repaid count a little more, men who repaid a little less.
#
# ### Predict
#
# The gap among the 100,000 was 0.130. What is it after a training with these weights?

# %%
reweighed = mitigate("reweighing", plain, X, y, gender)
after = judged(reweighed, many)
Predict(
    "The gap was 0.130. What is it after reweighing?",
    answer=after["gap"],
    low=0,
    high=0.2,
    reveal=f"It is {after['gap']:.3f}: practically what it was.",
    item="08_mitigate/after-reweighing",
)

# %% [markdown]
# Nothing happens, and that is no bug. All four weights are close to 1, because women and men in these data repay nearly alike: there is hardly anything to balance. This gap does not come from
# the labels. A part of women's *income* is missing from the records ([measurement error](glossary.md#measurement-error)), and no weight of a row can put it back. Over-sampling, under-sampling and synthetic rows
# do by drawing or making up rows what reweighing does by weights, so they fail here for the same reason.
#
# Elsewhere they do help. In another town women do repay less often, and the bank's model reads the gender. Weights, and the gap without and with them:

# %%
town = {"repayment_gap": 2.0}
there = make_loans(1_000, seed=5, **town)


def with_gender(people):
    """The same features, and the gender as a number."""
    table = as_table(people, there)
    return table.assign(woman=(table["gender"] == "woman").astype(int))


seen = [*FEATURES, "woman"]
learnt = with_gender(there)
others = with_gender(make_loans(50_000, seed=6, **town))
given = learnt[seen], learnt["repaid"], learnt["gender"]
counted = pd.crosstab(learnt["gender"], learnt["repaid"])
there_independent = np.outer(
    counted.sum(axis="columns"), counted.sum(axis="index")
) / len(learnt)
display((there_independent / counted).round(2))
without = make_pipeline(StandardScaler(), LogisticRegression()).fit(*given[:2])
pd.DataFrame(
    {
        "as it is": judged(without, others, seen),
        "reweighing": judged(mitigate("reweighing", plain, *given), others, seen),
    }
).T.round(3)

# %% [markdown]
# There the gap gets smaller, because it came from the labels and the model could see the group. And the price is there too: fewer of the decisions are right, since in that town the labels are the truth. A method is made for a
# cause. Whether it helps depends on whether the cause is yours.
#
# ### Before training: without the proxy
#
# "Just drop the column." The course's pipeline did drop one, `contact_preference`. What if it had not? Here is how women and men answer, and then a model that reads the answer:

# %%
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder

reading = [*FEATURES, "contact_preference"]
with_column = training.assign(contact_preference=raw["contact_preference"])
many_with_column = many.assign(contact_preference=fresh["contact_preference"])
reader = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(), ["contact_preference"]), remainder=StandardScaler()
    ),
    LogisticRegression(),
)
reader.fit(with_column[reading], y)
display(
    pd.crosstab(gender, with_column["contact_preference"], normalize="index").round(
        2
    )
)
gap_with_column = judged(reader, many_with_column, reading)["gap"]
print(f"gap of the model that reads the column: {gap_with_column:.3f}")

# %% [markdown]
# The column tells a woman from a man almost surely: a textbook proxy.
#
# ### Predict
#
# With it the gap is 0.075. What is the gap after it has been dropped?

# %%
dropped = mitigate(
    "drop_proxy",
    reader,
    with_column[reading],
    y,
    gender,
    columns="contact_preference",
)
after_dropping = judged(dropped, many_with_column, reading)
Predict(
    "The gap was 0.075. What is it without the proxy?",
    answer=after_dropping["gap"],
    low=0,
    high=0.2,
    reveal=f"It is {after_dropping['gap']:.3f}: dropping the proxy made it wider.",
    item="08_mitigate/without-the-proxy",
)

# %% [markdown]
# Wider! The model had used the column *for* women: people who answer as most women do repay more often than their written income says, since a part of it is missing. Not to see the group does not mean
# to treat it alike. Had the labels been biased against women, the same column would have been used against them, and dropping it would have helped. You cannot know from the column's name; you have to measure.
#
# ### In training: a price on the gap
#
# The fair logistic regression of [lesson 04](04_train.ipynb) pays a [penalty](glossary.md#penalty) for a gap in mean score. The `strength` says how high it is:

# %%
strengths = {}
for strength in (0, 1, 5, 20, 50):
    model = mitigate(
        "fair_logistic_regression", plain, X, y, gender, strength=strength
    )
    strengths[strength] = judged(model, many)
pd.DataFrame(strengths).T.rename_axis("strength").round(3)

# %% [markdown]
# A dial with two scales: the gap goes down to almost nothing, and the [accuracy](glossary.md#accuracy) from 0.905 to 0.851. The model is not told the gender when it decides. The only thing it can do is to look away from the income, and for men the income was
# right.
#
# ### After training: a threshold for each group
#
# The last place leaves the model alone. Each group gets a [threshold](glossary.md#threshold) of its own, so that the [selection rates](glossary.md#selection-rate) meet, chosen on scores of rows that the model had not seen.

# %%
by_group = mitigate("thresholds", plain, X, y, gender)
print(
    "thresholds:", {name: round(t, 2) for name, t in by_group.thresholds_.items()}
)
repaired = mitigate("repair_proxy", plain, X, y, gender)
pd.DataFrame(
    {
        "as it is": judged(as_it_is, many),
        "a threshold for each group": judged(by_group, many),
        "columns repaired by group": judged(repaired, many),
    }
).T.round(3)

# %% [markdown]
# Two surprises. The gap does not vanish: the thresholds were chosen on 800 rows, and hold less exactly for others. And the accuracy does not fall, it rises. The third line, which gives every
# column of numbers the same distribution in both groups (Feldman and others 2015), gains still more. Both may look at the gender, so they can give back to women what the records lack. Where a gap comes from a wrong measurement, closing it can make a
# model *better*; the models that cannot look have to pay instead.
#
# ## See
#
# All of them side by side, on the training rows: each method is trained on four fifths of them and judged on the last fifth, five times. (One is left out here, since it takes the longest: `exponentiated_gradient`.)

# %%
chosen = [name for name in METHODS if name != "exponentiated_gradient"]
found = compare(
    plain,
    X,
    y,
    gender,
    methods=chosen,
    parameters={"drop_proxy": {"columns": "economic_status"}},
    profit=(300, 700),
    progress=False,
)
found.widget()

# %% [markdown]
# 1. Where do the points 1 to 4 lie, and why so close to 0?
# 2. Which points lie left of 0 and not below it? Which lie left *and* below? Look at what each needs to decide.
# 3. Open *Thresholds per group*. How many women were refused before who would repay (`fn`), how many after? And men?
# 4. Press *[precision](glossary.md#precision)*, then *[true positive rate](glossary.md#true-positive-rate)*. Does the order of the methods stay?
# 5. How many of the changes "may be none at all"?
#
# ## Try
#
# Weights by hand, from these counts of the training rows:

# %%
pd.crosstab(gender, y, margins=True)

# %% [markdown]
# ### Exercise 1

# %%
weight_task = exercise("08_mitigate/weight-by-hand", table=training)
weight_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
is_woman, has_repaid = training["gender"] == "woman", training["repaid"] == 1
if_independent = ...  # the share of women, times the share who repaid
as_it_occurs = ...  # the share of rows that are both
answer = ...  # one divided by the other
weight_task.check(answer)

# %% [markdown]
# `weight_task.hint()` gives one step at a time; `weight_task.solution()` shows one way.
#
# ## Challenge
#
# After training, by hand, and from a blank cell. These are the counts of the 200 test rows at every threshold, and the selection rates at 0.50:

# %%
counts = ThresholdCounts.from_estimator(
    as_it_is, test[FEATURES], test["repaid"], sensitive_features=test["gender"]
)
at_half = counts.at(0.5)
for place, name in enumerate(at_half.groups):
    approved = at_half.tp[place] + at_half.fp[place]
    everyone = approved + at_half.fn[place] + at_half.tn[place]
    print(f"{name}: {approved} of {everyone} approved, {approved / everyone:.3f}")

# %% [markdown]
# ### Exercise 2

# %%
threshold_task = exercise("08_mitigate/threshold-for-women", counts=counts)
threshold_task

# %%
answer = ...  # replace the three dots
threshold_task.check(answer)

# %% [markdown]
# ## Project
#
# Your own model. Change the lines with an arrow: a table, the columns the model may read, the label, the group, and an estimator as scikit-learn has them. What does not apply to your
# estimator stands in the table with its reason. (Where you have a `BiasDetector`, its `compare_mitigations()` does the same.)

# %%
table = training  # ← yours
features, label, group = FEATURES, "repaid", "gender"  # ← yours
estimator = plain  # ← yours
methods = ["reweighing", "repair_proxy", "fair_logistic_regression", "thresholds"]

mine = compare(
    estimator,
    table[features],
    table[label],
    table[group],
    methods=methods,
    criterion="equal_opportunity",
    progress=False,
)
columns = ["gap", "gap_change", "gap_change_low", "gap_change_high"]
prices = ["accuracy_change", "accuracy_change_low", "accuracy_change_high"]
mine.to_frame()[[*columns, *prices, "reason"]].round(3)

# %% [markdown]
# Then answer in writing, for whoever uses the model:
#
# - Where does the gap come from: labels, measurement, who was asked, or a true difference? Which methods are made for that?
# - Which method may you use, if it needs the group to decide?
# - What does it cost, whom, and does the interval of the gain exclude 0?
# - Who is refused now who was approved before? Would you tell them why?
#
# ## Recall

# %%
Quiz("08_mitigate", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("08_mitigate")

# %% [markdown]
# ## Cost
#
# ### Who pays
#
# A price in accuracy is a price that somebody pays. Among the 100,000, whose decision is another one than before?

# %%
before = acceptance(as_it_is, many[FEATURES])
models = {
    METHODS[name].label: mitigate(name, plain, X, y, gender)
    for name in ("fair_logistic_regression", "thresholds", "repair_proxy")
}
moved = {}
for name, model in models.items():
    now = acceptance(model, many[FEATURES], sensitive_features=many["gender"])
    for person in ("woman", "man"):
        of = (many["gender"] == person).to_numpy()
        good = (many["repaid"] == 1).to_numpy()
        up, down = of & (now > before), of & (now < before)
        moved[f"{name}: {person}"] = {
            "newly approved": up.sum(),
            "of these would repay": (up & good).sum(),
            "newly refused": down.sum(),
            "of these would have repaid": (down & good).sum(),
        }
pd.DataFrame(moved).T

# %% [markdown]
# Read the last column first. With the fair logistic regression, thousands of men and hundreds of women are newly refused who would have repaid, and of the women who are newly approved more than half would [default](glossary.md#default): it looks away from the income, and so it errs about everybody. The
# other two refuse men, about half of whom would have repaid, and approve women, most of whom do repay.
#
# ### What 200 rows cannot tell
#
# A bank that has 200 test rows measures the gap before and after on these. Five hundred such banks, one model, thresholds per group:

# %%
is_woman = (many["gender"] == "woman").to_numpy()
acceptance_before = acceptance(as_it_is, many[FEATURES])
by_group = mitigate("thresholds", plain, X, y, gender)
after_thresholds = acceptance(
    by_group, many[FEATURES], sensitive_features=many["gender"]
)
dice = np.random.default_rng(0)
falls = []
for _ in range(500):
    sample = dice.choice(len(many), size=200, replace=False)
    women, men = sample[is_woman[sample]], sample[~is_woman[sample]]
    gaps = [
        abs(each[men].mean() - each[women].mean())
        for each in (acceptance_before, after_thresholds)
    ]
    falls.append(gaps[0] - gaps[1])
low, high = np.quantile(falls, [0.025, 0.975])
truth = judged(as_it_is, many)["gap"] - judged(by_group, many)["gap"]
figure, axes = plt.subplots(figsize=(7, 2.4))
axes.hist(falls, bins=25, color="#0072b2")
axes.axvline(truth, color="#b84a00", linewidth=2)
axes.set(xlabel="by how much the gap fell, as 200 rows report it", ylabel="banks")
axes.spines[["top", "right"]].set_visible(False)
in_words = (
    f"Histogram of 500 reported falls of the gap, 95 of 100 between {low:.2f} and "
    f"{high:.2f}; a line marks the fall among 100,000 people, {truth:.3f}."
)
display(figure, metadata={"image/png": {"alt": in_words}})
plt.close(figure)
print(in_words)
print(f"banks whose gap seems to have grown: {np.mean(np.array(falls) < 0):.1%}")

# %% [markdown]
# The same method, the same model, and nearly one bank in four would report that it did harm. Over [50 splits](measurements.md) of these and of real data, with tables for every method and gap, the picture is steadier.
#
# ### Time
#
# Weights cost nothing, and what trains dozens of models costs dozens of times as much:

# %%
import time

taken = {}
for name in ("reweighing", "fair_logistic_regression", "thresholds", "grid_search"):
    started = time.perf_counter()
    mitigate(name, plain, X, y, gender)
    taken[name] = time.perf_counter() - started
print("grid search took more than three times as long as reweighing:")
print("  ", taken["grid_search"] > 3 * taken["reweighing"])

# %% [markdown]
# ## Map
#
# | 01 Collect | 02 Preprocess | 03 Engineer features | 04 Train | 05 Evaluate | 06 Predict | 07 Explain | **08 Mitigate** | 09 Document | 10 Monitor |
# |---|---|---|---|---|---|---|---|---|---|
#
# **What comes in:** a model, its training rows, and a finding with a cause. **Where it steps in:** at 02 and 03 (data), at 04 (training) or at 06 (decisions). Best of all is 01: to record the income as it is. No method here
# replaces that.
#
# **What leaks in:** thresholds that are chosen on the very scores the model learnt from. A [forest](https://scikit-learn.org/stable/modules/ensemble.html#forest) knows its training rows nearly by heart, so almost any threshold looks well there. With `cv=None` they are chosen
# on such scores; by default on scores of rows held out:

# %%
from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(50, random_state=0)
leaks = {}
for name, cv in {"on rows it had learnt": None, "on rows held out": 5}.items():
    model = mitigate("thresholds", forest, X, y, gender, cv=cv)
    leaks[f"chosen {name}"] = {
        "gap among its training rows": judged(model, training)["gap"],
        "gap among 100,000 others": judged(model, many)["gap"],
    }
pd.DataFrame(leaks).T.round(3)

# %% [markdown]
# The first line promises much, and keeps little. **What goes out:** a new model with its gap, its price, and both intervals. It has to be judged, documented ([09](09_document.ipynb)) and watched ([10](10_monitor.ipynb)) as the first one was.
#
# ## Key insight
#
# > A method is made for a cause: it helps where that cause is yours, does nothing where it is not, and can do harm. So measure the gap before and after, on rows held out, and say beside it what it costs and whom.
#
# ## Sources
#
# - Relman Colfax PLLC, *Fair lending monitorship of Upstart Network's lending model*: initial report (April 2021), second (November 2021), third (September 2022), fourth and final (March 2024), relmanlaw.com.
# - F. Kamiran, T. Calders, *Data preprocessing techniques for classification without discrimination*, Knowledge and Information Systems 33(1), 2012.
# - M. Feldman, S. A. Friedler, J. Moeller, C. Scheidegger, S. Venkatasubramanian, *Certifying and removing disparate impact*, KDD 2015.
# - N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, *SMOTE: synthetic minority over-sampling technique*, Journal of Artificial Intelligence Research 16, 2002.
# - A. Agarwal, A. Beygelzimer, M. Dudík, J. Langford, H. Wallach, *A reductions approach to fair classification*, ICML 2018.
# - M. Hardt, E. Price, N. Srebro, *Equality of opportunity in supervised learning*, NeurIPS 2016.
# - The interval of a change over folds: C. Nadeau, Y. Bengio, *Inference for the generalization error*, Machine Learning 52(3), 2003.
# - Equal Credit Opportunity Act, 15 U.S.C. § 1691; Regulation B, 12 CFR 1002.4 and 1002.5.
