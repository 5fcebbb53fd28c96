# %% [markdown]
# # 09 · Document
#
# **35 minutes** · Previous: [08 · Mitigate](08_mitigate.ipynb) · Next: [10 · Monitor](10_monitor.ipynb) · [Glossary](glossary.md)
#
# A [model](glossary.md#model) has been trained, judged and perhaps mended. Soon somebody will ask: of whom is this number? Since when? Who says so?
# This lesson writes down what is needed to answer, and marks what nobody knows.
#
# ## Objectives
#
# After this lesson you can
#
# - say what must stand beside a figure so that somebody else can check it;
# - read the report of an audit: what is large, what is sure, what is undefined, and what that means;
# - fill a [model card](glossary.md#model-card) and the datasheet of its data, and leave what you do not know marked as blank;
# - write the reasons for a refusal, and keep a protected group out of them;
# - say which number speaks to which rule, and why none of them settles it;
# - hold one audit against an earlier one, and say what changed.
#
# ## What to know first
#
# [Lesson 05](05_evaluate.ipynb): rates and intervals. [Lesson 06](06_predict.ipynb): [contributions](glossary.md#contribution) and reasons. A little Python: calling a
# function, reading a dict.

# %% [markdown] tags=["badge"]
# *This copy of the course has no address yet, so it cannot be opened in Colab.*

# %% tags=["set-up"]
import sys

if "google.colab" in sys.modules:
    # Not from an index: a package of this name there may be another's.
    raise SystemExit("This copy of the course has no address yet to install from.")

# %% [markdown]
# The next cell goes through the pipeline and audits its two models on the 200 [test rows](glossary.md#test-rows). *Constrained* is the one that the
# course goes on with; *unconstrained* never paid for a gap between women and men. An audit here is a dict: all that was measured, and on what.

# %% tags=["start"]
import hashlib
import tempfile
import textwrap
from pathlib import Path

import pandas as pd

from edutools import (
    BiasDetector,
    Datasheet,
    ModelCard,
    Predict,
    Quiz,
    exercise,
    load_loans,
    review,
)
from edutools.course.pipeline import FEATURES, as_table, assign_rows, train
from edutools.documents import RULES, AuditLog, adverse_action_reasons, report

loans = load_loans()
rows = assign_rows(loans)
raw = loans[rows == "train"]
training = as_table(raw, raw)
test = as_table(loans[rows == "test"], raw)
models = {
    "unconstrained": train(training, strength=0),
    "constrained": train(training),
}


def audit_of(model):
    """What is measured of a model on the test rows, as a dict."""
    detector = BiasDetector(
        model, test, label="repaid", sensitive_features="gender", features=FEATURES
    )
    return detector.to_dict()


audits = {name: audit_of(model) for name, model in models.items()}
audit = audits["constrained"]
print("an audit holds:", *sorted(audit))

# %%
review("09_document")

# %% [markdown]
# ## Why
#
# From 2011 on, the school district of Houston, Texas, had a company's program [score](glossary.md#score) its teachers: how much did their pupils'
# tests rise? Who had a low score could lose the job. How a score was made, nobody in Houston knew. The company kept the program secret, from the
# teachers and from the district that paid for it.
#
# Their union and nine teachers went to court. An expert of theirs tried to work out a score again and could not. On 4 May 2017 the court decided:
# most of their claims failed, one stood. Who may lose a job over a number must be able to check it, and these teachers could not. A wrong entry or
# an error in the program could have stayed hidden for ever. In October they settled; the district denied that it had done wrong, and agreed to end no
# contract over scores of that kind that cannot be verified.
#
# The court did not say that the scores were wrong. It was enough that nobody could find out. That is what this lesson is about: not only to be
# right, but to leave behind what others need to see whether one is.

# %% [markdown]
# ## Learn
#
# ### A figure and what stands beside it
#
# "57% of the women are approved." Of which women? At which [threshold](glossary.md#threshold)? How sure is it? Here is that figure as the audit
# holds it, and then what the audit says of itself:

# %%
women = next(each for each in audit["groups"] if each["group"] == "woman")
figure = women["rates"]["selection_rate"]
print(women["cells"])
print({key: round(figure[key], 3) for key in ("value", "low", "high")})

# %%
for key in ("model", "label", "favourable", "rows", "threshold", "convention"):
    print(f"{key}: {audit[key]}")
print("features:", *audit["data"]["features"])
print("versions kept:", "edutools" in audit["versions"])

# %% [markdown]
# The four cells let anybody compute the rate again: (42 + 7) ÷ 86. Which [features](glossary.md#feature) the model reads and what its
# [label](glossary.md#label) means stand there too. The [confidence interval](glossary.md#confidence-interval) says how far chance could have moved
# it. *Convention* says what is done where a rate divides by zero: here it is undefined, with a reason, and never a 0. And versions matter because
# the next version of a library may compute otherwise.
#
# ### Which data?
#
# "The test rows" is a name, and tomorrow another table can bear it. So the audit keeps a [digest](glossary.md#digest): a short number computed from
# every byte of the table. It is written with 64 digits, each one of 16 (0 to 9 and a to f).
#
# ### Predict
#
# In a copy of these rows we raise the income of *one* person by 1 euro. How many of the 64 digits change?


# %%
def digest_of(table):
    """64 digits that stand for every byte of a table."""
    return hashlib.sha256(table.to_csv().encode()).hexdigest()


before = loans[rows == "test"]
after = before.copy()
after.loc[after.index[0], "income"] += 1
digests = digest_of(before), digest_of(after)
changed = sum(one != other for one, other in zip(*digests, strict=True))
Predict(
    "How many of the 64 digits change?",
    answer=changed,
    low=0,
    high=64,
    reveal=f"{changed} of 64.",
    item="09_document/one-euro",
)

# %%
for name, digest in zip(("before", "after"), digests, strict=True):
    print(f"{name:>6}: {digest}")

# %% [markdown]
# Nearly all of them: 55. By chance alone a digit stays as it was in 1 of 16 cases. So two equal digests mean, for all purposes, the same table to
# the byte. Two different ones mean that *something* differs, if only an invisible space. A digest does not say what, nor which table is right. And nobody
# can read the people out of it, so it may stand in a paper that is shown to all: only who has the whole table but for one entry could try out that one.
#
# ### What was found
#
# The findings compare groups. They come ranked, each with its interval and with a sentence:

# %%
constrained = report(audit).widget()
shown = ["rank", "short", "value", "low", "high", "standing"]
found = constrained.shown
found[shown].round(3)

# %% [markdown]
# What says the same again is left out: each comparison from the men's side, and other distances between the same two shares. *Parity* is the value that a measure has where groups are treated alike: 0 for a difference, 1 for a ratio. Each finding stands in one of four
# places: its interval lies *beyond* parity, or it *covers* it, or there is no interval (*bare*), or no value (*undefined*).

# %%
found["standing"].value_counts()

# %% [markdown]
# Three lie beyond. Look at each before you write that anything is unequal:

# %%
for words in found.loc[found["standing"] == "beyond", "text"]:
    print("-", words)

# %% [markdown]
# Unlike shares of rows (CI) are no harm by themselves: 86 women among 200 is who was asked. The entropy (GE) compares no groups; it is 0 where
# everybody fares alike, as under a program that never errs. What remains is the fliptest (FT): women are decided otherwise than the men most like them, more often for the worse.
# And of twenty intervals about one lies beyond parity by
# chance alone, even where nothing is unequal: the report says how many tests stand out when all are taken together.
#
# *Covers* does not mean *equal* either. With so few rows the interval of the first line reaches from −0.056 to 0.213: women ahead, or
# far behind.
#
# ### What no program can fill in
#
# A [model card](glossary.md#model-card) (Mitchell and others 2019) is what comes along with a model: what it is for, on whom it was tried, how it did for
# each group, what it must not be used for. A *datasheet* (Gebru and others 2021) is the same for data. Both are lists of questions.
#
# ### Predict
#
# The audit answers some of the model card's 26 questions by itself. How many are left for people?

# %%
card = ModelCard(audit, name="Loan approval")
Predict(
    f"How many of the {len(card.answers)} questions are still blank?",
    answer=len(card.blanks),
    low=0,
    high=len(card.answers),
    reveal=f"{len(card.blanks)} of {len(card.answers)}: {', '.join(card.blanks)}.",
    item="09_document/left-blank",
)

# %% [markdown]
# What was measured, a program can write down. What it is *for*, whom it could harm, where one complains: somebody has to decide that, and answer
# for it. Fill in what you know, and nothing else:

# %%
card = card.fill(
    primary_uses="To learn how models that approve loans are judged.",
    out_of_scope="Any decision about a real person: the applicants are simulated.",
    training_data="800 of 1,000 simulated applicants, datasets/loans.csv.",
    sensitive_data="Not the gender. Age is read, which the law may protect.",
)
print(f"{len(card.blanks)} blank:", *card.blanks)

# %% [markdown]
# A blank that is marked tells the reader to ask. A blank that was left out looks like an answer. So they stay, and the text that a model hub shows
# has them too. At its head stands what programs read, in YAML; below it, what people read:

# %%
written = card.to_markdown()
lines = written.splitlines()
print("\n".join(lines[:5]), "\n…")
start = [n for n, line in enumerate(lines) if line.startswith("## ")][1]
print("\n".join(lines[start : start + 7]))

# %% [markdown]
# ### Reasons for one person
#
# Lesson 06 took the score of one applicant apart into contributions. In the United States a lender that refuses owes the specific
# principal reasons (Regulation B, 12 CFR 1002.9(b)(2)). From contributions to such a list it is one step, with three traps: only what *lowered* the score is
# a reason; the starting point has to be said; and what tells a protected group apart must not be named as a reason, which is why it has to be said,
# to those who decide, where it moved the score.

# %%
asked = loans.loc[[293]].drop(columns=["name", "phone"]).assign(repaid=float("nan"))
applicant = as_table(asked, raw)
unconstrained = models["unconstrained"]
slopes = unconstrained[1].coef_[0] / unconstrained[0].scale_
away = applicant[FEATURES].iloc[0] - training[FEATURES].mean()
parts = (slopes * away).astype(float)
parts.round(3).to_frame("contribution")

# %%
adverse_action_reasons(
    parts,
    reference="the mean of the training rows",
    sensitive_features="age",
    wording={
        "economic_status": "Income and education, taken together, below the mean"
    },
)

# %% [markdown]
# Two of the sentences are those of a model form of the US authority. They are quick to tick, and right only where they say what was really scored. Is a
# `credit_history` of few points "limited credit experience", or an experience with late payments? Only who knows the column can say.
#
# ### Which number speaks to which rule
#
# Laws do not speak of DPPL. Here is a map from measures to provisions, each with its source:

# %%
pd.DataFrame(
    {
        key: {
            "what": rule.name,
            "where": rule.place,
            "measures": ", ".join(rule.measures),
        }
        for key, rule in RULES.items()
    }
).T

# %%
for key in ("four_fifths", "ecoa"):
    rule = RULES[key]
    print(rule.provision)
    for words in (rule.says, f"Number: {rule.reads}", f"Of late: {rule.changes}"):
        print(textwrap.indent(textwrap.fill(words, 90), "  "))

# %% [markdown]
# Three things to see. Four of the ten have no measure beside them: whether a person can contest a decision is no number. A number that speaks to a
# rule does not settle it: the [four-fifths rule](glossary.md#four-fifths-rule) is a rule of thumb for hiring, and its own text says that smaller differences may count and
# larger ones may not. And rules move: the US one on credit changed in 2026. So each line has a date, and none of this is legal advice.
#
# ### The same again?
#
# An audit log keeps one line for each run, and only ever adds lines. Then the second run can be held against the first:

# %%
log = AuditLog(Path(tempfile.mkdtemp()) / "audits.jsonl")
for name, each in audits.items():
    log.record(each, note=name)
comparison = log.compare()
print("changed beside the figures:", comparison.changes or "nothing")
moved = {
    name: {"earlier": one["value"], "later": other["value"]}
    for name, (one, other) in comparison.figures.items()
    if "woman" in name
    and name.split(" · ")[0] in ("DPPL", "selection_rate", "accuracy")
}
pd.DataFrame(moved).T.round(3)

# %% [markdown]
# Same rows, same threshold, same versions: what moved has moved because of the model. Had the data changed too, nobody could tell. And one trap: both models are of
# the same *kind*, so the log sees no change there. That it was another one stands in the note alone. Write it.

# %% [markdown]
# ## See
#
# The report itself, of the constrained model. Time and versions stay away here, so that this page says the same on every machine; in a report of
# yours they belong.
#
# ### Predict
#
# Of its 16 comparisons 3 lie beyond parity. The unconstrained model was audited on the same rows, with the same 16. How many lie beyond parity there?

# %%
other = report(audits["unconstrained"]).widget().shown
beyond = other.loc[other["standing"] == "beyond", "short"]
Predict(
    f"How many of the {len(other)} lie beyond parity for the unconstrained model?",
    answer=len(beyond),
    low=0,
    high=len(other),
    reveal=f"{len(beyond)}: {', '.join(beyond)}.",
    item="09_document/beyond-before",
)

# %%
report(audit | {"made": None, "versions": {}})

# %% [markdown]
# Four things to try:
#
# 1. Choose another *Rate*. Which one has the widest interval, and for which group?
# 2. Set *Stage* to *labels*. These findings are about the data, and no model can mend them.
# 3. Tick *each comparison from both sides*. What changes in a difference when the groups are swapped, and what in a ratio?
# 4. Open *Which number speaks to which rule*. Choose one and find its number above.

# %% [markdown]
# ## Try
#
# The teachers' expert could not compute a score again. You can: an audit holds the cells.

# %%
pd.DataFrame({each["group"]: each["cells"] for each in audit["groups"]})

# %% [markdown]
# ### Exercise 1

# %%
ratio_task = exercise("09_document/compute-it-again", audit=audit)
ratio_task

# %% [markdown]
# Two lines are missing. Replace the dots.

# %%
cells = {each["group"]: each["cells"] for each in audit["groups"]}


def approved(group):
    """The share of a group that is approved."""
    ...  # from cells[group]: tp, fp, fn, tn


answer = ...  # the women's share over the men's
ratio_task.check(answer)

# %% [markdown]
# `ratio_task.hint()` gives one step at a time; `ratio_task.solution()` shows one way.
#
# ### Exercise 2

# %%
cover_task = exercise("09_document/how-many-cover", audit=audit)
cover_task

# %%
answer = 0
for finding in audit["findings"]:
    low, high, parity = finding["low"], finding["high"], finding["parity"]
    ...  # where there is an interval, and it holds parity: one more
answer = ...  # take this line away when the loop counts
cover_task.check(answer)

# %% [markdown]
# ## Challenge
#
# Two audits, and a blank cell.

# %%
earlier, later = audits["unconstrained"], audits["constrained"]
for name, each in {"earlier": earlier, "later": later}.items():
    rates = {
        one["group"]: one["rates"]["selection_rate"]["value"]
        for one in each["groups"]
    }
    print(name, {group: round(value, 3) for group, value in rates.items()})

# %% [markdown]
# ### Exercise 3

# %%
moved_task = exercise("09_document/how-the-gap-moved", earlier=earlier, later=later)
moved_task

# %%
answer = ...  # replace the three dots
moved_task.check(answer)

# %% [markdown]
# ## Project
#
# All papers of one model of yours, in one folder. Change the lines marked with an arrow.

# %%
model = models["constrained"]  # ← yours, fitted, or anything that gives scores
data = test  # ← rows that it has not seen, with label and groups
folder = Path(tempfile.mkdtemp())  # ← where the papers go
mine = BiasDetector(
    model, data, label="repaid", sensitive_features="gender", features=FEATURES
)

measured = mine.to_dict()
papers = [
    report(measured).save(folder / "audit.html"),
    report(measured).save(folder / "audit.json"),
    ModelCard(measured, name="My model").save(folder / "README.md"),
    Datasheet(measured, name="My data").save(folder / "DATA.md"),
]
AuditLog(folder / "audits.jsonl").record(measured, note="first run")
print("written:", *sorted(path.name for path in folder.iterdir()))
print("questions for you:", *ModelCard(measured).blanks)

# %% [markdown]
# Then, in writing:
#
# - Fill five of the blanks. Which one could you not fill, and whom would you have to ask?
# - Let somebody else compute one figure again from `audit.json`. What did they have to ask you?
# - Who reads the card before the model is used? Who is told when it is wrong?

# %% [markdown]
# ## Recall

# %%
Quiz("09_document", confidence=True)

# %% [markdown]
# And what is due from earlier lessons, if the head of this lesson left any:

# %%
review("09_document")

# %% [markdown]
# ## Cost
#
# ### What 200 rows cannot tell
#
# The difference in approvals between men and women is 0.079, and its interval covers 0. How wide would it be with more rows, were the shares the same? About as one over
# the root of their number:

# %%
gap = next(each for each in audit["findings"] if each["short"] == "DPPL")
width = gap["high"] - gap["low"]
more = [200, 1_000, 5_000, 20_000]
pd.Series(
    {f"{n:,} rows": round(width * (200 / n) ** 0.5, 3) for n in more},
    name="width of the interval, about",
).to_frame()

# %% [markdown]
# With 200 rows it is wider than the difference itself, more than three times. "No significant difference" in such a report is a statement about the 200 rows.
#
# ### Time and memory
#
# To write all the papers takes next to nothing:

# %%
import time

with tempfile.TemporaryDirectory() as kept:
    begun = time.perf_counter()
    page = report(audit).save(Path(kept) / "audit.html")
    book = AuditLog(Path(kept) / "audits.jsonl")
    book.record(audit)
    seconds = time.perf_counter() - begun
    print(f"a page of less than 100 kB: {page.stat().st_size < 100_000}")
    print(
        f"a run of less than 20 kB in the log: {book.path.stat().st_size < 20_000}"
    )
    print(f"both in less than two seconds: {seconds < 2}")

# %% [markdown]
# ### Money
#
# What costs is people's time. Say a blank takes half an hour of somebody who knows, at 60 € an hour, and each later question from outside one hour, if
# nothing was written down:

# %%
blank = len(ModelCard(audit).blanks)
print(f"once: {blank} blanks × 0.5 h × 60 € = {blank * 0.5 * 60:,.0f} €")
for questions in (5, 10, 20):
    print(f"{questions} questions a year without papers: {questions * 60:,} €")

# %% [markdown]
# Somewhere between five and ten questions the card has paid for itself. An answer that cannot be given any more, because nobody kept the data or the version, stands
# in no such sum.

# %% [markdown]
# ## Map
#
# | 01 Collect | 02 Preprocess | 03 Engineer features | 04 Train | 05 Evaluate | 06 Predict | 07 Explain | 08 Mitigate | **09 Document** | 10 Monitor |
# |---|---|---|---|---|---|---|---|---|---|
#
# **What comes in:** from each stage what it decided: who was asked (01), what was filled in (02), what the model reads (03), what it was made to
# care for (04), how it did (05, 07), what was changed (08). Written down at the end, most of it is guessed; written down when it happens, it is known.
#
# **What leaks:** papers are shown to many. A report holds no rows of people, and yet a small group gives its people away. Split the test rows by
# gender and education, and then by decade of age too. In how many groups were *all* approved, or *all* refused?

# %%
people = loans.loc[rows == "test", ["gender", "education"]].assign(
    decade=test["age"] // 10 * 10,
    approved=models["constrained"].predict(test[FEATURES]).astype(int),
)
known = people.dropna()
for columns in (["gender", "education"], ["gender", "education", "decade"]):
    parted = known.groupby(columns)["approved"].agg(["size", "mean"])
    alike = parted[parted["mean"].isin([0, 1])]
    print(
        f"{len(parted)} groups by {', '.join(columns)}: all alike in {len(alike)}, "
        f"which hold {alike['size'].sum()} of {len(known)} people"
    )

# %% [markdown]
# Where all of a group were refused, or all approved, its rate tells of each of them what was decided: who knows that somebody applied, and the three
# columns, now knows the answer. 55 people are given away so, by a table that holds nobody's row. So groups below a size that people choose are not
# reported, and rows of people enter a saved report only where somebody asks for it, names never.
#
# **What goes out:** the report, the card, the datasheet, a line in the log. Lesson 10 adds a line each week.
#
# ## Key insight
#
# > A figure is worth what stands beside it: of whom, on which data, with what, how sure, and who answers for it. What is not known belongs there too, marked as blank.
#
# ## Sources
#
# - *Houston Federation of Teachers, Local 2415 v. Houston Independent School District*, 251 F. Supp. 3d 1168 (S.D. Tex. 2017), decided 4 May 2017; Settlement and Full and Final Release Agreement, October 2017. L. Loewus, *Houston district settles lawsuit with teachers' union over value-added scores*, Education Week, 26 October 2017.
# - M. Mitchell, S. Wu, A. Zaldivar and others, *Model cards for model reporting*, FAT* 2019, 220–229.
# - T. Gebru, J. Morgenstern, B. Vecchione and others, *Datasheets for datasets*, Communications of the ACM 64(12), 2021, 86–92.
# - The digest: *Secure Hash Standard*, FIPS PUB 180-4, 2015.
# - Equal Credit Opportunity Act, 15 U.S.C. § 1691; Regulation B, 12 CFR 1002.9(b)(2), with the official interpretation in Supplement I and sample form C-1 in Appendix C; its final rule of 22 April 2026 (FR Doc. 2026-07804).
# - Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D), 1978.
# - The sources of the other rules stand in the report, each beside its rule.
# - Measures: *Amazon AI Fairness and Explainability Whitepaper*, 2020. Fliptest: E. Black, S. Yeom, M. Fredrikson, *FlipTest: fairness testing via optimal transport*, FAT* 2020. Entropy: T. Speicher and others, *A unified approach to quantifying algorithmic unfairness*, KDD 2018.
