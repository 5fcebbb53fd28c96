"""`python -m tests.monitoring_power` prints what a monitor finds within four weeks, by simulation.

One group's rate falls by ten points of a hundred, so that a gap of 0.10 becomes one of 0.20, unless a row
says otherwise; beside it, how many quiet years had an alert in any series. Takes a minute.
"""

from __future__ import annotations

import math

from edutools.monitoring import power

YEARS = 10_000
HALF_FALLS = {"before": (0.40, 0.50), "after": (0.30, 0.50)}
# What differs from 500 decisions a week, two equal groups and a known baseline.
ROWS = {
    "nothing: the promise": HALF_FALLS,
    "rates in the middle": {"before": (0.45, 0.55), "after": (0.40, 0.60)},
    "high rates": {"before": (0.80, 0.90), "after": (0.70, 0.90)},
    "two gaps watched": HALF_FALLS | {"gaps": 2},
    "four gaps watched": HALF_FALLS | {"gaps": 4},
    "baseline of 26 weeks": HALF_FALLS | {"baseline": 26},
    "baseline of 8 weeks": HALF_FALLS | {"baseline": 8},
    "a group of one in ten": HALF_FALLS | {"share": 0.1},
    "2,000 decisions a week": HALF_FALLS | {"decisions": 2000},
    "100 decisions a week": HALF_FALLS | {"decisions": 100},
    "100 decisions, in 13 weeks": HALF_FALLS | {"decisions": 100, "within": 13},
    "from 0.10 to 0.15": {"before": (0.40, 0.50), "after": (0.35, 0.50)},
    "from 0.10 to 0.15, in 13 weeks": {"before": (0.40, 0.50), "after": (0.35, 0.50), "within": 13},
    "a tolerance of 0.05": HALF_FALLS | {"tolerance": 0.05},
}


def table() -> str:
    """The rows of `ROWS`, each with the share found and the share of quiet years with an alert."""
    lines = [f"{'found':>7}  {'false alarms':>12}  what differs"]
    for name, settings in ROWS.items():
        found = power(**settings, years=YEARS)
        lines.append(f"{found['found']:7.1%}  {found['false_alarms']:12.1%}  {name}")
    noise = 1.96 * math.sqrt(0.05 * 0.95 / YEARS)
    return "\n".join([*lines, f"{YEARS:,} runs a row: 5.0% is known to within {noise:.1%}"])


if __name__ == "__main__":
    print(table())
