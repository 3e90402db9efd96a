"""Send what is due: claim and commit, send, settle and commit. A sender that dies leaves one mail in doubt at most."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache, partial

import structlog

from studyplan.domain.deliveries import Answer, Delivery, Fate, breaks
from studyplan.jobs.context import Context
from studyplan.publish.mail import SECONDS_PER_MAIL, Meanwhile
from studyplan.services import deliveries, letters
from studyplan.services.bounces import note_bounce
from studyplan.services.deliveries import Batch, Letter, Unwanted
from studyplan.services.letters import Desk
from studyplan.store.database import OUT_OF_REACH, for_single_statements

_log = structlog.get_logger(__name__)

AT_ONCE = 200
NEEDED_FOR_ONE = timedelta(seconds=SECONDS_PER_MAIL)
LEASE = NEEDED_FOR_ONE + timedelta(seconds=5)


def send_due(context: Context) -> None:
    """Send until nothing is due, the mail server is out of order or this process stops.

    One thread of a process sends at a time; another goes back to its work, for the one goes on to what became due.
    """
    if not context.sending.acquire(blocking=False):
        return
    try:
        while not context.stopping.is_set() and (batch := _claim(context)).deliveries:
            if not _send_batch(context, batch):
                break
        context.mailer.close()
    finally:
        context.sending.release()


def _claim(context: Context) -> Batch:
    with context.writing() as session:
        return deliveries.claim(session, context.settings, limit=AT_ONCE, lease=LEASE, now=context.now())


def _send_batch(context: Context, batch: Batch) -> bool:
    """Send what was claimed while the lease lasts; say whether to go on with the next batch."""
    desk = _gather(context, batch.deliveries)
    if desk is None and len(batch.deliveries) > 1:
        return _send_halves(context, batch)
    if not _has_time(context, batch):
        with context.writing() as session:
            batch = deliveries.renew(session, batch, lease=LEASE, now=context.now())
    written = lru_cache(2)(partial(_write, context, desk))
    settling, holds = for_single_statements(context.engine), _holds(context, desk, batch)
    for position, delivery in enumerate(batch.deliveries):
        if context.stopping.is_set() or not _has_time(context, batch):
            _give_back(context, batch, position)
            return True
        following = batch.deliveries[min(position + 1, len(batch.deliveries) - 1)]
        letter = written(delivery) if holds else _write(context, None, delivery)
        answer = _send(context, delivery, letter, meanwhile=partial(written, following))
        premise = letters.premise_of(desk, following) if desk is not None else None
        with settling.begin() as connection:
            holds = deliveries.settle(connection, delivery, letter, answer, following=premise, now=context.now())
        if answer is None and batch.is_probe:
            with context.writing() as session:
                deliveries.probe_again(session, now=context.now())
        elif answer is not None and _is_broken(context, batch, answer):
            _give_back(context, batch, position + 1)
            return False
    return True


def _send_halves(context: Context, batch: Batch) -> bool:
    """Send what cannot be gathered together: the fault is in one of them."""
    middle = len(batch.deliveries) // 2
    if _send_batch(context, replace(batch, deliveries=batch.deliveries[:middle])):
        return _send_batch(context, replace(batch, deliveries=batch.deliveries[middle:]))
    _give_back(context, batch, middle)
    return False


def _gather(context: Context, wanted: Sequence[Delivery]) -> Desk | None:
    """Return what mails are written from; None when what is stored for one of them cannot be read."""
    try:
        with context.reading() as session:
            return letters.gather(session, wanted, context.settings, now=context.now())
    except OUT_OF_REACH:
        raise
    except Exception:  # noqa: BLE001 one learner whose rows cannot be read must not hold up the others
        return None


def _holds(context: Context, desk: Desk | None, batch: Batch) -> bool:
    """Say whether the first mail may go out as it was gathered; the settling of each asks for the next."""
    premise = letters.premise_of(desk, batch.deliveries[0]) if desk is not None and batch.deliveries else None
    with context.reading() as session:
        return premise is not None and deliveries.holds(session, premise)


def _has_time(context: Context, batch: Batch) -> bool:
    return context.now() + NEEDED_FOR_ONE <= batch.lease_until


def _send(
    context: Context, delivery: Delivery, letter: Letter | Unwanted | None, *, meanwhile: Meanwhile
) -> Answer | None:
    """Send one mail, if it is one, and note a bounce; return the server's answer, if it was asked."""
    if not isinstance(letter, Letter):
        return None
    answer = context.mailer.send(letter.mail, now=context.now(), meanwhile=meanwhile)
    if deliveries.is_bounced(delivery, answer, now=context.now()):
        with context.writing() as session:
            address, message_id = letter.mail.recipient, letter.mail.message_id
            note_bounce(session, address, answer.bounce, answer.detail, message_id=message_id, now=context.now())
    return answer


def _write(context: Context, desk: Desk | None, delivery: Delivery) -> Letter | Unwanted | None:
    """Return the mail of a delivery; without a desk, from what is stored just now."""
    try:
        if desk is None:
            with context.reading() as session:
                desk = letters.gather(session, [delivery], context.settings, now=context.now())
        return letters.write(desk, delivery, now=context.now())
    except OUT_OF_REACH:
        raise
    except Exception:  # noqa: BLE001 one mail that cannot be written must not hold up the others
        _log.exception("mail cannot be written", delivery=delivery.id, learner=delivery.learner_id)
        return None


def _give_back(context: Context, batch: Batch, begun: int) -> None:
    """Put back all but the first that were begun; a probe that never came to ask leaves its turn to another."""
    untouched = batch.deliveries[begun:]
    with context.writing() as session:
        deliveries.give_back(session, untouched, now=context.now())
        if batch.is_probe and untouched:
            deliveries.probe_again(session, now=context.now())


def _is_broken(context: Context, batch: Batch, answer: Answer) -> bool:
    """Keep the breaker: open it when mails fail, close it when its probe got through."""
    context.answers.append(answer.of_the_server)
    if breaks(tuple(context.answers)):
        context.answers.clear()
        _log.warning("mail server out of order", detail=answer.detail)
        with context.writing() as session:
            deliveries.open_breaker(session, answer.detail, now=context.now())
        return True
    if batch.is_probe and answer.of_the_server is Fate.TAKEN:
        with context.writing() as session:
            deliveries.close_breaker(session, now=context.now())
    return False
