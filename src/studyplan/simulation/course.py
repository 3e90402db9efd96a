"""What a simulated learner studies, and when: the readings in curriculum order, the days and their minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate

import numpy as np

from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, Mention, Reading
from studyplan.domain.curriculum import builds_on, put_in_order
from studyplan.domain.errors import Invalid
from studyplan.domain.plan import ReviewMinutes

STARTS_ON = date(2026, 1, 5)
"""A Monday, so that the sessions fall on Monday, Wednesday and Saturday."""
SESSION_SHARES = {0: 35, 2: 35, 5: 50}


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseReading:
    """One reading: minutes, the weight of recalling it, and the positions of what it builds on."""

    minutes: float
    review_minutes: float
    weight: float = 1.0
    builds_on: frozenset[int] = frozenset()


Course = tuple[CourseReading, ...]


def make_course(
    readings: Sequence[Reading],
    mentions: Sequence[Mention],
    tier_weights: Mapping[int, float] = DEFAULT_TIER_WEIGHTS,
) -> Course:
    """Return readings in curriculum order with their strict links."""
    order = put_in_order(readings, mentions)
    position = {reading.id: i for i, reading in enumerate(order)}
    strict = builds_on(order, mentions)
    return tuple(
        CourseReading(
            minutes=reading.minutes,
            review_minutes=ReviewMinutes.of(reading.minutes).skim,
            weight=tier_weights[reading.tier],
            builds_on=frozenset(position[earlier] for earlier in strict[reading.id]),
        )
        for reading in order
    )


def make_free_course(count: int = 44) -> Course:
    """Return readings of 25 to 40 minutes, all of one weight, that build on nothing."""
    minutes = np.random.default_rng(44).uniform(25, 40, count).tolist()
    return tuple(CourseReading(minutes=m, review_minutes=ReviewMinutes.of(m).skim) for m in minutes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """Weeks without study, counted from 1, both included; an unannounced one stands in no budget."""

    first_week: int
    last_week: int
    announced: bool = True

    @classmethod
    def parse(cls, text: str) -> "Absence":
        """Read '10-12' or '10-12,unannounced'."""
        weeks, _, word = text.partition(",")
        first, _, last = weeks.partition("-")
        if word not in {"", "announced", "unannounced"} or not first.isdecimal() or not (last or first).isdecimal():
            raise Invalid(f"{text!r} is no absence. Write weeks such as 10-12 or 10-12,unannounced.", field="absence")
        absence = cls(first_week=int(first), last_week=int(last or first), announced=word != "unannounced")
        if not 1 <= absence.first_week <= absence.last_week:
            raise Invalid(
                f"{text!r} is no absence: count weeks from 1, the last not before the first.", field="absence"
            )
        return absence

    def covers(self, day: int) -> bool:
        """Say whether a day, counted from the start, lies in the absence."""
        return self.first_week <= day // 7 + 1 <= self.last_week


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """Weeks of study with a number of minutes each; the horizon is the end of the last week."""

    weeks: int
    minutes: int
    absence: Absence | None = None

    @property
    def horizon(self) -> int:
        """Return the day, counted from the start, at which recall counts."""
        return 7 * self.weeks

    @property
    def horizon_on(self) -> date:
        """Return the date of the horizon."""
        return STARTS_ON + timedelta(days=self.horizon)

    @property
    def budget(self) -> Budget:
        """Return what the learner declared: three days a week and the announced absence."""
        weekdays = [0] * 7
        for day, minutes in zip(SESSION_SHARES, self._day_minutes(), strict=True):
            weekdays[day] = minutes
        breaks: tuple[Break, ...] = ()
        if self.absence and self.absence.announced:
            first = STARTS_ON + timedelta(weeks=self.absence.first_week - 1)
            last = STARTS_ON + timedelta(weeks=self.absence.last_week, days=-1)
            breaks = (Break(first_on=first, last_on=last),)
        return Budget(weekdays=tuple(weekdays), breaks=breaks)

    def sessions(self) -> tuple[tuple[int, int], ...]:
        """Return the days on which the learner comes, counted from the start, with their minutes."""
        return tuple(
            (7 * week + day, minutes)
            for week in range(self.weeks)
            for day, minutes in zip(SESSION_SHARES, self._day_minutes(), strict=True)
            if not (self.absence and self.absence.covers(7 * week))
        )

    def losing_evenly(self, lost: "Term") -> "Term":
        """Return this term with the minutes that an absence in `lost` takes away spread over all weeks."""
        kept = sum(minutes for _, minutes in lost.sessions())
        return replace(self, minutes=round(kept / self.weeks), absence=None)

    def _day_minutes(self) -> tuple[int, ...]:
        """Return whole minutes that keep the shares of the days and add up to the week's."""
        shares = list(accumulate(SESSION_SHARES.values()))
        ends = [round(self.minutes * share / shares[-1]) for share in shares]
        return tuple(end - start for start, end in zip([0, *ends], ends, strict=False))


def date_of(day: int) -> date:
    """Return the date of a day counted from the start."""
    return STARTS_ON + timedelta(days=day)
