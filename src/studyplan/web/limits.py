"""How often somebody may try something."""

from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

import studyplan.now
from studyplan.settings import Settings

SIGN_IN_BY_ACCOUNT = RateLimitItemPerMinute(10, 5, namespace="sign-in-account")
SIGN_IN_BY_CLIENT = RateLimitItemPerMinute(60, 5, namespace="sign-in-client")
RESET_BY_ACCOUNT = RateLimitItemPerHour(5, namespace="reset-account")
RESET_BY_CLIENT = RateLimitItemPerHour(20, namespace="reset-client")
CONFIRM_BY_ACCOUNT = RateLimitItemPerHour(5, namespace="confirm-account")
SIGN_UP_BY_CLIENT = RateLimitItemPerHour(20, namespace="sign-up-client")

EXTENSION = "studyplan_limits"


def register(app: Flask, settings: Settings) -> None:
    """Count in the store that all processes share, or in memory."""
    app.extensions[EXTENSION] = MovingWindowRateLimiter(storage_from_string(settings.ratelimit_storage))


def count(limit: RateLimitItem, key: str) -> None:
    """Count one more; 429 with Retry-After when that is too often."""
    if not _limiter().hit(limit, key):
        _refuse(limit, key)


def check(limit: RateLimitItem, key: str) -> None:
    """Answer 429 with Retry-After when the next one would be too often; counts nothing."""
    if not _limiter().test(limit, key):
        _refuse(limit, key)


def forgive(limit: RateLimitItem, key: str) -> None:
    """Forget what was counted."""
    _limiter().clear(limit, key)


def client_key() -> str:
    """Return what stands for the client: its address, or of IPv6 the network that one household has."""
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 a key, nothing listens there
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _refuse(limit: RateLimitItem, key: str) -> None:
    reset_at = _limiter().get_window_stats(limit, key).reset_time
    raise TooManyRequests(retry_after=max(1, ceil(reset_at - studyplan.now.now().timestamp())))


def _limiter() -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions[EXTENSION]
    return limiter
