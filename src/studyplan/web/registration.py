"""Making an account: what `/start` does before it stores what is to be studied."""

import structlog
from werkzeug.exceptions import Forbidden

from studyplan.domain.catalog import LearnerId
from studyplan.services import accounts
from studyplan.web import limits
from studyplan.web.current import current_now, current_settings
from studyplan.web.database import current_session
from studyplan.web.identity import check_new_password, hash_password, normalise_email
from studyplan.web.sessions import start_session

log = structlog.get_logger("studyplan.auth")


def check_registration() -> None:
    """Answer 403 when this server takes no new accounts; there are no invitations yet, so `invite` is closed."""
    if current_settings().registration != "open":
        raise Forbidden("This server takes no new accounts by itself. Ask whoever runs it for one.")


def register_account(email: str, password: str) -> LearnerId:
    """Make an account and sign this browser in; Invalid names its field, Conflict says that the address has one.

    Call it before the request's first statement: the password is hashed before the transaction begins.
    """
    check_registration()
    limits.count(limits.SIGN_UP_BY_CLIENT, limits.client_key())
    address = normalise_email(email)
    check_new_password(password, address)
    password_hash = hash_password(password)
    learner_id = accounts.sign_up(current_session(), email=address, password_hash=password_hash, now=current_now())
    start_session(learner_id)
    log.info("signed_up", learner=learner_id, client=limits.client_key())
    return learner_id
