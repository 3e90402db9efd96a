"""What a request acts with: the moment, the settings, its own id."""

from datetime import datetime
from typing import cast

from flask import current_app, g, has_request_context

from studyplan.now import Now
from studyplan.publish.links import Links
from studyplan.settings import Settings

SETTINGS = "studyplan_settings"
NOW = "studyplan_now"


def current_now() -> datetime:
    """Return the moment at which the request acts: the same throughout the request."""
    if "now" not in g:
        g.now = cast("Now", current_app.extensions[NOW])()
    moment: datetime = g.now
    return moment


def current_settings() -> Settings:
    """Return the settings that the application was made with."""
    return cast("Settings", current_app.extensions[SETTINGS])


def current_links() -> Links:
    """Return the maker of the site's absolute and signed addresses."""
    return Links.of(current_settings())


def current_request_id() -> str:
    """Return the id that the log, the response's header and the error page share."""
    return str(g.get("request_id", "")) if has_request_context() else ""
