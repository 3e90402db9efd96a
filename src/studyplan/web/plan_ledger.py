"""The ledger as the plan's page shows it: days that went unread are one line, and the last change can be put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from studyplan.domain import wording
from studyplan.domain.learner import Learner
from studyplan.domain.ledger import LedgerChange, LedgerId, LedgerLine
from studyplan.domain.reviews import UNDO_FOR


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLine:
    """A line of the ledger, or several that say the same of several days (`parts`)."""

    id: LedgerId
    on: date
    change: LedgerChange
    subject: str
    why: str
    can_be_undone: bool = False
    parts: tuple["ShownLine", ...] = ()

    @property
    def needs_a_look(self) -> bool:
        """Say whether it tells of something that was given up."""
        return self.change in {LedgerChange.LEFT_OUT, LedgerChange.LATE}


def show_ledger(lines: Sequence[LedgerLine], learner: Learner, *, now: datetime) -> tuple[ShownLine, ...]:
    """Return the lines, newest first. Only the newest change that was not put back can be."""
    changed = (line for line in lines if line.change is LedgerChange.CHANGED and line.undone_at is None)
    newest = next(changed, None)
    can_be_undone = newest is not None and newest.undo is not None and now - newest.made_at <= UNDO_FOR
    undo_id = newest.id if newest and can_be_undone else None
    shown: list[ShownLine] = []
    for is_late, group in groupby(lines, key=lambda line: line.change is LedgerChange.LATE):
        each = [_shown(line, learner, undo_id) for line in group]
        shown += [_gathered(each)] if is_late and len(each) > 1 else each
    return tuple(shown)


def _shown(line: LedgerLine, learner: Learner, undo_id: LedgerId | None) -> ShownLine:
    return ShownLine(
        id=line.id,
        on=learner.today(line.made_at),
        change=line.change,
        subject=line.subject,
        why=line.why,
        can_be_undone=line.id == undo_id,
    )


def _gathered(lines: Sequence[ShownLine]) -> ShownLine:
    return ShownLine(
        id=lines[0].id,
        on=lines[0].on,
        change=LedgerChange.LATE,
        subject=f"{wording.count(len(lines), 'study day')} were not read",
        why="Nothing is owed for them: their minutes were spread over the days ahead.",
        parts=tuple(lines),
    )
