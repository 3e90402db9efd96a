"""What spreading learners over many database servers needs: every table of theirs and every query names the learner."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Table, event

import desk
from desk import Desk
from kit import Clock, SignUp
from studyplan.settings import Settings
from studyplan.store import rows
from studyplan.store.database import Base

pytestmark = pytest.mark.without_coverage

SHARED = {
    "builds_on", "catalogs", "clusters", "entries", "marks", "readings", "roles", "suppressions", "tracks",
    "user_roles", "users", "feed_addresses",
}  # fmt: skip
"""Catalogs that all read, accounts by address, the directory of feed addresses, and the installation's own marks."""
CLOCKS_OWN = (
    "next_digest_at",  # whose digest is due
    "next_day_at",  # whose study day has ended
    "deliveries.state",  # what waits for a sender, or is held by one that died
    "ended_at <",  # what is over
    "seen_at <",  # likewise
    "plans.inputs_version !=",  # at the clock's start: whose plan is out of date
)
LEARNERS = {table.name for table in Base.metadata.sorted_tables} - SHARED


def of_learners() -> Iterator[Table]:
    return (table for table in Base.metadata.sorted_tables if table.name in LEARNERS)


def test_each_table_is_shared_by_name_or_belongs_to_a_learner_by_the_first_column_of_its_key() -> None:
    assert rows.LearnerRow.__tablename__ in LEARNERS
    for table in of_learners():
        assert next(iter(table.primary_key.columns)).name == "learner_id", table.name


def test_no_foreign_key_leads_to_another_learners_row() -> None:
    for table in of_learners():
        for key in table.foreign_key_constraints:
            is_shared = key.referred_table.name in SHARED
            assert is_shared or "learner_id" in key.column_keys, f"{table.name} → {key.referred_table.name}"


def test_each_unique_rule_holds_within_a_learner() -> None:
    for table in of_learners():
        rules = [rule.columns for rule in table.constraints if type(rule).__name__ == "UniqueConstraint"]
        rules += [index.columns for index in table.indexes if index.unique]
        for columns in rules:
            names = [column.name for column in columns]
            assert "learner_id" in names, f"{table.name}: {names}"


def crosses_learners(statement: str) -> bool:
    """Say whether a statement on learners' tables names no learner and is none of the clock's own."""
    said = " ".join(statement.split())
    touched = {name for name in LEARNERS if re.search(rf"\b{name}\b", said)}
    names_one = re.search(r"learner_id\s*(=|IN)|INSERT INTO", said) is not None
    return bool(touched) and not names_one and not any(own in said for own in CLOCKS_OWN)


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


def listen(engine: object, said: list[str]) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)


def test_pages_and_jobs_ask_for_one_learner_at_a_time(
    app: Flask, client: FlaskClient, sign_up: SignUp, at_desk: Desk, clock: Clock
) -> None:
    said: list[str] = []
    listen(app.extensions["sqlalchemy"].writing_engine, said)
    listen(at_desk.context.engine, said)
    sign_up("bob@example.org")
    at_desk.add_learner()
    for path in ("/today", "/plan", "/progress", "/library", "/tracks", "/settings", "/settings/digest", "/account"):
        client.get(path)
    for _ in range(8):
        clock.advance(days=1)
        at_desk.tick()
    assert len(at_desk.mailer.mails) > 0
    assert len(said) > 200
    crossing = {statement for statement in said if crosses_learners(statement)}
    assert not crossing, "\n".join(crossing)
