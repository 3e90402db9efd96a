"""Accounts and the browsers that are signed in to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from studyplan.domain.catalog import LearnerId

LONGEST_IDLE = timedelta(days=30)
LONGEST_SESSION = timedelta(days=90)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Somebody who can sign in."""

    learner_id: LearnerId
    email: str
    is_confirmed: bool
    is_admin: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What a password is checked against."""

    learner_id: LearnerId
    email: str
    password_hash: str | None
    is_active: bool
    is_confirmed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Browser:
    """A signed-in browser: the hash of its secret, since when, last seen when, and what it calls itself."""

    secret_hash: str
    started_at: datetime
    seen_at: datetime
    agent: str

    def is_over(self, now: datetime) -> bool:
        """Say whether it must sign in again: idle for too long, or signed in for too long."""
        return now - self.seen_at >= LONGEST_IDLE or now - self.started_at >= LONGEST_SESSION


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """An account and the browser it is used from."""

    account: Account
    browser: Browser
