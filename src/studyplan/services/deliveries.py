"""Deliveries: claim them, write the mails, settle what became of them; the breaker and suppressed addresses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from studyplan.domain.deliveries import Answer, Delivery, Fate, Outcome, State, Told, judge
from studyplan.publish.mail import Mail
from studyplan.settings import Settings
from studyplan.store import deliveries as store
from studyplan.store import marks, premises
from studyplan.store.premises import Premise

BREAKER = "mail breaker"
PROBE_EVERY = timedelta(minutes=5)
NOT_WRITTEN = Answer(fate=Fate.LATER, detail="it could not be written; the log says why")


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Deliveries that this sender holds until a moment. A probe is a single one that tries a broken server."""

    deliveries: tuple[Delivery, ...]
    lease_until: datetime
    is_probe: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A mail that is ready to go, and what it tells that the next one is compared with."""

    mail: Mail
    told: Told | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unwanted:
    """Why a delivery is not sent."""

    reason: str


def claim(session: Session, settings: Settings, *, limit: int, lease: timedelta, now: datetime) -> Batch:
    """Take deliveries that are due; while the mail server is out of order one at a time, every few minutes."""
    is_probe = marks.find_mark(session, BREAKER) is not None
    taken: list[Delivery] = []
    if not is_probe or marks.advance_mark(session, BREAKER, now + PROBE_EVERY, now=now):
        host = urlsplit(settings.site).hostname or "localhost"
        taken = store.claim_deliveries(
            session, host=host, limit=1 if is_probe else limit, lease_until=now + lease, now=now
        )
    return Batch(deliveries=tuple(taken), lease_until=now + lease, is_probe=is_probe)


def renew(session: Session, batch: Batch, *, lease: timedelta, now: datetime) -> Batch:
    """Hold what was claimed for longer, as far as nobody else has claimed it since."""
    held = store.renew_claims(session, batch.deliveries, lease_until=now + lease)
    deliveries = tuple(delivery for delivery in batch.deliveries if delivery.id in held)
    return replace(batch, deliveries=deliveries, lease_until=now + lease)


def settle(
    connection: Connection,
    delivery: Delivery,
    letter: Letter | Unwanted | None,
    answer: Answer | None,
    *,
    following: Premise | None,
    now: datetime,
) -> bool:
    """Write what became of a claimed delivery, in one statement; say whether the premise of the following one holds.

    What could not be written is tried again, as if the server had put it off.
    """
    if isinstance(letter, Unwanted):
        outcome = Outcome(state=State.SKIPPED, reason=letter.reason)
        return store.settle_delivery(connection, delivery, outcome, following=following, now=now)
    if letter is None or answer is None:
        outcome = judge(delivery, NOT_WRITTEN, now=now)
        return store.settle_delivery(connection, delivery, outcome, following=following, now=now)
    return store.settle_delivery(
        connection,
        delivery,
        judge(delivery, answer, now=now),
        sent=(letter.mail.recipient, letter.told),
        following=following,
        now=now,
    )


def is_bounced(delivery: Delivery, answer: Answer, *, now: datetime) -> bool:
    """Say whether the server refused the address for good."""
    return bool(answer.bounce) and judge(delivery, answer, now=now).state is State.FAILED


def holds(session: Session, premise: Premise) -> bool:
    """Say whether a mail may still go out as it was written."""
    return premises.holds(session, premise)


def give_back(session: Session, untouched: Sequence[Delivery], *, now: datetime) -> None:
    """Put back what was claimed and not begun."""
    outcome = Outcome(state=State.QUEUED, next_at=now, spends_attempt=False)
    for delivery in untouched:
        store.settle_delivery(session.connection(), delivery, outcome, now=now)


def open_breaker(session: Session, detail: str, *, now: datetime) -> None:
    """Stop sending, and try one mail every few minutes."""
    marks.put_mark(session, BREAKER, detail, now=now + PROBE_EVERY)


def probe_again(session: Session, *, now: datetime) -> None:
    """Let another mail try the server at once: the one that was to try it never came to ask."""
    marks.advance_mark(session, BREAKER, now, now=now + PROBE_EVERY)


def close_breaker(session: Session, *, now: datetime) -> None:
    """Send again, at once, everything that waits."""
    marks.delete_mark(session, BREAKER)
    store.make_waiting_due(session, now=now)


def sweep(session: Session, *, now: datetime) -> bool:
    """Put back what a sender took and did not settle in time; say whether anything is due."""
    store.expire_leases(session, now, now=now)
    return store.has_due(session, now=now)


def release_all(session: Session, *, now: datetime) -> None:
    """Put back everything that a sender took: for the start of the only sender there is."""
    store.expire_leases(session, now + timedelta(days=1), now=now)
