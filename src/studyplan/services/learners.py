"""Change how somebody studies: budget, breaks, zone, weights."""

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.learner import Learner
from studyplan.services.enrollment import check_zone
from studyplan.store import learners


def find_learner(session: Session, learner_id: LearnerId) -> Learner | None:
    """Return a learner; None for a user who has not begun to study."""
    return learners.find_learner(session, learner_id)


def get_learner(session: Session, learner_id: LearnerId) -> Learner:
    """Return a learner, or raise NotFound."""
    return learners.get_learner(session, learner_id)


def find_id_by_address(session: Session, email: str) -> LearnerId | None:
    """Return the learner with this mail address."""
    return learners.find_learner_id(session, email)


def mark_as_demo(session: Session, learner_id: LearnerId) -> None:
    """Mark a learner as made up: no mail goes out, and pages say so."""
    learners.change_learner(session, learner_id, is_demo=True, digest_kind="off")


def change_zone(session: Session, learner_id: LearnerId, zone: str) -> None:
    """Let a learner's days be those of another zone. Invalid for no zone."""
    check_zone(zone)
    learners.change_zone(session, learner_id, zone)
