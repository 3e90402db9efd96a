"""Moving everything into another database, with the program itself."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

import desk
from studyplan.cli.migrations import upgrade
from studyplan.cli.program import main
from studyplan.jobs.lock import FileLock
from studyplan.services import accounts
from studyplan.services.due import get_today
from studyplan.settings import Settings, load
from studyplan.store.database import make_engine

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_everything_moves_and_new_rows_are_numbered_on(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = load(_env_file=None, data_dir=tmp_path / "laptop", secret_key="s" * 40)
    source.data_dir.mkdir()
    engine = make_engine(source.database)
    upgrade(engine)
    engine.dispose()
    with desk.opened(source, lambda: NOW) as at_home:
        learner_id, gone = at_home.add_learner(), at_home.add_learner("gone@example.org")
        with at_home.context.writing() as session:
            accounts.delete_account(session, gone, now=NOW)
        with at_home.context.reading() as session:
            before = get_today(session, learner_id, now=NOW)
    monkeypatch.setenv("STUDYPLAN_DATA_DIR", str(source.data_dir))
    lock = FileLock(source.data_dir / "clock.lock")
    assert lock.acquire()
    assert main(["move", settings.database]) == 1
    assert "Stop it first" in capsys.readouterr().err
    lock.release()
    assert main(["move", settings.database]) == 0
    assert "Copied and compared" in capsys.readouterr().out
    with desk.opened(settings, lambda: NOW) as moved:
        with moved.context.reading() as session:
            assert get_today(session, learner_id, now=NOW) == before
        with moved.context.writing() as session:
            session.execute(text("INSERT INTO readings (canonical_url) VALUES ('https://new.example')"))
        assert moved.add_learner("bob@example.org") == gone + 1, "old mails' links name the one that is gone"
    assert main(["move", settings.database]) == 1
    assert "already" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["mysql://x", "sqlite:///{here}", "postgresql+psycopg://db:54x/y"])
def test_a_target_that_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    monkeypatch.setenv("STUDYPLAN_DATA_DIR", str(tmp_path))
    assert main(["move", target.format(here=tmp_path / "studyplan.db")]) == 1
    assert capsys.readouterr().err.startswith("studyplan: ")


def test_a_folder_without_a_database_has_nothing_to_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STUDYPLAN_DATA_DIR", str(tmp_path))
    assert main(["move", f"sqlite:///{tmp_path / 'target.db'}"]) == 1
    assert "There is no database" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
