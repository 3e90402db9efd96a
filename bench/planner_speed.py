"""Print how fast planning is, as markdown: medians of several runs, each beside its bound."""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from planner import read_course

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Rating, first_memory, retrievability, review
from studyplan.domain.plan import Aim, Candidate, Plan
from studyplan.domain.planner import next_dates, plan

TODAY = date(2026, 1, 5)
BUDGET = Budget(weekdays=(35, 0, 35, 0, 0, 50, 0))
MORE = Budget(weekdays=(45, 0, 45, 0, 0, 60, 0))
SIZES = (50, 200, 500, 2000)


def many(count: int) -> list[Candidate]:
    """Return the catalog's readings again and again, each copy building on itself."""
    course = read_course()
    candidates = []
    for k in range(count):
        reading = course[k % len(course)]
        copy = k - k % len(course)
        candidates.append(
            Candidate(
                reading_id=ReadingId(k),
                minutes=reading.minutes,
                weight=reading.weight,
                builds_on=frozenset(ReadingId(copy + earlier) for earlier in reading.builds_on),
            )
        )
    return candidates


def half_read(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates with the first half read and reviewed once."""
    read_on = TODAY - timedelta(days=40)
    memory = review(first_memory(Rating.CLEAR, read_on), Rating.CLEAR, read_on + timedelta(days=20))
    half = len(candidates) // 2
    return [replace(c, memory=memory) if k < half else c for k, c in enumerate(candidates)]


def plan_for(candidates: list[Candidate], weeks: int, budget: Budget = BUDGET, last: Plan | None = None) -> Plan:
    return plan(candidates, budget, today=TODAY, aim=Aim(horizon_on=TODAY + timedelta(weeks=weeks)), last=last)


def cases() -> list[tuple[str, Callable[[], object], float | None]]:
    """Return what is measured, with its bound in milliseconds where there is one."""
    whole = many(44)
    begun = half_read(whole)
    shown = plan_for(begun, 26)
    memory = first_memory(Rating.CLEAR, TODAY - timedelta(days=9))
    later = replace(whole[0], memory=memory)
    bounds = {500: 400.0}
    return [
        ("44 readings × 26 weeks", partial(plan_for, whole, 26), 40),
        ("44 readings × 52 weeks", partial(plan_for, whole, 52), 70),
        ("44 readings × 26 weeks, half of them read", partial(plan_for, begun, 26), 40),
        ("44 readings × 52 weeks, half of them read", partial(plan_for, begun, 52), 70),
        ("what if: another budget, 26 weeks", partial(plan_for, begun, 26, MORE), 80),
        ("what if: another budget, beside the plan shown", partial(plan_for, begun, 26, MORE, shown), 80),
        *((f"{n} readings × 26 weeks", partial(plan_for, many(n), 26), bounds.get(n)) for n in SIZES),
        ("one rating remembered", partial(review, memory, Rating.HAZY, TODAY), None),
        ("recall of one memory", partial(retrievability, memory, TODAY), None),
        ("next dates for the four ratings", partial(next_dates, shown, later, BUDGET, TODAY), None),
    ]


def median_ms(run: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the median and the fastest of several runs, after one that warms up."""
    run()
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        run()
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took), min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    print("| | median ms | fastest ms | bound ms | |\n|---|---|---|---|---|")
    for what, run, bound in cases():
        median, fastest = median_ms(run, runs)
        verdict = "" if bound is None else "met" if median <= bound else "**missed**"
        print(
            f"| {what} | {median:.3g} | {fastest:.3g} | {'–' if bound is None else f'{bound:g}'} | {verdict} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
