"""What studying costs the database, and what many hands at once do to it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from shelf import NOW, Book, begin, days_on, do_today, load, todays
from studyplan.domain.catalog import LearnerId
from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import OccurrenceId
from studyplan.services import changes, due, planning, review
from studyplan.services.review import Finishing
from studyplan.store import study
from studyplan.store.database import make_engine

pytestmark = pytest.mark.without_coverage

TODAY_COSTS, RATING_COSTS, PLANNING_COSTS, LOADING_COSTS, SHOWING_COSTS = 15, 27, 25, 20, 8
"""Statements at most, however long a history or a shelf is."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Note the statements that reach the database."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def cost(engine: Engine, act: Callable[[Session], object]) -> int:
    with Session(engine) as session, session.begin(), counting(engine) as statements:
        act(session)
    return len(statements)


def studied(engine: Engine, books: int, days: int) -> LearnerId:
    """Return a learner who has done all that was asked on some days."""
    with Session(engine) as session, session.begin():
        load(session, *(Book(slug=f"knot-{n}", minutes=10) for n in range(books)))
    with Session(engine) as session, session.begin():
        learner_id = begin(session, weekdays=(60,) * 7)
    for day in range(days):
        with Session(engine) as session, session.begin():
            do_today(session, learner_id, now=days_on(day))
    return learner_id


def test_an_import_costs_a_handful_of_statements_however_many_readings_it_brings(engine: Engine) -> None:
    books = [Book(slug=f"knot-{n}", builds_on=(f"knot-{n - 1}",) if n else ()) for n in range(300)]
    assert cost(engine, lambda session: load(session, *books)) <= LOADING_COSTS
    moved = [
        replace(book, url=f"https://{book.slug}.example/", former_urls=(f"https://ropes.example/{book.slug}",))
        for book in books
    ]
    assert cost(engine, lambda session: load(session, *moved)) <= LOADING_COSTS


@pytest.mark.parametrize(("books", "days"), [(3, 1), (30, 4)])
def test_a_day_costs_a_handful_of_statements_however_much_there_is(engine: Engine, books: int, days: int) -> None:
    learner_id = studied(engine, books, days)
    now = days_on(days + 20)
    assert cost(engine, lambda session: planning.replan(session, learner_id, now=now)) <= PLANNING_COSTS
    assert cost(engine, lambda session: due.get_today(session, learner_id, now=now)) <= TODAY_COSTS
    assert cost(engine, lambda session: changes.get_stored(session, learner_id)) <= SHOWING_COSTS
    with Session(engine) as session:
        told = todays(session, learner_id, now=now)[0]
    finishing = Finishing(rating=Rating.CLEAR, key="a form's key")
    assert cost(engine, lambda session: review.finish(session, learner_id, told.id, finishing, now=now)) <= RATING_COSTS


def test_an_unchanged_plan_is_not_written_again(engine: Engine) -> None:
    learner_id = studied(engine, 5, 1)
    for _ in range(2):
        with Session(engine) as session, session.begin(), counting(engine) as statements:
            planning.replan(session, learner_id, now=NOW)
    written = [statement.split()[1] for statement in statements if not statement.startswith("SELECT")]
    assert written == ["learners"]


def test_one_press_in_many_tabs_at_once_makes_one_review(engine: Engine) -> None:
    learner_id = studied(engine, 5, 0)
    with Session(engine) as session:
        told = todays(session, learner_id)[0]

    def press(tab: int) -> bool:
        finishing = Finishing(rating=Rating(1 + tab % 4), key=f"the form of tab {tab}")
        with Session(engine) as session, session.begin():
            return review.finish(session, learner_id, told.id, finishing, now=NOW).is_new

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(press, range(12)))
    with Session(engine) as session:
        assert made.count(True) == 1
        assert len(study.list_reviews(session, learner_id)) == 1


def test_ratings_and_planning_at_once_lose_nothing(engine: Engine) -> None:
    learner_id = studied(engine, 12, 0)
    with Session(engine) as session:
        told = [item.id for item in todays(session, learner_id)]
    assert len(told) > 3

    def rate(occurrence_id: OccurrenceId) -> None:
        with Session(engine) as session, session.begin():
            finishing = Finishing(rating=Rating.CLEAR, key=occurrence_id)
            review.finish(session, learner_id, occurrence_id, finishing, now=NOW)
        with Session(engine) as session, session.begin():
            planning.replan(session, learner_id, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rate, told))
    with Session(engine) as session:
        assert {item.occurrence_id for item in study.list_reviews(session, learner_id)} == set(told)
        assert len(study.list_memories(session, learner_id)) == len(told)
