"""Accounts: signing up, sessions, passwords, and the mails that prove an address."""

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.domain.account import SignedIn
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict
from studyplan.store import accounts as store


def sign_up(session: Session, *, email: str, password_hash: str, now: datetime) -> LearnerId:
    """Add an account for a normalised address; the first one of an installation is its admin."""
    if store.find_credentials(session, email) is not None:
        raise Conflict(f"{email} has an account already. Sign in, or reset the password.")
    is_first = store.count_users(session) == 0
    learner_id = store.add_user(session, email, password_hash, now=now)
    if is_first:
        store.make_admin(session, learner_id)
    return learner_id


def start_session(session: Session, learner_id: LearnerId, secret: str, *, agent: str, now: datetime) -> None:
    """Sign a browser in by the secret in its cookie, of which only the hash is kept."""
    store.add_browser(session, learner_id, _hashed(secret), agent=agent, now=now)


def find_signed_in(session: Session, learner_id: LearnerId, secret: str, *, now: datetime) -> SignedIn | None:
    """Return who holds this secret, unless the session has ended by sign-out, idleness or age."""
    found = store.find_signed_in(session, learner_id, _hashed(secret))
    return None if found is None or found.browser.is_over(now) else found


def note_seen(session: Session, learner_id: LearnerId, secret: str, *, now: datetime) -> None:
    """Note that a browser was here, which keeps its session from idling out."""
    store.note_seen(session, learner_id, _hashed(secret), now=now)


def end_session(session: Session, learner_id: LearnerId, secret: str, *, now: datetime) -> None:
    """Sign a browser out."""
    store.end_browser(session, learner_id, _hashed(secret), now=now)


def end_other_sessions(session: Session, learner_id: LearnerId, secret: str | None, *, now: datetime) -> None:
    """Sign out all browsers but the one that holds the secret; all of them when there is none."""
    store.end_other_browsers(session, learner_id, _hashed(secret) if secret else None, now=now)


def _hashed(secret: str) -> str:
    """Hash a secret for keeping; it is random and long, so that a fast hash does."""
    return hashlib.sha256(secret.encode()).hexdigest()
