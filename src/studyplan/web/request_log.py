"""Each request gets an id and one line in the log."""

import secrets
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from studyplan.web.sessions import find_known_learner_id

log = structlog.get_logger("studyplan.web")


def register(app: Flask) -> None:
    """Give each request an id, and log how it ended."""

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()
        g.request_id = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(seconds_so_far() * 1000, 1),
            learner=find_known_learner_id(),
        )
        return response


def seconds_so_far() -> float:
    """Return how long the request has taken until now."""
    return perf_counter() - float(g.began)
