"""What every page carries: the words' filters, and the look that this browser chose."""

import re
import secrets
from typing import Any

from flask import Blueprint, request
from markupsafe import Markup, escape
from werkzeug import Response

from studyplan.domain import wording
from studyplan.web.current import current_settings
from studyplan.web.redirects import go_to
from studyplan.web.sessions import find_current_account

pages = Blueprint("frame", __name__)

THEMES = ("auto", "light", "dark")
_FIGURE = re.compile("\\d+\u202f%|\\d+\u00a0(?:h\u00a0\\d+\u00a0min|h|min)")
A_YEAR_SECONDS = 365 * 24 * 3600

for name in ("duration", "percent", "rating", "count", "day", "short_day", "weekday", "short_weekday", "span", "why"):
    pages.add_app_template_filter(getattr(wording, name), name)


@pages.app_template_global()
def form_key() -> str:
    """Return a new key for a form: the same form sent twice acts once."""
    return secrets.token_urlsafe(16)


@pages.app_template_filter()
def figures(text: str) -> Markup:
    """Set the figures of a sentence in bold: what the eye looks for."""
    return Markup(_FIGURE.sub(lambda found: f"<b>{found[0]}</b>", str(escape(text))))  # noqa: S704 escaped just here


@pages.app_context_processor
def look() -> dict[str, Any]:
    """Give templates who is signed in, what this browser chose, and where a form leads back to."""
    theme = request.cookies.get("theme", "auto")
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return {
        "account": find_current_account(),
        "theme": theme if theme in THEMES else "auto",
        "keys_on": request.cookies.get("keys") != "off",
        "here": here,
    }


@pages.post("/look")
def change_look() -> Response:
    """Keep the theme or the keys that were chosen, in this browser alone."""
    response = go_to(request.form.get("next", ""))
    theme, keys = request.form.get("theme"), request.form.get("keys")
    if theme in THEMES:
        _keep(response, "theme", theme)
    if keys in {"on", "off"}:
        _keep(response, "keys", keys)
    return response


def _keep(response: Response, name: str, value: str) -> None:
    secure = current_settings().site.startswith("https://")
    response.set_cookie(name, value, max_age=A_YEAR_SECONDS, secure=secure, httponly=True, samesite="Lax")
