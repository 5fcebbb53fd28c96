# %% [markdown]
# # 07 · Explain
#
# **35 minutes** · Previous: [06 · Predict](06_predict.ipynb) · Next: [08 · Mitigate](08_mitigate.ipynb) · [Glossary](glossary.md)
#
# A gap was found, or a person asks why. Where does it come from? Some [models](glossary.md#model) can be read like a sum. For the others there are ways to ask them, and
# each way answers its own question.
#
# ## Objectives
#
# After this lesson you can
#
# - find where two groups are treated differently, and which [features](glossary.md#feature) carry it;
# - compute a [Shapley value](glossary.md#shapley-value) by hand, and say what it shares out and between whom;
# - compute a [partial dependence](glossary.md#partial-dependence), and say which people it asks about that do not exist;
# - find the smallest change that flips one decision, and say why it is *found* and never *the* smallest;
# - say what an explanation of a model does not explain.
#
# ## What to know first
#
# [Lesson 06](06_predict.ipynb): [contributions](glossary.md#contribution) of a model that is a sum, in [log-odds](glossary.md#log-odds), and
# [counterfactuals](glossary.md#counterfactual).

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell goes through the pipeline up to here. Two models learn from the same 800 rows, and neither reads the gender. The first is the
# *unconstrained* [logistic regression](glossary.md#logistic-regression) of lesson 06, a sum. The second is a *forest*: 100 decision trees, each
# grown on other rows, whose answers are averaged. It is no sum.

# %% tags=["start"]
import itertools
import math

import numpy as np
import pandas as pd
from IPython.display import display
from sklearn.ensemble import RandomForestClassifier

from edutools import (
    BiasDetector,
    Predict,
    Quiz,
    WhatIf,
    exercise,
    load_loans,
    review,
)
from edutools.bias.individual import explain
from edutools.course.pipeline import (
    FEATURES,
    as_table,
    assign_rows,
    train,
)

loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]
training = as_table(raw, raw)
test = as_table(loans[rows == "test"], raw)
unconstrained = train(training, strength=0)
forest = RandomForestClassifier(100, min_samples_leaf=20, random_state=0)
forest.fit(training[FEATURES], training["repaid"])


def score_by_sum(table):
    """The unconstrained model's score of each row, from 0 to 1."""
    return unconstrained.predict_proba(table[FEATURES])[:, 1]


def score_by_forest(table):
    """The forest's score of each row, from 0 to 1."""
    return forest.predict_proba(table[FEATURES])[:, 1]


CHOSEN = 293  # a row of the test: the woman of lesson 06
her = test.loc[CHOSEN, FEATURES].astype(float)
for name, score in {"sum": score_by_sum, "forest": score_by_forest}.items():
    right = ((score(test) >= 0.5) == (test["repaid"] == 1)).mean()
    print(
        f"{name}: {right:.3f} of the 200 decided rightly; her score {score(her.to_frame().T)[0]:.3f}"
    )

# %%
review("07_explain")

# %% [markdown]
# ## Why
#
# In November 2019 people wrote on Twitter that the new Apple Card gave women lower limits than men, in one much-read case a wife far less than
# her husband, although they shared their finances. Those who asked why got no answer that explained it. The New York State Department of
# Financial Services looked into it, at the records of about 400,000 applicants of the state, and reported in March 2021.
#
# It found no unlawful discrimination: women and men with similar credit characteristics generally had similar outcomes, and for every consumer who
# had complained to it, the decision could be explained. But nobody had explained it to *them*. Deficiencies in customer service and a perceived lack of
# transparency, the report says, undermined the trust of consumers in fair credit decisions.
#
# Two questions lie in this story, and they need two kinds of answer. *Are women treated differently, and through what?* is asked of many rows at once.
# *Why this decision about me, and what would change it?* is asked of one. A lender who can answer the first has not answered the second.

# %% [markdown]
# ## Learn
#
# ### Identify: is there a gap?
#
# `BiasDetector` takes a model and a table and measures what differs between groups, each with its
# [interval](glossary.md#confidence-interval). Here the sum, on the 200 [test rows](glossary.md#test-rows):

# %%
detector = BiasDetector(
    unconstrained, test, label="repaid", sensitive_features="gender"
)
found = detector.detect_bias().to_frame()
shown = ["metric", "value", "low", "high", "p_value"]
about_women = found[found["group"] == "woman"].set_index("short")
about_women.loc[["DPL", "DPPL", "RD"], shown].round(3)

# %% [markdown]
# Each value is men less women. The first line is about what people did: whether they repaid. Its interval holds 0. The others are about what the
# model decides. The share of women it accepts is smaller than the share of men by 0.219, and of those who repay it accepts fewer women too, by 0.138.
# So the decisions have a gap that cannot be seen in the [labels](glossary.md#label).
#
# ### Analyze: through what?
#
# It does not read the gender. Something that it reads must carry it.
#
# ### Predict

# %%
analysis = detector.analyze_bias()
carried = analysis.proxies[["feature", "auc", "low", "high"]].round(2)
Predict(
    "Which feature tells women from men best?",
    answer="economic_status",
    choices={
        "age": "Women and men of every age apply here.",
        "economic_status": "It is made of income and education, and a part of women's income "
        "is not written down.",
        "debt_ratio": "It tells a little.",
        "credit_history": "It hardly tells anything.",
    },
    reveal=carried,
    item="07_explain/which-proxy",
)

# %% [markdown]
# `auc` is how often a woman and a man drawn at random are ordered rightly by this feature alone; 0.5 is chance. A [proxy](glossary.md#proxy) must do
# two things to make a gap: tell the group, and count in the model. What each feature contributes to the [score](glossary.md#score), for women and for men:

# %%
parts = analysis.contributions
of_women = parts[parts["group"] == "woman"]
columns = ["feature", "contribution", "of_others", "difference", "low", "high"]
of_women[columns].round(2)

# %% [markdown]
# `economic_status` does both. It takes 1.06 off the log-odds of women in the mean and gives men 0.80. This says *through what* the gap comes into
# the score. It does not say *why* the income of women is written down lower: that is known from the people who collected it.
#
# ### A model that is no sum
#
# For the sum, a contribution is [coefficient](glossary.md#coefficient) × distance, and all of them add up. A forest has no coefficients. But it can be asked. Take some of
# her values and leave the others open: for what is open, put in the values of 100 people, one after the other, and take the mean score. That is what
# the known values are *worth*.

# %%
people = training[FEATURES].sample(100, random_state=0).reset_index(drop=True)


def worth(known, of=people):
    """Mean score of the forest where the features in `known` are hers and the others are those of people."""
    return score_by_forest(of.assign(**her[list(known)])).mean()


print(f"nothing known: {worth([]):.3f}")
print(f"economic_status known: {worth(['economic_status']):.3f}")
print(f"all known: {worth(FEATURES):.3f}, her score")

# %% [markdown]
# So `economic_status`, when it comes in first, takes off 0.088. What does it take off when it comes in last, with all the others known already?
#
# ### Predict

# %%
first = worth(["economic_status"]) - worth([])
others = [each for each in FEATURES if each != "economic_status"]
last = worth(FEATURES) - worth(others)
Predict(
    f"First in, economic_status adds {first:.3f} to her score. And last in?",
    answer=last,
    low=-0.6,
    high=0.2,
    reveal=f"{last:.3f}. What a feature adds depends on what is known already.",
    item="07_explain/last-in",
)

# %% [markdown]
# Neither of the two is *the* contribution. Shapley's proposal of 1953, for sharing out what players win together: let them come in in every order, and
# take the mean of what each adds. Four features have 24 orders.


# %%
def shapley(of=people):
    """What each feature adds in the mean of all orders in which they can come in."""
    known = {
        frozenset(each): worth(each, of)
        for size in range(5)
        for each in itertools.combinations(FEATURES, size)
    }
    shares = dict.fromkeys(FEATURES, 0.0)
    for order in itertools.permutations(FEATURES):
        for place, name in enumerate(order):
            after, before = frozenset(order[: place + 1]), frozenset(order[:place])
            shares[name] += (known[after] - known[before]) / math.factorial(4)
    return pd.Series(shares)


by_hand = shapley()
by_shap = explain(her, people, predict=score_by_forest)
table = pd.DataFrame(
    {"by hand": by_hand, "by shap": by_shap.contributions["contribution"]}
)
display(table.round(3))
print("alike:", np.allclose(table["by hand"], table["by shap"]))
print(f"{worth([]):.3f} + {by_hand.sum():.3f} = {worth(FEATURES):.3f}")

# %% [markdown]
# `shap` is the library for this ([SHAP](glossary.md#shap)); for ten features it asks 1,024 sets, for more it draws some of the sets. The shares add up to her score less
# the mean score of the people, always. And the people were chosen. Beside 100 women, the same score is shared out differently:

# %%
women = training[training["gender"] == "woman"][FEATURES]
women = women.sample(100, random_state=0).reset_index(drop=True)
pd.DataFrame(
    {
        "beside 100 people": by_hand,
        "beside 100 women": shapley(women),
    }
).round(3)

# %% [markdown]
# Beside 100 people, `economic_status` takes off 0.146; beside 100 women 0.095, as most women here have a low one. It is the same model, the same
# woman and the same method. Lesson 06 found it too: a contribution has a starting point, and somebody chose it.
#
# ### Partial dependence
#
# Another way to ask: write *one* value into everybody's row, all else as they have it, and take the mean score. Do so for value after value. That
# curve is the partial dependence. The same for one person alone is her own curve, the *individual conditional expectation*.

# %%
import matplotlib.pyplot as plt
from sklearn.inspection import partial_dependence

histories = np.arange(40.0, 91.0, 2.0)
curves = np.column_stack(
    [score_by_forest(training.assign(credit_history=each)) for each in histories]
)
own = score_by_forest(
    pd.DataFrame([her] * len(histories)).assign(credit_history=histories)
)
asked = training[FEATURES].astype(float)
by_sklearn = partial_dependence(
    forest,
    asked,
    ["credit_history"],
    response_method="predict_proba",
    method="brute",
    grid_resolution=10,
)
by_us = [
    score_by_forest(training.assign(credit_history=each)).mean()
    for each in by_sklearn["grid_values"][0]
]
print("as scikit-learn has it:", np.allclose(by_us, by_sklearn["average"][0]))

figure, axis = plt.subplots(figsize=(6, 3.2))
axis.plot(histories, curves[::40].T, color="0.75", linewidth=0.8)
axis.plot(histories, curves.mean(axis=0), color="black", label="mean of all")
axis.plot(histories, own, color="#0072b2", linewidth=2.5, label="she")
axis.axhline(0.5, linestyle="dashed", color="0.4")
axis.set(xlabel="credit history, points", ylabel="score", ylim=(0, 1))
axis.legend(loc="lower right")
plt.close(figure)
display(
    figure,
    metadata={
        "image/png": {
            "alt": "Twenty people's scores along their credit history as thin lines, which rise between 45 and 75 "
            "points at different heights; their mean rises from about 0.4 to about 0.75, and hers from about 0.2 to about 0.6."
        }
    },
)

# %% [markdown]
# On the mean curve, a credit history of 52 points is enough for 0.50. She has 58, and was refused.
#
# ### Predict

# %%
reached = float(histories[own >= 0.5][0])
Predict(
    "At which credit history, of 40, 42, … points, does her own curve reach 0.50?",
    answer=reached,
    low=40,
    high=90,
    unit="points",
    reveal=f"At {reached:.0f}. The mean curve reaches 0.50 at "
    f"{histories[curves.mean(axis=0) >= 0.5][0]:.0f}: it is nobody's own.",
    item="07_explain/her-own-curve",
)

# %% [markdown]
# A mean of curves hides that they differ. And it asks about people who do not exist: everybody with a credit history of 90, whatever else they have.
# How many of the 800 have 80 or more?

# %%
high = training["credit_history"] >= 80
print(f"{high.sum()} of {len(training)} have 80 points or more")
print(f"their mean debt ratio: {training.loc[high, 'debt_ratio'].mean():.2f}")
print(f"the mean debt ratio of all: {training['debt_ratio'].mean():.2f}")

# %% [markdown]
# The curve to the right of that was learnt from these few. Where features go together, most points of such a curve lie where nobody is.
#
# ### One applicant: what would flip it?
#
# For the sum, lesson 06 has computed the value that would do. A forest has to be searched: many changed rows are put to it, and the nearest that is
# decided otherwise is kept. *Near* needs a distance: here each difference in standard deviations, the squares added, and the root. And somebody must say
# what may change at all. An age may not.

# %%
flip = explain(
    her,
    training[FEATURES],
    predict=score_by_forest,
    changeable=["debt_ratio", "credit_history"],
)
flip

# %% [markdown]
# Of one feature alone, the debt ratio would have to fall from 0.383 to 0.345. Of both together, less of each is enough. That this change flips the decision is
# certain: the forest was asked. That there is no smaller one is not: nobody looked everywhere. And a bank that tells her '0.345' has told her about its
# model. It has promised nothing, and it does not know whether she would then be likelier to repay.

# %% [markdown]
# ## See
#
# Her row, and every question of this lesson at once. This is the sum, which your browser can compute by itself.
#
# ### Predict
#
# Below, the smallest change found for the sum is a little less debt and two points more of credit history. Would the forest approve her after it?

# %%
what_if = WhatIf.from_estimator(
    unconstrained,
    training,
    row=test.loc[CHOSEN, FEATURES],
    sensitive_features=training["gender"],
    group="woman",
    changeable=["debt_ratio", "credit_history"],
    feature="credit_history",
    label_names=["would default", "would repay"],
)
moved = her.to_frame().T.assign(**what_if.smallest_change)
after = {"sum": score_by_sum(moved)[0], "forest": score_by_forest(moved)[0]}
Predict(
    "The smallest change that makes the sum approve her: what does the forest say of it?",
    answer="refused",
    choices={
        "approved": "Both models learnt from the same rows.",
        "refused": "A change is about one model. Whoever takes another takes another line.",
    },
    reveal=", ".join(f"{name}: {score:.3f}" for name, score in after.items()),
    item="07_explain/other-models-change",
)

# %%
what_if

# %% [markdown]
# Five things to try:
#
# 1. Press *Make this change*. Which numbers are as you expected, and what is now the smallest change back?
# 2. Press *As given*, and move one feature after another. Which bars grow, and which curve rises?
# 3. Tick *may change* for `age`. Does the smallest change get smaller? Who gains by that?
# 4. Under *Along*, choose `debt_ratio`. Is her line above or below the mean of the people?
# 5. Press *man*. What changes, and what does that show? (Lesson 06 knows.)
#
# The forest is asked by the same widget, through the kernel: the score comes first, the rest a moment later. Its bars are quick ones, the score less
# the score with that one feature at its mean, so they differ from the Shapley values of *Learn*, and they need not add up.

# %%
by_forest = WhatIf.from_estimator(
    forest,
    training,
    row=test.loc[CHOSEN, FEATURES],
    changeable=["debt_ratio", "credit_history"],
    feature="credit_history",
)
by_forest

# %% [markdown]
# ## Try
#
# ### Exercise 1
#
# Two features, and what is known is worth this much:

# %%
game = {"nothing": 0.60, "income": 0.40, "debt": 0.50, "both": 0.20}
for known, mean_score in game.items():
    print(f"{known} known: a mean score of {mean_score:.2f}")

# %%
share_task = exercise("07_explain/share-of-income", worth=game)
share_task

# %% [markdown]
# Two orders, so two numbers and their mean. Replace the dots.

# %%
first_in = game["income"] - game["nothing"]
last_in = ...  # what income adds when the debt is known already
answer = ...  # the mean of the two
share_task.check(answer)

# %% [markdown]
# `share_task.hint()` gives one step at a time; `share_task.solution()` shows one way.
#
# ### Exercise 2

# %%
curve_task = exercise(
    "07_explain/point-of-a-curve", model=forest, people=training[FEATURES]
)
curve_task

# %%
written = ...  # a copy of the people in which every debt_ratio is 0.30
answer = ...  # the mean of the model's scores of these rows
curve_task.check(answer)

# %% [markdown]
# ## Challenge
#
# Another applicant whom the forest refuses, and a blank cell.
#
# ### Exercise 3

# %%
other = test.loc[[579], FEATURES]
flip_task = exercise(
    "07_explain/history-that-would-do", model=forest, applicant=other
)
flip_task

# %% [markdown]
# Her row, and a first idea of where to look:

# %%
display(other.round(3))
for points in (45.0, 65.0, 85.0):
    tried = score_by_forest(other.assign(credit_history=points))[0]
    print(f"credit history {points:.0f}: score {tried:.3f}")

# %%
answer = ...  # replace the three dots
flip_task.check(answer)

# %% [markdown]
# ## Project
#
# Explain one decision of a model of yours. Change the lines marked with an arrow.

# %%
model = forest  # ← yours, fitted, with predict_proba
table = training[FEATURES]  # ← the rows that it was fitted on, its features alone
person = test.loc[127, FEATURES]  # ← one row of the same features
may_change = ["debt_ratio", "credit_history"]  # ← what this person could change

mine = explain(
    person,
    table,
    predict=lambda each: model.predict_proba(each)[:, 1],
    model=model,
    changeable=may_change,
)
mine

# %% [markdown]
# Then write down, for somebody who is not in the room:
#
# - Beside whom were the contributions measured, and who chose that?
# - Which of the features that may change does the person really have in hand, and how long would it take?
# - Whose rows were shown while you explained? The nearest people are people: their values stay out unless `include_rows=True` asks for them.
# - What would you have to know to say that the change would *help* the person, and not only the score?

# %% [markdown]
# ## Recall

# %%
Quiz("07_explain", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("07_explain")

# %% [markdown]
# ## Cost
#
# ### How much chance is in a share
#
# The people beside whom she was measured were 100 of the 800. Draw another 100, five times:

# %%
draws = {}
for seed in range(1, 6):
    others_drawn = training[FEATURES].sample(100, random_state=seed)
    draws[f"draw {seed}"] = explain(
        her, others_drawn, predict=score_by_forest
    ).contributions["contribution"]
pd.DataFrame(draws).round(3)

# %% [markdown]
# `economic_status` comes first in all five. But it takes off 0.128 in one and 0.216 in another, and of the next two now one is larger, now the
# other. And all of this is about one forest. Another 800 rows would grow another.
#
# ### What 200 rows cannot tell
#
# With 200 test rows the gap between women and men had an interval of about ± 0.13. To say which *feature* makes it, the rows of each group must be enough by themselves:

# %%
measured = BiasDetector(
    unconstrained, test, label="repaid", sensitive_features="gender"
).analyze_bias()
by_feature = measured.contributions.query("group == 'woman'")
by_feature[["feature", "difference", "low", "high"]].round(2)

# %% [markdown]
# Only the interval of `economic_status` leaves out 0. What the others add to the gap, these rows cannot tell.
#
# ### Time and memory
#
# A sum is explained by one multiplication a feature. A forest has to be asked, and the sets of known features double with each feature:

# %%
for features in (4, 10, 20):
    asked_rows = 2**features * 100
    print(
        f"{features} features: {2**features:,} sets, {asked_rows:,} rows to score"
    )

# %% [markdown]
# That is for one person. Beyond about ten features the sets are drawn, and the shares become estimates.

# %% [markdown]
# ## Map
#
# | 01 to 03 Data | 04 Train | 05 Evaluate | 06 Predict | **07 Explain** | 08 Mitigate |
# |---|---|---|---|---|---|
#
# **What comes in:** a trained model, people beside whom it is measured, and a question: about groups, or about one person. **What leaks:** an
# explanation carries people with it. The nearest person decided otherwise *is* somebody; here are her distance and what she differs in, and her
# values stay out:

# %%
answered = explain(her, training[FEATURES], predict=score_by_forest)
for one in answered.to_dict()["nearest"][:3]:
    print(one)

# %% [markdown]
# And what explains a decision explains the *model*. If the labels are biased, the explanation is right about a model that is wrong.
#
# **What goes out:** what carries the gap, which is where [lesson 08](08_mitigate.ipynb) begins; reasons and a change for one person, with the
# starting point and the features that might change beside them.
#
# ## Key insight
#
# > Every explanation answers a question that somebody chose: beside whom, along which feature, changing what. Say the question with the answer; the same model and the same person give another answer to another one.
#
# ## Sources
#
# - New York State Department of Financial Services, *Report on Apple Card Investigation*, March 2021, and its press release of 23 March 2021.
# - L. S. Shapley, *A value for n-person games*, in: Contributions to the Theory of Games II, Princeton University Press, 1953, 307–317.
# - S. M. Lundberg, S.-I. Lee, *A unified approach to interpreting model predictions*, NeurIPS 2017.
# - J. H. Friedman, *Greedy function approximation: a gradient boosting machine*, The Annals of Statistics 29(5), 2001, 1189–1232 (partial dependence).
# - A. Goldstein, A. Kapelner, J. Bleich, E. Pitkin, *Peeking inside the black box: visualizing statistical learning with plots of individual conditional expectation*, Journal of Computational and Graphical
#   Statistics 24(1), 2015, 44–65.
# - S. Wachter, B. Mittelstadt, C. Russell, *Counterfactual explanations without opening the black box: automated decisions and the GDPR*, Harvard Journal of Law & Technology 31(2), 2018, 841–887.
# - Why what may change has to be said: S. Barocas, A. D. Selbst, M. Raghavan, *The hidden assumptions behind counterfactual explanations and principal reasons*, FAT* 2020, 80–89.
