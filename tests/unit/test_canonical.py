"""One spelling of addresses and of one-line texts."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyplan.domain.canonical import LONGEST_URL, canonical_url, clean_text, title_key
from studyplan.domain.errors import Invalid


@pytest.mark.parametrize(
    ("given_url", "canonical"),
    [
        ("https://example.org/posts/a/", "https://example.org/posts/a"),
        ("  HTTP://Example.ORG:80/Posts/A#part ", "https://example.org/Posts/A"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443/", "https://example.org:8443"),
        ("https://example.org:80/", "https://example.org:80"),
        ("http://example.org./a//", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&b=2&FBCLID=1&a=1&gclid=7", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?b=2&b=1&a", "https://example.org/a?a&b=2&b=1"),
        ("https://example.org/a?utm_medium=mail", "https://example.org/a"),
        ("https://example.org/?", "https://example.org"),
        ("https://example.org/%7eme/%c3%a9", "https://example.org/~me/%C3%A9"),
        ("https://example.org/~me/é", "https://example.org/~me/%C3%A9"),
        ("https://example.org/100%/a b\\c", "https://example.org/100%25/a%20b%5Cc"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("http://[2001:DB8:0::1]:8080/x", "https://[2001:db8::1]:8080/x"),
    ],
)
def test_one_page_has_one_address(given_url: str, canonical: str) -> None:
    assert canonical_url(given_url) == canonical


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "does not begin with http"),
        ("example.org/a", "does not begin with http"),
        ("ftp://example.org/a", "does not begin with http"),
        ("javascript:alert(1)", "does not begin with http"),
        ("https:///a", "names no host"),
        ("https://exa mple.org/", "host is misspelt"),
        ("https://example..org/", "host is misspelt"),
        ("https://[::zz]/", "is not the address"),
        ("https://[v1.a:b]/", "is not the address"),
        ("https://example.org:port/", "is not the address"),
        ("https://ada:secret@example.org/", "contains a user name"),
        ("https://example.org/a\nb", "cannot be seen"),
        ("https://example.org/\ud800", "cannot be seen"),
        ("https://example.org/" + "a" * LONGEST_URL, "longer than"),
        ("https://example.org/?utm_source=" + "a" * LONGEST_URL, "longer than"),
    ],
)
def test_what_is_no_web_address_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        canonical_url(url)
    assert caught.value.field == "url"
    assert len(str(caught.value)) < 400
    assert str(caught.value).isascii()


HOSTS = st.sampled_from(["example.org", "EXAMPLE.org", "bücher.example", "a.b-c.example.", "[::1]", "127.0.0.1"])


@given(
    st.sampled_from(["http", "https", "HTTPS"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_a_canonical_address_stays_as_it_is(scheme: str, host: str, port: str, path: str, query: str) -> None:
    try:
        canonical = canonical_url(f"{scheme}://{host}{port}/{path}?{query}")
    except Invalid:
        return
    assert canonical_url(canonical) == canonical
    assert canonical.isascii()
    assert canonical.startswith("https://")


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with suppress(Invalid):
        assert canonical_url(text).startswith("https://")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Attention?\u00a0\tAttention!\r\n", "Attention? Attention!"),
        ("abc\u202edef\u2066\u200f", "abcdef"),
        ("a\x00b\x07\ud800c\ufeff\ufffe", "abc"),
        ("Cafe\u0301", "Café"),
        ("in\u00advisible\u200b", "invisible"),
        ("👩\u200d💻 reads", "👩\u200d💻 reads"),
        ("\u2028", ""),
    ],
)
def test_a_text_is_one_visible_line(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text(alphabet=st.characters()))
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert "  " not in clean
    clean.encode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Attention? Attention!", "attention attention"),
        ("Lil\u2019Log \u2014 Part\u00a01", "LIL'LOG - part 1"),
        ("\ufb02ow\u2010based", "Flow-Based"),
        ("???", " ??? "),
    ],
)
def test_two_spellings_of_a_title_share_its_words(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""
