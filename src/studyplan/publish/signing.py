"""Signed texts in links: what a link is for, what it carries, and until when it holds."""

from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer


def sign(secret: str, purpose: str, value: Any, *, now: datetime) -> str:
    """Return a text, fit for an address, that carries a JSON value and is of use for one purpose only."""
    text: str = _serializer(secret, purpose, now=now).dumps(value)
    return text


def find_signed(secret: str, purpose: str, text: str, lasts: timedelta, *, now: datetime) -> Any:
    """Return the value that a text carries; None when it is forged, for another purpose, or too old."""
    try:
        return _serializer(secret, purpose, now=now).loads(text, max_age=int(lasts.total_seconds()))
    except BadData:
        return None


def _serializer(secret: str, purpose: str, *, now: datetime) -> URLSafeTimedSerializer:
    class Signer(TimestampSigner):
        """A signer that acts at the given moment."""

        def get_timestamp(self) -> int:
            return int(now.timestamp())

    return URLSafeTimedSerializer(secret, salt=f"studyplan.{purpose}", signer=Signer)
