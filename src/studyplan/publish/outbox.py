"""Where mails go without a mail server: into a folder of .eml files that can be looked at, or into memory."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from studyplan.domain.deliveries import Answer, Fate
from studyplan.domain.errors import NotFound
from studyplan.publish.mail import Mail, Mailer, Meanwhile, SmtpMailer, nothing, unwritten
from studyplan.settings import Settings

FOLDER = "outbox"
MOST_LISTED = 100
_NAME = re.compile(r"[\w-]+")
_LINK = re.compile(r"https?://[^\s<>]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenMail:
    """A mail in the outbox."""

    name: str
    recipient: str
    subject: str
    written_at: datetime
    text: str
    html: str

    @property
    def links(self) -> list[str]:
        """Return the addresses in it, each once."""
        return list(dict.fromkeys(_LINK.findall(self.text)))


class MemoryMailer:
    """Keeps mails in a list."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:  # noqa: ARG002 it takes no time
        """Keep the mail."""
        self.mails.append(mail)
        return Answer(fate=Fate.TAKEN)

    def close(self) -> None:
        """Do nothing."""


class FolderMailer:
    """Writes mails as .eml files; the same Message-ID is the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail, *, now: datetime, meanwhile: Meanwhile = nothing) -> Answer:  # noqa: ARG002 it takes no time
        """Write the mail; nobody ever sees half of it."""
        name = mail.message_id.strip("<>").partition("@")[0]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f".{name}.part"
            part.write_bytes(mail.as_bytes(now))
            part.rename(self.folder / f"{name}.eml")
        except OSError as error:
            return Answer(fate=Fate.UNREACHABLE, detail=f"{self.folder}: {error.strerror}")
        except ValueError as error:
            return unwritten(error)
        return Answer(fate=Fate.TAKEN, detail=f"{FOLDER}/{name}.eml")

    def close(self) -> None:
        """Do nothing."""


def make_mailer(settings: Settings) -> Mailer:
    """Return the way that the settings name: the mail server's, else the outbox."""
    url = settings.smtp_url.get_secret_value()
    return SmtpMailer(url) if url else FolderMailer(settings.data_dir / FOLDER)


def list_mails(folder: Path) -> list[WrittenMail]:
    """Return the newest mails in an outbox, the newest first."""
    files = [file for file in folder.glob("*.eml") if _NAME.fullmatch(file.stem)]
    files.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    return [_mail(file) for file in files[:MOST_LISTED]]


def get_mail(folder: Path, name: str) -> WrittenMail:
    """Return one mail of an outbox, or raise NotFound."""
    file = folder / f"{name}.eml"
    if not _NAME.fullmatch(name) or not file.is_file():
        raise NotFound("There is no such mail in the outbox.")
    return _mail(file)


def _mail(file: Path) -> WrittenMail:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return WrittenMail(
        name=file.stem,
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        written_at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())
