"""Settings: read once, frozen; bad ones are named all at once, secrets hidden."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from studyplan.settings import BadSettings, Settings, hide_password, load


def read(**values: object) -> Settings:
    return load(_env_file=None, **values)


def complaint(**values: object) -> str:
    with pytest.raises(BadSettings) as error:
        read(**values)
    return str(error.value)


def test_without_any_setting_all_stays_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.database == f"sqlite:///{tmp_path}/var/studyplan.db"
    assert settings.site == "http://127.0.0.1:8000"
    assert settings.is_loopback
    assert settings.hosts == ("127.0.0.1", "localhost", "127.0.0.1", "[::1]")


def test_the_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("STUDYPLAN_LISTEN=0.0.0.0:1\nSTUDYPLAN_REGISTRATION=closed\nOTHER=x\n")
    monkeypatch.setenv("STUDYPLAN_LISTEN", "0.0.0.0:2")
    settings = load()
    assert (settings.listen, settings.registration) == ("0.0.0.0:2", "closed")


def test_all_bad_values_are_named_at_once_with_what_is_allowed() -> None:
    told = complaint(
        database_url="mysql://localhost/x",
        base_url="study.example.org",
        listen="8000",
        runner="cron",
        registration="maybe",
        trusted_proxies="many",
        mail_from="nobody",
        ratelimit_storage="redis",
    ).splitlines()
    assert [line.split(":")[0].removeprefix("STUDYPLAN_") for line in told] == [
        *("DATABASE_URL", "BASE_URL", "LISTEN", "MAIL_FROM", "RUNNER", "REGISTRATION"),
        *("RATELIMIT_STORAGE", "TRUSTED_PROXIES"),
    ]
    assert "'mysql://localhost/x' cannot be used: must begin with sqlite:/// or postgresql+psycopg://." in told[0]
    assert "'local' or 'procrastinate'" in told[4]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "postgresql+psycopg://me@db:54x2/studyplan"),
        ("database_url", "postgresql+psycopg://me@db:99999/studyplan"),
        ("smtp_url", "smtp://mail.example.org:25x"),
        ("smtp_url", "smtp://me:pa/ss@mail.example.org:25"),
        ("smtp_url", "smtp://[mail.example.org"),
        ("smtp_url", "http://mail.example.org"),
    ],
)
def test_an_address_whose_port_is_none_is_refused(name: str, value: str) -> None:
    assert f"STUDYPLAN_{name.upper()}: " in complaint(**{name: value})


@pytest.mark.parametrize("place", ["db", "db:5432", "me:pa/ss:wo?rd@db:5432", "[::1]:5432", "me@"])
def test_a_server_s_address_may_leave_out_its_port_and_hold_any_password(place: str) -> None:
    url = f"postgresql+psycopg://{place}/studyplan"
    assert read(database_url=url).database == url


def test_secrets_are_never_shown() -> None:
    told = complaint(
        secret_key="too short", smtp_url="http://me:hunter2@mail", database_url="mysql://me:hunter2@host/x"
    )
    assert "hunter2" not in told
    assert "too short" not in told
    assert "32 characters" in told
    settings = read(secret_key="s" * 40, smtp_url="smtp://me:hunter2@mail:25")
    assert "hunter2" not in repr(settings)
    assert "s" * 40 not in repr(settings)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me:secret@host:5432/db", "postgresql+psycopg://me:***@host:5432/db"),
        ("postgresql+psycopg://me@host/db", "postgresql+psycopg://me@host/db"),
        ("sqlite:////var/lib/a:b@c/studyplan.db", "sqlite:////var/lib/a:b@c/studyplan.db"),
    ],
)
def test_a_password_in_an_address_is_masked(url: str, shown: str) -> None:
    assert hide_password(url) == shown


@pytest.mark.parametrize(
    "values",
    [
        {"base_url": "https://study.example.org/?x=1"},
        {"base_url": "https://[::1"},
        {"listen": "localhost:99999"},
        {"smtp_url": "smtp://"},
        {"trusted_proxies": 11},
        {"mail_from": "Studyplan <a@b>\nBcc: c@d"},
    ],
)
def test_a_value_that_would_fail_later_fails_at_the_start(values: dict[str, object]) -> None:
    assert "cannot be used" in complaint(**values)


def test_the_runner_on_the_database_needs_postgresql() -> None:
    assert "needs a PostgreSQL STUDYPLAN_DATABASE_URL" in complaint(runner="procrastinate")
    assert read(runner="procrastinate", database_url="postgresql+psycopg:///x").runner == "procrastinate"


@pytest.mark.parametrize("listen", ["0.0.0.0:8000", "[::]:8000", "*:8000"])
def test_a_site_on_every_address_is_found_by_the_name_of_this_machine(listen: str) -> None:
    settings = read(listen=listen)
    assert settings.site == "http://localhost:8000"
    assert {"localhost", "127.0.0.1"} <= set(settings.hosts)


def test_a_public_site_answers_for_its_own_name_only() -> None:
    settings = read(base_url="https://study.example.org/plan/")
    assert (settings.site, settings.is_loopback) == ("https://study.example.org/plan", False)
    assert settings.hosts == ("study.example.org",)
    assert read(trusted_hosts="a.example, b.example").hosts == ("a.example", "b.example")


def test_a_sender_may_have_any_name_but_an_address_in_ascii() -> None:
    assert read(mail_from="Łódź <study@xn--bcher-kva.example>").mail_from == "Łódź <study@xn--bcher-kva.example>"
    for address in ("study@bücher.example", "jörg@example.org"):
        assert "an international domain in its form xn--" in complaint(mail_from=f"S <{address}>")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        read().listen = "0.0.0.0:80"  # type: ignore[misc]


def test_a_key_is_made_once_for_all_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: read(data_dir=tmp_path / "new").secret, range(16)))
    (key,) = made
    file = tmp_path / "new" / "secret_key"
    assert len(key) >= 48
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_a_key_that_is_set_makes_no_file(tmp_path: Path) -> None:
    assert read(data_dir=tmp_path, secret_key="k" * 32).secret == "k" * 32
    assert list(tmp_path.iterdir()) == []
