"""The digest: what is due and why, what was done, where the plan is heading, one question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from studyplan.domain import wording
from studyplan.domain.canonical import shortened
from studyplan.domain.deliveries import Kind
from studyplan.domain.learner import DigestWish
from studyplan.domain.plan import FinishRange, RecallForecast

LONGEST_TITLE = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing to do."""

    title: str
    why: str
    minutes: float
    length: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """What there is to do on one study day."""

    on: date
    entries: tuple[Entry, ...]
    minutes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A recall question about a reading that was read."""

    text: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What was studied since `since_on`: minutes of those there were, and readings finished for the first time."""

    since_on: date
    minutes: float
    budget: int
    finished: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """Where the plan is heading: readings to come and left out; `last_finish_on` is what the last digest expected."""

    left: int
    left_out: int
    finish: FinishRange
    last_finish_on: date | None
    recall: RecallForecast
    horizon_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """The content of one digest, in figures; its properties say them in words, the same in both twins."""

    kind: Kind
    wish: DigestWish
    zone_name: str
    today: date
    days: tuple[Day, ...]
    done: Done | None
    plan: Outlook
    question: Question | None
    hidden: int = 0
    waiting: int = 0

    @property
    def minutes(self) -> float:
        """Return the minutes of all days."""
        return sum(day.minutes for day in self.days)

    @property
    def is_daily(self) -> bool:
        """Say whether it is about one day."""
        return is_daily(self.kind, self.wish)

    @property
    def headline(self) -> str:
        """Return what there is to do, in short."""
        minutes = wording.count(round(self.minutes), "minute")
        if not self.days:
            return f"Nothing is planned {'today' if self.is_daily else 'this week'}"
        return f"{minutes} {'today' if self.is_daily else 'this week'}"

    @property
    def subject(self) -> str:
        """Return the subject; it names no reading, for it shows on locked screens."""
        short = self.headline.removesuffix(" this week").removesuffix(" today")
        return f"{'Today' if self.is_daily else 'Your week'}: {short}"

    @property
    def heading(self) -> str:
        """Return the day or the week that it is about."""
        return wording.weekday(self.today) if self.is_daily else f"week of {self.today:%-d %B}"

    @property
    def preheader(self) -> str:
        """Return what mail programs show beside the subject: the first thing to do."""
        if not self.days:
            return "The next digest comes when something is due."
        return f"{self.days[0].entries[0].title} first. {self.outlook[0]}"

    @property
    def did(self) -> str:
        """Return what was done since the last digest of this kind."""
        if self.done is None or not self.done.minutes:
            return ""
        when = "Yesterday" if self.is_daily else "Last week"
        finished = wording.count(self.done.finished, "new reading")
        end = f" and finished {finished}" if self.done.finished else ""
        spent = f"{round(self.done.minutes)} of " if self.done.budget else ""
        minutes = wording.count(self.done.budget or round(self.done.minutes), "minute")
        return f"{when} you studied {spent}{minutes}{end}."

    @property
    def outlook(self) -> tuple[str, ...]:
        """Return when all is read, how that moved, and what is retained then."""
        recall, plan = self.plan.recall, self.plan
        band = f"between {round(recall.low * 100)} and {wording.percent(recall.high)}"
        if not recall.expected:
            return (_finish(plan, self.today),)
        goal = wording.goal(plan.horizon_on, self.today)
        return (_finish(plan, self.today), f"Expected recall {goal}: {wording.percent(recall.expected)}, {band}.")

    @property
    def more(self) -> str:
        """Return how much did not fit in, and what is due and stands on none of its days."""
        hidden = f"And {wording.count(self.hidden, 'more item')}." if self.hidden else ""
        waits = f"{wording.count(self.waiting, 'reading')} due before can wait for later days." if self.waiting else ""
        return " ".join(filter(None, (hidden, waits)))

    @property
    def why_sent(self) -> str:
        """Return why this mail came."""
        if self.kind is Kind.TEST:
            return "You asked for this one just now."
        if self.wish.kind == "off":
            return "Digests are switched off: this is how one would look."
        hour, minute = divmod(self.wish.minute, 60)
        at = f"at {hour}:{minute:02d}, {self.zone_name}"
        if self.kind is Kind.MONTHLY:
            return f"You have not been here for four weeks, so this comes once a month, {at}."
        when = "every day" if self.is_daily else f"on {wording.WEEKDAYS[self.wish.weekday]}s"
        return f"You asked for this {when} {at}."

    def shortened(self) -> "Digest":
        """Return it with half of its entries; the first one always stays."""
        keep = max(1, sum(len(day.entries) for day in self.days) // 2)
        days: list[Day] = []
        hidden = self.hidden
        for day in self.days:
            entries = day.entries[:keep]
            keep -= len(entries)
            hidden += len(day.entries) - len(entries)
            if entries:
                days.append(replace(day, entries=entries))
        return replace(self, days=tuple(days), hidden=hidden)


def is_daily(kind: Kind, wish: DigestWish) -> bool:
    """Say whether a digest of this kind is about one day: one to try is what the learner wishes for."""
    return kind is Kind.DAILY or (kind is Kind.TEST and wish.kind == Kind.DAILY)


def cut(title: str) -> str:
    """Return a title that leaves room for others."""
    return shortened(title, LONGEST_TITLE)


def days_of(entries: Sequence[tuple[date, Entry]]) -> tuple[Day, ...]:
    """Gather entries, given in order, by their study days."""
    by_day: dict[date, list[Entry]] = {}
    for on, entry in entries:
        by_day.setdefault(on, []).append(entry)
    return tuple(
        Day(on=on, entries=tuple(items), minutes=sum(item.minutes for item in items)) for on, items in by_day.items()
    )


def _finish(plan: Outlook, today: date) -> str:
    finish = plan.finish
    if not plan.left:
        return _nothing_left(plan)
    planned = "planned" if plan.left_out else "left"
    left = f"The {wording.count(plan.left, 'reading')} {planned}" if plan.left > 1 else "The last reading"
    verb = "are" if plan.left > 1 else "is"
    if finish.early_on is None or finish.late_on is None:
        return f"{left} may not all be read in time at this pace."
    by = wording.span(finish.early_on, finish.late_on, today)
    more = f"; {plan.left_out} more {'do' if plan.left_out > 1 else 'does'} not fit" if plan.left_out else ""
    return f"{left} {verb} read by {by}{_moved(finish.expected_on, plan.last_finish_on)}{more}."


def _nothing_left(plan: Outlook) -> str:
    if plan.left_out:
        verb = "are" if plan.left_out > 1 else "is"
        return f"No reading that is left fits into your minutes: {plan.left_out} {verb} left out."
    return "Everything on your tracks is read; reviews keep it." if plan.recall.expected else "You are on no track."


def _moved(expected_on: date | None, last_on: date | None) -> str:
    if expected_on is None or last_on is None:
        return ""
    moved = expected_on - last_on
    if abs(moved) < timedelta(days=1):
        return ", as before"
    days = wording.count(abs(moved.days), "day")
    return f", {days} {'later' if moved.days > 0 else 'earlier'} than in the last digest"
