"""Whether the process lives and can serve, and what crawlers may read."""

from flask import Blueprint, Response

from studyplan.services import health
from studyplan.web.current import current_now
from studyplan.web.database import current_session

pages = Blueprint("health", __name__)

ROBOTS = """User-agent: *
Allow: /$
Allow: /tracks
Disallow: /
"""


@pages.get("/healthz")
def healthz() -> Response:
    """Answer as long as the process does; touches no database."""
    return _text("ok\n")


@pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 when pages can be served, else 503; one line for each reason, delay and figure."""
    session, now = current_session(), current_now()
    if problems := health.list_problems(session):
        return _text("".join(f"{problem}\n" for problem in problems)), 503
    figures = [f"{name}: {value:.0f}" for name, value in health.list_figures(session, now=now).items()]
    return _text("\n".join(["ready", *health.list_delays(session, now=now), *figures]) + "\n"), 200


@pages.get("/robots.txt")
def robots() -> Response:
    """Let crawlers read the public pages only."""
    return _text(ROBOTS)


def _text(body: str) -> Response:
    return Response(body, mimetype="text/plain")
