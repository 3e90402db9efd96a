"""All settings, read once from the environment or `.env`, and frozen. Bad values are named all at once."""

import os
import re
import secrets
from contextlib import suppress
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "STUDYPLAN_"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "[::]", "*")  # noqa: S104 the names of all of a machine's own addresses
DATABASES = ("sqlite:///", "postgresql+psycopg://")
MAIL_SERVERS = ("smtp://", "smtps://", "smtp+starttls://")


class BadSettings(Exception):
    """One sentence for each setting that cannot be used."""


class Settings(BaseSettings):
    """What the person who runs Studyplan decides. Each field is documented in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore")

    data_dir: Path = Path("var")
    database_url: str = ""
    base_url: str = ""
    secret_key: SecretStr = SecretStr("")
    listen: str = "127.0.0.1:8000"
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "Studyplan <studyplan@localhost>"
    runner: Literal["local", "procrastinate"] = "local"
    registration: Literal["open", "invite", "closed"] = "open"
    ratelimit_storage: str = "memory://"
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value:
            check_database(value)
        return value

    @field_validator("base_url")
    @classmethod
    def _absolute_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be an http or https address such as https://study.example.org or …/study")
        return value.rstrip("/")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise ValueError("must be host:port such as 127.0.0.1:8000")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not (text.startswith(MAIL_SERVERS) and _has_host_and_port(text)):
            raise ValueError("must be smtp://, smtp+starttls:// or smtps://user:password@host:port, a / as %2F")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have 32 characters or more")
        return value

    @field_validator("trusted_hosts", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return tuple(host.strip() for host in value.split(",") if host.strip()) if isinstance(value, str) else value

    @field_validator("runner")
    @classmethod
    def _fits_the_database(cls, value: str, info: ValidationInfo) -> str:
        if value == "procrastinate" and not info.data.get("database_url", "postgresql").startswith("postgresql"):
            raise ValueError("needs a PostgreSQL STUDYPLAN_DATABASE_URL; local works with any")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        address = parseaddr(value)[1]
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address) or "\n" in value or "\r" in value:
            raise ValueError("must be an address such as Studyplan <studyplan@example.org>")
        if not address.isascii():
            raise ValueError("must be an address in ASCII, an international domain in its form xn--…")
        return value

    @field_validator("ratelimit_storage")
    @classmethod
    def _storage(cls, value: str) -> str:
        if not re.match(r"[a-z+]+://", value):
            raise ValueError("must be memory:// or a shared store such as redis://localhost:6379")
        return value

    @property
    def database(self) -> str:
        """The database's address; a file in the data folder when none is set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'studyplan.db'}"

    @property
    def site(self) -> str:
        """The absolute address that links in feeds and mails begin with, without a slash at the end."""
        host, _, port = self.listen.rpartition(":")
        return self.base_url or f"http://{'localhost' if host in EVERYWHERE else host}:{port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the site is only for the machine it runs on."""
        return urlsplit(self.site).hostname in LOOPBACK

    @property
    def hosts(self) -> tuple[str, ...]:
        """The Host headers that are answered."""
        own = (urlsplit(self.site).hostname or "",)
        return self.trusted_hosts or ((*own, "localhost", "127.0.0.1", "[::1]") if self.is_loopback else own)

    @cached_property
    def secret(self) -> str:
        """The key that everything is signed with: set, or made once in the data folder."""
        return self.secret_key.get_secret_value() or _made_once(self.data_dir / "secret_key")


def load(**overrides: Any) -> Settings:
    """Return the settings; BadSettings names every value that cannot be used, and what is allowed."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise BadSettings("\n".join(_sentence(item) for item in error.errors())) from None


def check_database(url: str) -> None:
    """Raise ValueError for what is no address of a database."""
    if not url.startswith(DATABASES):
        raise ValueError(f"must begin with {' or '.join(DATABASES)}")
    place = url.partition("://")[2].rpartition("@")[2]  # a password may hold what ends a host elsewhere
    if not url.startswith("sqlite") and not _has_port(f"//{place}"):
        raise ValueError("must be postgresql+psycopg://user:password@host:port/name, its port a number")


def refusal(name: str, given: object, reason: str) -> str:
    """Return the sentence on a setting that cannot be used."""
    return f"{PREFIX}{name.upper()}: {given} cannot be used: {reason}."


def hide_password(url: str) -> str:
    """Return an address with its password masked, for people to read."""
    return re.sub(r"(://[^/@:]*:).*@", r"\1***@", url)


def _sentence(error: Any) -> str:
    name = str(error["loc"][0])
    given = "(hidden)" if name in {"secret_key", "smtp_url"} else hide_password(repr(error["input"]))
    return refusal(name, given, error["msg"].removeprefix("Value error, "))


def _has_port(url: str) -> bool:
    """Say whether the port of an address is one or left out."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _has_host_and_port(url: str) -> bool:
    return _has_port(url) and bool(urlsplit(url).hostname)


def _made_once(file: Path) -> str:
    """Return the key in a file; of several processes that find none, the first one's is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        with NamedTemporaryFile("w", dir=file.parent, prefix=".secret_key-") as made:
            made.write(secrets.token_urlsafe(48))
            made.flush()
            os.fsync(made.fileno())
            with suppress(FileExistsError):
                os.link(made.name, file)
    return file.read_text().strip()
