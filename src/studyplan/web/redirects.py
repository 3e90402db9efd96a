"""Where to go on to: never to another site."""

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

if TYPE_CHECKING:
    from werkzeug import Response


def go_to(path: str, *, says: str = "") -> "Response":
    """Redirect to a path of this site (below the base URL's path, as `url_for` gives it), else to today's page.

    The page that follows says, once, what was done.
    """
    if says:
        flash(says)
    return redirect(path if is_local(path) else url_for("today.index"), 303)


def choose_a_track() -> "Response":
    """Send somebody who has not begun to the tracks, and say what for."""
    return go_to(url_for("tracks.index"), says="Choose a track first: all else is made from it.")


def here() -> str:
    """Return the path of this request, fit for `next`."""
    return request.script_root + request.full_path.rstrip("?")


def is_local(path: str) -> bool:
    """Say whether this is a path of this site, whatever a browser makes of slashes and control characters."""
    is_path = path.startswith("/") and not path.startswith("//")
    return is_path and "\\" not in path and " " not in path and path.isprintable()
