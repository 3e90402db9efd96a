"""Users, their roles and their signed-in browsers."""

import secrets
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from studyplan.domain.account import Account, Browser, Credentials, SignedIn
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import NotFound
from studyplan.store import marks
from studyplan.store.rows import DeliveryRow, RoleRow, SessionRow, UserRow, user_roles

ADMIN, DEMO = "admin", "demo"
LAST_DELETED, FIRST_PERSON = "last deleted user", "first person"

_is_admin = exists().where(
    user_roles.c.user_id == UserRow.id, user_roles.c.role_id == RoleRow.id, RoleRow.name == ADMIN
)


def add_user(session: Session, email: str, password_hash: str, *, now: datetime) -> LearnerId:
    """Add a user and return its id; an address that is taken raises the database's IntegrityError."""
    row = UserRow(email=email, password=password_hash, fs_uniquifier=secrets.token_hex(32), created_at=now)
    if session.get_bind().dialect.name == "sqlite":
        row.id = _never_used(session)
    session.add(row)
    session.flush()
    return LearnerId(row.id)


def _never_used(session: Session) -> int:
    """Return the next id. SQLite alone would give that of the newest user again once it is deleted."""
    deleted = marks.find_mark(session, LAST_DELETED)
    newest = session.scalar(select(func.max(UserRow.id))) or 0
    return max(newest, int(deleted[1]) if deleted else 0) + 1


def is_first_person(session: Session, *, now: datetime) -> bool:
    """Say whether nobody has an account yet but demo learners; of several who ask at once only one is told so."""
    people = select(UserRow.id).where(~UserRow.roles.any(RoleRow.name == DEMO)).limit(1)
    if session.scalar(people) is not None:
        return False
    marks.put_mark(session, FIRST_PERSON, now=now)  # holds the others up until this transaction ends
    return session.scalar(people) is None


def find_credentials(session: Session, email: str) -> Credentials | None:
    """Return what the password of this address is checked against."""
    row = session.scalar(select(UserRow).where(UserRow.email == email))
    return None if row is None else _credentials(row)


def get_credentials(session: Session, learner_id: LearnerId, *, for_update: bool = False) -> Credentials:
    """Return what a user's password is checked against, or raise NotFound."""
    row = session.get(UserRow, learner_id, with_for_update=for_update or None)
    if row is None:
        raise NotFound("There is no such account.")
    return _credentials(row)


def set_password(session: Session, learner_id: LearnerId, password_hash: str) -> None:
    """Replace a user's password."""
    session.execute(update(UserRow).where(UserRow.id == learner_id).values(password=password_hash))


def set_address(session: Session, learner_id: LearnerId, email: str) -> None:
    """Replace an address; one that is taken raises the database's IntegrityError."""
    session.execute(update(UserRow).where(UserRow.id == learner_id).values(email=email, confirmed_at=None))


def confirm(session: Session, learner_id: LearnerId, *, email: str | None = None, now: datetime) -> None:
    """Note that a user's address is the user's, if it is still `email` where that is given; the first time counts."""
    proven = update(UserRow).where(UserRow.id == learner_id, UserRow.confirmed_at.is_(None))
    if email is not None:
        proven = proven.where(UserRow.email == email)
    session.execute(proven.values(confirmed_at=now))


def give_role(session: Session, learner_id: LearnerId, name: str) -> None:
    """Give a user a role: to be an admin, or made up for a demonstration."""
    role = session.scalar(select(RoleRow).where(RoleRow.name == name)) or RoleRow(name=name)
    user = session.get_one(UserRow, learner_id)
    if role not in user.roles:
        user.roles.append(role)
    session.flush()


def add_account_mail(session: Session, learner_id: LearnerId, kind: str, address: str, *, now: datetime) -> None:
    """Queue a mail about the account itself; each asking has a period of its own."""
    session.add(
        DeliveryRow(
            learner_id=learner_id,
            id=str(uuid4()),
            kind=kind,
            period=now.isoformat(),
            state="queued",
            address=address,
            queued_at=now,
            next_at=now,
        )
    )
    session.flush()


def list_accounts(session: Session) -> list[Account]:
    """Return all accounts by address."""
    return [
        _account(user, is_admin=is_admin)
        for user, is_admin in session.execute(select(UserRow, _is_admin).order_by(UserRow.email))
    ]


def delete_user(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Delete a user and everything that is the user's. The id is kept back: signed links in old mails name it."""
    marks.put_mark(session, LAST_DELETED, str(_never_used(session) - 1), now=now)
    session.execute(delete(UserRow).where(UserRow.id == learner_id))


def add_browser(session: Session, learner_id: LearnerId, secret_hash: str, *, agent: str, now: datetime) -> None:
    """Sign a browser in."""
    session.add(
        SessionRow(learner_id=learner_id, secret_hash=secret_hash, started_at=now, seen_at=now, agent=agent[:200])
    )
    session.flush()


def find_signed_in(session: Session, learner_id: LearnerId, secret_hash: str) -> SignedIn | None:
    """Return the account of a browser that is signed in, however long it has been idle."""
    found = session.execute(
        select(SessionRow, UserRow, _is_admin)
        .join(UserRow, UserRow.id == SessionRow.learner_id)
        .where(
            SessionRow.learner_id == learner_id,
            SessionRow.secret_hash == secret_hash,
            SessionRow.ended_at.is_(None),
            UserRow.active,
        )
    ).one_or_none()
    if found is None:
        return None
    row, user, is_admin = found
    return SignedIn(account=_account(user, is_admin=is_admin), browser=_browser(row))


def list_browsers(session: Session, learner_id: LearnerId) -> list[Browser]:
    """Return the browsers that have not signed out, the one seen last first."""
    rows = session.scalars(
        select(SessionRow)
        .where(SessionRow.learner_id == learner_id, SessionRow.ended_at.is_(None))
        .order_by(SessionRow.seen_at.desc(), SessionRow.secret_hash)
    )
    return [_browser(row) for row in rows]


def note_seen(session: Session, learner_id: LearnerId, secret_hash: str, *, now: datetime) -> None:
    """Note that a browser was here."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.learner_id == learner_id, SessionRow.secret_hash == secret_hash)
        .values(seen_at=now)
    )


def end_browser(session: Session, learner_id: LearnerId, secret_hash: str, *, now: datetime) -> None:
    """Sign a browser out."""
    session.execute(
        update(SessionRow)
        .where(
            SessionRow.learner_id == learner_id,
            SessionRow.secret_hash == secret_hash,
            SessionRow.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def end_other_browsers(session: Session, learner_id: LearnerId, kept_hash: str | None, *, now: datetime) -> None:
    """Sign all browsers out, except the one that is kept."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.learner_id == learner_id, SessionRow.ended_at.is_(None))
        .where(SessionRow.secret_hash != (kept_hash or ""))
        .values(ended_at=now)
    )


def purge_browsers(session: Session, before: datetime) -> None:
    """Forget browsers that were last seen before a moment."""
    session.execute(delete(SessionRow).where(SessionRow.seen_at < before))


def _account(user: UserRow, *, is_admin: bool) -> Account:
    return Account(
        learner_id=LearnerId(user.id),
        email=user.email,
        is_confirmed=user.confirmed_at is not None,
        is_admin=bool(is_admin),
        created_at=user.created_at,
    )


def _credentials(row: UserRow) -> Credentials:
    return Credentials(
        learner_id=LearnerId(row.id),
        email=row.email,
        password_hash=row.password,
        is_active=row.active,
        is_confirmed=row.confirmed_at is not None,
    )


def _browser(row: SessionRow) -> Browser:
    return Browser(secret_hash=row.secret_hash, started_at=row.started_at, seen_at=row.seen_at, agent=row.agent)
