"""Flask-Security's part: users as it knows them, and how passwords are normalised, hashed and verified."""

from email_validator import EmailNotValidError, validate_email
from flask import Flask, current_app
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, UserMixin
from flask_security import hash_password as hash_normalised
from flask_security import verify_password as verify_normalised

from studyplan.domain.account import Credentials
from studyplan.domain.errors import Invalid
from studyplan.domain.passwords import find_fault
from studyplan.store.rows import RoleRow, UserRow
from studyplan.web import hashing

NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$NfEQa94Co7mQ5ll+driFvQ$qKqIP2rke8II7+dhytwncOx9n8sys8WGM4cg6jhkU8o"
"""What the password of an unknown address is compared with: it must take as long as a known one's."""


class Role(RoleRow, RoleMixin):
    """A role as Flask-Security knows it."""


class User(UserRow, UserMixin):  # type: ignore[misc] # roles: mapped in the one, listed in the other
    """A user as Flask-Security knows it; the one row outside the store."""


class Datastore(SQLAlchemyUserDatastore):
    """Flask-Security's way to users. Its commits do nothing: only the edge commits."""

    def commit(self) -> None:
        """Leave it to the edge."""


def register(app: Flask) -> None:
    """Set Flask-Security up for passwords; sessions are our own rows, pages our own views."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 an algorithm
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],  # a hash outlives the secret key
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__memory_cost": 19_456,
            "argon2__time_cost": 2,
            "argon2__parallelism": 1,
        },
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",  # noqa: S106 a form of Unicode
    )
    security = Security(app, Datastore(app.extensions["sqlalchemy"], User, Role), register_blueprint=False)
    _leave_requests_alone(app, security)


def normalise_email(text: str) -> str:
    """Return an address in the one spelling that accounts are found by; Invalid when it cannot be one."""
    try:
        address = validate_email(text.strip(), strict=True, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise Invalid(f"This is not a complete address: {error}", field="email") from None
    if "." not in address.domain and address.domain != "localhost":
        raise Invalid("This address has no ending such as .org. Is it complete?", field="email")
    return address.normalized.lower()


def check_new_password(password: str, email: str, *, field: str = "password") -> None:
    """Raise Invalid when a password is too short, too long, common, or the own address."""
    if fault := find_fault(_normalised(password), email):
        raise Invalid(fault, field=field)


def hash_password(password: str) -> str:
    """Return a password's hash. It takes a core's time: call it before the transaction's first statement."""
    with hashing.turn():
        hashed: str = hash_normalised(_normalised(password))
        return hashed


def is_password_of(credentials: Credentials | None, password: str) -> bool:
    """Say whether this is the password of an account in use; as slowly when there is no such account."""
    known = credentials.password_hash if credentials and credentials.is_active else None
    with hashing.turn():
        return bool(verify_normalised(_normalised(password), known or NOBODYS_HASH)) and known is not None


def _normalised(password: str) -> str:
    security: Security = current_app.extensions["security"]
    text: str = security._password_util.normalize(password)  # noqa: SLF001 the documented hook has no public name
    return text


def _leave_requests_alone(app: Flask, security: Security) -> None:
    """Take out what would ask the database for the framework's own user on every request and in every template."""
    app.before_request_funcs[None].remove(security.principal._on_before_request)  # noqa: SLF001 it cannot be set up without
    app.template_context_processors[None] = [
        processor for processor in app.template_context_processors[None] if processor.__module__ != "flask_login.utils"
    ]
    security.login_manager.request_loader(lambda _request: None)
    security.login_manager.user_loader(lambda _user_id: None)
