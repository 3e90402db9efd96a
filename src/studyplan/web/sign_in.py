"""Signing in and out."""

import structlog
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import DataRequired

from studyplan.domain.account import Credentials
from studyplan.domain.errors import Invalid
from studyplan.services import accounts
from studyplan.web import limits
from studyplan.web.csrf import checks_token_itself
from studyplan.web.database import current_session, reading
from studyplan.web.forms import Form
from studyplan.web.identity import is_password_of, normalise_email
from studyplan.web.redirects import go_to
from studyplan.web.sessions import end_session, find_current_account, find_known_learner_id, start_session

log = structlog.get_logger("studyplan.auth")

pages = Blueprint("sign_in", __name__)

REFUSED = "This address and this password do not belong together."
LONGEST_COUNTED = 255
"""What is kept of an address that is none, to count by: a form may hold half a megabyte."""
NOTICES = {
    "reset": "Your password is changed. Sign in with it.",
    "confirmed": "Your address is confirmed.",
    "ended": "You were signed out, so what you sent was not saved. Sign in, then do it again.",
}


class SignInForm(Form):
    """Address and password."""

    email = EmailField("E-mail address", [DataRequired("Which address did you sign up with?")])
    password = PasswordField("Password", [DataRequired("The password is missing.")])
    next = HiddenField()


@pages.get("/sign-in")
def show() -> ResponseReturnValue:
    """Show the form; somebody who is signed in goes on."""
    if find_current_account() is not None:
        return go_to(request.args.get("next", ""))
    form = SignInForm(formdata=None, next=request.args.get("next", ""))
    return render_template("security/sign_in.html", form=form, notice=NOTICES.get(request.args.get("after", "")))


@pages.post("/sign-in")
@checks_token_itself
def act() -> ResponseReturnValue:
    """Check the password without holding a transaction, then start a session."""
    form = SignInForm()
    if not form.validate():
        return render_template("security/sign_in.html", form=form), 422
    credentials = _find_right(form.email.data, form.password.data)
    if credentials is None or not accounts.is_still_proven(current_session(), credentials):
        form.blame("password", REFUSED)
        return render_template("security/sign_in.html", form=form), 422
    end_session()
    start_session(credentials.learner_id)
    log.info("signed_in", learner=credentials.learner_id, client=limits.client_key())
    return go_to(form.next.data or "")


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End this browser's session."""
    find_current_account()
    log.info("signed_out", learner=find_known_learner_id())
    end_session()
    return go_to(url_for("landing.index"), says="You are signed out.")


@pages.get("/sign-up")
def sign_up() -> ResponseReturnValue:
    """Signing up is part of starting."""
    return go_to(url_for("start.show"))


def _find_right(address: str, password: str) -> Credentials | None:
    """Return whose address and password these are; the same work, answer and count whether the address is known."""
    client = limits.client_key()
    limits.check(limits.SIGN_IN_BY_CLIENT, client)
    try:
        email = normalise_email(address)
    except Invalid:
        email = address.strip().lower()[:LONGEST_COUNTED]
    limits.count(limits.SIGN_IN_BY_ACCOUNT, email)
    with reading() as session:
        credentials = accounts.find_credentials(session, email)
    if is_password_of(credentials, password):
        limits.forgive(limits.SIGN_IN_BY_ACCOUNT, email)
        return credentials
    limits.count(limits.SIGN_IN_BY_CLIENT, client)
    log.warning("sign_in_refused", client=client)
    return None
