"""Absolute addresses, and the signed ones that act for a learner without signing in: one key a purpose."""

import hashlib
import hmac
import struct
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from studyplan.domain.catalog import LearnerId
from studyplan.domain.feeds import FeedId, Format
from studyplan.domain.occurrences import Occurrence, OccurrenceId
from studyplan.settings import Settings

KEY_VERSION = 1
MAC_BYTES = 16

_FEED_ACTION = b"studyplan/act/feed"
_MAIL_ACTION = b"studyplan/act/mail"
_UNSUBSCRIBE = b"studyplan/unsubscribe"
_BOUNCES = b"studyplan/bounces"
_FEED_TOKEN = b"studyplan/feed-token"

_HEAD = struct.Struct(">BI")  # key version, learner
_ACTION = struct.Struct(">16sI")  # occurrence, end in seconds
_ADDRESS = struct.Struct(">16sI")  # feed, version of its address


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedAddress:
    """One address of a feed. Links that were read through it end with it."""

    feed_id: FeedId
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What a signed link allows: to act on one occurrence until `ends_at`. `through` is None for a link in a mail."""

    learner_id: LearnerId
    occurrence_id: OccurrenceId
    ends_at: datetime
    through: FeedAddress | None = None

    @classmethod
    def on(cls, learner_id: LearnerId, occurrence: Occurrence, through: FeedAddress | None = None) -> "Grant":
        """Return the grant for an occurrence; its end is the occurrence's own, so each poll finds the same link."""
        ends_at = occurrence.actions_end_at.replace(microsecond=0)
        return cls(learner_id=learner_id, occurrence_id=occurrence.id, ends_at=ends_at, through=through)


@dataclass(frozen=True, kw_only=True, slots=True)
class Links:
    """Makes and reads the addresses of one site. `site` has no slash at its end; `secret` signs."""

    site: str
    secret: str

    @classmethod
    def of(cls, settings: Settings) -> "Links":
        """Return those of the configured site: no request's host has a say in an address that is sent or kept."""
        return cls(site=settings.site, secret=settings.secret)

    def page(self, path: str) -> str:
        """Return the absolute address of a path that begins with a slash."""
        return self.site + path

    def occurrence(self, occurrence_id: OccurrenceId) -> str:
        """Return the address of an occurrence's page: for its own learner, signed in."""
        return self.page(f"/occurrences/{occurrence_id}")

    def action(self, grant: Grant) -> str:
        """Return the address that shows an occurrence and lets its holder act on it."""
        body = _HEAD.pack(KEY_VERSION, grant.learner_id)
        body += _ACTION.pack(uuid.UUID(grant.occurrence_id).bytes, int(grant.ends_at.timestamp()))
        if grant.through is None:
            return self.page(f"/r/{self._signed(_MAIL_ACTION, body)}")
        body += _ADDRESS.pack(uuid.UUID(grant.through.feed_id).bytes, grant.through.version)
        return self.page(f"/r/{self._signed(_FEED_ACTION, body)}")

    def find_grant(self, token: str) -> Grant | None:
        """Return what the last part of an action's address grants, ended or not; None when it was not signed here."""
        body = self._verified(_FEED_ACTION, token)
        through = None
        if body is not None:
            feed_id, version = _ADDRESS.unpack(body[-_ADDRESS.size :])
            through = FeedAddress(feed_id=FeedId(str(uuid.UUID(bytes=feed_id))), version=version)
        else:
            body = self._verified(_MAIL_ACTION, token)
        if body is None:
            return None
        _, learner_id = _HEAD.unpack_from(body)
        occurrence_id, ends = _ACTION.unpack_from(body, _HEAD.size)
        return Grant(
            learner_id=LearnerId(learner_id),
            occurrence_id=OccurrenceId(str(uuid.UUID(bytes=occurrence_id))),
            ends_at=datetime.fromtimestamp(ends, UTC),
            through=through,
        )

    def unsubscribe(self, learner_id: LearnerId) -> str:
        """Return the address that ends a learner's digests. It never expires."""
        return self.page(f"/unsubscribe/{self._signed(_UNSUBSCRIBE, _HEAD.pack(KEY_VERSION, learner_id))}")

    def find_unsubscriber(self, token: str) -> LearnerId | None:
        """Return the learner whose digests the last part of an address ends; None when it was not signed here."""
        body = self._verified(_UNSUBSCRIBE, token)
        return None if body is None else LearnerId(_HEAD.unpack(body)[1])

    def bounces(self) -> str:
        """Return the address that takes in what mail servers send back."""
        return self.page(f"/bounces/{self._signed(_BOUNCES, bytes([KEY_VERSION]))}")

    def is_for_bounces(self, token: str) -> bool:
        """Say whether this is the last part of the address for bounces."""
        return self._verified(_BOUNCES, token) is not None

    def feed_token(self, address: FeedAddress) -> str:
        """Return the token of one address of a feed: 256 bits that the database alone cannot give away."""
        body = uuid.UUID(address.feed_id).bytes + address.version.to_bytes(4)
        return _text(hmac.digest(_key(self.secret, _FEED_TOKEN), body, "sha256"))

    def feed(self, token: str, form: Format) -> str:
        """Return a feed's address in one form."""
        return self.page(f"/feeds/{token}/due.{form}")

    def _signed(self, purpose: bytes, body: bytes) -> str:
        return _text(body + self._mac(purpose, body))

    def _verified(self, purpose: bytes, token: str) -> bytes | None:
        """Return what was signed. Only the one spelling that was handed out is accepted."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        body = raw[:-MAC_BYTES]
        is_ours = hmac.compare_digest(raw[-MAC_BYTES:], self._mac(purpose, body)) and _text(raw) == token
        return body if is_ours and body[:1] == bytes([KEY_VERSION]) else None

    def _mac(self, purpose: bytes, body: bytes) -> bytes:
        return hmac.digest(_key(self.secret, purpose), body, "sha256")[:MAC_BYTES]


@lru_cache(maxsize=16)
def _key(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, "sha256")


def token_hash(token: str) -> str:
    """Return what the database keeps of a feed's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
