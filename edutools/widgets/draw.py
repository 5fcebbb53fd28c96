"""Who is drawn: a weighted draw without replacement, bit for bit as draw.js makes it.

References
----------
Efraimidis, P. S., and Spirakis, P. G. (2006). Weighted random sampling with a reservoir. *Information
Processing Letters* 97 (5), 181-185: whoever has the smallest −ln(u) ÷ weight is drawn first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GOLDEN = 0x9E3779B9
LN_2 = 0.6931471805599453
SERIES_TERMS = 16


def _mixed(bits: NDArray[np.uint32]) -> NDArray[np.uint32]:
    # MurmurHash3's last step (Appleby, public domain): each bit of the 32 comes to depend on all.
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return bits ^ (bits >> np.uint32(16))


def person_hash(seed: int, channel: int, people: NDArray[np.int64]) -> NDArray[np.uint32]:
    """A whole number from 0 to 2³² - 1 for each person (their row) in a channel of the draw `seed`."""
    start = np.array([(seed + GOLDEN) % 2**32], dtype=np.uint32)
    stream = _mixed(_mixed(start) ^ np.uint32(channel + 1))
    return _mixed(stream ^ _mixed((people + 1).astype(np.uint32)))


def waiting_time(hashes: NDArray[np.uint32]) -> NDArray[np.float64]:
    """−ln((hash + ½) ÷ 2³²), above 0, by arithmetic that is rounded alike everywhere, which np.log is not."""
    odd = 2.0 * hashes.astype(np.float64) + 1.0
    length = np.frexp(odd)[1] - 1
    part = odd / 2.0**length
    step = (part - 1) / (part + 1)
    square = step * step
    total = np.zeros_like(step)
    for term in range(SERIES_TERMS, -1, -1):
        total = total * square + 1 / (2 * term + 1)
    return (33 - length) * LN_2 - 2 * step * total


def asking_order(
    weights: NDArray[np.float64], seed: int, channel: int, people: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The people whom a channel reaches (weight above 0), in the order in which it asks them."""
    reached = people[weights[people] > 0]
    times = waiting_time(person_hash(seed, channel, reached)) / weights[reached]
    return reached[np.lexsort((reached, times))]


def drawn_by(orders: Sequence[NDArray[np.int64]], asked: Sequence[int]) -> list[NDArray[np.int64]]:
    """Who is asked through each channel: the first `asked` of its order whom no earlier one has asked."""
    taken = np.empty(0, dtype=np.int64)
    found = []
    for order, wanted in zip(orders, asked, strict=True):
        found.append(order[~np.isin(order, taken)][:wanted])
        taken = np.concatenate([taken, found[-1]])
    return found
