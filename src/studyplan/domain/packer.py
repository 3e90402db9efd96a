"""What fits into one day: the one rule for a plan, a day and the simulator."""

from collections.abc import Sequence

import numpy as np

LEAST_PART = 6.0
MOST_WEIGHED = 14
"""How many reviews the knapsack looks at: those that buy most a minute."""


def next_part(left: float, room: float, longest: float) -> float:
    """Return how many minutes of a first reading to take: all, or whole minutes with no part below six; else 0.

    What is left and even the longest day cannot hold, though it is too short for two such parts, is halved.
    """
    if left <= room:
        return left
    part = float(np.floor(min(room, left - LEAST_PART)))
    if part >= LEAST_PART:
        return part
    half = float(np.ceil(left / 2))
    return half if left > longest and half <= room else 0.0


def fill(room: float, costs: Sequence[float], values: Sequence[float]) -> list[int]:
    """Return which reviews to take: the greatest value that fits (0/1 knapsack on half minutes), best first."""
    fitting = [i for i, value in enumerate(values) if value > 0 and costs[i] <= room]
    fitting.sort(key=lambda i: -values[i] / costs[i])
    if sum(costs[i] for i in fitting) <= room:
        return fitting
    return _knapsack(room, fitting[:MOST_WEIGHED], costs, values)


def _knapsack(room: float, items: list[int], costs: Sequence[float], values: Sequence[float]) -> list[int]:
    size = int(2 * room + 1e-9) + 1
    halves = [int(np.ceil(2 * costs[i] - 1e-9)) for i in items]
    best = np.zeros(size)
    taken = np.zeros((len(items), size), dtype=bool)
    for row, i in enumerate(items):
        grown = best.copy()
        if halves[row] < size:
            np.maximum(best[halves[row] :], best[: size - halves[row]] + values[i], out=grown[halves[row] :])
        taken[row] = grown > best
        best = grown
    chosen: list[int] = []
    at = size - 1
    for row in range(len(items) - 1, -1, -1):
        if taken[row, at]:
            chosen.append(items[row])
            at -= halves[row]
    return chosen[::-1]
