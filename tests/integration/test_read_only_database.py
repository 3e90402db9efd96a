"""PostgreSQL after a failover can be a copy that takes no writes: what only reads goes on, the rest waits."""

import io
import re
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

import desk
from feed_stage import make_stage
from fleet import wait_until
from kit import Clock, SignUp, Submit
from studyplan.jobs.clock import run_clock
from studyplan.settings import Settings

pytestmark = [
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
    pytest.mark.alters_schema,  # a database of its own
]


def let_write(engine: Engine, *, may: bool) -> None:
    """Let new connections write, or not."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name, value = engine.url.database, "off" if may else "on"
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
    engine.dispose()


def test_feeds_and_pages_are_read_and_a_form_is_told_to_come_again(
    app: Flask, settings: Settings, clock: Clock, client: FlaskClient, sign_up: SignUp, submit: Submit
) -> None:
    stage = make_stage(app, settings, clock, sign_up())
    stage.add_due()
    let_write(app.extensions["sqlalchemy"].writing_engine, may=False)
    assert stage.poll().status_code == 200, "though nobody can note that it was read"
    assert client.get("/account").status_code == 200
    switch = re.findall(r'action="(/settings/feeds/[^"]+/switch)"', client.get("/settings/feeds").text)[0]
    assert submit(switch, on="/settings/feeds", to="off").status_code == 503
    assert stage.poll().status_code == 200


def test_the_clock_waits_and_then_ticks(settings: Settings, clock: Clock, logged: io.StringIO) -> None:
    with desk.opened(settings, clock) as at_desk:
        let_write(at_desk.context.engine, may=False)
        stop = threading.Event()
        running = threading.Thread(target=run_clock, args=(at_desk.context, at_desk, stop))
        running.start()
        try:
            wait_until(lambda: "the clock cannot start yet" in logged.getvalue(), 20)
            let_write(at_desk.context.engine, may=True)
            wait_until(lambda: "the clock ticks" in logged.getvalue(), 20)
        finally:
            stop.set()
            running.join()
        assert at_desk.jobs, "what waited is taken up"
