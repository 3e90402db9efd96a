"""`studyplan user`: accounts from the command line."""

import secrets
from argparse import ArgumentParser, Namespace

from studyplan.cli.command import Command, learner_of, transaction
from studyplan.domain.errors import Invalid
from studyplan.now import now
from studyplan.publish.links import Links
from studyplan.services import accounts, feeds
from studyplan.settings import Settings
from studyplan.web.app import create_app
from studyplan.web.identity import hash_password, normalise_email

ACTIONS = ("add", "list", "admin", "delete", "feeds")


def password_hash(settings: Settings, password: str) -> str:
    """Return the hash that signing in checks a password against."""
    with create_app(settings).app_context():
        return hash_password(password)


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("email", metavar="EMAIL", nargs="?", help="the mail address (not for list)")


def _run(arguments: Namespace, settings: Settings) -> None:
    if arguments.action != "list" and not arguments.email:
        raise Invalid(f"studyplan user {arguments.action} needs the mail address.")
    _ACTIONS[arguments.action](arguments, settings)


def _add(arguments: Namespace, settings: Settings) -> None:
    password = secrets.token_urlsafe(12)
    hashed = password_hash(settings, password)
    with transaction(settings) as session:
        accounts.sign_up(session, email=normalise_email(arguments.email), password_hash=hashed, now=now())
    print(f"{arguments.email} can sign in with the password {password}")


def _list(_arguments: Namespace, settings: Settings) -> None:
    with transaction(settings, read_only=True) as session:
        for account in accounts.list_accounts(session):
            print(f"{account.email} (admin)" if account.is_admin else account.email)


def _admin(arguments: Namespace, settings: Settings) -> None:
    with transaction(settings) as session:
        accounts.make_admin(session, learner_of(session, arguments))
    print(f"{arguments.email} is an admin now.")


def _delete(arguments: Namespace, settings: Settings) -> None:
    with transaction(settings) as session:
        accounts.delete_account(session, learner_of(session, arguments), now=now())
    print(f"{arguments.email} and all that was theirs is deleted.")


def _feeds(arguments: Namespace, settings: Settings) -> None:
    links = Links.of(settings)
    with transaction(settings, read_only=True) as session:
        for shown in feeds.list_feeds(session, learner_of(session, arguments), links, now=now()):
            address = links.page(f"/feeds/{shown.token}/due.rss") if shown.token else "its address was made elsewhere"
            print(f"{shown.feed.name}: {address}")


_ACTIONS = {"add": _add, "list": _list, "admin": _admin, "delete": _delete, "feeds": _feeds}

COMMANDS = (
    Command(
        name="user",
        summary="Add, list or delete accounts, make somebody an admin, show feed addresses.",
        example="studyplan user add ada@example.org",
        run=_run,
        configure=_configure,
    ),
)
