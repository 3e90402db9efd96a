"""Answers every request below /feeds/ in front of Flask: most polls find nothing new, and learn so from one read.

Counters and the next moment at which something falls due decide what a feed shows, so its ETag is known without
building anything; it is equal in all processes and after a restart. Tokens never reach Flask, nor a log.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import exc

from studyplan.domain.errors import NotFound
from studyplan.domain.feeds import Format
from studyplan.now import Now
from studyplan.publish.feeds import RENDERER
from studyplan.publish.links import Links
from studyplan.services.feed_polls import FeedPolls, FoundFeed
from studyplan.web.database import is_passing
from studyplan.web.feed_cache import Answer, Body, FeedCache, Kept
from studyplan.web.headers import EVERY_RESPONSE, TWO_YEARS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("studyplan.web")

PREFIX = "/feeds/"
_ADDRESS = re.compile(r"/feeds/([^/]*)/due\.(rss|atom|json|ics)")
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_CACHING = (("Cache-Control", "private, max-age=900"), ("Vary", "Accept-Encoding"))
_TYPES = {
    Format.RSS: "application/rss+xml; charset=utf-8",
    Format.ATOM: "application/atom+xml; charset=utf-8",
    Format.JSON: "application/feed+json; charset=utf-8",
    Format.ICS: "text/calendar; charset=utf-8",
}


class FeedDoor:
    """A small WSGI application: feeds are its own, everything else goes on to `app`."""

    def __init__(self, app: "WSGIApplication", polls: FeedPolls, links: Links, *, now: Now) -> None:
        self._app = app
        self._polls = polls
        self._now = now
        self._cache = FeedCache()
        self._seed = f"{RENDERER}|{links.site}|{links.secret}"
        headers = EVERY_RESPONSE | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}
        if links.site.startswith("https://"):
            headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}"
        self._headers = list(headers.items())
        self._not_found = self._refusal("404 Not Found", "There is no feed at this address.\n")
        self._not_allowed = self._refusal("405 Method Not Allowed", "A feed is read.\n", ("Allow", "GET, HEAD"))
        self._busy = self._refusal("503 Service Unavailable", "Try again in a moment.\n", ("Retry-After", "60"))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return self._app(environ, start_response)
        method = environ["REQUEST_METHOD"]
        try:
            answer = self._answer(environ) if method in {"GET", "HEAD"} else self._not_allowed
        except NotFound:  # it was taken away while it was written
            answer = self._not_found
        except exc.SQLAlchemyError as error:
            if not is_passing(error):
                raise
            log.warning("database_unavailable", reason=type(error).__name__)
            answer = self._busy
        start_response(answer.status, answer.headers)
        return [] if method == "HEAD" else [answer.body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        """Answer a read, from what is kept while that holds."""
        path, now, known = environ["PATH_INFO"], self._now(), environ.get("HTTP_IF_NONE_MATCH")
        kept = self._cache.find(path)
        if kept is None or not self._polls.is_unchanged(kept.found, now=now):
            kept = self._look_up(path, known, is_read=environ["REQUEST_METHOD"] == "GET", now=now)
            if kept is None:
                self._cache.forget(path)
                return self._not_found
        is_gzipped = _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
        tag = kept.gzipped_tag if is_gzipped else kept.tag
        if known and (tag in known or known.strip() == "*"):  # in quotes, in a list or weak: it is the same tag
            return _not_modified(tag)
        body = kept.body
        if body is None:
            kept, body = self._build(kept.found, now=now)
            self._cache.put(path, kept)
        if not known and _is_unchanged(body, environ.get("HTTP_IF_MODIFIED_SINCE")):
            return _not_modified(tag)
        return body.gzipped if is_gzipped else body.plain

    def _look_up(self, path: str, known: str | None, *, is_read: bool, now: datetime) -> Kept | None:
        """Find a feed. Whatever is wrong with a token, the same is done, and the same will be said.

        A tag that the reader knows tells whether the content is for one study day only; else the body has to.
        """
        address = _ADDRESS.fullmatch(path)
        token, form = (address[1], Format(address[2])) if address else (path, Format.RSS)
        found = self._polls.find(token, form, now=now)
        if address is None or found is None:
            return None
        if is_read:
            self._note_use(found)
        possible = (self._bare(found, on) for on in (None, found.today))
        kept = next((kept for kept in possible if known and (kept.tag in known or kept.gzipped_tag in known)), None)
        if kept is None:
            kept, _ = self._build(found, now=now)
        if is_read:  # else the next read would not be noted
            self._cache.put(path, kept)
        return kept

    def _bare(self, found: FoundFeed, on: date | None) -> Kept:
        digest = hashlib.blake2b(f"{self._seed}|{found.decided_by}|{on}".encode(), digest_size=16).hexdigest()
        return Kept(found=found, tag=f'"{digest}"', gzipped_tag=f'"{digest}-gzip"')

    def _build(self, found: FoundFeed, *, now: datetime) -> tuple[Kept, Body]:
        document = self._polls.write(found, now=now)
        bare = self._bare(found, document.on)
        headers = [
            *_CACHING,
            ("Last-Modified", format_datetime(document.changed_at, usegmt=True)),
            ("Content-Type", _TYPES[found.form]),
            *self._headers,
        ]
        gzipped = gzip.compress(document.body, mtime=0)
        own = [("ETag", bare.tag), ("Content-Length", str(len(document.body)))]
        own_gzipped = [("ETag", bare.gzipped_tag), ("Content-Length", str(len(gzipped))), ("Content-Encoding", "gzip")]
        body = Body(
            plain=Answer("200 OK", [*own, *headers], document.body),
            gzipped=Answer("200 OK", [*own_gzipped, *headers], gzipped),
            changed_at=document.changed_at.replace(microsecond=0),
        )
        return replace(bare, body=body), body

    def _note_use(self, found: FoundFeed) -> None:
        try:
            self._polls.note_use(found)
        except exc.SQLAlchemyError as error:  # the feed is worth more; the next poll tries again
            log.warning("feed_use_not_noted", reason=type(error).__name__)

    def _refusal(self, status: str, text: str, *more: tuple[str, str]) -> Answer:
        kind = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        return Answer(status, [*kind, ("Cache-Control", "no-store"), *more, *self._headers], text.encode())


def _not_modified(tag: str) -> Answer:
    return Answer("304 Not Modified", [("ETag", tag), *_CACHING])


def _is_unchanged(body: Body, since: str | None) -> bool:
    """Say whether a body is no newer than a date that a reader sent."""
    if since is None:
        return False
    try:
        return body.changed_at <= parsedate_to_datetime(since)
    except (TypeError, ValueError, OverflowError):
        return False
