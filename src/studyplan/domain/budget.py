"""How many minutes a learner has on which days."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import floor

from studyplan.domain.errors import Invalid

MOST_MINUTES = 16 * 60


def scaled(weekdays: tuple[int, ...], total: int) -> tuple[int, ...]:
    """Return the same days with `total` minutes a week, each with its share, as far as days have room."""
    ends = [round(sum(weekdays[: day + 1]) * total / sum(weekdays)) for day in range(7)]
    return tuple(min(end - start, MOST_MINUTES) for start, end in zip([0, *ends], ends, strict=False))


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """Days without study, both ends included."""

    first_on: date
    last_on: date

    def __contains__(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Minutes for Monday to Sunday; breaks and one-off days overrule them."""

    weekdays: tuple[int, ...]
    breaks: tuple[Break, ...] = ()
    one_off: Mapping[date, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.weekdays) != 7:
            raise Invalid(f"A budget has seven weekdays, not {len(self.weekdays)}.", field="weekdays")
        for minutes in (*self.weekdays, *self.one_off.values()):
            if not 0 <= minutes <= MOST_MINUTES:
                raise Invalid(f"A day has 0 to {MOST_MINUTES} minutes, not {minutes}.", field="weekdays")

    def minutes_on(self, day: date) -> int:
        """Return the minutes of one study day."""
        if day in self.one_off:
            return self.one_off[day]
        if any(day in pause for pause in self.breaks):
            return 0
        return self.weekdays[day.weekday()]

    def after(self, spent: Mapping[date, float]) -> "Budget":
        """Return it with the whole minutes that are left of days on which some were spent already."""
        left = {on: max(0, floor(self.minutes_on(on) - minutes)) for on, minutes in spent.items()}
        return replace(self, one_off={**self.one_off, **left})

    def longest_day(self, since: date) -> int:
        """Return the minutes of the longest day from a day on."""
        return max((*self.weekdays, *(minutes for on, minutes in self.one_off.items() if on >= since)))

    def next_study_day(self, day: date, minutes: float = 1) -> date | None:
        """Return the first day from `day` on that has so many minutes; None when the next two years have none."""
        days = (day + timedelta(days=offset) for offset in range(731))
        return next((candidate for candidate in days if self.minutes_on(candidate) >= minutes), None)
