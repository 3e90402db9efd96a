"""A person at a browser, without the browser: cookies, forms and tokens over HTTP."""

import http.client
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Browser:
    """Keeps cookies and sends each form with the token of the page that it is on."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stay()).open

    def get(self, path: str) -> str:
        with self._open(self.site + path, timeout=30) as response:
            return response.read().decode()

    def post(self, path: str, fields: Mapping[str, str], *, token: str) -> int:
        body = urllib.parse.urlencode({**fields, "csrf_token": token}).encode()
        with self._open(self.site + path, body, timeout=30) as response:
            return response.status

    def sign_in(self, email: str, password: str) -> None:
        token = token_of(self.get("/sign-in"))
        self.post("/sign-in", {"email": email, "password": password}, token=token)

    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Takes a redirect as the answer: what was posted is acknowledged by it."""

    def http_error_303(self, *given: Any) -> Any:
        return given[1]


def token_of(page: str) -> str:
    found = TOKEN.search(page)
    if found is None:
        raise SystemExit("The page has no form token.")
    return found[1]


def is_gone(error: Exception) -> bool:
    """Say whether the server went away under a request."""
    if isinstance(error, urllib.error.HTTPError):
        return False
    return isinstance(error, (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError))
