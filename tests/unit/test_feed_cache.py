"""What the feed door keeps: as much as fits, whoever asked last."""

from datetime import UTC, date, datetime

from studyplan.domain.catalog import LearnerId
from studyplan.domain.feeds import FeedId, Format
from studyplan.publish.links import FeedAddress
from studyplan.services.feed_polls import FoundFeed
from studyplan.web.feed_cache import OWN_BYTES, Answer, Body, FeedCache, Kept

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
FOUND = FoundFeed(
    learner_id=LearnerId(1),
    address=FeedAddress(feed_id=FeedId("x"), version=1),
    form=Format.RSS,
    versions=(1, 1, None),
    decided_by="",
    found_at=NOW,
    ends_at=NOW,
    today=date(2026, 11, 25),
    used_on=None,
)


def kept(size: int) -> Kept:
    body = Body(plain=Answer("200 OK", [], b"x" * size), gzipped=Answer("200 OK", [], b""), changed_at=NOW)
    return Kept(found=FOUND, tag='"a"', gzipped_tag='"b"', body=body if size else None)


def paths(cache: FeedCache, *names: str) -> str:
    return "".join(name for name in names if cache.find(name))


def test_the_longest_unused_goes_first() -> None:
    cache = FeedCache(most_bytes=3 * (OWN_BYTES + 100))
    for name in "abc":
        cache.put(name, kept(100))
    assert cache.find("a")
    cache.put("d", kept(100))
    assert paths(cache, "a", "b", "c", "d") == "acd"


def test_a_feed_takes_its_place_once() -> None:
    cache = FeedCache(most_bytes=2 * (OWN_BYTES + 100))
    for _ in range(10):
        cache.put("a", kept(100))
    cache.put("b", kept(100))
    assert paths(cache, "a", "b") == "ab"
    cache.forget("a")
    cache.forget("a")
    cache.put("c", kept(100))
    assert paths(cache, "a", "b", "c") == "bc"


def test_what_is_bigger_than_all_room_is_not_kept() -> None:
    cache = FeedCache(most_bytes=1_000)
    cache.put("a", kept(5_000))
    assert cache.find("a") is None
