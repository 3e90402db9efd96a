"""One spelling for what people and files write in many: addresses and one-line texts."""

import re
import unicodedata
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

from studyplan.domain.errors import Invalid

LONGEST_URL = 2000

_TRACKING = re.compile(
    r"utm_.*|(?:fb|g|d|tt|tw|y)clid|msclkid|[gw]braid|mc_[ce]id|igshid|igsh|_hsenc|_hsmi|mkt_tok|vero_id"
    r"|oly_(?:anon|enc)_id|li_fat_id|ref_src",
    re.IGNORECASE,
)
_HOST = re.compile(r"[a-z0-9._-]+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_SAFE = "/:@!$&'()*+,;=~?%"

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff")


def canonical_url(url: str) -> str:
    """Return the one spelling by which a reading's address is known; Invalid when it is no web address.

    http counts as https; fragment, default port, trailing slash and tracking parameters go; the query is sorted by
    name. The result is an identity: links that people follow keep the address as it was given.
    """
    text = url.strip()
    if not text.isprintable():
        raise _no_address(url, "it contains characters that cannot be seen")
    try:
        parts = urlsplit(text)
        port = parts.port
        user = parts.username
    except ValueError as error:
        raise _no_address(url, str(error)) from error
    if parts.scheme not in {"http", "https"}:
        raise _no_address(url, "it does not begin with http:// or https://")
    if user is not None:
        raise _no_address(url, "it contains a user name")
    is_default_port = port in {None, 443} or (port == 80 and parts.scheme == "http")
    address = f"https://{_host(url, parts)}" + ("" if is_default_port else f":{port}")
    address += _escaped(parts.path).rstrip("/") + _query(parts.query)
    if max(len(address), len(text)) > LONGEST_URL:
        raise _no_address(url, f"it is longer than {LONGEST_URL} characters")
    return address


def clean_text(text: str) -> str:
    """Return one line of visible text: no control, bidi or zero-width characters, single spaces, NFC.

    What is left is safe to print in a page, a mail header and a feed (XML refuses controls and noncharacters).
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = "".join(character for character in text if character.isspace() or _is_visible(character))
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def shortened(text: str, longest: int) -> str:
    """Return a text of so many characters at most; where it is cut off an ellipsis says so."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def title_key(title: str) -> str:
    """Return what two spellings of one title share: their words, whatever the case, dashes, quotes or signs."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold())
    return " ".join(words) or clean_text(title)


def _is_visible(character: str) -> bool:
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return not (
        is_noncharacter
        or character in _BIDI
        or character in _INVISIBLE
        or unicodedata.category(character) in {"Cc", "Cs"}
    )


def _no_address(url: str, reason: str) -> Invalid:
    shown = ascii(shortened(url, 100))
    return Invalid(f"{shown} is not the address of a web page: {reason}. Copy it from the browser again.", field="url")


def _host(url: str, parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        if ":" in host:
            return f"[{IPv6Address(host).compressed}]"
        host = host.encode("idna").decode().lower()
    except ValueError as error:
        raise _no_address(url, "its host is misspelt") from error
    if not _HOST.fullmatch(host):
        raise _no_address(url, "its host is misspelt" if host else "it names no host")
    return host


def _query(query: str) -> str:
    pairs = [_escaped(pair) for pair in query.split("&") if pair]
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0])]
    return "?" + "&".join(sorted(kept, key=lambda pair: pair.partition("=")[0])) if kept else ""


def _escaped(text: str) -> str:
    """Return the text with every character escaped that needs it, none that does not, in upper case."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if _UNRESERVED.fullmatch(character) else match[0].upper()

    stray_percent_escaped = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return _ESCAPE.sub(plain, quote(stray_percent_escaped, safe=_SAFE))
