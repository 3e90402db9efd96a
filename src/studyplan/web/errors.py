"""Errors become pages, once: what happened, what was not lost, a way back, and the request's id."""

import structlog
from flask import Flask, Response, make_response, render_template
from flask.globals import request_ctx
from sqlalchemy import exc
from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, TooManyRequests

from studyplan.domain.errors import Conflict, Invalid, NotFound, StudyplanError
from studyplan.web.csrf import CSRFError
from studyplan.web.current import current_request_id
from studyplan.web.database import is_disk_full, is_passing, is_safe_request
from studyplan.web.sessions import forget_account

log = structlog.get_logger("studyplan.web")

STATUS_OF: dict[type[StudyplanError], int] = {NotFound: 404, Conflict: 409, Invalid: 422}

RETRY_AFTER_SECONDS = 5

DISK_FULL = "The disk of this server is full. Nothing was changed, nothing is lost, and reading goes on."

TEXTS = {
    400: ("This request could not be understood", "Nothing was changed. Go back, load the page again and retry."),
    403: ("This is not yours to open", "Nothing was changed. Another account may be allowed to."),
    404: (
        "There is nothing at this address",
        "The link may be old, or a letter is missing. Nothing of yours was lost.",
    ),
    405: ("This address does not take that request", "Nothing was changed."),
    409: ("Something else came first", "What you see may be old: load the page again. Nothing was changed by this."),
    413: ("This is too big", "Nothing was stored. Send a smaller file or text."),
    422: ("A value does not fit", "Nothing was changed. Go back, mend it and send it again."),
    429: ("That was too often", "Nothing was changed. Wait a little, then try again."),
    500: ("Something went wrong on this server", "Nothing was changed by this request. Trying again later may help."),
    503: ("The server is busy", "Nothing was changed by this request. It can be tried again in a few seconds."),
}

STALE_FORM = (
    "This form is too old",
    "You signed in or out since it was opened. Nothing was changed: go back, load the page again and send it then.",
)

OTHER_NAME = """This server does not answer to that name.
Whoever runs it sets STUDYPLAN_BASE_URL to the address that people see (docs/operations.md).
"""


def register(app: Flask) -> None:
    """Answer every error with a page."""
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(CSRFError, _show_stale_form)
    app.register_error_handler(StudyplanError, _show_studyplan_error)
    app.register_error_handler(exc.OperationalError, _show_database_error)
    app.register_error_handler(exc.InternalError, _show_database_error)
    app.register_error_handler(exc.TimeoutError, _show_database_error)
    app.register_error_handler(exc.IntegrityError, _show_integrity_error)
    app.register_error_handler(exc.DataError, _show_data_error)


def error_page(status: int, *, heading: str = "", says: str = "", retry_after: int | None = None) -> Response:
    """Return the page of an error; `heading` and `says` replace its general ones."""
    if request_ctx.url_adapter is None:  # a Host header that is not ours: pages cannot link to anything
        return Response(OTHER_NAME, 400, mimetype="text/plain")
    title, text = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    if status >= 500:
        forget_account()  # the page must not need the database that may be the fault
    page = render_template(
        "error.html",
        status=status,
        title=heading or title,
        text=says or text,
        request_id=current_request_id(),
    )
    response = make_response(page, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _show_http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if isinstance(error, InternalServerError) and is_passing(error.original_exception):
        return _unavailable_page(error.original_exception)
    if status < 400:
        return error
    says = error.description or "" if isinstance(error, Forbidden | TooManyRequests) else ""
    response = error_page(status, says=says, retry_after=getattr(error, "retry_after", None))
    if valid_methods := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(valid_methods))
    return response


def _show_stale_form(_error: CSRFError) -> Response:
    heading, says = STALE_FORM
    return error_page(400, heading=heading, says=says)


def _show_studyplan_error(error: StudyplanError) -> Response:
    return error_page(STATUS_OF[type(error)], says=str(error))


def _show_database_error(error: exc.SQLAlchemyError) -> Response:
    if not is_passing(error):
        raise error
    return _unavailable_page(error)


def _unavailable_page(error: BaseException | None) -> Response:
    log.warning("database_unavailable", reason=str(getattr(error, "orig", error)))
    says = DISK_FULL if is_disk_full(error) else ""
    return error_page(503, says=says, retry_after=RETRY_AFTER_SECONDS)


def _show_integrity_error(error: exc.IntegrityError) -> Response:
    log.warning("integrity_error", reason=type(error.orig).__name__)
    return error_page(409)


def _show_data_error(error: exc.DataError) -> Response:
    """Answer a text with a NUL, or a number beyond all columns: nothing stored can be meant by it."""
    log.warning("data_error", reason=type(error.orig).__name__)
    return error_page(404 if is_safe_request() else 422)
