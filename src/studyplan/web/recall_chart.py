"""The curve of a reading's recall as the template draws it: x in percent of the time, y in percent from the top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from studyplan.domain import wording
from studyplan.domain.recall_curve import Point, RecallCurve

FLOORS = (0.5, 0.25, 0.0)
STEP = 0.25
FIRST_ROOM, LAST_ROOM = 28, 20
"""So many percent, of a phone's width too, are taken by the label at the beginning and that at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallChart:
    """Lines as SVG points, the days of being seen with their names, and the ticks of both axes."""

    past: str
    ahead: str
    seen: tuple[tuple[float, str], ...]
    planned: tuple[tuple[float, str], ...]
    today: float
    y_ticks: tuple[tuple[float, str], ...]
    x_ticks: tuple[tuple[float, str, str], ...]
    title: str
    leads_to: str


def draw(curve: RecallCurve, today: date) -> RecallChart:
    """Return the chart of a curve that has something ahead."""
    points = (*curve.past, *curve.ahead)
    first, last = min(points[0].on, today), points[-1].on
    floor = next(value for value in FLOORS if value <= min(point.recall for point in points))

    def across(on: date) -> float:
        return round((on - first).days * 100 / (last - first).days, 2)

    def line(drawn: Sequence[Point]) -> str:
        return " ".join(f"{across(it.on):g},{(1 - it.recall) * 100 / (1 - floor):.1f}" for it in drawn)

    expected = f"{wording.percent(points[-1].recall)} expected on {wording.day(last, today)}"
    seen = f"seen {wording.count(len(curve.seen_on), 'time')}" if curve.seen_on else "not read yet"
    return RecallChart(
        past=line(curve.past),
        ahead=line(curve.ahead),
        seen=tuple((across(on), wording.day(on, today)) for on in curve.seen_on),
        planned=tuple((across(on), wording.day(on, today)) for on in curve.planned_on),
        today=across(today),
        y_ticks=_y_ticks(floor),
        x_ticks=_x_ticks(across(today), wording.short_day(first, today), wording.short_day(last, today)),
        title=f"Recall over time: {seen}, {wording.count(len(curve.planned_on), 'time')} more planned, {expected}.",
        leads_to=expected,
    )


def _y_ticks(floor: float) -> tuple[tuple[float, str], ...]:
    values = [floor + STEP * number for number in range(round((1 - floor) / STEP) + 1)]
    labels = [*(f"{value * 100:.0f}" for value in values[:-1]), "100 %"]
    return tuple(((value - floor) / (1 - floor), label) for value, label in zip(values, labels, strict=True))


def _x_ticks(today: float, first: str, last: str) -> tuple[tuple[float, str, str], ...]:
    """Return the labels that have room: the end's, today's, and the beginning's."""
    begins, ends = (0.0, first, "start"), (100.0, last, "end")
    if today < FIRST_ROOM:
        return (today, "today", "start"), ends
    return (begins, (today, "today", "middle"), ends) if today < 100 - LAST_ROOM else (begins, ends)
