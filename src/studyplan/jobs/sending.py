"""Send what is due: claim and commit, send, settle and commit. A sender that dies leaves one mail in doubt at most."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from studyplan.domain.deliveries import Answer, Delivery, Fate, breaks
from studyplan.jobs.context import Context
from studyplan.publish.mail import SECONDS_PER_MAIL
from studyplan.services import deliveries, letters
from studyplan.services.deliveries import Batch, Letter, Unwanted
from studyplan.services.letters import Desk

_log = structlog.get_logger(__name__)

AT_ONCE = 50
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
    with Session(context.engine) as settling:
        for position, delivery in enumerate(batch.deliveries):
            if context.now() + NEEDED_FOR_ONE > batch.lease_until:
                _give_back(context, batch.deliveries[position:])
                return True
            answer = _send(context, settling, desk, delivery)
            if answer is None and batch.is_probe:
                with context.writing() as session:
                    deliveries.probe_again(session, now=context.now())
            elif answer is not None and _is_broken(context, batch, answer):
                _give_back(context, batch.deliveries[position + 1 :])
                return False
    return True


def _send(context: Context, settling: Session, desk: Desk, delivery: Delivery) -> Answer | None:
    """Send one mail and settle it in its own transaction; return the server's answer, if it was asked."""
    letter = _write(context, desk, delivery)
    answer = context.mailer.send(letter.mail, now=context.now()) if isinstance(letter, Letter) else None
    with settling.begin():
        if isinstance(letter, Letter) and answer is not None:
            deliveries.settle(settling, delivery, letter, answer, now=context.now())
        elif isinstance(letter, Unwanted):
            deliveries.skip(settling, delivery, letter, now=context.now())
        else:
            deliveries.put_off(settling, delivery, "it could not be written; the log says why", now=context.now())
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
    context.answers.append(answer.fate)
    if breaks(tuple(context.answers)):
        context.answers.clear()
        _log.warning("mail server out of order", detail=answer.detail)
        with context.writing() as session:
            deliveries.open_breaker(session, answer.detail, now=context.now())
        return True
    if batch.is_probe and answer.fate is Fate.TAKEN:
        with context.writing() as session:
            deliveries.close_breaker(session, now=context.now())
    return False
