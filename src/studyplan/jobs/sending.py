"""Send what is due: claim and commit, send, settle and commit. A sender that dies leaves one mail in doubt at most."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache, partial

import structlog
from sqlalchemy import Engine

from studyplan.domain.deliveries import Answer, Delivery, Fate, breaks
from studyplan.jobs.context import Context
from studyplan.publish.mail import SECONDS_PER_MAIL, Meanwhile
from studyplan.services import deliveries, letters
from studyplan.services.bounces import note_bounce
from studyplan.services.deliveries import Batch, Letter, Unwanted
from studyplan.services.letters import Desk
from studyplan.store.database import for_single_statements

_log = structlog.get_logger(__name__)

AT_ONCE = 200
NEEDED_FOR_ONE = timedelta(seconds=SECONDS_PER_MAIL)
LEASE = NEEDED_FOR_ONE + timedelta(seconds=5)


def send_due(context: Context) -> None:
    """Send until nothing is due or the mail server is out of order.

    One thread of a process sends at a time; another goes back to its work, for the one goes on to what became due.
    """
    if not context.sending.acquire(blocking=False):
        return
    try:
        while (batch := _claim(context)).deliveries:
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
    with context.reading() as session:
        desk = letters.gather(session, batch.deliveries, context.settings, now=context.now())
    written = lru_cache(2)(partial(_write, context, desk))
    settling = for_single_statements(context.engine)
    for position, delivery in enumerate(batch.deliveries):
        if context.now() + NEEDED_FOR_ONE > batch.lease_until:
            _give_back(context, batch.deliveries[position:])
            return True
        write_ahead = partial(written, batch.deliveries[min(position + 1, len(batch.deliveries) - 1)])
        answer = _send(context, settling, delivery, written(delivery), meanwhile=write_ahead)
        if answer is None and batch.is_probe:
            with context.writing() as session:
                deliveries.probe_again(session, now=context.now())
        elif answer is not None and _is_broken(context, batch, answer):
            _give_back(context, batch.deliveries[position + 1 :])
            return False
    return True


def _send(
    context: Context, settling: Engine, delivery: Delivery, letter: Letter | Unwanted | None, *, meanwhile: Meanwhile
) -> Answer | None:
    """Send one mail and settle it in its own transaction; return the server's answer, if it was asked."""
    answer = None
    if isinstance(letter, Letter):
        answer = context.mailer.send(letter.mail, now=context.now(), meanwhile=meanwhile)
        if deliveries.is_bounced(delivery, answer, now=context.now()):
            with context.writing() as session:
                address, message_id = letter.mail.recipient, letter.mail.message_id
                note_bounce(session, address, answer.bounce, answer.detail, message_id=message_id, now=context.now())
    with settling.begin() as connection:
        if isinstance(letter, Letter) and answer is not None:
            deliveries.settle(connection, delivery, letter, answer, now=context.now())
        elif isinstance(letter, Unwanted):
            deliveries.skip(connection, delivery, letter, now=context.now())
        else:
            reason = "it could not be written; the log says why"
            deliveries.put_off(connection, delivery, reason, now=context.now())
    return answer


def _write(context: Context, desk: Desk, delivery: Delivery) -> Letter | Unwanted | None:
    try:
        return letters.write(desk, delivery, now=context.now())
    except Exception:  # noqa: BLE001 one mail that cannot be written must not hold up the others
        _log.exception("mail cannot be written", delivery=delivery.id, learner=delivery.learner_id)
        return None


def _give_back(context: Context, untouched: Sequence[Delivery]) -> None:
    with context.writing() as session:
        deliveries.give_back(session, untouched, now=context.now())


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
