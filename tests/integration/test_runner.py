"""Runners: the same promises from threads of one process and from a queue that many share."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

import desk
from desk import Desk
from kit import Clock
from studyplan.cli.serve import find_submit
from studyplan.domain.catalog import LearnerId
from studyplan.jobs import runner_procrastinate
from studyplan.jobs.handlers import PLAN
from studyplan.jobs.runner import LocalRunner, Runner, run
from studyplan.settings import Settings
from studyplan.store import learners
from studyplan.store.rows import LearnerRow, PlanRow
from studyplan.web.app import create_app
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.database import current_session
from studyplan.web.work import plan_soon

KINDS = ("local", "procrastinate")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, settings: Settings) -> str:
    if request.param == "procrastinate" and settings.database.startswith("sqlite"):
        pytest.skip("Procrastinate needs PostgreSQL")
    return str(request.param)


@pytest.fixture
def at_desk(settings: Settings, clock: Clock) -> Iterator[Desk]:
    with desk.opened(settings, clock) as opened:
        yield opened


@contextmanager
def working(kind: str, at_desk: Desk) -> Iterator[Runner]:
    """Give a runner whose jobs are worked on."""
    if kind == "local":
        local = LocalRunner(at_desk.context)
        local.start()
        yield local
        local.stop()
        return
    runner_procrastinate.install(at_desk.context.engine)
    stop = threading.Event()
    worker = threading.Thread(target=runner_procrastinate.run_worker, args=(at_desk.context, stop))
    worker.start()
    try:
        yield runner_procrastinate.ProcrastinateRunner()
    finally:
        stop.set()
        worker.join()


def is_planned(at_desk: Desk, learner_id: LearnerId) -> bool:
    """Say whether the plan is as new as what it is made from."""
    with at_desk.context.reading() as session:
        planned = session.scalar(select(PlanRow.inputs_version).where(PlanRow.learner_id == learner_id))
        wanted = session.scalar(select(LearnerRow.inputs_version).where(LearnerRow.learner_id == learner_id))
    return planned == wanted


def submit_and_roll_back(at_desk: Desk, runner: Runner, learner_id: LearnerId) -> None:
    with Session(at_desk.context.engine) as session:
        runner.submit(PLAN, learner_id, session)
        session.rollback()


def comes_true(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_job_runs_once_its_transaction_is_committed(kind: str, at_desk: Desk) -> None:
    learner_id = at_desk.add_learner()
    with working(kind, at_desk) as runner:
        with at_desk.context.writing() as session:
            learners.count_inputs_change(session, learner_id)
            runner.submit(PLAN, learner_id, session)
            runner.submit(PLAN, learner_id, session)
        assert comes_true(lambda: is_planned(at_desk, learner_id))


def test_an_application_on_another_server_hands_its_plans_to_the_runner_too(
    kind: str, settings: Settings, at_desk: Desk
) -> None:
    learner_id = at_desk.add_learner()
    chosen = settings.model_copy(update={"runner": kind})
    app = create_app(chosen, submit=find_submit(chosen))

    @app.post("/test/change")
    @takes_from_elsewhere
    def change() -> str:
        learners.count_inputs_change(current_session(), learner_id)
        plan_soon(learner_id)
        return "changed"

    assert app.test_client().post("/test/change").status_code == 200
    app.extensions["sqlalchemy"].writing_engine.dispose()
    assert is_planned(at_desk, learner_id) is (kind == "local")
    with working(kind, at_desk):
        assert comes_true(lambda: is_planned(at_desk, learner_id))


def test_a_job_of_a_transaction_that_was_rolled_back_never_runs(kind: str, at_desk: Desk) -> None:
    learner_id = at_desk.add_learner()
    with at_desk.context.writing() as session:
        learners.count_inputs_change(session, learner_id)
    with working(kind, at_desk) as runner:
        submit_and_roll_back(at_desk, runner, learner_id)
        time.sleep(1)
        assert not is_planned(at_desk, learner_id)


def test_a_savepoint_that_is_rolled_back_takes_no_other_job_along(kind: str, at_desk: Desk) -> None:
    learner_id = at_desk.add_learner()
    with working(kind, at_desk) as runner:
        with at_desk.context.writing() as session:
            learners.count_inputs_change(session, learner_id)
            runner.submit(PLAN, learner_id, session)
            session.begin_nested().rollback()
        assert comes_true(lambda: is_planned(at_desk, learner_id))


def test_a_job_that_fails_does_not_stop_the_next(kind: str, at_desk: Desk) -> None:
    learner_id = at_desk.add_learner()
    with working(kind, at_desk) as runner:
        with at_desk.context.writing() as session:
            learners.count_inputs_change(session, learner_id)
            runner.submit("no such job", None, session)
            runner.submit(PLAN, learner_id, session)
        assert comes_true(lambda: is_planned(at_desk, learner_id))
        assert kind == "local" or comes_true(lambda: remaining(at_desk) == 0), "failed ones do not pile up"


def test_a_learner_who_is_gone_is_no_failure(at_desk: Desk) -> None:
    assert run(at_desk.context, PLAN, LearnerId(404))
    assert not run(at_desk.context, "no such job", None)


@pytest.mark.alters_schema
def test_row_and_job_are_committed_together_on_postgresql(settings: Settings, at_desk: Desk) -> None:
    if settings.database.startswith("sqlite"):
        pytest.skip("Procrastinate needs PostgreSQL")
    assert runner_procrastinate.install(at_desk.context.engine)
    assert not runner_procrastinate.install(at_desk.context.engine), "once is enough"
    learner_id, runner = at_desk.add_learner(), runner_procrastinate.ProcrastinateRunner()

    def count() -> int | None:
        with at_desk.context.reading() as session:
            found: int | None = session.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
            return found

    submit_and_roll_back(at_desk, runner, learner_id)
    assert count() == 0
    with at_desk.context.writing() as session:
        for _ in range(3):
            runner.submit(PLAN, learner_id, session)
    assert count() == 1, "the same job waits once"


def test_the_jobs_of_a_worker_that_died_are_taken_up(settings: Settings, at_desk: Desk) -> None:
    if settings.database.startswith("sqlite"):
        pytest.skip("Procrastinate needs PostgreSQL")
    learner_id = at_desk.add_learner()
    runner_procrastinate.install(at_desk.context.engine)
    runner = runner_procrastinate.ProcrastinateRunner()
    with at_desk.context.writing() as session:
        learners.count_inputs_change(session, learner_id)
        runner.submit(PLAN, learner_id, session)
        session.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute');"
                "UPDATE procrastinate_jobs SET status = 'doing',"
                " worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        )
        runner.submit(PLAN, learner_id, session)
    with working("procrastinate", at_desk):
        assert comes_true(lambda: is_planned(at_desk, learner_id))
        assert comes_true(lambda: remaining(at_desk) == 0)


def remaining(at_desk: Desk) -> int | None:
    with at_desk.context.reading() as session:
        found: int | None = session.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
    return found
