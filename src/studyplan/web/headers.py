"""The response headers that bound what a browser does with a page."""

from flask import Flask, Response, request

from studyplan.settings import Settings
from studyplan.web.current import current_request_id
from studyplan.web.sessions import has_session_cookie

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Referrer-Policy stays at same-origin: with no-referrer, browsers send "Origin: null" with our own forms.
EVERY_RESPONSE = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
IN_FRAME = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
TWO_YEARS = 63_072_000


def register(app: Flask, settings: Settings) -> None:
    """Set the headers on every response; a view that needs its own value of one sets it before."""
    is_https = settings.site.startswith("https://")

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in EVERY_RESPONSE.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if _is_private() else "no-cache"
        response.headers["X-Request-ID"] = current_request_id()
        if is_https:
            response.headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}"
        return response


def in_frame(html: str) -> Response:
    """Answer with a mail's HTML, for a frame of our own that runs nothing and loads nothing."""
    return Response(html, mimetype="text/html", headers=IN_FRAME)


def _is_private() -> bool:
    return request.method not in {"GET", "HEAD"} or has_session_cookie()
