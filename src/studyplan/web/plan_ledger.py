"""The ledger as the plan's page shows it: what repeats itself is one line, and changes of one's own can be put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from studyplan.domain.learner import Learner
from studyplan.domain.ledger import LedgerChange, LedgerId, LedgerLine
from studyplan.domain.study_settings import StudySettings, to_document

SAID_ALONE = {LedgerChange.LATE: 1, LedgerChange.LEFT_OUT: 3, LedgerChange.CAME_BACK: 3}
"""Up to so many in a row stand each for itself; more of them are one line that unfolds."""
GATHERED = {
    LedgerChange.LATE: ("study days were not read", "Nothing is owed: their minutes were spread over the days ahead."),
    LedgerChange.LEFT_OUT: ("readings", ""),
    LedgerChange.CAME_BACK: ("readings", "There is room for them now: their minutes buy as much as others do."),
}
"""What several are called, and why; without that, the reason that they share is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLine:
    """A line of the ledger, or several that say the same (`parts`)."""

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


def show_ledger(
    lines: Sequence[LedgerLine], learner: Learner, settings: StudySettings, *, now: datetime
) -> tuple[ShownLine, ...]:
    """Return the lines, newest first. What the learner changed can be put back while it is as it was left."""
    present = to_document(settings)
    shown: list[ShownLine] = []
    for (change, _), group in groupby(lines, key=_says_alike):
        each = [_shown(line, learner, can_be_undone=line.can_be_undone(present, now=now)) for line in group]
        most = SAID_ALONE.get(change, len(each))
        shown += [_gathered(change, each)] if len(each) > most else each
    return tuple(shown)


def _says_alike(line: LedgerLine) -> tuple[LedgerChange, str]:
    """Return what lines have in common that can be one: the change and, where they give one, the shared reason."""
    return line.change, "" if GATHERED.get(line.change, ("", ""))[1] else line.why


def _shown(line: LedgerLine, learner: Learner, *, can_be_undone: bool) -> ShownLine:
    return ShownLine(
        id=line.id,
        on=learner.today(line.made_at),
        change=line.change,
        subject=line.subject,
        why=line.why,
        can_be_undone=can_be_undone,
    )


def _gathered(change: LedgerChange, lines: Sequence[ShownLine]) -> ShownLine:
    subject, why = GATHERED[change]
    return ShownLine(
        id=lines[0].id,
        on=lines[0].on,
        change=change,
        subject=f"{len(lines)} {subject}",
        why=why or lines[0].why,
        parts=tuple(lines),
    )
