"""What comes back: delivery reports (RFC 3464), complaints (RFC 5965), and mails that ask to unsubscribe (RFC 2369).

Those who send mail for others tell of it in JSON, each in its own form; `read` takes one that each can be brought to.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

import idna

from studyplan.domain.canonical import clean_text
from studyplan.domain.deliveries import bounce_of_status
from studyplan.domain.errors import Invalid

KINDS = ("hard", "soft", "complaint")
JSON_FIELDS = ("address", "kind", "message_id", "detail")
JSON_EXAMPLE = '{"address": "ada@example.org", "kind": "hard", "message_id": "<…>", "detail": "550 no such user"}'

_FROM_LINE = re.compile(rb"^From .*\n", re.MULTILINE)
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """One address that a report is about: 'hard', 'soft' or 'complaint', and the Message-ID of the mail it got."""

    address: str
    kind: str
    detail: str
    message_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsubscription:
    """A mail that asks for no more digests by the token that each digest carries."""

    token: str


def read(raw: bytes) -> list[Returned | Unsubscription]:
    """Return what a mail, each mail of an mbox file, or JSON reports; nothing for what only tells of a delay.

    Invalid for JSON of another form.
    """
    if raw.lstrip()[:1] in {b"{", b"["}:
        return list(_read_json(raw))
    return [item for part in _mails(raw) for item in _read_mail(part)]


def _read_json(raw: bytes) -> Iterator[Returned]:
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"This is no JSON: {error}.") from None
    for number, item in enumerate(given if isinstance(given, list) else [given], start=1):
        fields = {"detail": ""} | (item if isinstance(item, dict) else {})
        wrong = [name for name in JSON_FIELDS if not isinstance(fields.get(name), str)]
        if wrong or fields["kind"] not in KINDS:
            what = f"no text as “{wrong[0]}”" if wrong else f"“{fields['kind']}” as “kind”, not {', '.join(KINDS)}"
            raise Invalid(f"Report {number} has {what}. It looks like {JSON_EXAMPLE}")
        detail = clean_text(fields["detail"]) or fields["kind"]
        message_id = clean_text(fields["message_id"])
        yield Returned(address=_address(fields["address"]), kind=fields["kind"], detail=detail, message_id=message_id)


def _mails(raw: bytes) -> list[bytes]:
    return [part for part in _FROM_LINE.split(raw) if part.strip()] if raw.startswith(b"From ") else [raw]


def _read_mail(raw: bytes) -> list[Returned | Unsubscription]:
    """Return what a mail reports; nothing for one that is nested so deep that it cannot be read."""
    try:
        return list(_read_one(raw))
    except RecursionError:
        return []


def _read_one(raw: bytes) -> Iterator[Returned | Unsubscription]:
    message = _parse(raw)
    parts = list(message.walk())
    original = next((part for part in parts if _holds_original(part)), None)
    message_id, recipient = _original(original)
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            yield from _failures(part, message_id)
        elif part.get_content_type() == "message/feedback-report":
            fields = _fields(part)[0]
            address = _address(fields.get("Original-Rcpt-To", "")) or recipient
            detail = clean_text(fields.get("Feedback-Type", "abuse"))
            yield Returned(address=address, kind="complaint", detail=detail, message_id=message_id)
    asked = _UNSUBSCRIBE.fullmatch(_subject(message))
    if asked:
        yield Unsubscription(token=asked[1])


def _parse(raw: bytes) -> Message:
    """Return a mail whose headers are texts as they stand: what takes them apart fails at some that are malformed."""
    return message_from_string(raw.decode("utf-8", "replace"))


def _subject(message: Message) -> str:
    given = message.get("Subject", "")
    try:
        return str(make_header(decode_header(given)))
    except (HeaderParseError, LookupError, ValueError):  # it is no text of ours then
        return given


def _failures(part: Message, message_id: str) -> Iterator[Returned]:
    for fields in _fields(part):
        if fields.get("Action", "").strip().lower() != "failed":
            continue
        status = fields.get("Status", "").strip()
        address = _address(fields.get("Original-Recipient") or fields.get("Final-Recipient") or "")
        detail = clean_text(fields.get("Diagnostic-Code", status))
        kind = bounce_of_status(status)
        if address and kind:
            yield Returned(address=address, kind=kind, detail=detail, message_id=message_id)


def _fields(part: Message) -> list[Message]:
    """Return the groups of fields in a report: one of the whole, then one for each recipient."""
    payload = part.get_payload()
    return [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []


def _holds_original(part: Message) -> bool:
    return part.get_content_type() in {"text/rfc822-headers", "message/rfc822"}


def _original(part: Message | None) -> tuple[str, str]:
    """Return the Message-ID and the recipient of the mail that a report is about."""
    if part is None:
        return "", ""
    payload = part.get_payload(decode=True) if part.get_content_type() == "text/rfc822-headers" else None
    inner = part.get_payload()
    if isinstance(payload, bytes):
        original = _parse(payload)
    elif isinstance(inner, list) and isinstance(inner[0], Message):
        original = inner[0]
    else:
        return "", ""
    return clean_text(original.get("Message-ID", "")), _address(original.get("To", ""))


def _address(field: str) -> str:
    """Return the address in 'rfc822; ada@example.org' or '<ada@example.org>', its domain as accounts have it."""
    address = clean_text(field.rpartition(";")[2]).strip("<>").lower()
    person, at, domain = address.rpartition("@")
    try:
        return person + at + idna.decode(domain) if "xn--" in domain else address
    except idna.IDNAError:  # it is nobody's
        return address
