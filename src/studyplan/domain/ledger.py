"""The ledger: what a new plan moved, split, left out or brought back, and why. Pure comparison of two plans."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NewType

from studyplan.domain.catalog import ReadingId
from studyplan.domain.plan import ItemKind, LeftOut, Plan, PlanItem, WhyLeftOut
from studyplan.domain.reviews import UNDO_FOR

LedgerId = NewType("LedgerId", str)
MOVED_FROM_DAYS = 7
"""A review that moves by less is no news."""


class LedgerChange(StrEnum):
    """What happened, in a word."""

    MOVED = "moved"
    SPLIT = "split"
    SHORTENED = "shortened"
    LEFT_OUT = "left out"
    CAME_BACK = "came back"
    LATE = "late"
    CHANGED = "changed"
    UNDONE = "undone"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChange:
    """One difference between two plans; figures are kept so that it can be said in any words."""

    change: LedgerChange
    reading_ids: tuple[ReadingId, ...]
    figures: tuple[tuple[str, float], ...] = ()

    def figure(self, name: str) -> float:
        """Return one of its figures; 0 when it has none of that name."""
        return dict(self.figures).get(name, 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLine:
    """A line of the ledger. `undo` holds the settings to put back when the line is the learner's own change."""

    id: LedgerId
    made_at: datetime
    change: LedgerChange
    subject: str
    why: str
    undo: dict[str, Any] | None = None
    undone_at: datetime | None = None

    @property
    def parts_after(self) -> dict[str, Any]:
        """Return the parts of the settings that the learner's own change left behind, as JSON values."""
        parts: dict[str, Any] = (self.undo or {}).get("after", {})
        return parts

    def can_be_undone(self, settings: Mapping[str, Any], *, now: datetime) -> bool:
        """Say whether the learner's own change still holds among the settings, as JSON values, and is young enough."""
        is_open = self.undo is not None and self.undone_at is None and now - self.made_at <= UNDO_FOR
        return is_open and all(settings[name] == part for name, part in self.parts_after.items())


def compare(before: Plan, after: Plan, *, longest_day: float, own_change: bool) -> list[PlanChange]:
    """Return what a new plan does differently. Moves are told only after the learner's own change.

    That a reading is split is news only when no day, the longest having `longest_day` minutes, could hold it.
    """
    left_before = {item.reading_id for item in before.left_out}
    came_back = tuple(sorted(left_before & after.wanted))
    changes = [_left_out(item, after.price) for item in after.left_out if item.reading_id not in left_before]
    changes += [PlanChange(change=LedgerChange.CAME_BACK, reading_ids=(key,)) for key in came_back]
    changes += _split(before, after, longest_day)
    changes += _shortened(before, after)
    if own_change and (moved := _moved(before, after)):
        changes.append(PlanChange(change=LedgerChange.MOVED, reading_ids=moved))
    return changes


def unspent(before: Plan, done_on: Iterable[tuple[date, float]], today: date) -> list[tuple[date, float]]:
    """Return the days since a plan was made whose minutes were not studied, with the minutes that were planned."""
    spent: dict[date, float] = {}
    for on, minutes in done_on:
        spent[on] = spent.get(on, 0.0) + minutes
    planned: dict[date, float] = {}
    for item in before.items:
        if before.made_on <= item.on < today:
            planned[item.on] = planned.get(item.on, 0.0) + item.minutes
    return [(on, minutes) for on, minutes in sorted(planned.items()) if not spent.get(on)]


def _left_out(item: LeftOut, price: float) -> PlanChange:
    counts = float(item.why is not WhyLeftOut.WEIGHT)
    figures = (("value_per_minute", item.value_per_minute), ("price", price), ("weight", counts))
    return PlanChange(change=LedgerChange.LEFT_OUT, reading_ids=(item.reading_id,), figures=figures)


def _split(before: Plan, after: Plan, longest_day: float) -> list[PlanChange]:
    """Return readings that no day can hold and that were not split before."""
    known = {item.reading_id for item in before.items if item.kind is ItemKind.PART}
    minutes: dict[ReadingId, float] = {}
    for item in after.items:
        if item.kind is ItemKind.PART:
            minutes[item.reading_id] = minutes.get(item.reading_id, 0.0) + item.minutes
    parts = {item.reading_id: item.parts for item in after.items if item.kind is ItemKind.PART}
    return [
        PlanChange(change=LedgerChange.SPLIT, reading_ids=(key,), figures=(("parts", parts[key]),))
        for key, total in minutes.items()
        if total > longest_day and key not in known
    ]


def _shortened(before: Plan, after: Plan) -> list[PlanChange]:
    """Return reviews that now take noticeably fewer minutes."""
    old, new = _next_reviews(before), _next_reviews(after)
    return [
        PlanChange(
            change=LedgerChange.SHORTENED,
            reading_ids=(key,),
            figures=(
                ("before", old[key].minutes),
                ("after", item.minutes),
                ("other_form", float(old[key].review_kind is not item.review_kind)),
            ),
        )
        for key, item in new.items()
        if key in old and old[key].minutes - item.minutes >= 1
    ]


def _moved(before: Plan, after: Plan) -> tuple[ReadingId, ...]:
    old, new = _next_reviews(before), _next_reviews(after)
    return tuple(key for key in new if key in old and abs((new[key].on - old[key].on).days) >= MOVED_FROM_DAYS)


def _next_reviews(plan: Plan) -> dict[ReadingId, PlanItem]:
    found: dict[ReadingId, PlanItem] = {}
    for item in plan.items:
        if item.kind is ItemKind.REVIEW:
            found.setdefault(item.reading_id, item)
    return found
