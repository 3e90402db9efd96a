"""The account: address, password, signed-in browsers, deletion."""

from dataclasses import dataclass
from datetime import date, tzinfo

import structlog
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired

from studyplan.domain.account import Account, Browser, Credentials
from studyplan.domain.errors import Conflict, Invalid
from studyplan.domain.local_time import study_day
from studyplan.services import accounts
from studyplan.web import limits
from studyplan.web.browsers import name_browser
from studyplan.web.csrf import checks_token_itself
from studyplan.web.current import current_now
from studyplan.web.database import current_session, give_up, reading
from studyplan.web.forms import Form
from studyplan.web.identity import check_new_password, hash_password, is_password_of, normalise_email
from studyplan.web.redirects import go_to
from studyplan.web.sessions import (
    current_account,
    current_secret,
    current_zone,
    end_session,
    learner_required,
    start_session,
)

log = structlog.get_logger("studyplan.auth")

pages = Blueprint("account", __name__)

WRONG = "This is not your present password."


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownBrowser:
    """A signed-in browser, in the learner's days."""

    name: str
    since_on: date
    seen_on: date
    is_this: bool


class ChangePasswordForm(Form):
    """The present password and the new one."""

    present = PasswordField("Present password", [DataRequired("The present password is missing.")])
    password = PasswordField("New password", [DataRequired("The new password is missing.")])


class AddressForm(Form):
    """Another address, and the password once more."""

    email = EmailField("New e-mail address", [DataRequired("Which address shall mails go to?")])
    proof = PasswordField("Your password", [DataRequired("The password is missing.")])


class DeleteForm(Form):
    """The password once more."""

    confirmation = PasswordField("Your password", [DataRequired("The password is missing.")])


FORMS = {"change": ChangePasswordForm, "address": AddressForm, "delete": DeleteForm}


@pages.get("/account")
@learner_required
def show() -> ResponseReturnValue:
    """Show the account."""
    return _page()


@pages.post("/account/password")
@checks_token_itself
@learner_required
def change_password() -> ResponseReturnValue:
    """Replace the password, sign out all other browsers and give this one a new session."""
    form, account = ChangePasswordForm(), current_account()
    proven = _may_change(form, account) if form.validate() else None
    if proven is None:
        return _page(change=form), 422
    password_hash = hash_password(form.password.data)
    if not _is_still_own(form, "present", proven):
        return _page(change=form), 422
    accounts.change_password(current_session(), account.learner_id, password_hash, now=current_now())
    start_session(account.learner_id)
    log.info("password_changed", learner=account.learner_id)
    return go_to(url_for(".show"), says="Your new password is stored. All other browsers are signed out.")


@pages.post("/account/address")
@checks_token_itself
@learner_required
def change_address() -> ResponseReturnValue:
    """Replace the address, sign out all other browsers and send the link that confirms the new one."""
    form, account = AddressForm(), current_account()
    try:
        proven = _find_own(form, "proof", account) if form.validate() else None
        if proven is None:
            return _page(address=form), 422
        email = normalise_email(form.email.data)
        limits.count(limits.CONFIRM_BY_ACCOUNT, str(account.learner_id))
        if not _is_still_own(form, "proof", proven):
            return _page(address=form), 422
        accounts.change_address(current_session(), account.learner_id, email, now=current_now())
    except (Invalid, Conflict) as error:
        give_up()
        form.blame("email", str(error))
        return _page(address=form), 422
    start_session(account.learner_id)
    log.info("address_changed", learner=account.learner_id)
    return go_to(url_for(".show"), says=f"Your address is {email} now. A link to confirm it is on its way there.")


@pages.post("/account/browsers")
@learner_required
def end_others() -> ResponseReturnValue:
    """Sign out all browsers but this one."""
    learner_id = current_account().learner_id
    accounts.end_other_sessions(current_session(), learner_id, current_secret(), now=current_now())
    log.info("other_sessions_ended", learner=learner_id)
    return go_to(url_for(".show"), says="All other browsers are signed out.")


@pages.post("/account/confirmation")
@learner_required
def send_confirmation() -> ResponseReturnValue:
    """Send the link that confirms the address once more."""
    account = current_account()
    limits.count(limits.CONFIRM_BY_ACCOUNT, str(account.learner_id))
    accounts.ask_to_confirm(current_session(), account.learner_id, now=current_now())
    return go_to(url_for(".show"), says=f"The link is on its way to {account.email}.")


@pages.post("/account/delete")
@checks_token_itself
@learner_required
def delete() -> ResponseReturnValue:
    """Delete the account with everything in it, after the password once more."""
    form, account = DeleteForm(), current_account()
    proven = _find_own(form, "confirmation", account) if form.validate() else None
    if proven is None or not _is_still_own(form, "confirmation", proven):
        return _page(delete=form), 422
    end_session()
    accounts.delete_account(current_session(), account.learner_id, now=current_now())
    log.info("account_deleted", learner=account.learner_id)
    return go_to(url_for("landing.index"), says="Your account is deleted, with everything in it.")


def _page(**given: Form) -> str:
    account, secret, zone = current_account(), current_secret(), current_zone()
    with reading() as session:
        browsers = accounts.list_browsers(session, account.learner_id, now=current_now())
    return render_template(
        "account/show.html",
        account=account,
        today=study_day(current_now(), zone),
        browsers=[_shown(browser, zone, is_this=accounts.is_browser_of(browser, secret)) for browser in browsers],
        **{name: given.get(name) or form(formdata=None) for name, form in FORMS.items()},
    )


def _shown(browser: Browser, zone: tzinfo, *, is_this: bool) -> ShownBrowser:
    return ShownBrowser(
        name=name_browser(browser.agent),
        since_on=study_day(browser.started_at, zone),
        seen_on=study_day(browser.seen_at, zone),
        is_this=is_this,
    )


def _may_change(form: ChangePasswordForm, account: Account) -> Credentials | None:
    try:
        check_new_password(form.password.data, account.email)
    except Invalid as error:
        form.blame(error.field, str(error))
        return None
    return _find_own(form, "present", account)


def _find_own(form: Form, field: str, account: Account) -> Credentials | None:
    """Return what the password typed into a field proves, counted like a sign-in; blame the field when it is wrong."""
    limits.count(limits.SIGN_IN_BY_ACCOUNT, account.email)
    with reading() as session:
        credentials = accounts.get_credentials(session, account.learner_id)
    if is_password_of(credentials, form[field].data):
        limits.forgive(limits.SIGN_IN_BY_ACCOUNT, account.email)
        return credentials
    form.blame(field, WRONG)
    return None


def _is_still_own(form: Form, field: str, proven: Credentials) -> bool:
    """Say whether the password is the same in the transaction that acts: checking it takes a while."""
    if accounts.is_still_proven(current_session(), proven):
        return True
    give_up()
    form.blame(field, WRONG)
    return False
