"""The links in account mails: a new password, a confirmed address. GET shows, POST acts."""

import time
from datetime import timedelta

import structlog
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired

from studyplan.domain.account import Credentials
from studyplan.domain.errors import Invalid
from studyplan.services import accounts
from studyplan.web import limits
from studyplan.web.csrf import checks_token_itself
from studyplan.web.current import current_now, current_settings
from studyplan.web.database import after_commit, current_session, reading
from studyplan.web.forms import Form
from studyplan.web.identity import check_new_password, hash_password, normalise_email
from studyplan.web.redirects import go_to
from studyplan.web.request_log import seconds_so_far
from studyplan.web.sessions import end_session, find_current_account

log = structlog.get_logger("studyplan.auth")

pages = Blueprint("recovery", __name__)

SAME_TIME = timedelta(milliseconds=250)
"""How long asking for a link takes at least: longer than storing it does, so that the time tells nothing."""


class ResetForm(Form):
    """The address of the account."""

    email = EmailField("E-mail address", [DataRequired("Which address did you sign up with?")])


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField("New password", [DataRequired("The new password is missing.")])


class ConfirmForm(Form):
    """Nothing but the token that each form has."""


@pages.get("/reset")
def ask() -> ResponseReturnValue:
    """Show the form that asks for a link."""
    return render_template("security/reset.html", form=ResetForm(formdata=None))


@pages.post("/reset")
@checks_token_itself
def send() -> ResponseReturnValue:
    """Queue the mail; say the same in the same time whether there is such an account."""
    form = ResetForm()
    if not form.validate():
        return render_template("security/reset.html", form=form), 422
    try:
        email = normalise_email(form.email.data)
    except Invalid as error:
        form.blame(error.field, str(error))
        return render_template("security/reset.html", form=form), 422
    limits.count(limits.RESET_BY_CLIENT, limits.client_key())
    limits.count(limits.RESET_BY_ACCOUNT, email)
    accounts.ask_to_reset(current_session(), email, now=current_now())
    after_commit(_wait)
    log.info("reset_asked", client=limits.client_key())
    return render_template("security/reset_sent.html", email=email)


@pages.get("/reset/<token>")
def choose(token: str) -> ResponseReturnValue:
    """Show the form for a new password."""
    return _password_page(NewPasswordForm(formdata=None), _get_to_reset(token))


@pages.post("/reset/<token>")
@checks_token_itself
def replace(token: str) -> ResponseReturnValue:
    """Store the new password; the link works once, and all browsers are signed out."""
    form, credentials = NewPasswordForm(), _get_to_reset(token)
    if not form.validate():
        return _password_page(form, credentials), 422
    try:
        check_new_password(form.password.data, credentials.email)
    except Invalid as error:
        form.blame(error.field, str(error))
        return _password_page(form, credentials), 422
    password_hash, secret = hash_password(form.password.data), current_settings().secret
    accounts.reset_password(current_session(), token, password_hash, secret=secret, now=current_now())
    end_session()
    log.info("password_reset", learner=credentials.learner_id, client=limits.client_key())
    return go_to(url_for("sign_in.show", after="reset"))


@pages.get("/confirm/<token>")
def look(token: str) -> ResponseReturnValue:
    """Show which address is about to be confirmed."""
    session, secret = current_session(), current_settings().secret
    credentials = accounts.get_to_confirm(session, token, secret=secret, now=current_now())
    return render_template("security/confirm.html", form=ConfirmForm(formdata=None), credentials=credentials)


@pages.post("/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Confirm the address."""
    accounts.confirm(current_session(), token, secret=current_settings().secret, now=current_now())
    log.info("address_confirmed", client=limits.client_key())
    if find_current_account() is None:
        return go_to(url_for("sign_in.show", after="confirmed"))
    return go_to(url_for("account.show"), says="Your address is confirmed.")


def _get_to_reset(token: str) -> Credentials:
    with reading() as session:
        return accounts.get_to_reset(session, token, secret=current_settings().secret, now=current_now())


def _password_page(form: NewPasswordForm, credentials: Credentials) -> str:
    return render_template("security/new_password.html", form=form, email=credentials.email)


def _wait() -> None:
    time.sleep(max(0.0, SAME_TIME.total_seconds() - seconds_so_far()))
