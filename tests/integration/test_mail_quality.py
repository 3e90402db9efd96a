"""Five hundred digests in many languages, long and short, with hostile titles: what mail programs and filters check."""

import os
import random
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import DEFAULT_TIER_WEIGHTS, LearnerId, Reading, ReadingId
from studyplan.domain.deliveries import Delivery, DeliveryId, Kind, Told
from studyplan.domain.learner import DigestWish, Learner
from studyplan.domain.plan import Binding, Coming, FinishRange, ItemKind, PlanItem, Reason, RecallForecast, ReviewKind
from studyplan.publish.links import Links as SiteLinks
from studyplan.services import letters
from studyplan.services.deliveries import Letter
from studyplan.services.letters import Desk
from studyplan.settings import load
from studyplan.store.digest_material import Material
from studyplan.store.suppressions import Recipient

pytestmark = pytest.mark.without_coverage

COUNT = 500
NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
# ruff: noqa: RUF001 titles in other scripts
TITLES = (
    "Evolution Strategies",
    "Wie Speicher altert: Kurven und Köpfe",
    "Écrire pour se souvenir",
    "Zażółć gęślą jaźń",
    "Теория кривой забывания",
    "Η καμπύλη της λήθης",
    "記憶の曲線",
    "기억 곡선",
    "منحنى النسيان",
    "עקומת השכחה",
    "स्मृति का वक्र",
    "เส้นโค้งแห่งการลืม",
    "Đường cong quên lãng",
    "🧠 Memory, 👩🏽‍🔬 and you 🎉",
    "Ｆｕｌｌｗｉｄｔｈ",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "&amp; &lt;b&gt;",
    "FREE MONEY!!! CLICK HERE $$$",
    "x" * 490,
    "a" * 80 + " " + "b" * 80,
    "-- ",
    "From the archive",
    ".",
    "Reading\u2028with\u2029separators",
    "=3D=20 quoted?",
    "https://elsewhere.example/?a=b&c=d",
)


class Links(HTMLParser):
    """Gathers what a mail program would open or run."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name == "href" and value]
        assert not any(name.startswith("on") for name, _ in attributes)


def material(chance: random.Random, number: int) -> Material:
    """Return a learner's week: 1 to 200 items of all kinds."""
    count = chance.choice((1, 2, 5, 11, 25, 60, 200))
    readings = {
        ReadingId(key): Reading(
            id=ReadingId(key),
            slug=f"r{key}",
            title=chance.choice(TITLES),
            url="https://example.org",
            cluster="c",
            tier=3,
            minutes=chance.randrange(3, 90),
            questions=(f"What is {chance.choice(TITLES)} about?",),
        )
        for key in range(1, count + 1)
    }
    today = date(2026, 11, 30)
    items = tuple(
        PlanItem(
            reading_id=key,
            on=today + timedelta(days=index * 7 // count),
            kind=chance.choice(list(ItemKind)),
            minutes=chance.random() * 60 + 1,
            reason=Reason(
                recall_now=chance.random(),
                horizon_with=0.8,
                horizon_without=0.2,
                horizon_reviewed=0.9,
                value_per_minute=0.1,
                price=0.1,
                binding=Binding.WORTH,
            ),
            part=1,
            parts=2,
            review_kind=ReviewKind.SKIM,
        )
        for index, key in enumerate(readings)
    )
    finish = FinishRange(early_on=date(2027, 2, 1), expected_on=date(2027, 2, 8), late_on=date(2027, 3, 2))
    learner = Learner(
        id=LearnerId(number),
        confirmed=True,
        zone_name="Europe/Berlin",
        zone=UTC,
        budget=Budget(weekdays=(30,) * 7),
        tier_weights=DEFAULT_TIER_WEIGHTS,
        inputs_version=1,
        feed_version=1,
        feed_changed_at=NOW,
        joined_at=NOW,
        is_demo=False,
        digest=DigestWish(kind="weekly", weekday=0, minute=420),
    )
    return Material(
        learner=learner,
        coming=Coming(
            items=items,
            unread=count,
            horizon_on=chance.choice((None, date(2027, 6, 1))),
            finish=finish,
            recall=RecallForecast(expected=0.7, low=0.6, high=0.8),
        ),
        readings=readings,
        told=chance.choice((None, Told(items=3, finish_on=date(2027, 2, 1)))),
    )


def mails(*, every: int = 1) -> list[bytes]:
    """Return five hundred digests as they are sent, or one in so many of them."""
    made = []
    settings = load(
        _env_file=None,
        secret_key="s" * 40,
        base_url="https://study.example.org",
        mail_from="Studyplan <studyplan@study.example.org>",
        smtp_url="smtp://127.0.0.1",
    )
    for number in range(1, COUNT + 1, every):
        chance, learner_id = random.Random(number), LearnerId(number)
        week = material(chance, number)
        recipient = Recipient(address=f"learner-{number}@example.net", is_active=True, held_back=None)
        desk = Desk(
            settings=settings,
            links=SiteLinks.of(settings),
            recipients={DeliveryId(str(number)): recipient},
            material={learner_id: week},
            notes={},
        )
        delivery = Delivery(
            learner_id=learner_id,
            id=DeliveryId(str(number)),
            kind=chance.choice((Kind.WEEKLY, Kind.MONTHLY, Kind.TEST)),
            period="2026-W49",
            message_id=f"<{number}@study.example.org>",
            attempt=1,
            queued_at=NOW,
        )
        letter = letters.write(desk, delivery, now=NOW)
        assert isinstance(letter, Letter)
        made.append(letter.mail.as_bytes(NOW))
    return made


def test_every_digest_is_a_sound_mail_and_its_twins_carry_the_same_links() -> None:
    sizes = []
    for number, raw in enumerate(mails(), start=1):
        message = message_from_bytes(raw, policy=policy.default)
        sizes.append(len(raw))
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        assert not message.defects
        assert not any(part.defects for part in message.walk())
        for name in (
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "List-Id",
            "Auto-Submitted",
            "Feedback-ID",
            "MIME-Version",
        ):
            assert len(message.get_all(name, [])) == 1, name
        assert message["To"] == f"learner-{number}@example.net"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.search(r"<https://study\.example\.org/unsubscribe/[\w-]+>", message["List-Unsubscribe"])
        assert "mailto:" in message["List-Unsubscribe"]
        assert "Bcc" not in message
        check_twins(message)
    assert max(sizes) < 100_000
    assert sorted(sizes)[COUNT // 2] < 60_000


def check_twins(message: EmailMessage) -> None:
    """Both say where to go alike, and nothing in them runs or is fetched."""
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    page = Links()
    page.feed(html.get_content())
    own = {link for link in page.links if link.startswith("https://study.example.org/")}
    assert own == set(page.links)
    assert own == set(re.findall(r"https://study\.example\.org/[\w/#-]+", text.get_content()))
    assert not page.tags & {"script", "img", "iframe", "form", "object", "link"}


def test_spam_filters_find_nothing() -> None:
    program = shutil.which("spamassassin")
    if program is None:
        pytest.skip("spamassassin is not installed: apt-get install spamassassin")
    sample = mails(every=int(os.environ.get("SPAM_CHECK_EVERY", "10")))
    mailbox = b"".join(b"From x@y Mon Nov 30 06:00:00 2026\n" + raw.replace(b"\r\n", b"\n") + b"\n" for raw in sample)
    checked = subprocess.run([program, "-L", "--mbox"], input=mailbox, capture_output=True, check=True, timeout=300)
    scores = [
        float(score) for score in re.findall(rb"^X-Spam-Status: \w+, score=(-?[\d.]+)", checked.stdout, re.MULTILINE)
    ]
    assert len(scores) == len(sample)
    assert max(scores) <= 0, checked.stdout.decode("utf-8", "replace")[:3000]
