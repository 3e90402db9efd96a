"""Forms from elsewhere are refused: by the browser's own word on where it comes from, and by a token."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from studyplan.settings import Settings
from studyplan.web.database import SAFE_METHODS

log = structlog.get_logger("studyplan.web")

View = TypeVar("View", bound=Callable[..., Any])

protection = CSRFProtect()


def register(app: Flask, settings: Settings) -> None:
    """Check every request that may write, unless its view is marked."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # `check` decides
        WTF_CSRF_TIME_LIMIT=None,  # the token ends with the session it belongs to
        WTF_CSRF_SSL_STRICT=False,  # `_comes_from_elsewhere` asks more, with and without TLS
    )
    protection.init_app(app)
    own = urlsplit(settings.site)

    @app.before_request
    def check() -> None:
        if request.method in SAFE_METHODS or request.endpoint is None or _marked("takes_from_elsewhere"):
            return
        if _comes_from_elsewhere(f"{own.scheme}://{own.netloc}"):
            log.warning("request_from_elsewhere", endpoint=request.endpoint)
            abort(403)
        if not _marked("checks_token_itself"):
            protection.protect()


def takes_from_elsewhere(view: View) -> View:
    """Mark a view that others post to and that needs no cookie, such as one-click unsubscription."""
    view.takes_from_elsewhere = True  # type: ignore[attr-defined]
    return view


def checks_token_itself(view: View) -> View:
    """Mark a view whose form checks the token, so that an expired form is shown again with what was typed."""
    view.checks_token_itself = True  # type: ignore[attr-defined]
    return view


def _marked(mark: str) -> bool:
    view = current_app.view_functions[request.endpoint or ""]
    return bool(getattr(view, mark, False))


def _comes_from_elsewhere(site: str) -> bool:
    """Believe the headers that a page's script cannot set; without them, the token alone decides."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin not in {site, f"{request.scheme}://{request.host}"}


__all__ = ["CSRFError", "checks_token_itself", "register", "takes_from_elsewhere"]
