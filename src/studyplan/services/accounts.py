"""Accounts: signing up, sessions, passwords, and the mails that prove an address."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain.account import Account, Browser, Credentials, SignedIn
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict, NotFound
from studyplan.publish.signing import find_signed, sign
from studyplan.store import accounts as store
from studyplan.store.learners import note_visit

RESET = "reset"
RESET_LASTS = timedelta(minutes=30)
CONFIRM = "confirm"
MOVED = "moved"
CONFIRM_LASTS = timedelta(hours=24)


def sign_up(session: Session, *, email: str, password_hash: str, is_demo: bool = False, now: datetime) -> LearnerId:
    """Add an account for a normalised address; the first person of an installation is its admin."""
    if store.find_credentials(session, email) is not None:
        raise Conflict(f"{email} has an account already. Sign in, or reset the password.")
    role = store.DEMO if is_demo else store.ADMIN if store.is_first_person(session, now=now) else None
    learner_id = store.add_user(session, email, password_hash, now=now)
    if role is not None:
        store.give_role(session, learner_id, role)
    ask_to_confirm(session, learner_id, now=now)
    return learner_id


def find_credentials(session: Session, email: str) -> Credentials | None:
    """Return what the password of a normalised address is checked against."""
    return store.find_credentials(session, email)


def get_credentials(session: Session, learner_id: LearnerId) -> Credentials:
    """Return what a learner's password is checked against, or raise NotFound."""
    return store.get_credentials(session, learner_id)


def is_still_proven(session: Session, proven: Credentials) -> bool:
    """Say whether a password that was checked before this transaction is the account's still, and will be in it."""
    present = store.get_credentials(session, proven.learner_id, for_update=True)
    return present.password_hash == proven.password_hash and present.is_active


def list_accounts(session: Session) -> list[Account]:
    """Return all accounts by address."""
    return store.list_accounts(session)


def make_admin(session: Session, learner_id: LearnerId) -> None:
    """Make somebody an admin."""
    store.give_role(session, learner_id, store.ADMIN)


def delete_account(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Delete an account with everything that is the learner's."""
    store.delete_user(session, learner_id, now=now)


def start_session(session: Session, learner_id: LearnerId, secret: str, *, agent: str, now: datetime) -> None:
    """Sign a browser in by the secret in its cookie, of which only the hash is kept."""
    store.add_browser(session, learner_id, _hashed(secret), agent=agent, now=now)
    note_visit(session, learner_id, now=now)


def find_signed_in(session: Session, learner_id: LearnerId, secret: str, *, now: datetime) -> SignedIn | None:
    """Return who holds this secret, unless the session has ended by sign-out, idleness or age."""
    found = store.find_signed_in(session, learner_id, _hashed(secret))
    return None if found is None or found.browser.is_over(now) else found


def note_seen(session: Session, learner_id: LearnerId, secret: str, *, now: datetime) -> None:
    """Note that a browser was here, which keeps its session from idling out."""
    store.note_seen(session, learner_id, _hashed(secret), now=now)
    note_visit(session, learner_id, now=now)


def end_session(session: Session, learner_id: LearnerId, secret: str, *, now: datetime) -> None:
    """Sign a browser out."""
    store.end_browser(session, learner_id, _hashed(secret), now=now)


def end_other_sessions(session: Session, learner_id: LearnerId, secret: str | None, *, now: datetime) -> None:
    """Sign out all browsers but the one that holds the secret; all of them when there is none."""
    store.end_other_browsers(session, learner_id, _hashed(secret) if secret else None, now=now)


def list_browsers(session: Session, learner_id: LearnerId, *, now: datetime) -> list[Browser]:
    """Return the browsers that are signed in, the one seen last first."""
    return [browser for browser in store.list_browsers(session, learner_id) if not browser.is_over(now)]


def is_browser_of(browser: Browser, secret: str) -> bool:
    """Say whether a browser is the one that holds this secret."""
    return browser.secret_hash == _hashed(secret)


def change_password(session: Session, learner_id: LearnerId, password_hash: str, *, now: datetime) -> None:
    """Replace a password, and sign out every browser."""
    store.set_password(session, learner_id, password_hash)
    store.end_other_browsers(session, learner_id, None, now=now)


def change_address(session: Session, learner_id: LearnerId, email: str, *, now: datetime) -> None:
    """Replace an address by a normalised one, which has yet to be confirmed, and sign out every browser.

    The address before it is told, if it was the learner's for sure. Conflict when somebody has an account there.
    """
    former = store.get_credentials(session, learner_id)
    if former.email == email:
        raise Conflict("This is your address already.")
    if store.find_credentials(session, email) is not None:
        raise Conflict(f"{email} has an account already.")
    store.set_address(session, learner_id, email)
    store.end_other_browsers(session, learner_id, None, now=now)
    if former.is_confirmed:
        store.add_account_mail(session, learner_id, MOVED, former.email, now=now)
    ask_to_confirm(session, learner_id, now=now)


def ask_to_confirm(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Queue the mail with the link by which a learner proves to own the address."""
    address = store.get_credentials(session, learner_id).email
    store.add_account_mail(session, learner_id, CONFIRM, address, now=now)


def ask_to_reset(session: Session, email: str, *, now: datetime) -> None:
    """Queue the mail with the link to a new password; for an unknown address do nothing."""
    credentials = store.find_credentials(session, email)
    if credentials is not None and credentials.is_active:
        store.add_account_mail(session, credentials.learner_id, RESET, email, now=now)


def make_confirm_token(session: Session, learner_id: LearnerId, *, secret: str, now: datetime) -> str:
    """Return what follows `/confirm/` in the mail's link: it holds for a day, and for this address only."""
    return sign(secret, CONFIRM, [learner_id, store.get_credentials(session, learner_id).email], now=now)


def make_reset_token(session: Session, learner_id: LearnerId, *, secret: str, now: datetime) -> str:
    """Return what follows `/reset/` in the mail's link: it holds for half an hour, and until it is used."""
    credentials = store.get_credentials(session, learner_id)
    return sign(secret, RESET, [learner_id, _fingerprint(credentials)], now=now)


def get_to_confirm(session: Session, token: str, *, secret: str, now: datetime) -> Credentials:
    """Return whose address a link confirms; NotFound for a link that holds no more."""
    learner_id, email = find_signed(secret, CONFIRM, token, CONFIRM_LASTS, now=now) or (None, None)
    credentials = store.find_credentials(session, email) if email else None
    if credentials is None or credentials.learner_id != learner_id:
        raise NotFound("This link is older than a day, or incomplete. Sign in and send a new one from your account.")
    return credentials


def confirm(session: Session, token: str, *, secret: str, now: datetime) -> None:
    """Confirm the address that a link was sent to; again is no error."""
    proven = get_to_confirm(session, token, secret=secret, now=now)
    store.confirm(session, proven.learner_id, email=proven.email, now=now)


def mark_confirmed(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Take an address as the learner's without a mail, as whoever runs the server may."""
    store.confirm(session, learner_id, now=now)


def get_to_reset(session: Session, token: str, *, secret: str, for_update: bool = False, now: datetime) -> Credentials:
    """Return whose password a link resets; NotFound for a link that was used or holds no more."""
    learner_id, fingerprint = find_signed(secret, RESET, token, RESET_LASTS, now=now) or (None, None)
    if learner_id is not None:
        credentials = store.get_credentials(session, learner_id, for_update=for_update)
        if credentials.is_active and _fingerprint(credentials) == fingerprint:
            return credentials
    raise NotFound("This link was used already, or is older than half an hour. A new one can be sent.")


def reset_password(session: Session, token: str, password_hash: str, *, secret: str, now: datetime) -> None:
    """Replace the password by a mailed link, which proves the address too; every browser is signed out."""
    learner_id = get_to_reset(session, token, secret=secret, for_update=True, now=now).learner_id
    change_password(session, learner_id, password_hash, now=now)
    store.confirm(session, learner_id, now=now)


def _fingerprint(credentials: Credentials) -> str:
    """Return what changes with password and address, so that a reset link works once, and for whom it was sent to."""
    return _hashed(f"{credentials.email} {credentials.password_hash or ''}")[:16]


def _hashed(secret: str) -> str:
    """Hash a secret for keeping; it is random and long, so that a fast hash does."""
    return hashlib.sha256(secret.encode()).hexdigest()
