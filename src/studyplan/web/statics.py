"""Static files: their content's hash is part of the address, so that they are kept for ever and never stale."""

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

FOLDER = Path(__file__).with_name("static")
EXTENSION = "studyplan_statics"
KEPT_FOR_EVER = "public, max-age=31536000, immutable"

pages = Blueprint("static_files", __name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticFile:
    """A file as it was when the program started."""

    content: bytes
    mimetype: str
    digest: bytes

    @property
    def version(self) -> str:
        """The short hash in the file's address."""
        return self.digest.hex()[:12]

    @property
    def integrity(self) -> str:
        """What a `<script>` or `<link>` declares about the file."""
        return "sha384-" + base64.b64encode(self.digest).decode()


def register(app: Flask) -> None:
    """Serve the static files and give templates `static_url(name)` and `static_integrity(name)`."""
    files = {file.relative_to(FOLDER).as_posix(): _read(file) for file in FOLDER.rglob("*") if file.is_file()}

    def static_url(name: str) -> str:
        return url_for("static_files.show", version=files[name].version, name=name)

    def static_integrity(name: str) -> str:
        return files[name].integrity

    app.jinja_env.globals.update(static_url=static_url, static_integrity=static_integrity)
    app.extensions[EXTENSION] = files
    app.register_blueprint(pages)


@pages.get("/static/<version>/<path:name>")
def show(version: str, name: str) -> Response:
    """Serve a file; an address of another version gets the present one, unkept."""
    files: dict[str, StaticFile] = current_app.extensions[EXTENSION]
    if name not in files:
        abort(404)
    file = files[name]
    response = Response(file.content, mimetype=file.mimetype)
    response.headers["Cache-Control"] = KEPT_FOR_EVER if version == file.version else "no-cache"
    response.set_etag(file.version)
    response.make_conditional(request)
    return response


def _read(file: Path) -> StaticFile:
    content = file.read_bytes()
    mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return StaticFile(content=content, mimetype=mimetype, digest=hashlib.sha384(content).digest())
