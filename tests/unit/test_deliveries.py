"""What becomes of a mail, by rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import (
    Answer,
    Delivery,
    DeliveryId,
    Fate,
    Kind,
    State,
    breaks,
    for_slot,
    is_suppressed_by,
    judge,
)
from studyplan.domain.local_time import Slot

NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
DELIVERY = Delivery(
    learner_id=LearnerId(1),
    id=DeliveryId("d"),
    kind=Kind.WEEKLY,
    period="2026-W49",
    message_id="<d@example.org>",
    attempt=1,
    queued_at=NOW,
)


def test_a_mail_that_was_taken_is_sent_and_one_that_was_refused_has_failed() -> None:
    assert judge(DELIVERY, Answer(fate=Fate.TAKEN), now=NOW).state is State.SENT
    refused = judge(DELIVERY, Answer(fate=Fate.REFUSED, detail="550 no such user"), now=NOW)
    assert (refused.state, refused.reason, refused.next_at) == (State.FAILED, "550 no such user", None)


@pytest.mark.parametrize(
    ("detail", "bounce", "says"),
    [
        ("550 5.1.1 no such user", "hard", Fate.TAKEN),
        ("452 4.2.2 mailbox full", "soft", Fate.TAKEN),
        ("550 no", "hard", Fate.REFUSED),
        ("554 5.7.1 relay access denied", "", Fate.REFUSED),
        ("550 5.1.8 your own domain is unknown", "hard", Fate.REFUSED),
    ],
)
def test_an_answer_about_one_recipient_says_that_the_server_works(detail: str, bounce: str, says: Fate) -> None:
    assert Answer(fate=Fate.REFUSED, detail=detail, bounce=bounce).of_the_server is says


@pytest.mark.parametrize(("attempt", "hours"), [(1, 1 / 12), (2, 0.5), (3, 2), (4, 6), (5, 6), (9, 6)])
def test_a_mail_that_was_put_off_is_tried_again_ever_more_rarely(attempt: int, hours: float) -> None:
    outcome = judge(replace(DELIVERY, attempt=attempt), Answer(fate=Fate.LATER), now=NOW)
    assert (outcome.state, outcome.next_at) == (State.QUEUED, NOW + timedelta(hours=hours))
    assert outcome.spends_attempt


def test_a_mail_in_doubt_is_tried_again_and_stays_in_doubt() -> None:
    assert judge(DELIVERY, Answer(fate=Fate.UNKNOWN), now=NOW).state is State.UNKNOWN


@pytest.mark.parametrize(("fate", "state"), [(Fate.LATER, State.FAILED), (Fate.UNKNOWN, State.UNKNOWN)])
def test_after_three_days_it_is_given_up(fate: Fate, state: State) -> None:
    late = judge(replace(DELIVERY, attempt=14), Answer(fate=fate), now=NOW + timedelta(hours=67))
    assert (late.state, late.next_at) == (state, None)


def test_an_unreachable_server_spends_nobodys_attempts() -> None:
    outcome = judge(DELIVERY, Answer(fate=Fate.UNREACHABLE), now=NOW)
    assert (outcome.state, outcome.next_at, outcome.spends_attempt) == (State.QUEUED, NOW, False)


def test_sending_stops_when_the_server_is_out_of_reach_or_more_than_a_fifth_of_fifty_fails() -> None:
    assert breaks([Fate.TAKEN, Fate.UNREACHABLE])
    assert not breaks([Fate.UNREACHABLE, *[Fate.TAKEN] * 3])
    assert not breaks([Fate.LATER] * 10 + [Fate.TAKEN] * 40)
    assert breaks([Fate.LATER] * 11 + [Fate.TAKEN] * 39)
    assert not breaks([Fate.REFUSED] * 30 + [Fate.TAKEN] * 50)
    assert not breaks([])


def test_three_soft_bounces_in_three_weeks_stop_an_address() -> None:
    soft = [NOW - timedelta(days=days) for days in (22, 10, 5)]
    assert not is_suppressed_by(soft, now=NOW)
    assert is_suppressed_by([*soft, NOW], now=NOW)


@pytest.mark.parametrize(
    ("kind", "hours", "is_late"),
    [
        (Kind.WEEKLY, 72, False),
        (Kind.WEEKLY, 73, True),
        (Kind.DAILY, 12, False),
        (Kind.DAILY, 13, True),
        (Kind.RESET, 0.4, False),
        (Kind.RESET, 0.6, True),
    ],
)
def test_a_mail_is_too_late_by_its_kind(kind: Kind, hours: float, *, is_late: bool) -> None:
    assert replace(DELIVERY, kind=kind).is_late(NOW + timedelta(hours=hours)) is is_late


@pytest.mark.parametrize(
    ("visited_on", "expected"),
    [
        (date(2026, 11, 29), (Kind.WEEKLY, "2026-W49")),
        (date(2026, 11, 3), (Kind.WEEKLY, "2026-W49")),
        (date(2026, 11, 2), (Kind.MONTHLY, "2026-11-02+1")),
        (date(2026, 6, 1), (Kind.FAREWELL, "2026-06-01")),
    ],
)
def test_who_stays_away_hears_rarely_and_then_one_farewell(visited_on: date, expected: tuple[Kind, str]) -> None:
    slot = Slot(at=NOW, period="2026-W49")
    assert for_slot(slot, Kind.WEEKLY, visited_on, date(2026, 11, 30)) == expected


def test_rare_digests_are_four_weeks_apart() -> None:
    mondays = [date(2026, 11, 30) + timedelta(weeks=week) for week in range(20)]
    told = [for_slot(Slot(at=NOW, period=str(day)), Kind.WEEKLY, date(2026, 11, 28), day) for day in mondays]
    first: dict[str, date] = {}
    for day, (kind, period) in zip(mondays, told, strict=True):
        if kind is Kind.MONTHLY:
            first.setdefault(period, day)
    assert len(first) == 4
    assert {(later - earlier).days for earlier, later in pairwise(first.values())} == {28}
