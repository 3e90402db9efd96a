"""Write into the ledger what a new plan does differently, in words."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from studyplan.domain import wording
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.learner import Learner
from studyplan.domain.ledger import LedgerChange, LedgerId, LedgerLine, PlanChange, compare, unspent
from studyplan.domain.plan import FinishRange, Plan
from studyplan.store import catalogs, ledger, study

SHOWN_LINES = 30
FORMS = uuid.UUID("5d1a4ff6-7c0b-4b56-9a3e-6f1e0b6a2c11")
"""The namespace in which the keys of forms become ids."""


def list_lines(session: Session, learner_id: LearnerId) -> list[LedgerLine]:
    """Return the newest lines of a learner's ledger."""
    return ledger.list_lines(session, learner_id, limit=SHOWN_LINES)


def note_plan(
    session: Session, learner: Learner, before: Plan, after: Plan, *, own_change: bool, now: datetime
) -> None:
    """Write a line for each thing that the new plan does differently, and for each study day that went unread."""
    changes = compare(before, after, longest_day=learner.budget.longest_day(after.made_on), own_change=own_change)
    readings = catalogs.list_readings(
        session, {key for change in changes for key in change.reading_ids}, learner_id=learner.id
    )
    lines = [line(change.change, *_said(change, readings), now=now) for change in changes]
    reviews = study.list_reviews(session, learner.id, since_on=before.made_on)
    days = unspent(before, [(item.studied_on, item.minutes) for item in reviews], after.made_on)
    for place, (on, minutes) in enumerate(days):  # a moment apart, so that they stand in order
        lines.append(_late(on, minutes, before.finish, after, now=now + place * timedelta(microseconds=1)))
    ledger.add_lines(session, learner.id, lines)


def line(
    change: LedgerChange, subject: str, why: str, *, undo: dict[str, Any] | None = None, now: datetime
) -> LedgerLine:
    """Return a new line."""
    return LedgerLine(id=new_id(), made_at=now, change=change, subject=subject, why=why, undo=undo)


def new_id(key: str | None = None) -> LedgerId:
    """Return an id for a line; the same one for the same key of a form."""
    return LedgerId(str(uuid.uuid5(FORMS, key) if key else uuid.uuid4()))


def _said(change: PlanChange, readings: dict[ReadingId, Reading]) -> tuple[str, str]:
    """Say a change: what it is about, and why."""
    titles = [readings[key].title for key in change.reading_ids if key in readings]
    title = titles[0] if titles else "A reading that was withdrawn"
    match change.change:
        case LedgerChange.LEFT_OUT:
            if change.figure("weight") == 0:
                return title, "You let its tier count nothing."
            return title, "Your minutes add more recall elsewhere."
        case LedgerChange.CAME_BACK:
            return title, "There is room for it now: its minutes buy as much as others do."
        case LedgerChange.SPLIT:
            return (
                f"{title}, in {change.figure('parts'):.0f} parts",
                "No day of yours holds its minutes, so several share them.",
            )
        case LedgerChange.SHORTENED:
            before, after = wording.duration(change.figure("before")), wording.duration(change.figure("after"))
            by_form = "Recall calls for another form of it." if change.figure("other_form") else ""
            return (
                f"Review of {title}: {after} instead of {before}",
                by_form or "Its day, or your own times, give it less.",
            )
        case _:
            reviews = wording.count(len(titles), "review")
            return f"{reviews} to other days", "The minutes of the new days go first to what they help most."


def _moved(before: FinishRange, after: FinishRange, today: date) -> str:
    """Say where the finish range was and is."""
    was, now_is = wording.finish(before, today), wording.finish(after, today)
    if was == now_is:
        return "The finish range did not move."
    if not now_is:
        return "Reading no longer ends within the plan."
    return f"Reading now ends {now_is}" + (f" instead of {was}." if was else ".")


def _late(on: date, minutes: float, finish: FinishRange, after: Plan, *, now: datetime) -> LedgerLine:
    """Say that a day's minutes were not spent; nothing is owed for it."""
    moved = _moved(finish, after.finish, after.made_on)
    were = wording.verb(minutes, "was", "were")
    why = f"Its {wording.duration(minutes)} {were} spread over the days ahead. {moved}"
    return line(LedgerChange.LATE, f"{wording.weekday(on)} was not read", why, now=now)
