"""A poll of a feed: find what its token leads to and by what its content is decided; build it when that changed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.feeds import FeedId, Format
from studyplan.domain.local_time import start_of_study_day, study_day, zone_of
from studyplan.publish.links import FeedAddress, Links, token_hash
from studyplan.services import feed_documents
from studyplan.services.feed_documents import Document
from studyplan.store import feeds
from studyplan.store.database import READ_ONLY
from studyplan.store.feed_states import FeedStates, Versions


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFeed:
    """A feed in one form, found by its token.

    Its content is the same from `found_at` until `ends_at` as long as the learner's versions are: that is when the
    next occurrence falls due, the study day ends or the address does. `decided_by` holds all that it depends on.
    """

    learner_id: LearnerId
    address: FeedAddress
    form: Format
    versions: Versions
    decided_by: str
    found_at: datetime
    ends_at: datetime
    today: date
    used_on: date | None


class FeedPolls:
    """Serves the polls of one site. Reads cannot write; the day of a feed's last use is a short write of its own."""

    def __init__(self, engine: Engine, links: Links) -> None:
        self._engine = engine
        self._reading_engine = engine.execution_options(**READ_ONLY)
        self._states = FeedStates(engine)
        self._links = links

    def find(self, token: str, form: Format, *, now: datetime) -> FoundFeed | None:
        """Return what a token leads to; None for any other text."""
        state = self._states.find(token_hash(token), now=now)
        if state is None:
            return None
        zone = zone_of(state.zone)
        today = study_day(now, zone)
        ends = (state.next_due_at, state.address_ends_at, start_of_study_day(today + timedelta(days=1), zone))
        versions = state.versions if form is Format.ICS else state.versions[:2]  # the plan shows in calendars only
        decided_by = (form, state.feed_id, state.address_version, state.zone, *versions, state.next_due_at)
        return FoundFeed(
            learner_id=LearnerId(state.learner_id),
            address=FeedAddress(feed_id=FeedId(state.feed_id), version=state.address_version),
            form=form,
            versions=state.versions,
            decided_by="|".join(map(str, decided_by)),
            found_at=now,
            ends_at=min(moment for moment in ends if moment is not None),
            today=today,
            used_on=state.used_on,
        )

    def is_unchanged(self, found: FoundFeed, *, now: datetime) -> bool:
        """Say whether what was found before holds now."""
        return found.found_at <= now < found.ends_at and self._states.find_versions(found.learner_id) == found.versions

    def write(self, found: FoundFeed, *, now: datetime) -> Document:
        """Build a feed."""
        with Session(self._reading_engine) as session:
            return feed_documents.write(session, found.learner_id, found.address, found.form, self._links, now=now)

    def note_use(self, found: FoundFeed) -> None:
        """Note that a feed was read today, unless that is known."""
        if found.used_on != found.today:
            with Session(self._engine) as session, session.begin():
                feeds.note_use(session, found.learner_id, found.address.feed_id, found.today)
