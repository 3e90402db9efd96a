"""Static files: their content's hash is part of the address, so that they are kept for ever and never stale."""

import base64
import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, send_from_directory, url_for

FOLDER = Path(__file__).with_name("static")
EXTENSION = "studyplan_statics"
KEPT_FOR_EVER = "public, max-age=31536000, immutable"

pages = Blueprint("static_files", __name__)


class Statics:
    """The digests of all static files, taken once."""

    def __init__(self, folder: Path) -> None:
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        self._digests = {
            file.relative_to(folder).as_posix(): hashlib.sha384(file.read_bytes()).digest() for file in files
        }

    def __contains__(self, name: str) -> bool:
        return name in self._digests

    def version(self, name: str) -> str:
        """Return the short hash in a file's address; KeyError for a file that is not there."""
        return self._digests[name].hex()[:12]

    def integrity(self, name: str) -> str:
        """Return what a `<script>` or `<link>` declares about a file."""
        return "sha384-" + base64.b64encode(self._digests[name]).decode()


def register(app: Flask) -> None:
    """Serve the static files and give templates `static_url(name)` and `static_integrity(name)`."""
    statics = Statics(FOLDER)

    def static_url(name: str) -> str:
        return url_for("static_files.show", version=statics.version(name), name=name)

    app.jinja_env.globals.update(static_url=static_url, static_integrity=statics.integrity)
    app.extensions[EXTENSION] = statics
    app.register_blueprint(pages)


@pages.get("/static/<version>/<path:name>")
def show(version: str, name: str) -> Response:
    """Serve a file; an address of another version gets the present one, unkept."""
    statics: Statics = current_app.extensions[EXTENSION]
    if name not in statics:
        abort(404)
    response = send_from_directory(FOLDER, name)
    response.headers["Cache-Control"] = KEPT_FOR_EVER if version == statics.version(name) else "no-cache"
    return response
