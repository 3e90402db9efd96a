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
    """Answer 200 when pages can be served, else 503 and one line for each reason."""
    problems = health.list_problems(current_session(), now=current_now())
    return _text("".join(f"{problem}\n" for problem in problems) or "ready\n"), 503 if problems else 200


@pages.get("/robots.txt")
def robots() -> Response:
    """Let crawlers read the public pages only."""
    return _text(ROBOTS)


def _text(body: str) -> Response:
    return Response(body, mimetype="text/plain")
