# %% [markdown]
# # 04 · Train
#
# **35 minutes** · Previous: [03 · Engineer features](03_engineer_features.ipynb) · Next: [05 · Evaluate](05_evaluate.ipynb) · [Glossary](glossary.md)
#
# A table of 800 people goes in, a [model](glossary.md#model) comes out. What happens in between, step by step? And what does it do to a model if it has to pay for every gap between women and men?
#
# ## Objectives
#
# After this lesson you can
#
# - compute a [log-loss](glossary.md#log-loss) by hand, and say why a model that has learnt nothing has one of ln 2;
# - take a step against the slope, and say what an [epoch](glossary.md#epoch) is;
# - say what a [fairness constraint](glossary.md#fairness-constraint) adds to what training makes small, and what its strength buys;
# - tell a gap that a constraint can mend from one that it can only pay for;
# - read a trace of training, with its intervals.
#
# ## What to know first
#
# [Lesson 03](03_engineer_features.ipynb): where the [features](glossary.md#feature) come from. A little Python; logarithms.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell begins where lesson 03 ended: 800 [training rows](glossary.md#training-rows) of six columns. The model will read four of them. `repaid` is the
# [label](glossary.md#label), what it is to foretell; `gender` it never reads. Two models are trained on these rows, five epochs each: one has a fairness constraint, the other has none.
# `judged` counts what a model decides.

# %% tags=["start"]
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from edutools import (
    FairLogisticRegression,
    Predict,
    Quiz,
    ThresholdCounts,
    TrainingTrace,
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
    balancing_weights,
    preprocess,
    train,
)


def judged(model, table, columns=FEATURES):
    """The four cells of each gender, at a threshold of 0.5."""
    return ThresholdCounts.from_estimator(
        model,
        table[columns],
        table["repaid"],
        sensitive_features=table["gender"],
    ).at(0.5)


def with_interval(value, limits):
    return f"{value:.3f} ({limits[0]:.3f} to {limits[1]:.3f})"


loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]
training = as_table(raw, raw)
test = as_table(loans[rows == "test"], raw)

unconstrained = train(training, strength=0, epochs=5)
constrained = train(training, strength=50, epochs=5)

print(f"to train on: {training.shape}; to judge by: {test.shape}")
print(f"the model reads: {', '.join(FEATURES)}")

# %% [markdown]
# First, what you may be about to forget. Where nothing is due, the next cell says so.

# %%
review("04_train")

# %% [markdown]
# ## Why
#
# In 2014 a team at Amazon began to build programs that read the résumés of people who applied for a job, and gave them one to five stars. They were trained on the résumés that the
# company had been sent in ten years. Most had come from men. By 2015 the team knew that the program did not rate women and men alike for technical jobs: it had taught itself that men were
# preferable. It marked a résumé down for the word “women's”, as in “women's chess club captain”, and it marked down the graduates of two women's colleges. The team made it
# blind to these words. But nobody could promise that it would not find others, and in the end the project was given up. The company says that its recruiters never judged
# anybody by it. Reuters reported this on 10 October 2018.
#
# Nobody had written that rule. It was *learnt* from the past. You can watch that happen. Among 20,000 simulated applicants women and men repay alike, but the
# officers of the past took something off every woman's [score](glossary.md#score). One model is trained to foretell the officers' decisions, another to foretell repayment. Neither is shown the gender. Both see how
# people like to be contacted, which no decision should depend on. What a model learns is a weight for each column (a [coefficient](glossary.md#coefficient)): above 0 the column raises the score, below 0 it lowers it.

# %%
past = make_loans(20_000, past_decision=True, income_error=0)
known = preprocess(past, learn_from=past)
read = pd.get_dummies(
    known[["age", "income", "debt_ratio", "credit_history", "contact_preference"]],
    dtype=float,
)
read = (read - read.mean()) / read.std()
learnt_from_the_past = {}
for label in ("past_decision", "repaid"):
    model = FairLogisticRegression().fit(read, past[label])
    weights = pd.Series(model.coef_[0], read.columns)
    approved = pd.Series(model.predict(read), past.index)
    of_each = approved.groupby(past["gender"]).mean()
    learnt_from_the_past[f"trained on {label}"] = {
        "weight of 'app'": weights["contact_preference_app"],
        "weight of 'phone'": weights["contact_preference_phone"],
        "women it approves": of_each["woman"],
        "men it approves": of_each["man"],
    }
women_with_app = (known.loc[known["contact_preference"] == "app", "gender"]).eq(
    "woman"
)
print(f"women, of those who prefer the app: {women_with_app.mean():.0%}")
past_by_gender = past.groupby("gender")[["repaid", "past_decision"]].mean()
display(past_by_gender.round(3))
pd.DataFrame(learnt_from_the_past).T.round(2)

# %% [markdown]
# The model that was trained on past decisions marks people down for preferring the app, and up for preferring the phone. In the other model both weights are next to nothing. So “app” is the “women's” of this table: a
# [proxy](glossary.md#proxy) that training found by itself, since it helped to repeat what officers had done. Training does what it is told: it makes one number small. This lesson is about that number.
#
# ## Learn
#
# ### What a wrong score costs
#
# A [logistic regression](glossary.md#logistic-regression) gives each person a score between 0 and 1: how probably will they repay? Then it turns out who repays. The log-loss charges each score for what happened: −ln(score)
# where the loan is repaid, and −ln(1 − score) where it is not. Four applicants:

# %%
four = pd.DataFrame({"score": [0.9, 0.6, 0.4, 0.1], "repaid": [1, 1, 0, 1]})
four["costs"] = np.where(
    four["repaid"] == 1, -np.log(four["score"]), -np.log(1 - four["score"])
)
display(four.round(3))
print(f"log-loss, the mean of these: {four['costs'].mean():.3f}")

# %% [markdown]
# To be right and sure costs 0.105, to be right and unsure 0.511. To be *wrong* and sure, as with the last, costs 2.303. A score of exactly 0 for somebody who repays would cost without end. That is the point of it: the [accuracy](glossary.md#accuracy) would only
# count one mistake; the log-loss asks how far off.
#
# ### Predict
#
# Before training all weights are 0, and everybody gets a score of 0.5. What is the log-loss then?

# %%
untrained = -np.log(0.5)
Predict(
    "Everybody gets 0.5. What is the log-loss?",
    answer=untrained,
    low=0,
    high=1.5,
    reveal=f"−ln(0.5) = ln 2 = {untrained:.3f}, whoever repays. A model that does worse than "
    "this would do better to give everybody 0.5.",
    item="04_train/untrained",
)

# %% [markdown]
# ### A step against the slope
#
# Where to from there? Take one weight alone, that of `debt_ratio`, and leave the others at 0. For each value of the weight there is a log-loss, so there is a curve, and a curve has a slope. It comes out simple: the mean of (score − label) × feature. Training
# goes against it: where the curve falls to the left, the weight goes down. Here each step is twice the slope long.

# %%
debt = training["debt_ratio"]
debt = ((debt - debt.mean()) / debt.std(ddof=0)).to_numpy()
label = training["repaid"].to_numpy()


def log_loss_at(weight):
    log_odds = weight * debt
    return np.mean(np.log(1 + np.exp(log_odds)) - label * log_odds)


def slope_at(weight):
    score = 1 / (1 + np.exp(-weight * debt))
    return np.mean((score - label) * debt)


weight, length = 0.0, 2.0
walk = [weight]
for step in range(1, 6):
    slope = slope_at(weight)
    print(
        f"step {step}: at {weight:+.3f} the loss is {log_loss_at(weight):.3f}, "
        f"the slope {slope:+.3f}; go by {-length * slope:+.3f}"
    )
    weight -= length * slope
    walk.append(weight)

# %%
figure, axes = plt.subplots(figsize=(7, 2.8))
along = np.linspace(-3, 1, 200)
axes.plot(along, [log_loss_at(each) for each in along], color="#0072b2")
axes.plot(walk, [log_loss_at(each) for each in walk], "o--", color="#b84a00")
axes.set(xlabel="weight of debt_ratio", ylabel="log-loss")
axes.spines[["top", "right"]].set_visible(False)
in_words = (
    f"Curve of the log-loss over the weight of debt_ratio, from {log_loss_at(-3):.2f} at -3 over its lowest point to "
    f"{log_loss_at(1):.2f} at 1. Dots on it step from 0 to the left, each step shorter than the one before, to "
    f"{walk[-1]:.2f}, where the curve is nearly flat."
)
display(figure, metadata={"image/png": {"alt": in_words}})
plt.close(figure)
print(in_words)

# %% [markdown]
# The steps grow short by themselves, since the slope does. Where it is 0, training ends: nothing nearby is better.
#
# With five weights (four features and an intercept, which every score begins from) it is the same, only that the slope has five numbers. All 800 rows are looked at once for a slope: that is an *epoch*. Plain steps need many epochs. The course's model also looks at how the curve
# *bends*, and so knows how long a step to take (Newton's method):

# %%
X = np.column_stack(
    [StandardScaler().fit_transform(training[FEATURES]), np.ones(800)]
)
counts_as = (balancing_weights(training["gender"]) / 800).to_numpy()


def log_loss_of(weights):
    log_odds = X @ weights
    return counts_as @ (np.log(1 + np.exp(log_odds)) - label * log_odds)


weights, plain = np.zeros(5), []
for _ in range(501):
    plain.append(log_loss_of(weights))
    score = 1 / (1 + np.exp(-X @ weights))
    weights = weights - 1.0 * X.T @ (counts_as * (score - label))

newton = [entry["loss"] for entry in unconstrained[-1].history_]
pd.DataFrame(
    {
        "plain steps": {
            epoch: plain[epoch] for epoch in (0, 1, 2, 3, 4, 5, 50, 100, 500)
        },
        "the course's model": dict(enumerate(newton)),
    }
).round(3).rename_axis("epoch")

# %% [markdown]
# Both begin at 0.693. Five aimed steps come to 0.190; plain ones are at 0.192 after a hundred. (`counts_as` makes both genders count alike, though more men were asked: lesson 02.)
#
# ### What the constraint adds
#
# So far nothing asked about women and men. The constrained model makes another number small: the log-loss plus a [penalty](glossary.md#penalty),
#
# $$\text{strength} \times (\text{mean score of men} - \text{mean score of women})^2$$
#
# Here is what each of the two models would have to pay at a strength of 50:

# %%
bill = {}
for name, model in {
    "unconstrained": unconstrained,
    "constrained": constrained,
}.items():
    scores = pd.Series(
        model.predict_proba(training[FEATURES])[:, 1], training.index
    )
    mean = scores.groupby(training["gender"]).mean()
    penalty = 50 * (mean["man"] - mean["woman"]) ** 2
    log_loss = model[-1].history_[-1]["loss"]
    bill[name] = {
        "mean score, men": mean["man"],
        "mean score, women": mean["woman"],
        "log-loss": log_loss,
        "penalty": penalty,
        "together": log_loss + penalty,
    }
display(pd.DataFrame(bill).T.round(3))
recorded = constrained[-1].history_[-1]["penalty"]
print(f"as training recorded it: {recorded:.3f}")

# %% [markdown]
# The unconstrained model has the lower log-loss, 0.190 beside 0.305. With the penalty it would pay 1.154, and the constrained one 0.315. So nobody *forbids* anything: a gap has a price, and training weighs one price
# against the other. That is a soft constraint. It promises nothing; and it is about mean *scores*, while decisions come only with a [threshold](glossary.md#threshold). The groups are needed here, in training. To decide about
# somebody, the gender is not asked.
#
# ### Predict
#
# In this table part of what women earn was never written down, so `economic_status` is too low for them: a [measurement error](glossary.md#measurement-error). The unconstrained model trusts it: its
# weight is above 2. What will the constraint do to it?

# %%
learnt = pd.DataFrame(
    {
        "unconstrained": unconstrained[-1].coef_[0],
        "constrained": constrained[-1].coef_[0],
    },
    index=pd.Index(FEATURES, name="weight of"),
).round(3)
Predict(
    "What becomes of the weight of economic_status in the constrained model?",
    answer="it falls to about 0",
    choices={
        "it stays, and all weights shrink a little": "The debts and the credit history "
        "tell little of the gender. It is cheaper to give up one weight than all.",
        "it falls to about 0": "This is the column by which women and men differ most "
        "on paper, so this is where the penalty comes from.",
        "it doubles": "That would widen the gap in mean scores, and be charged for it.",
    },
    reveal=learnt,
    item="04_train/weight-of-economic-status",
)

# %% [markdown]
# From 2.237 to −0.032: it has learnt to ignore the column that was measured wrongly. Nobody told it which one that was. The others move far less. Note what it could *not* do: raise the women's income to what it is in truth. It is not
# shown who is a woman, so all it can do is trust income less, for everybody.
#
# ### What strength buys, and from whom
#
# Is that a cure? It depends on where the gap comes from, and no training can know that. Two worlds of 20,000 people, half to train on, half to judge by; two dials of `make_loans` tell them apart. In the first, `income_error` is 0.4: women and men repay alike, and
# the income of women is *written down* wrongly. In the second the record is right, and `repayment_gap` is 3: fewer women *repay*.
#
# To see what the two have in them, each model is trained twice: once with the four features, and once with the gender as a fifth. (As an experiment. In the United States a lender may not take the sex of an applicant into account: 12 CFR 1002.6.)

# %%
SHOWN_GENDER = [*FEATURES, "is_woman"]


def a_world(**dials):
    """Training rows and test rows of 20,000 people, half and half."""
    people = make_loans(20_000, seed=2, **dials)
    part = assign_rows(people, test_size=10_000)
    learnt_from = people[part == "train"]
    return [
        table.assign(is_woman=(table["gender"] == "woman").astype(float))
        for table in (
            as_table(learnt_from, learnt_from),
            as_table(people[part == "test"], learnt_from),
        )
    ]


def trained(table, strength, columns=FEATURES):
    """A scaler and a model of five epochs, on any columns."""
    model = FairLogisticRegression(strength, epochs=5)
    return make_pipeline(StandardScaler(), model).fit(
        table[columns],
        table["repaid"],
        fairlogisticregression__sensitive_features=table["gender"],
        fairlogisticregression__sample_weight=balancing_weights(table["gender"]),
    )


GAPS = {
    "selection_rate": "selected: gap",
    "true_positive_rate": "TPR: gap",
    "false_positive_rate": "FPR: gap",
}


def what_strength_buys(**dials):
    learn, judge = a_world(**dials)
    found = {}
    for shown, columns in {
        "not shown": FEATURES,
        "shown": SHOWN_GENDER,
    }.items():
        for strength in (0, 50):
            cells = judged(trained(learn, strength, columns), judge, columns)
            found[(f"gender {shown}", strength)] = {
                "accuracy": rate(cells.overall, "accuracy")[0]
            } | {name: difference(cells, metric) for metric, name in GAPS.items()}
    table = pd.DataFrame(found).T.rename_axis(["the model is", "strength"])
    repaid = judge.groupby("gender")["repaid"].mean()
    print(f"repay: {repaid['man']:.2f} of men, {repaid['woman']:.2f} of women")
    return table.round(3)


what_strength_buys(income_error=0.4, repayment_gap=0)

# %% [markdown]
# The first world, where only the record is wrong. Without the gender: strength 50 takes the gap in selection from 0.111 to 0.017, and the other two gaps, between the [true positive rates](glossary.md#true-positive-rate) (TPR) and the
# [false positive rates](glossary.md#false-positive-rate) (FPR), close *with* it. That is mending: the people who repay are treated alike again. It costs accuracy, 0.910 to 0.872, because income is of use and is now ignored. Shown the gender, the model
# undoes the error by itself (women get something added), all gaps are nearly gone at strength 0, and the constraint has nothing left to do. So it is not parity that costs here, it is the blunt tool. The cure is to measure income rightly.
#
# ### Predict
#
# In the second world, with the gender shown, the constraint will close the gap in selection too. What about the accuracy?

# %%
second_world = what_strength_buys(income_error=0, repayment_gap=3)
Predict(
    "Second world, gender shown: what does a strength of 50 do to the accuracy?",
    answer="it falls by about two in a hundred",
    choices={
        "it rises": "It rose nowhere. The label says that fewer women repay, and whoever "
        "equalises decisions must now be wrong about more people.",
        "it stays": "It stayed in the first world, where behind the record the groups "
        "were alike. Here they are not.",
        "it falls by about two in a hundred": "Here the groups differ in truth, so equal "
        "shares have to be paid for.",
    },
    reveal=second_world,
    item="04_train/second-world",
)

# %% [markdown]
# The lower half: the accuracy falls from 0.931 to 0.908, the gap in selection from 0.142 to 0.003. And the other two gaps *open*: from 0.026 to 0.097 and from 0.025 to 0.126. This is not mending. Women are
# approved who will [default](glossary.md#default), men refused who would repay. There may be good reasons to want that; but it has to be paid for, and somebody has to say who pays.
#
# The upper half says one more thing: without the gender nothing in the table tells women from men here. So the shares are nearly equal from the start, the accuracy is 0.903, and the other two gaps are wide: 0.113 and 0.146. The constraint moved next to nothing.
#
# ## See
#
# Both models again, on the course's table. Drag the slider, press *Play*, and look at three things: where the loss falls, where the lines of women and men part, and which weight goes which way. Everything that is called *held out* was counted on the
# 200 [test rows](glossary.md#test-rows), which no epoch has seen. First without the constraint:

# %%
TrainingTrace.from_estimator(
    unconstrained,
    test[FEATURES],
    test["repaid"],
    sensitive_features=test["gender"],
)

# %% [markdown]
# And with it:

# %%
TrainingTrace.from_estimator(
    constrained,
    test[FEATURES],
    test["repaid"],
    sensitive_features=test["gender"],
)

# %% [markdown]
# - **Epoch 0.** Everybody has 0.5, and who reaches the threshold is approved: so everybody is. [Demographic parity](glossary.md#demographic-parity) is perfect, and nothing was learnt.
# - **Epoch 1 to 5, without.** The loss falls to 0.190, the accuracy reaches 0.900 (0.851 to 0.934), and the two groups part: the demographic parity difference, the gap between the
#   [selection rates](glossary.md#selection-rate), is 0.219 (0.081 to 0.347).
# - **Epoch 1 to 5, with.** The loss falls to 0.305 only, the accuracy is 0.875 (0.822 to 0.914), and the gap 0.079 (0.000 to 0.213). Watch `economic_status`: it stays at about 0 from the first step on.
# - **Trained on and held out** run close together. Were the dotted line to fall while the other rises, the model would be learning its rows by heart: [overfitting](glossary.md#overfitting).
#
# ## Try
#
# Labels and scores of the 200 test rows, as the unconstrained model gives them:

# %%
labels = test["repaid"].to_numpy()
scores = unconstrained.predict_proba(test[FEATURES])[:, 1]
pd.DataFrame({"label": labels, "score": scores}).head(4).round(3)

# %% [markdown]
# ### Exercise 1

# %%
loss_task = exercise(
    "04_train/log-loss-of-the-test-rows", labels=labels, scores=scores
)
loss_task

# %% [markdown]
# Two steps are missing. Replace the dots.

# %%
cost_if_not_repaid = -np.log(1 - scores)
cost_if_repaid = ...  # the same, for those who repay
costs = np.where(labels == 1, cost_if_repaid, cost_if_not_repaid)
answer = ...  # one number out of 200
loss_task.check(answer)

# %% [markdown]
# `loss_task.hint()` gives one step at a time; `loss_task.solution()` shows one way.
#
# ### Exercise 2

# %%
step_task = exercise("04_train/one-step", training=training)
step_task

# %%
label = training["repaid"]
slope = ...  # the mean of score less label; before training every score is 0.5
answer = ...  # from 0, a step of length 1, against the slope
step_task.check(answer)

# %% [markdown]
# ## Challenge
#
# Eight models that differ in nothing but their strength:

# %%
models = {
    strength: train(training, strength=strength)
    for strength in (0, 1, 2, 5, 10, 20, 50, 100)
}
pd.DataFrame(
    {
        strength: {
            "log-loss": model[-1].history_[-1]["loss"],
            "accuracy on the training rows": model[-1].history_[-1]["accuracy"],
        }
        for strength, model in models.items()
    }
).T.round(3).rename_axis("strength")

# %% [markdown]
# ### Exercise 3

# %%
strength_task = exercise(
    "04_train/weakest-strength", models=models, training=training
)
strength_task

# %%
answer = ...  # replace the three dots
strength_task.check(answer)

# %% [markdown]
# ## Project
#
# A trace of a model of yours. It takes any classifier of scikit-learn that has `partial_fit` (such as `SGDClassifier` or `MLPClassifier`), and two tables: rows to train on and rows to judge by, each with a label and a group. What Keras returns from `fit`, or a dictionary of lists that
# a loop of PyTorch has filled, can be given to `TrainingTrace` as it is. Change the line marked with an arrow, and the names under it.

# %%
from sklearn.linear_model import SGDClassifier

mine_to_train, mine_to_judge = training, test  # ← yours
columns, label_column, group_column = FEATURES, "repaid", "gender"

scaler = StandardScaler().fit(mine_to_train[columns])
mine = TrainingTrace.from_partial_fit(
    SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.001),
    pd.DataFrame(scaler.transform(mine_to_train[columns]), columns=columns),
    mine_to_train[label_column],
    epochs=10,
    X_test=pd.DataFrame(scaler.transform(mine_to_judge[columns]), columns=columns),
    y_test=mine_to_judge[label_column],
    sensitive_features=mine_to_train[group_column],
    sensitive_features_test=mine_to_judge[group_column],
)
mine

# %% [markdown]
# Then answer in writing, for whoever uses the model:
#
# - What does the label say: what happened, or what somebody decided? Who decided it?
# - Which column carries the gap, and is it measured alike for everybody?
# - If you ask for a constraint: which strength, who chose it, on which rows, and what is given up for it?
# - Between which ends do the intervals leave the accuracy and the gap?

# %% [markdown]
# ## Recall

# %%
Quiz("04_train", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("04_train")

# %% [markdown]
# ## Cost
#
# ### Epochs, time and memory
#
# Five epochs are no law. Left alone, training goes on until the slope is gone:

# %%
to_the_end = {}
for name, strength in {"unconstrained": 0, "constrained": 50}.items():
    model = train(training, strength=strength, epochs=None)[-1]
    to_the_end[name] = {
        "epochs until the slope is gone": model.n_iter_,
        "log-loss after 5": model.history_[5]["loss"],
        "log-loss at the end": model.history_[-1]["loss"],
    }
display(pd.DataFrame(to_the_end).T.round(4))

rows_looked_at = (len(constrained[-1].history_) - 1) * len(training)
print(f"five epochs look at {rows_looked_at:,} rows")
print(f"the model holds {constrained[-1].coef_.size + 1} numbers")

# %% [markdown]
# The constrained model takes twice as long to come to rest, and its last nine epochs lower the loss by less than 0.001. To look at 4,000 rows takes a computer no time that you would notice. With a large network each epoch costs money and power, and a sweep over strengths costs a
# training for each.
#
# ### A sweep over strengths
#
# Each line is another model on the same 800 rows, judged on the 200 test rows, and then on 20,000 people more, whom a real bank would not have.

# %%
many = as_table(make_loans(20_000, seed=1), raw)


def accuracy_and_gap(cells):
    everyone = cells.overall
    return {
        "accuracy": with_interval(
            rate(everyone, "accuracy")[0], rate_interval(everyone, "accuracy")[0]
        ),
        "gap": with_interval(
            difference(cells, "selection_rate"),
            difference_interval(cells, "selection_rate"),
        ),
    }


swept = {}
for strength in (0, 1, 2, 5, 10, 20, 50, 100, 200):
    model = train(training, strength=strength)
    few, thousands = (
        accuracy_and_gap(judged(model, table)) for table in (test, many)
    )
    swept[strength] = {f"{name}, 200": words for name, words in few.items()} | {
        f"{name}, 20,000": words for name, words in thousands.items()
    }
pd.DataFrame(swept).T.rename_axis("strength")

# %% [markdown]
# On 20,000 people the exchange is plain: from strength 0 to 50 the gap goes from 0.129 to 0.004, and the accuracy from 0.904 to 0.851. Beyond 50 the accuracy goes on falling, and the gap is not seen to shrink any further: it was closed on 800 rows, and 800 rows are
# not everybody.
#
# And on 200? The intervals of neighbours overlap nearly wholly. From strength 10 on those of the gap reach down to 0. You cannot tell from them whether 20 or 50 is better, nor that the gap is closed at all: at 50 it may still be 0.213. A wide interval that holds 0 is not
# a proof that there is no gap. It says that this test could not see one.
#
# ### Other applicants
#
# All of this came from one draw of 1000 people. Here are twenty banks, each with its own 800 rows and its own 200:

# %%
banks = {"unconstrained": [], "constrained": []}
for seed in range(20):
    applicants = make_loans(seed=seed)
    part = assign_rows(applicants)
    everyone = as_table(applicants, applicants[part == "train"])
    for name, strength in {"unconstrained": 0, "constrained": 50}.items():
        model = train(everyone[part == "train"], strength=strength)
        cells = judged(model, everyone[part == "test"])
        banks[name].append(
            {
                "accuracy": rate(cells.overall, "accuracy")[0],
                "gap": difference(cells, "selection_rate"),
                "weight of economic_status": model[-1].coef_[0][1],
            }
        )
weights = {
    name: np.array([each["weight of economic_status"] for each in found])
    for name, found in banks.items()
}
turned_down = (weights["constrained"] < weights["unconstrained"]).sum()
print(
    f"economic_status has the lower weight with the constraint: {turned_down} of 20"
)
pd.concat(
    {
        name: pd.DataFrame(found).quantile([0.05, 0.5, 0.95]).round(3)
        for name, found in banks.items()
    },
    names=["model", "share of banks"],
)

# %% [markdown]
# The first of them is the bank of this course. In all 20 the constraint turns `economic_status` down, in most to nearly nothing and in some by half; how much accuracy is left differs from bank to bank. The same over 50 banks, and on 100,000 fresh applicants for each: [what was measured](measurements.md).
#
# ## Map
#
# | 01 Collect | 02 Preprocess | 03 Engineer features | **04 Train** | 05 Evaluate | 06 Predict |
# |---|---|---|---|---|---|
#
# **What comes in:** 800 rows of six columns. **What goes out:** a scaler and five numbers. Here is the whole training in the open, with NumPy alone: the log-loss, the penalty, and a small charge on large weights
# (*regularisation*, as in scikit-learn); their slope, and how they bend; five steps, each halved until the sum falls.

# %%
X = training[FEATURES]
X = np.column_stack([(X - X.mean()) / X.std(ddof=0), np.ones(800)])
label = training["repaid"].to_numpy()
woman = (training["gender"] == "woman").to_numpy()
counts_as = np.where(woman, 0.5 / woman.sum(), 0.5 / (~woman).sum())
apart = np.where(woman, -1 / woman.sum(), 1 / (~woman).sum())
charge = np.array([1, 1, 1, 1, 0]) / 800
strength = 50


def look(weights):
    """The sum that is made small at these weights, its slope, and how it bends."""
    score = 1 / (1 + np.exp(-X @ weights))
    log_loss = -counts_as @ (
        label * np.log(score) + (1 - label) * np.log(1 - score)
    )
    gap = apart @ score
    total = log_loss + strength * gap**2 + charge @ weights**2 / 2
    spread = score * (1 - score)
    tilt = X.T @ (apart * spread)
    slope = X.T @ (counts_as * (score - label)) + charge * weights
    slope = slope + 2 * strength * gap * tilt
    bend = X.T @ (X * (counts_as * spread)[:, None]) + np.diag(charge)
    bend = bend + 2 * strength * np.outer(tilt, tilt)
    return total, slope, bend


weights = np.zeros(5)
for _epoch in range(5):
    total, slope, bend = look(weights)
    step, length = -np.linalg.solve(bend, slope), 1.0
    while look(weights + length * step)[0] > total + 1e-4 * length * slope @ step:
        length /= 2
    weights = weights + length * step

in_the_pipeline = train(training)[-1]
by_the_pipeline = [*in_the_pipeline.coef_[0], *in_the_pipeline.intercept_]
display(
    pd.DataFrame(
        {"in the open": weights, "pipeline.train": by_the_pipeline},
        index=[*FEATURES, "intercept"],
    ).round(3)
)
print("the same:", np.allclose(weights, by_the_pipeline))

# %% [markdown]
# **What leaks in.** The test rows do not: with their labels spoilt, the model stays as it is. The gender does, and is meant to: it shapes the weights, though it is not read when somebody is decided about.

# %%
spoilt = loans.assign(repaid=loans["repaid"].where(rows == "train", 0))
raw_of_spoilt = spoilt[rows == "train"]
again = train(as_table(raw_of_spoilt, raw_of_spoilt))
print(
    "test labels spoilt; the weights move:",
    not np.array_equal(again[-1].coef_, constrained[-1].coef_),
)

exchanged = training.assign(
    gender=training["gender"].map({"woman": "man", "man": "woman"})
)
decisions = constrained.predict(training[FEATURES])
same = (constrained.predict(exchanged[FEATURES]) == decisions).all()
print("genders exchanged; a decision moves:", not same)

tossed = training.assign(
    gender=training["gender"].sample(frac=1, random_state=0).to_numpy()
)
by_chance = train(tossed)[-1].coef_[0][FEATURES.index("economic_status")]
print(
    f"trained on genders that were dealt out anew: economic_status has {by_chance:.3f}"
)

# %% [markdown]
# The last line shows that the constraint heeds the groups it is told of: with the genders shuffled there is no gap to pay for, and the model trusts income again.
#
# One [data leakage](glossary.md#data-leakage) waits for you: the strength. Whoever tries nine strengths on the test rows and reports the best of them has trained on the test rows, by hand. Choose it on a part of the training rows, and write down who chose.
#
# ## Key insight
#
# > Training makes one number small, and does it by any means that the table offers. A constraint puts a price on a gap, and the model then gives up whatever carries the gap. It cannot know whether that was an error in the
# > record or a difference in the world. You have to.
#
# ## Sources
#
# - J. Dastin, *Amazon scraps secret AI recruiting tool that showed bias against women*, Reuters, 10 October 2018.
# - The log-loss: I. J. Good, *Rational decisions*, Journal of the Royal Statistical Society B 14, 1952, 107–114. Logistic regression: D. R. Cox, *The regression analysis of binary sequences*, the same, B 20, 1958, 215–242.
# - Newton's and Gauss and Newton's steps, halved until the sum falls (Armijo's rule): J. Nocedal, S. J. Wright, *Numerical optimization*, second edition, Springer 2006, chapters 3 and 10.
# - Constraints in training: T. Kamishima, S. Akaho, H. Asoh, J. Sakuma, *Fairness-aware classifier with prejudice remover regularizer*, ECML PKDD 2012; M. B. Zafar, I. Valera, M. Gomez Rodriguez, K. P. Gummadi, *Fairness constraints: mechanisms for fair
#   classification*, AISTATS 2017; A. Beutel and others, *Putting fairness principles into practice*, AIES 2019.
# - Weights that make groups count alike: F. Kamiran, T. Calders, *Data preprocessing techniques for classification without discrimination*, Knowledge and Information Systems 33, 2012, 1–33.
# - Wrong labels and true differences: M. Wick, S. Panda, J.-B. Tristan, *Unlocking fairness: a trade-off revisited*, NeurIPS 2019.
# - What a lender may consider: Regulation B, 12 CFR 1002.6.
# - The data: simulated, described in the datasheet of `loans.csv` (`datasets/README.md`).
