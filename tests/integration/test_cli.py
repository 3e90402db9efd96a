"""The commands: what they print, what they leave in the database, and how they say that something is wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kit import Run
from shelf import NOW, begin, load
from studyplan import __version__
from studyplan.cli.program import HOMES, main
from studyplan.domain.catalog import LearnerId
from studyplan.domain.learner import Learner
from studyplan.publish.links import Links
from studyplan.services import feeds, learners
from studyplan.store import catalogs, plans, study
from studyplan.store.database import make_engine

FIXTURES = Path(__file__).parents[1] / "fixtures"
SOURCES = Path(__file__).parents[2] / "src"
ROPES = """
slug = "ropes"
title = "Ropes"
url = "https://r.example/"
[[cluster]]
slug = "knots"
title = "Knots"
[[cluster.reading]]
slug = "b"
title = "Bowline"
url = "https://r.example/b"
tier = 5
minutes = 9
"""


@pytest.mark.parametrize("name", HOMES)
def test_each_command_s_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert re.search(rf"example:\n  (\S+ )?studyplan {name}\b", capsys.readouterr().out)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"studyplan {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "COMMAND"),
        (["fly"], "invalid choice"),
        (["import"], "FILE"),
        (["import", "missing.txt"], "missing.txt is no file"),
        (["bounce", "missing.eml"], "missing.eml is no file"),
        (["plan", "nobody@example.org"], "Nobody here has the address nobody@example.org"),
        (["plan", "nobody@example.org", "--at", "tomorrow"], "--at 'tomorrow' is no moment"),
        (["user", "add"], "needs the mail address"),
        (["user", "add", "not an address"], "not a complete address"),
        (["user", "delete", "nobody@example.org"], "Nobody here"),
        (["demo", "--weeks", "0"], "--weeks 0"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(installed: Path, refuse: Run, arguments: list[str], told: str) -> None:
    assert told in refuse(*arguments)


def test_bad_settings_are_told_without_a_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch, refuse: Run) -> None:
    monkeypatch.setenv("STUDYPLAN_LISTEN", "nowhere")
    assert "STUDYPLAN_LISTEN: 'nowhere' cannot be used" in refuse("upgrade")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("foo://x", "must be memory:// or a shared store"),
        ("redis://me:hunter2@localhost:6379", "its client is not installed (pip install redis)"),
    ],
)
def test_a_store_of_counts_that_cannot_be_used_is_told(
    installed: Path, monkeypatch: pytest.MonkeyPatch, refuse: Run, url: str, told: str
) -> None:
    monkeypatch.setenv("STUDYPLAN_RATELIMIT_STORAGE", url)
    said = refuse("user", "add", "ada@example.org")
    assert told in said
    assert "hunter2" not in said


def test_without_a_schema_the_way_to_get_one_is_told(folder: Path, refuse: Run) -> None:
    assert "Run `studyplan upgrade`" in refuse("user", "list")


def test_without_a_database_nothing_is_made_but_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, refuse: Run
) -> None:
    monkeypatch.setenv("STUDYPLAN_DATA_DIR", str(folder / "new"))
    (folder / "ropes.toml").write_text(ROPES)
    assert "Run `studyplan upgrade` first" in refuse("import", "ropes.toml")
    assert not (tmp_path / "new" / "studyplan.db").exists()


@pytest.mark.parametrize("command", ["plan", "digest"])
def test_who_is_on_no_track_yet_is_told_so(installed: Path, run: Run, refuse: Run, command: str) -> None:
    assert installed.exists()
    run("user", "add", "ada@example.org")
    assert "ada@example.org has an account and is on no track yet" in refuse(command, "ada@example.org")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("plan ada@example.org", "Bowline"),
        ("digest ada@example.org", "To: ada@example.org"),
        ("user list", "ada@example.org"),
        ("user feeds ada@example.org", "/due.rss"),
    ],
)
def test_who_only_reads_waits_for_no_writer(installed: Path, run: Run, command: str, said: str) -> None:
    engine = make_engine(f"sqlite:///{installed / 'studyplan.db'}")
    with Session(engine) as session, session.begin():
        load(session)
        learner_id = begin(session)
        feeds.ensure_default_feed(session, learner_id, Links(site="http://127.0.0.1", secret="s" * 40), now=NOW)
    with engine.begin():
        assert said in run(*command.split())
    engine.dispose()


def test_who_stops_reading_a_plan_is_told_nothing_more(installed: Path) -> None:
    engine = make_engine(f"sqlite:///{installed / 'studyplan.db'}")
    with Session(engine) as session, session.begin():
        load(session)
        begin(session)
    engine.dispose()
    reading, writing = os.pipe()
    os.close(reading)
    command = (sys.executable, "-m", "studyplan", "plan", "ada@example.org", "--json")
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_out_of_reach_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, refuse: Run) -> None:
    monkeypatch.setenv("STUDYPLAN_DATABASE_URL", "sqlite:////no/such/folder/studyplan.db")
    assert "The database cannot be used" in refuse("user", "list")
    monkeypatch.setenv("STUDYPLAN_DATABASE_URL", "postgresql+psycopg://me:hunter2@127.0.0.1:1/studyplan")
    assert "hunter2" not in refuse("user", "list")


@pytest.mark.parametrize("command", ["upgrade", "serve", "user list"])
def test_a_file_that_is_no_database_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, refuse: Run, command: str
) -> None:
    shutil.copy(FIXTURES / "reading-room.txt", folder / "notes.txt")
    monkeypatch.setenv("STUDYPLAN_DATABASE_URL", f"sqlite:///{folder / 'notes.txt'}")
    assert "The database cannot be used: file is not a database" in refuse(*command.split())


def test_upgrade_brings_schema_and_catalog_once(folder: Path, run: Run) -> None:
    assert run("upgrade") == "Brought up to date: schema, Lil'Log.\n"
    assert run("upgrade") == "All is up to date.\n"


def test_accounts_are_added_listed_made_admin_and_deleted(installed: Path, run: Run, refuse: Run) -> None:
    assert re.fullmatch(
        r"Ada@Example.org can sign in with the password \S{16}\n", run("user", "add", "Ada@Example.org")
    )
    run("user", "add", "eve@example.org")
    assert "ada@example.org has an account already" in refuse("user", "add", "ada@example.org")
    assert run("user", "list") == "ada@example.org (admin)\neve@example.org\n"
    run("user", "admin", "eve@example.org")
    assert "eve@example.org (admin)" in run("user", "list")
    assert "deleted" in run("user", "delete", "eve@example.org")
    assert "eve@example.org" not in run("user", "list")


def test_an_import_can_be_tried_before_it_is_done(installed: Path, run: Run) -> None:
    (installed / "ropes.toml").write_text(ROPES)
    told = "Ropes, 1 cluster, 1 reading (1 of tier 5).\n"
    assert run("import", "ropes.toml", "--dry-run") == f"Would import: {told}"
    with Session(make_engine(f"sqlite:///{installed / 'studyplan.db'}")) as session:
        assert catalogs.list_tracks(session) == []
    assert run("import", "ropes.toml") == f"Imported: {told}"
    assert run("import", "ropes.toml") == f"Imported: {told}Nothing in it is new or other than before.\n"
    with Session(make_engine(f"sqlite:///{installed / 'studyplan.db'}")) as session:
        assert [stored.track.slug for stored in catalogs.list_tracks(session)] == ["all-of-ropes"]


def test_a_file_that_is_malformed_is_told_by_its_line(installed: Path, refuse: Run) -> None:
    shutil.copy(FIXTURES / "reading-room.txt", installed / "page.txt")
    assert "page.txt" in refuse("import", "page.txt")
    text = (FIXTURES / "reading-room.txt").read_text().replace("TIER 5 Mar 1, 2019", "TIER 9 Mar 1, 2019")
    (installed / "page.txt").write_text(text)
    assert "Line 19, " in refuse("import", "page.txt")


def test_a_plan_is_shown_with_its_reasons_and_stores_nothing(installed: Path, run: Run) -> None:
    with Session(make_engine(f"sqlite:///{installed / 'studyplan.db'}")) as session, session.begin():
        load(session)
        begin(session)
    words = run("plan", "ada@example.org", "--at", "2026-11-26T07:00+01:00")
    assert words.startswith("Thu 26 Nov 2026\n")
    assert "20 min  Bowline: " in words
    document = json.loads(run("plan", "ada@example.org", "--json", "--at", NOW.isoformat()))
    assert document["made_on"] == "2026-11-25"
    assert {"recall_now", "horizon_with", "horizon_without", "value_per_minute"} <= document["items"][0][
        "reason"
    ].keys()
    assert document["readings"].keys() >= {str(item["reading_id"]) for item in document["items"]}


def test_a_demo_learner_has_a_history_and_gets_no_mail(folder: Path, run: Run) -> None:
    told = run("demo", "--weeks", "2", "--at", "2026-11-25T09:00")
    email = re.search(r"as (\S+) with the password", told)
    assert email is not None
    with Session(make_engine(f"sqlite:///{folder / 'studyplan.db'}")) as session:
        learner_id = learners.find_id_by_address(session, email[1])
        assert learner_id is not None
        learner = learners.get_learner(session, LearnerId(learner_id))
        assert isinstance(learner, Learner)
        assert (learner.is_demo, learner.digest.kind) == (True, "off")
        assert len(study.list_reviews(session, learner.id)) > 5


def test_the_first_person_is_the_admin_whatever_demo_there_is(folder: Path, run: Run) -> None:
    run("demo", "--weeks", "1", "--at", "2026-11-25T09:00")
    assert folder.exists()
    run("user", "add", "ada@example.org")
    run("user", "add", "bob@example.org")
    told = run("user", "list").splitlines()
    assert [line for line in told if "admin" in line] == ["ada@example.org (admin)"]


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "1900-01-01"])
def test_a_moment_beyond_all_plans_is_refused(installed: Path, refuse: Run, at: str) -> None:
    assert installed.exists()
    assert "is too far away" in refuse("plan", "ada@example.org", "--at", at)


def test_a_digest_that_cannot_be_written_is_told(installed: Path, refuse: Run, tmp_path: Path) -> None:
    assert installed.exists()
    engine = make_engine(f"sqlite:///{tmp_path / 'studyplan.db'}")
    with Session(engine) as session, session.begin():
        load(session)
        begin(session)
    (tmp_path / "file").touch()
    assert "cannot be written" in refuse("digest", "ada@example.org", "--to-dir", str(tmp_path / "file"))


def test_a_digest_of_a_later_day_is_the_one_that_will_be_sent(installed: Path, run: Run) -> None:
    with Session(make_engine(f"sqlite:///{installed / 'studyplan.db'}")) as session, session.begin():
        load(session)
        begin(session)
        stored = plans.find_plan(session, LearnerId(1))
    at = "2027-01-04T07:00+01:00"
    planned = run("plan", "ada@example.org", "--at", at)
    words = run("digest", "ada@example.org", "--at", at)
    assert "Nothing is planned" not in words
    title = planned.splitlines()[1].partition("min  ")[2].partition(":")[0]
    assert title in words
    with Session(make_engine(f"sqlite:///{installed / 'studyplan.db'}")) as session:
        assert plans.find_plan(session, LearnerId(1)) == stored, "nothing is stored"


def test_an_import_that_only_changes_what_builds_on_what_says_so(installed: Path, run: Run) -> None:
    splice = 'slug = "splice"\ntitle = "Splice"\nurl = "https://r.example/s"\ntier = 4\nminutes = 9\n'
    two = f"{ROPES}[[cluster.reading]]\n{splice}"
    (installed / "ropes.toml").write_text(two)
    run("import", "ropes.toml")
    (installed / "ropes.toml").write_text(two + "builds_on = { b = 1 }\n")
    assert "0 changed, 0 withdrawn, and other clusters or other links between readings." in run("import", "ropes.toml")
