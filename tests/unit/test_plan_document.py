"""A plan survives being stored."""

import json
from dataclasses import replace
from datetime import date

import pytest

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.plan import Aim, Candidate, Plan, Reason
from studyplan.domain.plan_document import from_document, from_text, to_document, to_text
from studyplan.domain.planner import plan


@pytest.fixture(params=[(0, 20, 0, 20, 0, 50, 0), (0, 0, 0, 0, 0, 9, 0)])
def made(request: pytest.FixtureRequest) -> Plan:
    readings = [Candidate(reading_id=ReadingId(key), minutes=20.0 + key) for key in range(1, 9)]
    budget = Budget(weekdays=request.param)
    return plan(readings, budget, today=date(2026, 11, 24), aim=Aim(horizon_on=date(2027, 3, 1)))


def test_a_plan_comes_back_from_json_as_it_was(made: Plan) -> None:
    assert from_text(Plan, to_text(made)) == made
    assert from_document(Plan, json.loads(json.dumps(to_document(made)))) == made


def test_dates_and_kinds_are_words_in_the_document(made: Plan) -> None:
    document = to_document(made)
    assert document["made_on"] == "2026-11-24"
    assert {item["kind"] for item in document["items"]} <= {"first", "part", "review"}


def test_a_reason_comes_back_with_its_date_and_an_old_one_without(made: Plan) -> None:
    reason = made.items[0].reason
    document = json.loads(json.dumps(to_document(reason)))
    assert from_document(Reason, document) == reason
    assert reason.horizon_on is not None
    del document["horizon_on"]
    assert from_document(Reason, document) == replace(reason, horizon_on=None)
