"""The outbox in the browser, for whoever tries Studyplan without a mail server. It holds links that sign in."""

from ipaddress import ip_address
from pathlib import Path

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from studyplan.publish import outbox
from studyplan.web.current import current_settings
from studyplan.web.headers import in_frame

pages = Blueprint("dev_mail", __name__)

FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


@pages.get("/dev/mail")
def index() -> ResponseReturnValue:
    """List the mails, the newest first."""
    return render_template("dev_mail.html", mails=outbox.list_mails(_folder()), mail=None)


@pages.get("/dev/mail/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show one mail."""
    return render_template("dev_mail.html", mails=[], mail=outbox.get_mail(_folder(), name))


@pages.get("/dev/mail/<name>/html")
def show_html(name: str) -> ResponseReturnValue:
    """Show a mail's HTML in a frame."""
    return in_frame(outbox.get_mail(_folder(), name).html)


def _folder() -> Path:
    """Return the outbox; 404 unless server and browser are the same machine with nothing between them."""
    settings = current_settings()
    is_near = ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104 an address that is not near
    is_direct = not any(name in request.headers for name in FORWARDED)
    if settings.smtp_url.get_secret_value() or not (settings.is_loopback and is_near and is_direct):
        abort(404)
    return settings.data_dir / outbox.FOLDER
