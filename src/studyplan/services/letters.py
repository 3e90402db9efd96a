"""Write the mail of a delivery, at the moment it is sent, or say why it is not wanted any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from sqlalchemy.orm import Session

from studyplan.domain import wording
from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Delivery, DeliveryId, Kind, Told
from studyplan.publish.digest import Digest
from studyplan.publish.links import Links
from studyplan.publish.mail import Mail, bare_address, quoted_size
from studyplan.publish.twins import Note, render
from studyplan.services import digests
from studyplan.services.account_letters import ACCOUNT_KINDS, ASKED_FOR, account_note
from studyplan.services.bounces import COMPLAINT
from studyplan.services.deliveries import Letter, Unwanted
from studyplan.settings import Settings
from studyplan.store import learners
from studyplan.store.digest_material import Material, list_material
from studyplan.store.premises import Premise
from studyplan.store.suppressions import Recipient, find_suppression, list_recipients

A_MINUTE = timedelta(minutes=1)
FAREWELL = "Your plan waits, without mails"
MOST_BYTES = 60_000
"""Mail programs cut off at about 100 kB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """All that the mails of a batch are written from."""

    settings: Settings
    links: Links
    recipients: Mapping[DeliveryId, Recipient]
    material: Mapping[LearnerId, Material]
    notes: Mapping[DeliveryId, Note]


def gather(session: Session, deliveries: Sequence[Delivery], settings: Settings, *, now: datetime) -> Desk:
    """Return what mails are written from, however many in a few statements."""
    links = Links.of(settings)
    learner_ids = list({delivery.learner_id for delivery in deliveries})
    own = list_recipients(session, learner_ids)
    there = [delivery for delivery in deliveries if delivery.learner_id in own]
    return Desk(
        settings=settings,
        links=links,
        recipients={it.id: _recipient(session, it, own[it.learner_id]) for it in there},
        material=list_material(session, learner_ids, now=now),
        notes={
            delivery.id: account_note(session, delivery, links, now=now)
            for delivery in there
            if delivery.kind in ACCOUNT_KINDS
        },
    )


def write(desk: Desk, delivery: Delivery, *, now: datetime) -> Letter | Unwanted:
    """Return the mail of a delivery, or why it is not wanted any more."""
    against = _reason_against_sending(delivery, desk.recipients.get(delivery.id), now=now)
    if against is not None:
        return Unwanted(reason=against)
    if delivery.kind in ACCOUNT_KINDS:
        note = desk.notes[delivery.id]
        text, html = render("letter", {"letter": note, "unsubscribe": ""})
        return _letter(desk, delivery, (note.subject, text, html))
    material = desk.material.get(delivery.learner_id)
    if material is None:
        return Unwanted(reason="no track is chosen yet")
    reason = _reason_against_digest(desk, material, delivery, now=now)
    return _digest_letter(desk, material, delivery, now=now) if reason is None else Unwanted(reason=reason)


def premise_of(desk: Desk, delivery: Delivery) -> Premise | None:
    """Return what has to hold when a mail goes out that was written before; None when it goes nowhere."""
    recipient, material = desk.recipients.get(delivery.id), desk.material.get(delivery.learner_id)
    if recipient is None:
        return None
    wish = material.learner.digest if material is not None else None
    return Premise(
        learner_id=delivery.learner_id,
        address=recipient.address,
        digest_kind=wish.kind if wish is not None else None,
        paused_until=wish.paused_until if wish is not None else None,
    )


def preview(session: Session, learner_id: LearnerId, settings: Settings, *, now: datetime) -> Mail:
    """Return a learner's digest as it would be sent now. NotFound before there is a plan."""
    wish = learners.get_learner(session, learner_id).digest
    delivery = Delivery(
        learner_id=learner_id,
        id=DeliveryId("preview"),
        kind=Kind.DAILY if wish.kind == Kind.DAILY else Kind.WEEKLY,
        period="preview",
        message_id=f"<preview-{now:%Y%m%dT%H%M%S}-{learner_id}@{_host(settings)}>",
        attempt=1,
        queued_at=now,
    )
    desk = gather(session, [delivery], settings, now=now)
    return _digest(desk, desk.material[learner_id], delivery, now=now).mail


def render_digest(digest: Digest, unsubscribe: str, links: Links) -> tuple[str, str]:
    """Return the text and HTML of a digest, shortened until it is small enough for every mail program."""
    pages = {"today": "/today", "plan": "/plan", "away": "/plan#break", "settings": "/settings/digest"}
    addresses = {name: links.page(path) for name, path in pages.items()} | {"unsubscribe": unsubscribe}
    while True:
        text, html = render("digest", {"digest": digest, "links": addresses})
        is_small = quoted_size(text) + quoted_size(html) <= MOST_BYTES
        if is_small or sum(len(day.entries) for day in digest.days) <= 1:
            return text, html
        digest = digest.shortened()


def _recipient(session: Session, delivery: Delivery, own: Recipient) -> Recipient:
    """Return whom a mail goes to: the learner, at the former address when the mail is about that."""
    if delivery.kind is not Kind.MOVED:
        return own
    return replace(own, address=delivery.address, held_back=find_suppression(session, delivery.address))


def _reason_against_sending(delivery: Delivery, recipient: Recipient | None, *, now: datetime) -> str | None:
    if recipient is None:
        return "the account is gone"
    if delivery.is_late(now):
        return f"too late: more than {wording.duration(delivery.kind.late_after / A_MINUTE)} after its time"
    if recipient.held_back is not None and not _is_asked_for(delivery, recipient.held_back):
        return f"nothing goes to {recipient.address}: {recipient.held_back}"
    return None if recipient.is_active else "the account is switched off"


def _is_asked_for(delivery: Delivery, held_back: str) -> bool:
    """Say whether somebody who complained about digests has asked for this mail since."""
    return delivery.kind in ASKED_FOR and held_back.startswith(COMPLAINT)


def _reason_against_digest(desk: Desk, material: Material, delivery: Delivery, *, now: datetime) -> str | None:
    learner = material.learner
    if not learner.confirmed:
        return "the address is not confirmed"
    if learner.is_demo and desk.settings.smtp_url.get_secret_value():
        return "a demo learner has no mailbox"
    return digests.reason_against(learner, delivery, now=now)


def _digest_letter(desk: Desk, material: Material, delivery: Delivery, *, now: datetime) -> Letter | Unwanted:
    """Return a digest; that nothing is due is said once, not each time."""
    if delivery.kind is Kind.FAREWELL:
        unsubscribe = desk.links.unsubscribe(delivery.learner_id)
        text, html = render("letter", {"letter": _farewell(desk.links), "unsubscribe": unsubscribe})
        return _letter(desk, delivery, (FAREWELL, text, html), unsubscribe)
    written = _digest(desk, material, delivery, now=now)
    is_news = material.told is not None and material.told.items > 0
    if written.told and not written.told.items and not is_news and delivery.kind is not Kind.TEST:
        return Unwanted(reason="nothing is due")
    return written


def _digest(desk: Desk, material: Material, delivery: Delivery, *, now: datetime) -> Letter:
    digest = digests.build(material, delivery.kind, desk.links, now=now)
    unsubscribe = desk.links.unsubscribe(delivery.learner_id)
    content = (digest.subject, *render_digest(digest, unsubscribe, desk.links))
    return _letter(desk, delivery, content, unsubscribe, digests.told_by(digest))


def _letter(
    desk: Desk, delivery: Delivery, content: tuple[str, str, str], unsubscribe: str = "", told: Told | None = None
) -> Letter:
    subject, text, html = content
    mail = Mail(
        message_id=delivery.message_id,
        sender=desk.settings.mail_from,
        recipient=desk.recipients[delivery.id].address,
        subject=subject,
        text=text,
        html=html,
        headers=_headers(delivery, desk.settings, unsubscribe),
    )
    return Letter(mail=mail, told=told)


def _headers(delivery: Delivery, settings: Settings, unsubscribe: str) -> tuple[tuple[str, str], ...]:
    """Return what mailbox providers ask for: RFC 2369, 2919, 3834 and 8058."""
    host = _host(settings)
    always = (("Auto-Submitted", "auto-generated"), ("Feedback-ID", f"{delivery.kind}:studyplan:{host}"))
    if not unsubscribe:
        return always
    own = bare_address(settings.mail_from)
    by_mail = f"mailto:{own}?subject={quote('unsubscribe ' + unsubscribe.rpartition('/')[2])}"
    listed = (
        ("List-Id", f"Studyplan digests <digests.{host}>"),
        ("List-Unsubscribe", f"<{unsubscribe}>,\n <{by_mail}>"),
    )
    one_click = (("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),)
    return always + listed + (one_click if unsubscribe.startswith("https://") else ())


def _farewell(links: Links) -> Note:
    return Note(
        subject=FAREWELL,
        paragraphs=(
            "You have not been here for half a year, so this is the last mail.",
            "All that you have read, and what we believe you remember of it, is kept.",
            "Digests begin again once you come back.",
        ),
        button="Open Studyplan",
        url=links.page("/today"),
        foot="No pictures, no tracking.",
    )


def _host(settings: Settings) -> str:
    return urlsplit(settings.site).hostname or "localhost"
