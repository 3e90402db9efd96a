"""The log: one JSON object a line on standard error, in UTC, without line breaks, secrets or tokens."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_SECRET_KEYS = frozenset({"password", "secret", "token", "cookie", "authorization", "csrf_token"})
_TOKENS_IN_PATHS = re.compile(r"(/(?:bounces|confirm|feeds|r|reset|unsubscribe)/)[^/?\s\"']+")
_API_TOKENS = re.compile(r"\bsp_[\w-]+")

Event = MutableMapping[str, Any]


def set_up_logging(stream: TextIO = sys.stderr) -> None:
    """Send structlog's events and the standard library's records to one stream, in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_secrets,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def mask_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Hide secrets by their key, and tokens wherever they stand in a text."""
    for key, value in event.items():
        event[key] = "(hidden)" if key in _SECRET_KEYS else _masked(value)
    return event


def _masked(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _API_TOKENS.sub("sp_…", _TOKENS_IN_PATHS.sub(r"\1…", value))
