"""Plans put together by hand, for tests of what is done with plans."""

from collections.abc import Sequence
from datetime import date

from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import DEFAULT_VERSION
from studyplan.domain.plan import (
    Binding,
    FinishRange,
    ItemKind,
    LeftOut,
    Plan,
    PlanItem,
    Reason,
    RecallForecast,
    ReviewKind,
    WhyLeftOut,
)

TODAY = date(2026, 11, 25)
REASON = Reason(
    recall_now=0.5,
    horizon_without=0.3,
    horizon_with=0.7,
    horizon_reviewed=0.8,
    value_per_minute=0.02,
    price=0.01,
    binding=Binding.WORTH,
)


def item(
    reading: int, on: date = TODAY, kind: ItemKind = ItemKind.FIRST, minutes: float = 20, part: int = 1, parts: int = 1
) -> PlanItem:
    """Return an item of a plan."""
    return PlanItem(
        reading_id=ReadingId(reading),
        on=on,
        kind=kind,
        minutes=minutes,
        reason=REASON,
        part=part,
        parts=parts,
        review_kind=ReviewKind.SKIM if kind is ItemKind.REVIEW else None,
    )


def plan_of(*items: PlanItem, made_on: date = TODAY, left_out: Sequence[int] = ()) -> Plan:
    """Return a plan of these items."""
    return Plan(
        made_on=made_on,
        horizon_on=date(2027, 6, 1),
        rolling=False,
        items=tuple(items),
        price=0.01,
        value=1.0,
        left_out=tuple(
            LeftOut(reading_id=ReadingId(key), why=WhyLeftOut.PRICE, value_per_minute=0.005) for key in left_out
        ),
        finish=FinishRange(early_on=None, expected_on=None, late_on=None),
        recall=RecallForecast(expected=0.5, low=0.4, high=0.6),
        weeks=(),
        version=DEFAULT_VERSION,
        inputs="",
    )
