"""Thirty days of a learner with the feed in real readers: each entry is shown exactly once."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask

from feed_stage import make_stage
from feed_year import FULL, begin
from kit import Clock, SignUp
from studyplan.settings import Settings

HAPPENS = ("rating", "until", "undo", "edits", "zones", "restarts", "restores", "new addresses", FULL)


@pytest.mark.without_coverage
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_in_thirty_days_every_entry_is_shown_once(
    app: Flask, settings: Settings, clock: Clock, sign_up: SignUp, tmp_path: Path
) -> None:
    clock.now = datetime(2026, 10, 12, 3, tzinfo=UTC)
    with begin(make_stage(app, settings, clock, sign_up()), tmp_path, seed=1) as days:
        counted = days.run(date(2026, 10, 12), 30)
        assert days.repeats() == 0
    assert min(days.happened[what] for what in HAPPENS) > 0, days.happened
    for one in counted:
        assert (one.missed, one.invented, one.twice) == (set(), set(), []), one.name
