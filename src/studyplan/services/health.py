"""Whether the database can serve this version of Studyplan, and whether clock and senders keep up."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.services.clockwork import TICK_DIGESTS, TICK_SWEEP, find_tick
from studyplan.services.deliveries import BREAKER
from studyplan.store import deliveries, marks, schema

CLOCK_LATE_AFTER = timedelta(minutes=2)
MAIL_LATE_AFTER = timedelta(minutes=15)


def list_problems(session: Session) -> list[str]:
    """Return one sentence for each reason not to send requests here; a database out of reach raises."""
    found, newest = schema.find_version(session), schema.newest_version()
    if found != newest:
        return [f"The database has schema {found or 'none'}, this version needs {newest}. Run `studyplan upgrade`."]
    return []


def list_delays(session: Session, *, now: datetime) -> list[str]:
    """Return one sentence for each thing that keeps digests and plans waiting. Pages can be served all the same."""
    delays = []
    ticks = [find_tick(session, name) for name in (TICK_DIGESTS, TICK_SWEEP)]
    if None in ticks:
        delays.append("The clock has never ticked on this database. Run `studyplan serve` or `studyplan clock`.")
    elif (age := now - min(tick for tick in ticks if tick)) > CLOCK_LATE_AFTER:
        delays.append(
            f"The clock has not ticked for {_seconds(age)}. Is `studyplan serve` or `studyplan clock` running?"
        )
    oldest = deliveries.find_oldest_due_at(session, now=now)
    if oldest is not None and now - oldest > MAIL_LATE_AFTER:
        delays.append(f"A mail has been waiting for a sender for {_seconds(now - oldest)}.")
    if stuck := deliveries.count_expired_leases(session, now=now):
        delays.append(f"{stuck} mails are held by senders that did not come back.")
    if marks.find_mark(session, BREAKER):  # its words may name recipients, and anybody reads this
        delays.append("The mail server is out of order and tried every five minutes; the log has its words.")
    return delays


def list_figures(session: Session, *, now: datetime) -> dict[str, float]:
    """Return in seconds how long ago the clock ticked and since when the oldest mail waits, and how many are stuck."""
    tick, oldest = find_tick(session, TICK_DIGESTS), deliveries.find_oldest_due_at(session, now=now)
    figures = {"stuck_leases": float(deliveries.count_expired_leases(session, now=now))}
    if tick is not None:
        figures["last_tick_seconds"] = (now - tick).total_seconds()
    if oldest is not None:
        figures["oldest_due_seconds"] = (now - oldest).total_seconds()
    return figures


def _seconds(age: timedelta) -> str:
    return f"{round(age.total_seconds())} seconds"
