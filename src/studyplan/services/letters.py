"""Write the mail of a delivery, at the moment it is sent, or say why it is not wanted any more."""

from datetime import datetime
from email.utils import parseaddr
from urllib.parse import quote, urlsplit

from sqlalchemy.orm import Session

from studyplan.domain.account import Credentials
from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Delivery, DeliveryId, Kind, Told
from studyplan.domain.learner import Learner
from studyplan.publish.digest import Digest
from studyplan.publish.links import Links
from studyplan.publish.mail import Mail, quoted
from studyplan.publish.twins import Note, render
from studyplan.services import accounts, digests
from studyplan.services.deliveries import Letter, Unwanted
from studyplan.settings import Settings
from studyplan.store import accounts as account_store
from studyplan.store import deliveries, learners, suppressions

FAREWELL = "Your plan waits, without mails"
MOST_BYTES = 60_000
"""Mail programs cut off at about 100 kB."""


def write(session: Session, delivery: Delivery, settings: Settings, *, now: datetime) -> Letter | Unwanted:
    """Return the mail of a delivery."""
    if delivery.is_late(now):
        return Unwanted(reason=f"too late: it was for {delivery.queued_at:%Y-%m-%d %H:%M} UTC")
    credentials = account_store.get_credentials(session, delivery.learner_id)
    held_back = suppressions.find_suppression(session, credentials.email)
    if held_back is not None:
        return Unwanted(reason=f"nothing goes to {credentials.email}: {held_back}")
    if not credentials.is_active:
        return Unwanted(reason="the account is switched off")
    if delivery.kind in {Kind.CONFIRM, Kind.RESET}:
        return _account_letter(session, delivery, credentials, settings, now=now)
    return _digest_letter(session, delivery, settings, now=now)


def preview(session: Session, learner_id: LearnerId, settings: Settings, *, now: datetime) -> Mail:
    """Return a learner's digest as it would be sent now. NotFound before there is a plan."""
    learner = learners.get_learner(session, learner_id)
    host = urlsplit(settings.site).hostname or "localhost"
    delivery = Delivery(
        learner_id=learner_id,
        id=DeliveryId("preview"),
        kind=Kind.DAILY if learner.digest.kind == Kind.DAILY else Kind.WEEKLY,
        period="preview",
        message_id=f"<preview-{now:%Y%m%dT%H%M%S}-{learner_id}@{host}>",
        attempt=1,
        queued_at=now,
    )
    return _digest(session, learner, delivery, settings, now=now).mail


def make_links(settings: Settings) -> Links:
    """Return the addresses that mails carry: of the configured site, never of a request's host."""
    return Links(site=settings.site, secret=settings.secret)


def render_digest(digest: Digest, unsubscribe: str, links: Links) -> tuple[str, str]:
    """Return the text and HTML of a digest, shortened until it is small enough for every mail program."""
    pages = {"today": "/today", "plan": "/plan", "away": "/plan/break", "settings": "/settings/digest"}
    addresses = {name: links.page(path) for name, path in pages.items()} | {"unsubscribe": unsubscribe}
    while True:
        text, html = render("digest", digest=digest, links=addresses)
        is_small = len(quoted(text)) + len(quoted(html)) <= MOST_BYTES
        if is_small or sum(len(day.entries) for day in digest.days) == 1:
            return text, html
        digest = digest.shortened()


def _digest_letter(session: Session, delivery: Delivery, settings: Settings, *, now: datetime) -> Letter | Unwanted:
    learner = learners.find_learner(session, delivery.learner_id)
    if learner is None:
        return Unwanted(reason="no track is chosen yet")
    reason = _reason_against(learner, delivery, settings, now=now)
    if reason is not None:
        return Unwanted(reason=reason)
    if delivery.kind is Kind.FAREWELL:
        links = make_links(settings)
        unsubscribe = links.unsubscribe(learner.id)
        text, html = render("letter", letter=_farewell(links), unsubscribe=unsubscribe)
        return _letter(delivery, learner.email, settings, (FAREWELL, text, html), unsubscribe)
    written = _digest(session, learner, delivery, settings, now=now)
    if written.told and not written.told.items and delivery.kind is not Kind.TEST:
        last = deliveries.find_last_told(session, learner.id)
        if last is None or last.items == 0:
            return Unwanted(reason="nothing is due")
    return written


def _digest(session: Session, learner: Learner, delivery: Delivery, settings: Settings, *, now: datetime) -> Letter:
    links = make_links(settings)
    unsubscribe = links.unsubscribe(learner.id)
    digest = digests.build(session, learner, delivery.kind, links, now=now)
    content = (digest.subject, *render_digest(digest, unsubscribe, links))
    return _letter(delivery, learner.email, settings, content, unsubscribe, digests.told_by(digest))


def _reason_against(learner: Learner, delivery: Delivery, settings: Settings, *, now: datetime) -> str | None:
    if not learner.confirmed:
        return "the address is not confirmed"
    if learner.is_demo and settings.smtp_url.get_secret_value():
        return "a demo learner has no mailbox"
    return digests.reason_not_to_send(learner, delivery, now=now)


def _account_letter(
    session: Session, delivery: Delivery, credentials: Credentials, settings: Settings, *, now: datetime
) -> Letter | Unwanted:
    """Return a mail about the account; its token is made now, so that it is never stored."""
    links = make_links(settings)
    if delivery.kind is Kind.CONFIRM:
        token = accounts.make_confirm_token(session, delivery.learner_id, secret=settings.secret, now=now)
        note = _confirm(links.page(f"/confirm/{token}"))
    else:
        token = accounts.make_reset_token(session, delivery.learner_id, secret=settings.secret, now=now)
        note = _reset(links.page(f"/reset/{token}"))
    text, html = render("letter", letter=note, unsubscribe="")
    return _letter(delivery, credentials.email, settings, (note.subject, text, html))


def _letter(
    delivery: Delivery,
    address: str,
    settings: Settings,
    content: tuple[str, str, str],
    unsubscribe: str = "",
    told: Told | None = None,
) -> Letter:
    subject, text, html = content
    mail = Mail(
        message_id=delivery.message_id,
        sender=settings.mail_from,
        recipient=address,
        subject=subject,
        text=text,
        html=html,
        headers=_headers(delivery, settings, unsubscribe),
    )
    return Letter(mail=mail, told=told)


def _headers(delivery: Delivery, settings: Settings, unsubscribe: str) -> tuple[tuple[str, str], ...]:
    """Return what mailbox providers ask for: RFC 2369, 2919, 3834 and 8058."""
    host = urlsplit(settings.site).hostname or "localhost"
    always = (("Auto-Submitted", "auto-generated"), ("Feedback-ID", f"{delivery.kind}:studyplan:{host}"))
    if not unsubscribe:
        return always
    own = parseaddr(settings.mail_from)[1]
    by_mail = f"mailto:{own}?subject={quote('unsubscribe ' + unsubscribe.rpartition('/')[2])}"
    listed = (
        ("List-Id", f"Studyplan digests <digests.{host}>"),
        ("List-Unsubscribe", f"<{unsubscribe}>,\r\n <{by_mail}>"),
    )
    one_click = (("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),)
    return always + listed + (one_click if unsubscribe.startswith("https://") else ())


def _confirm(url: str) -> Note:
    return Note(
        subject="Confirm your address",
        paragraphs=(
            "Somebody, most likely you, made a Studyplan account with this address.",
            "Confirm that it is yours, and digests can come here. The link holds for a day.",
        ),
        button="Confirm this address",
        url=url,
        foot="Not you? Then do nothing: nothing more will be sent here.",
    )


def _reset(url: str) -> Note:
    return Note(
        subject="Choose a new password",
        paragraphs=("Somebody, most likely you, asked for a new password. The link holds for half an hour.",),
        button="Choose a new password",
        url=url,
        foot="Not you? Then do nothing: the password stays as it is.",
    )


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
