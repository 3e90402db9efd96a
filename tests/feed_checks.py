"""What parsers make of a feed, each strict in its own way. Every check returns the titles in the feed's order."""

import json
import subprocess
import unicodedata
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import fromstring

import feedparser
import icalendar

import provision

ATOM = "{http://www.w3.org/2005/Atom}"


def check_xmllint(body: bytes) -> None:
    """Fail unless the bytes are well-formed XML without entities from outside."""
    command = [str(provision.need("xmllint")), "--noout", "--nonet", "--huge", "-"]
    result = subprocess.run(command, input=body, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()


def rss(body: bytes) -> list[str]:
    """Check RSS 2.0: what the specification asks for, and what feedparser reads."""
    channel = fromstring(body).find("channel")
    assert channel is not None
    assert all(channel.findtext(name) for name in ("title", "link", "description", "lastBuildDate", "ttl"))
    items = channel.findall("item")
    guids = [item.find("guid") for item in items]
    assert all(guid is not None and guid.get("isPermaLink") == "false" for guid in guids)
    _check_parsed(body, "rss20", [guid.text or "" for guid in guids if guid is not None])
    return [item.findtext("title", "") for item in items]


def atom(body: bytes) -> list[str]:
    """Check Atom: what RFC 4287 requires, and what feedparser reads."""
    feed = fromstring(body)
    assert feed.tag == f"{ATOM}feed"
    assert all(feed.findtext(ATOM + name) for name in ("id", "title", "updated"))
    entries = feed.findall(f"{ATOM}entry")
    updated = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")) for entry in entries]
    assert len(set(updated)) >= 0.98 * len(entries), "entries have moments of their own but for rare chance"
    _check_parsed(body, "atom10", [entry.findtext(f"{ATOM}id", "") for entry in entries])
    return [entry.findtext(f"{ATOM}title", "") for entry in entries]


def json_feed(body: bytes) -> list[str]:
    """Check JSON Feed 1.1: the types of its members, as the specification has them."""
    feed = json.loads(body.decode("utf-8", errors="strict"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert all(isinstance(feed[name], str) for name in ("title", "description", "home_page_url", "language"))
    assert all(set(author) == {"name"} for author in feed["authors"])
    for item in feed["items"]:
        assert all(isinstance(item[name], str) for name in ("id", "url", "title", "content_html"))
        assert all(isinstance(tag, str) and tag for tag in item["tags"])
        assert all(_is_web_address(item[name]) for name in ("url", "external_url") if name in item)
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    return [item["title"] for item in feed["items"]]


def ics(body: bytes) -> list[str]:
    """Check iCalendar: lines, and what RFC 5545 requires of events."""
    lines = body.decode("utf-8", errors="strict").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(unicodedata.category(character) == "Cc" for line in lines for character in line)
    calendar = icalendar.Calendar.from_ical(body)
    assert not calendar.errors
    events = list(calendar.walk("VEVENT"))
    assert all(not event.errors for event in events)
    uids = [str(event["UID"]) for event in events]
    assert len(set(uids)) == len(uids)
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    for event in events:
        assert event["DTSTART"].params.get("TZID", "UTC") in zones | {"UTC"}
        assert event["SEQUENCE"] >= 0
        assert event["DURATION"].dt.total_seconds() > 0
        assert _is_web_address(str(event["URL"]))
    return [str(event["SUMMARY"]) for event in events]


CHECKS: dict[str, Callable[[bytes], list[str]]] = {"rss": rss, "atom": atom, "json": json_feed, "ics": ics}


def check(form: str, body: bytes) -> list[str]:
    """Check a feed in one form; return its titles."""
    return CHECKS[form](body)


def _check_parsed(body: bytes, version: str, ids: list[str]) -> None:
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == version
    assert [entry.id for entry in parsed.entries] == ids
    assert len(set(ids)) == len(ids)
    for entry in parsed.entries:
        assert _is_web_address(entry.link)
        assert entry.title
        assert entry.published_parsed
        assert "<script" not in entry.summary


def _is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
