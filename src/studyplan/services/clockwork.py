"""What the clock needs to know: whose digest and whose study day is due, and what is over."""

import importlib.metadata
import zoneinfo
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Kind, for_slot
from studyplan.domain.local_time import Slot, next_slot, zone_of
from studyplan.store import accounts, deliveries, marks, turns
from studyplan.store.turns import DigestTurn

_log = structlog.get_logger(__name__)

Wanted = tuple[LearnerId, Kind, str, datetime]
"""Whose digest, of which kind and period, since when."""

DELIVERIES_KEPT = timedelta(days=400)
BROWSERS_KEPT = timedelta(days=100)
ZONE_DATA = "zone data"
TICK_DIGESTS = "tick digests"
TICK_ROLL_OVER = "tick roll-over"
TICK_SWEEP = "tick sweep"
TICK_PURGE = "tick purge"
PLAN_AGAIN_AFTER = timedelta(hours=1)
TIME_AGAIN_AFTER = timedelta(days=1)
MOST_APART = timedelta(hours=26)
"""How far apart the clocks of two zones are at most."""
SEARCH_FROM = {Kind.WEEKLY: MOST_APART, Kind.DAILY: timedelta(hours=12)}
"""How far before the moment that was stored a slot is looked for: the zone, or its rules, may have changed since.

A daily one that is passed by more is too late to be sent.
"""


def queue_digests(session: Session, limit: int, *, now: datetime) -> tuple[int, bool]:
    """Queue up to `limit` digests that are due, and time the next ones; return how many, and whether more may wait."""
    if not turns.has_digest_turns(session, now=now):
        return 0, False
    wanted: list[Wanted] = []
    times = []
    due, untimed = turns.list_due_digests(session, limit, now=now), turns.list_untimed_digests(session, limit)
    for turn in (*due, *untimed):
        try:
            digest, next_at = _time(turn, now=now)
        except ValueError:  # a kind that is none: it must not hold up the others
            _log.exception("digest cannot be timed", learner=turn.learner_id)
            digest, next_at = None, now + TIME_AGAIN_AFTER
        wanted += [digest] if digest else []
        times.append((turn.learner_id, next_at))
    deliveries.add_deliveries(session, wanted, now=now)
    turns.set_next_digests(session, times)
    has_missed = any(moment <= now for _, moment in times)
    return len(wanted), has_missed or limit in {len(due), len(untimed)}


def take_new_days(session: Session, limit: int, *, now: datetime) -> list[LearnerId]:
    """Return whose study day has ended; whoever is not planned within an hour comes again."""
    return turns.take_new_days(session, limit, again_at=now + PLAN_AGAIN_AFTER, now=now)


def list_outdated_plans(session: Session) -> list[LearnerId]:
    """Return whose plan was made from older inputs."""
    return turns.list_outdated_plans(session)


def follow_zone_data(session: Session, *, now: datetime) -> None:
    """Time digests anew when the zones' rules have changed since they were timed."""
    version = zone_data_version()
    known = marks.find_mark(session, ZONE_DATA)
    if known is not None and known[1] != version:
        turns.forget_digest_times(session, now=now)
    if known is None or known[1] != version:
        marks.put_mark(session, ZONE_DATA, version, now=now)


def zone_data_version() -> str:
    """Return which zone rules this machine goes by: the system's, else those of the tzdata package."""
    for folder in zoneinfo.TZPATH:
        for name in ("+VERSION", "tzdata.zi", "version"):
            file = Path(folder) / name
            if file.is_file():
                return file.read_text(encoding="utf-8").partition("\n")[0]
    return importlib.metadata.version("tzdata")


def note_tick(session: Session, name: str, *, now: datetime) -> None:
    """Note that a tick of the clock is done."""
    marks.put_mark(session, name, now=now)


def find_tick(session: Session, name: str) -> datetime | None:
    """Return when a tick of the clock was done last."""
    mark = marks.find_mark(session, name)
    return None if mark is None else mark[0]


def purge(session: Session, *, now: datetime) -> None:
    """Forget deliveries and signed-in browsers that are long over."""
    deliveries.delete_ended(session, now - DELIVERIES_KEPT)
    accounts.purge_browsers(session, now - BROWSERS_KEPT)


def _time(turn: DigestTurn, *, now: datetime) -> tuple[Wanted | None, datetime]:
    """Return the digest that is due, if one is, and when the next one will be."""
    if turn.due_at is None:
        return None, next_slot(_weekday(turn), turn.minute, zone_of(turn.zone_name), now).at
    slot, following = _slots(_weekday(turn), turn.minute, turn.zone_name, turn.due_at)
    if slot.at > now:
        return None, slot.at
    local_day = slot.at.astimezone(zone_of(turn.zone_name)).date()
    kind, period = for_slot(slot, Kind(turn.kind), turn.visited_on, local_day)
    return (turn.learner_id, kind, period, slot.at), following.at


def _weekday(turn: DigestTurn) -> int | None:
    return turn.weekday if turn.kind == Kind.WEEKLY else None


@lru_cache(maxsize=4096)
def _slots(weekday: int | None, minute: int, zone_name: str, due_at: datetime) -> tuple[Slot, Slot]:
    """Return the slot that fell due and the one after it; many learners of a zone share them."""
    zone = zone_of(zone_name)
    slot = next_slot(weekday, minute, zone, due_at - SEARCH_FROM[Kind.DAILY if weekday is None else Kind.WEEKLY])
    return slot, next_slot(weekday, minute, zone, max(slot.at, due_at))
