"""What becomes of a mail: its states, when it is tried again, when it is too late, whom nothing is sent to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from studyplan.domain.catalog import LearnerId
from studyplan.domain.local_time import Slot

DeliveryId = NewType("DeliveryId", str)

RETRY_AFTER = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
GIVE_UP_AFTER = timedelta(hours=72)
SOFT_BOUNCES = 3
SOFT_BOUNCES_WITHIN = timedelta(weeks=3)
MONTHLY_AFTER = timedelta(weeks=4)
FAREWELL_AFTER = timedelta(weeks=26)
BREAKER_LOOKS_AT = 50
BREAKER_SHARE = 0.2


class Kind(StrEnum):
    """What a mail is. The digests of a learner who stays away become monthly, then one farewell."""

    WEEKLY = "weekly"
    DAILY = "daily"
    MONTHLY = "monthly"
    FAREWELL = "farewell"
    TEST = "test"
    CONFIRM = "confirm"
    RESET = "reset"
    MOVED = "moved"

    @property
    def late_after(self) -> timedelta:
        """Return how long after its moment it is still worth sending."""
        return {Kind.DAILY: timedelta(hours=12), Kind.RESET: timedelta(minutes=30)}.get(self, GIVE_UP_AFTER)


class State(StrEnum):
    """Where a delivery stands. `queued` and `unknown` ones wait for a sender; `unknown` may have arrived already."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


WAITING = (State.QUEUED, State.UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One mail to one learner for one period. `queued_at` is since when it is wanted.

    It goes to the address that the learner has when it is sent; that of a move to `address`, which was the learner's.
    """

    learner_id: LearnerId
    id: DeliveryId
    kind: Kind
    period: str
    message_id: str
    attempt: int
    queued_at: datetime
    address: str = ""

    def is_late(self, now: datetime) -> bool:
        """Say whether it is no longer worth sending."""
        return now - self.queued_at > self.kind.late_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a digest said that the next one is compared with: how many items, and the expected finish."""

    items: int
    finish_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What became of a delivery, for its learner to read."""

    kind: Kind
    state: State
    reason: str
    at: datetime


class Fate(StrEnum):
    """What a mail server did with a mail. Dropped before the text was sent is `later`, after it `unknown`."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


_OF_RECIPIENT = re.compile(r"\b[45]\.(?:1\.[1-6]|2\.\d)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A server's answer in its own words; `bounce` says 'hard' or 'soft' when it is about the recipient."""

    fate: Fate
    detail: str = ""
    bounce: str = ""

    @property
    def of_the_server(self) -> Fate:
        """Return what the answer says of the mail server: that it works, where the recipient is to blame for sure.

        A bare 550 to a recipient may mean all of them.
        """
        return Fate.TAKEN if self.bounce and _OF_RECIPIENT.search(self.detail) else self.fate


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a delivery's row says next; `next_at` only while it waits."""

    state: State
    reason: str = ""
    next_at: datetime | None = None
    spends_attempt: bool = True


def judge(delivery: Delivery, answer: Answer, *, now: datetime) -> Outcome:
    """Return what follows from an answer. An unreachable server spends nobody's attempts: it is due again at once."""
    if answer.fate is Fate.TAKEN:
        return Outcome(state=State.SENT, reason=answer.detail)
    if answer.fate is Fate.REFUSED:
        return Outcome(state=State.FAILED, reason=answer.detail)
    state = State.UNKNOWN if answer.fate is Fate.UNKNOWN else State.QUEUED
    if answer.fate is Fate.UNREACHABLE:
        return Outcome(state=state, reason=answer.detail, next_at=now, spends_attempt=False)
    next_at = now + RETRY_AFTER[min(delivery.attempt, len(RETRY_AFTER)) - 1]
    if next_at - delivery.queued_at > GIVE_UP_AFTER:
        final = State.UNKNOWN if answer.fate is Fate.UNKNOWN else State.FAILED
        return Outcome(state=final, reason=f"given up after {delivery.attempt} attempts: {answer.detail}")
    return Outcome(state=state, reason=answer.detail, next_at=next_at)


def breaks(answers: Sequence[Fate]) -> bool:
    """Say whether sending has to stop for a while: the server is out of reach, or refuses too much of late."""
    latest = answers[-BREAKER_LOOKS_AT:]
    failed = sum(fate is not Fate.TAKEN for fate in latest)
    is_away = bool(latest) and latest[-1] is Fate.UNREACHABLE
    return is_away or failed > BREAKER_SHARE * BREAKER_LOOKS_AT


def is_suppressed_by(soft_at: Sequence[datetime], *, now: datetime) -> bool:
    """Say whether an address has bounced softly too often of late."""
    return sum(now - moment <= SOFT_BOUNCES_WITHIN for moment in soft_at) >= SOFT_BOUNCES


def bounce_of_status(status: str) -> str:
    """Return what an enhanced status (RFC 3463) says of an address: hard (none), soft (full or away) or nothing."""
    if status.startswith(("4.", "5.2.2", "5.2.3")):
        return "soft"
    return "hard" if status.startswith(("5.1.", "5.2.", "5.4.")) or status == "5.0.0" else ""


def bounce_of_reply(code: int, words: str) -> str:
    """Return what a refusal of the recipient says of the address, by its enhanced status if it has one."""
    status = re.search(r"\b[45]\.\d{1,3}\.\d{1,3}\b", words)
    if status is not None:
        return bounce_of_status(status[0])
    if code // 100 == 4 or code == 552:
        return "soft"
    return "hard" if code in {550, 551, 553} else ""


def for_slot(slot: Slot, wanted: Kind, visited_on: date, local_day: date) -> tuple[Kind, str]:
    """Return the kind and period of the digest of a slot: by visits, never by what was opened.

    Periods make once in four weeks and once an absence out of a weekly slot: the key of a delivery is unique.
    """
    away = local_day - visited_on
    if away >= FAREWELL_AFTER:
        return Kind.FAREWELL, visited_on.isoformat()
    if away >= MONTHLY_AFTER:
        return Kind.MONTHLY, f"{visited_on}+{away // MONTHLY_AFTER}"
    return wanted, slot.period
