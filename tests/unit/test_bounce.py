"""What comes back by mail."""

import json
from dataclasses import replace

import pytest

from studyplan.domain.deliveries import bounce_of_reply
from studyplan.domain.errors import Invalid
from studyplan.formats.bounce import Returned, Unsubscription, read

REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: studyplan@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon, 30 Nov 2026 07:00:00 +0100

Final-Recipient: rfc822; Ada@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <ada@example.org>:
    user unknown

--b
Content-Type: {original}

Message-ID: <d1@study.example.org>
To: ada@example.org
Subject: Your week

--b--
"""
COMPLAINT = """From: feedback@example.net
To: studyplan@example.org
Subject: FW: Your week
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A complaint.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Reporter/1.0
Version: 1
{recipient}
--b
Content-Type: message/rfc822

Message-ID: <d1@study.example.org>
To: ada@example.org
Subject: Your week

One
--b--
"""


def report(action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822") -> bytes:
    return REPORT.format(action=action, status=status, original=original).encode()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_address_the_reason_and_the_mail(original: str) -> None:
    assert read(report(original=original)) == [
        Returned(
            address="ada@example.org",
            kind="hard",
            detail="smtp; 550 5.1.1 <ada@example.org>: user unknown",
            message_id="<d1@study.example.org>",
        )
    ]


@pytest.mark.parametrize(
    ("action", "status", "kinds"),
    [("failed", "5.2.2", ["soft"]), ("failed", "4.4.7", ["soft"]), ("failed", "5.7.1", []), ("delayed", "4.4.1", [])],
)
def test_a_full_mailbox_is_soft_a_policy_is_nobodys_fault_and_a_delay_is_no_bounce(
    action: str, status: str, kinds: list[str]
) -> None:
    assert [item.kind for item in read(report(action, status)) if isinstance(item, Returned)] == kinds


@pytest.mark.parametrize("recipient", ["", "Original-Rcpt-To: ada@example.org\n"])
def test_a_complaint_names_the_address_itself_or_by_the_mail(recipient: str) -> None:
    found = read(COMPLAINT.format(recipient=recipient).encode())
    assert found == [
        Returned(address="ada@example.org", kind="complaint", detail="abuse", message_id="<d1@study.example.org>")
    ]


@pytest.mark.parametrize("subject", [b"unsubscribe AQAAAA", b"Unsubscribe\n AQAAAA", b"=?utf-8?q?unsubscribe_AQAAAA?="])
def test_a_mail_can_unsubscribe(subject: bytes) -> None:
    assert read(b"From: ada@example.org\nSubject: " + subject + b"\n\n\n") == [Unsubscription(token="AQAAAA")]


def test_a_mailbox_holds_several() -> None:
    mailbox = b"From x@y Mon Nov 30 07:00:00 2026\n" + report() + b"\nFrom x@y Mon Nov 30 07:01:00 2026\n" + report()
    assert len(read(mailbox)) == 2


def test_a_mail_nested_beyond_reading_keeps_back_no_other() -> None:
    nested = b"Content-Type: message/rfc822\n\n" * 3000
    mailbox = b"From x@y Mon Nov 30 07:00:00 2026\n" + nested + b"\nFrom x@y Mon Nov 30 07:01:00 2026\n" + report()
    assert len(read(mailbox)) == 1


@pytest.mark.parametrize(
    "malformed", [b"Content-Type: multipart/mixed; a*\n\n\n", report().replace(b"failed", b"fai\xffled")]
)
def test_a_mail_with_a_malformed_header_keeps_back_no_other(malformed: bytes) -> None:
    mailbox = b"From x@y Mon Nov 30 07:00:00 2026\n" + malformed + b"\nFrom x@y Mon Nov 30 07:01:00 2026\n" + report()
    assert len(read(mailbox)) == 1


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\xff\xfe", b"Subject: hello\n\nHi", report().replace(b"message/", b"text/")),
        *(b"Subject: =?utf-8?b?4?=\n\nHi", b"Subject: =?utf-9?q?unsubscribe_AQAAAA?=\n\nHi"),
    ],
)
def test_anything_else_says_nothing(raw: bytes) -> None:
    assert read(raw) == []


@pytest.mark.parametrize(
    ("code", "words", "bounce"),
    [
        (550, "550 5.1.1 no such user", "hard"),
        (550, "550 no such user", "hard"),
        (550, "550-5.1.1 no such user", "hard"),
        (552, "552 mailbox full", "soft"),
        (552, "552 5.2.2 mailbox full", "soft"),
        (452, "452 4.2.2 mailbox full", "soft"),
        (451, "451 later", "soft"),
        (554, "554 5.7.1 relay access denied", ""),
        (554, "554 no", ""),
    ],
)
def test_a_refused_recipient_is_judged_by_the_reply(code: int, words: str, bounce: str) -> None:
    assert bounce_of_reply(code, words) == bounce


def test_json_is_read_as_one_report_or_several() -> None:
    told = {"address": "<Ada@example.org>", "kind": "soft", "message_id": "<d1@x>", "detail": "mailbox\n full"}
    one = Returned(address="ada@example.org", kind="soft", detail="mailbox full", message_id="<d1@x>")
    assert read(json.dumps(told).encode()) == [one]
    assert read(json.dumps([told, told]).encode()) == [one, one]
    assert read(b"[]") == []
    del told["detail"]
    assert read(json.dumps(told).encode()) == [replace(one, detail="soft")]


def test_what_json_says_can_be_looked_for_in_any_database() -> None:
    told = rb'{"address": "a\u0000@b", "kind": "hard", "message_id": "<\ud800d1@x\u0000>", "detail": "\udfff"}'
    assert read(told) == [Returned(address="a@b", kind="hard", message_id="<d1@x>", detail="hard")]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{", "no JSON"),
        ("[1]", "Report 1 has no text as “address”"),
        ('{"address": "a@b", "kind": "odd", "message_id": "", "detail": ""}', "“odd” as “kind”"),
        ('[{"address": "a@b", "kind": "hard", "message_id": 7, "detail": ""}]', "no text as “message_id”"),
    ],
)
def test_json_of_another_form_is_told_so(given: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read(given.encode())


@pytest.mark.parametrize(
    ("reported", "known"),
    [("joerg@xn--bcher-kva.de", "joerg@bücher.de"), ("ada@xn--.example", "ada@xn--.example"), ("", "ada@example.org")],
)
def test_a_domain_beyond_ascii_is_known_again(reported: str, known: str) -> None:
    report = REPORT.format(action="failed", status="5.1.1", original="text/rfc822-headers")
    (found,) = read(report.replace("Ada@example.org", reported or "Ada@example.org").encode())
    assert isinstance(found, Returned)
    assert found.address == known
