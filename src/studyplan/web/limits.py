"""How often somebody may try something."""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import ConfigurationError
from limits.storage import StorageTypes, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

import studyplan.now
from studyplan.settings import BadSettings, Settings, hide_password, refusal

SIGN_IN_BY_ACCOUNT = RateLimitItemPerMinute(10, 5, namespace="sign-in-account")
SIGN_IN_BY_CLIENT = RateLimitItemPerMinute(60, 5, namespace="sign-in-client")
RESET_BY_ACCOUNT = RateLimitItemPerHour(5, namespace="reset-account")
RESET_BY_CLIENT = RateLimitItemPerHour(20, namespace="reset-client")
CONFIRM_BY_ACCOUNT = RateLimitItemPerHour(5, namespace="confirm-account")
SIGN_UP_BY_CLIENT = RateLimitItemPerHour(20, namespace="sign-up-client")
FORECAST_BY_CLIENT = RateLimitItemPerMinute(120, namespace="forecast-client")

EXTENSION = "studyplan_limits"


def register(app: Flask, settings: Settings) -> None:
    """Count in the store that all processes share, or in memory."""
    app.extensions[EXTENSION] = MovingWindowRateLimiter(_open_storage(settings.ratelimit_storage))


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
    given = request.remote_addr or ""
    try:
        address = ip_address(given)
    except ValueError:  # a socket, or what a proxy puts in its place
        return given
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def _open_storage(url: str) -> StorageTypes:
    """Return the store that counts. BadSettings when there is none of that kind, or its client is not installed."""
    try:
        return storage_from_string(url)
    except (ConfigurationError, ValueError) as error:
        reason = "must be memory:// or a shared store such as redis://localhost:6379"
        if missing := re.match("'([a-z]+)' prerequisite not available", str(error)):
            reason = f"its client is not installed (pip install {missing[1]})"
        raise BadSettings(refusal("ratelimit_storage", repr(hide_password(url)), reason)) from None


def _refuse(limit: RateLimitItem, key: str) -> None:
    reset_at = _limiter().get_window_stats(limit, key).reset_time
    raise TooManyRequests("", retry_after=max(1, ceil(reset_at - studyplan.now.now().timestamp())))


def _limiter() -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions[EXTENSION]
    return limiter
