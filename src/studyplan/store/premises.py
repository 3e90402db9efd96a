"""What a mail that is written takes for granted, and whether it still is so when the mail goes out."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.store.rows import LearnerRow, SuppressionRow, UserRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Premise:
    """Where a learner's mail goes, and the wish for digests. The address is not held back, the account active."""

    learner_id: LearnerId
    address: str
    digest_kind: str | None
    paused_until: date | None


_held_back = exists().where(SuppressionRow.address == UserRow.email, SuppressionRow.since.is_not(None))
_own = LearnerRow.learner_id == UserRow.id
_kind = select(LearnerRow.digest_kind).where(_own).scalar_subquery()
_paused_until = select(LearnerRow.digest_paused_until).where(_own).scalar_subquery()
HOLDS = exists().where(
    UserRow.id == bindparam("premise_learner_id"),
    UserRow.email == bindparam("premise_address"),
    UserRow.active,
    ~_held_back,
    _kind.is_not_distinct_from(bindparam("premise_digest_kind")),
    _paused_until.is_not_distinct_from(bindparam("premise_paused_until")),
)
"""Whether the premise among a statement's parameters holds."""


def parameters(premise: Premise | None) -> dict[str, Any]:
    """Return what `HOLDS` asks for; no premise never holds."""
    values = dict.fromkeys(field.name for field in fields(Premise)) if premise is None else asdict(premise)
    return {f"premise_{name}": value for name, value in values.items()}


def holds(session: Session, premise: Premise) -> bool:
    """Say whether a premise holds."""
    return bool(session.scalar(select(HOLDS), parameters(premise)))
