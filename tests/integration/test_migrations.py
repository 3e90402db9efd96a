"""A database of an earlier version becomes one of this version, and nothing in it is lost."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from shelf import begin, load
from studyplan.cli.migrations import upgrade
from studyplan.domain.errors import Conflict
from studyplan.settings import Settings
from studyplan.store import learners, occurrences, plans
from studyplan.store.database import make_engine
from studyplan.store.rows import OccurrenceRow

SOURCES = Path(__file__).parents[2] / "src"


@pytest.mark.alters_schema
def test_two_upgrades_at_once_are_one(settings: Settings, tmp_path: Path) -> None:
    engine = make_engine(settings.database)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    else:
        (tmp_path / "studyplan.db").unlink()
    engine.dispose()
    own = {"STUDYPLAN_DATABASE_URL": settings.database, "STUDYPLAN_DATA_DIR": str(tmp_path), "PYTHONPATH": str(SOURCES)}
    command = (sys.executable, "-m", "studyplan", "upgrade")
    both = [subprocess.Popen(command, env=os.environ | own, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(process.communicate(timeout=60)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert (said.count("schema"), said.count("Lil'Log")) == (1, 1)


@pytest.mark.alters_schema
def test_plans_that_had_names_from_the_beginning_keep_them(settings: Settings) -> None:
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        load(session)
        learner_id = begin(session)
        before = plans.find_plan_id(session, learner_id)
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert upgrade(engine)
    with Session(engine) as session:
        assert plans.find_plan_id(session, learner_id) == before
    engine.dispose()


@pytest.mark.alters_schema
def test_plans_that_had_no_names_are_kept_and_named_apart(settings: Settings) -> None:
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        load(session)
        learner_ids = [begin(session, email=f"{name}@example.org") for name in ("ada", "bob")]
        before = [plans.find_plan(session, learner_id) for learner_id in learner_ids]
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE plans DROP COLUMN plan_id"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE plans ALTER COLUMN document TYPE JSON USING document::json"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert upgrade(engine)
    assert not upgrade(engine)
    with Session(engine) as session:
        assert None not in before
        assert [plans.find_plan(session, learner_id) for learner_id in learner_ids] == before
        assert len(set(session.scalars(text("SELECT plan_id FROM plans")))) == 2
    engine.dispose()


@pytest.mark.alters_schema
def test_what_was_told_before_reasons_had_dates_keeps_its_date(settings: Settings) -> None:
    engine, now = make_engine(settings.database), datetime.now(UTC)
    until = (now + timedelta(days=90)).date()
    with Session(engine) as session, session.begin():
        load(session)
        dated = begin(session, horizon_on=until, now=now - timedelta(days=1))
        rolling = begin(session, email="eve@example.org", horizon_on=None, now=now - timedelta(days=1))
        for row in session.scalars(select(OccurrenceRow)):
            row.reason = {name: value for name, value in row.reason.items() if name != "horizon_on"}
        session.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    assert upgrade(engine)
    with Session(engine) as session:
        for learner_id, expected in ((dated, until), (rolling, None)):
            told = occurrences.list_published(session, learner_id, now=now)
            assert {item.reason.horizon_on for item in told} == {expected}
    engine.dispose()


@pytest.mark.alters_schema
def test_learners_are_kept_who_had_looks_of_their_own(settings: Settings) -> None:
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        load(session)
        learner_id = begin(session)
        before = learners.get_learner(session, learner_id)
        for column in ("theme VARCHAR(10) DEFAULT 'dark' NOT NULL", "keys_on BOOLEAN DEFAULT true NOT NULL"):
            session.execute(text(f"ALTER TABLE learners ADD COLUMN {column}"))
        session.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    assert upgrade(engine)
    assert not {column["name"] for column in inspect(engine).get_columns("learners")} & {"theme", "keys_on"}
    with Session(engine) as session:
        assert learners.get_learner(session, learner_id) == before
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_all_letters_is_refused(settings: Settings, encoding: str) -> None:
    engine, name = make_engine(settings.database), f"only_{encoding.lower()}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        other = make_engine(engine.url.set(database=name).render_as_string(hide_password=False))
        with pytest.raises(Conflict, match=f"is in {encoding}"):
            upgrade(other)
        other.dispose()
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    engine.dispose()
