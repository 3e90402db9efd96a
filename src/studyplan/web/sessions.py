"""Who a request comes from: sessions that the server knows, each named by a secret in the signed cookie."""

import secrets
from collections.abc import Callable
from datetime import UTC, date, timedelta, tzinfo
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, g, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import exc

from studyplan.domain.account import LONGEST_SESSION, Account
from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts, learners
from studyplan.settings import Settings
from studyplan.web.current import current_now
from studyplan.web.database import after_commit, current_session, reading, writing
from studyplan.web.redirects import go_to, here

log = structlog.get_logger("studyplan.web")

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

SECRET_BYTES = 32
AT_MOST_EVERY = timedelta(days=1)


def register(app: Flask, settings: Settings) -> None:
    """Set up the cookie."""
    is_https = settings.site.startswith("https://")
    name = "studyplan" + urlsplit(settings.site).path.replace("/", "-")
    app.config.update(
        SESSION_COOKIE_NAME=f"__Host-{name}" if is_https else name,
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LONGEST_SESSION,
    )


def find_current_account() -> Account | None:
    """Return who is signed in, asked of the database once a request; None for a visitor."""
    if "account" not in g:
        g.account = _look_up() if has_session_cookie() else None
    account: Account | None = g.account
    return account


def current_account() -> Account:
    """Return who is signed in; 403 for a visitor, whom `learner_required` would have sent to sign in."""
    account = find_current_account()
    if account is None:
        abort(403)
    return account


def current_learner_id() -> LearnerId:
    """Return the signed-in learner's id; 403 for a visitor."""
    return current_account().learner_id


def find_known_learner_id() -> LearnerId | None:
    """Return the learner's id when this request has asked already, for the log."""
    account: Account | None = g.get("account")
    return account.learner_id if account else None


def current_today() -> date:
    """Return the signed-in learner's study day; NotFound for who does not study yet."""
    with reading() as database:
        return learners.get_learner(database, current_learner_id()).today(current_now())


def current_zone() -> tzinfo:
    """Return the zone in which the signed-in learner's days are told; UTC before they study."""
    with reading() as database:
        learner = learners.find_learner(database, current_learner_id())
    return learner.zone if learner else UTC


def learner_required(view: View[P]) -> View[P]:
    """Send visitors to sign in and back; who posted a form is told there that it was not saved."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if find_current_account() is None:
            if request.method != "GET":
                return go_to(url_for("sign_in.show", after="ended"))
            return go_to(url_for("sign_in.show", next=here()))
        return view(*args, **kwargs)

    return guarded


def start_session(learner_id: LearnerId) -> None:
    """Sign this browser in: a new secret in a new cookie, its hash in the database."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session.clear()
    session.permanent = True
    session.update(learner=learner_id, secret=secret)
    agent = request.user_agent.string
    accounts.start_session(current_session(), learner_id, secret, agent=agent, now=current_now())
    g.pop("account", None)


def end_session() -> None:
    """Sign this browser out; a copy of its cookie is worth nothing any more."""
    if has_session_cookie():
        accounts.end_session(current_session(), session["learner"], session["secret"], now=current_now())
    session.clear()
    forget_account()


def current_secret() -> str:
    """Return the secret of the signed-in browser."""
    return str(session["secret"])


def has_session_cookie() -> bool:
    """Say whether the cookie claims a session, without asking the database."""
    return "secret" in session


def forget_account() -> None:
    """Treat the rest of this request as a visitor's."""
    g.account = None


def _look_up() -> Account | None:
    learner_id, secret, now = session["learner"], session["secret"], current_now()
    with reading() as database:
        found = accounts.find_signed_in(database, learner_id, secret, now=now)
    if found is None:
        return None
    if now - found.browser.seen_at >= AT_MOST_EVERY:
        after_commit(lambda: _note_seen(learner_id, secret))
    return found.account


def _note_seen(learner_id: LearnerId, secret: str) -> None:
    try:
        with writing() as database:
            accounts.note_seen(database, learner_id, secret, now=current_now())
    except exc.SQLAlchemyError as error:  # the page is worth more than this note; the next request tries again
        log.warning("session_not_noted", reason=type(error).__name__)
