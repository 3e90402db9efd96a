"""Signed links: what they carry, and that nothing but the very link that was handed out is accepted."""

import string
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from studyplan.domain.catalog import LearnerId
from studyplan.domain.feeds import FeedId, Format
from studyplan.domain.occurrences import OccurrenceId
from studyplan.publish.links import FeedAddress, Grant, Links, token_hash

LINKS = Links(site="https://study.example.org/s", secret="a secret of more than thirty-two characters")
ADDRESS = FeedAddress(feed_id=FeedId("0b6a1f3e-7f3c-4a63-8f0c-0d8f4a6d2b11"), version=3)
MAIL = Grant(
    learner_id=LearnerId(7),
    occurrence_id=OccurrenceId("5e0b4f9e-3c55-4f0e-9f7a-6b1f5bb0a001"),
    ends_at=datetime(2026, 12, 30, 3, 0, 7, tzinfo=UTC),
)
FEED = replace(MAIL, through=ADDRESS)
ALPHABET = string.ascii_letters + string.digits + "-_=./+~ é"


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.mark.parametrize("grant", [MAIL, FEED])
def test_a_link_carries_its_grant_under_the_site(grant: Grant) -> None:
    url = LINKS.action(grant)
    assert url.startswith("https://study.example.org/s/r/")
    assert LINKS.find_grant(token_of(url)) == grant
    assert LINKS.action(grant) == url, "each poll finds the same link"


@pytest.mark.parametrize("grant", [MAIL, FEED])
def test_every_change_of_one_character_is_refused(grant: Grant) -> None:
    token = token_of(LINKS.action(grant))
    for place in range(len(token)):
        for character in ALPHABET:
            changed = token[:place] + character + token[place + 1 :]
            assert changed == token or LINKS.find_grant(changed) is None, changed
        assert LINKS.find_grant(token[:place] + token[place + 1 :]) is None
        assert LINKS.find_grant(token[:place]) is None
    assert LINKS.find_grant(token + "=") is None


def test_each_purpose_and_each_secret_has_its_own_key() -> None:
    unsubscribe = token_of(LINKS.unsubscribe(LearnerId(7)))
    assert LINKS.find_unsubscriber(unsubscribe) == 7
    assert LINKS.find_grant(unsubscribe) is None
    assert LINKS.find_unsubscriber(token_of(LINKS.action(MAIL))) is None
    other = replace(LINKS, secret="another secret of more than thirty-two")
    assert other.find_grant(token_of(LINKS.action(MAIL))) is None
    assert other.find_unsubscriber(unsubscribe) is None


def test_a_feed_token_has_256_bits_and_changes_with_the_version() -> None:
    token = LINKS.feed_token(ADDRESS)
    assert len(token) == 43
    assert token != LINKS.feed_token(replace(ADDRESS, version=4))
    assert LINKS.feed(token, Format.RSS) == f"https://study.example.org/s/feeds/{token}/due.rss"
    assert len(token_hash(token)) == 64
