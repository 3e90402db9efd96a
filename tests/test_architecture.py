"""The rules of the house that no linter knows. The floors themselves are import-linter's, in pyproject.toml."""

import ast
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table
from vulture import Vulture

from studyplan.cli.migrations import upgrade
from studyplan.store import rows  # noqa: F401 declares the tables
from studyplan.store.database import Base, make_engine

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "mail" not in path.parts)

FILE_LINES = 300
FUNCTION_LINES = 50
FUNCTION_LINES_P90 = 25
LINES_OF_A_COPY = 4

SESSION_LAST = {"submit": "what to run comes first; the session says with what it is committed"}

SHARED_TABLES = {
    "readings": "all learners' catalogs share them by their address",
    "catalogs": "seeded, or a learner's own by owner_id",
    "clusters": "a part of a catalog",
    "entries": "a part of a catalog",
    "builds_on": "a part of a catalog",
    "tracks": "ready-made, or a learner's own by owner_id",
    "users": "learners are made of them",
    "roles": "a handful for all",
    "user_roles": "who has which of them",
    "marks": "where the clock and the senders left off",
    "suppressions": "belong to an address, whoever has it",
}
KEYED_OTHERWISE = {"feed_addresses": "found by the hash of a token, before the learner is known"}

FORBIDDEN_IN_PAGES = {
    "a style attribute or element": r"\sstyle\s*=|<style",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an on… handler": r"\son[a-z]+\s*=",
    "hx-on": r"\shx-on",
    "a javascript: address": r"javascript:",
    "something loaded from another host": r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(?:https?:)?//",
    "unescaped text": r"\|\s*safe\b|autoescape\s+false",
}
SAFE_WHERE = {"_ui.html": "the paths of the icons, which the file itself holds"}

USED_BY_LIBRARIES = [
    *("model_config", "type_annotation_map", "cache_ok", "impl", "process_*"),  # pydantic and SQLAlchemy
    *(
        "permissions",
        "fs_uniquifier",
        "_make_engine",
        "get_timestamp",
    ),  # Flask-Security, Flask-SQLAlchemy, itsdangerous
    *(
        "validate_*",
        "pre_validate",
        "Meta",
        "render_kw",
        "choices",
        "d[0-6]",
        "w[1-5]",
    ),  # WTForms; weekdays and tiers are fields
    *("isolation_level", "trim_blocks", "lstrip_blocks", "filters", "permanent", "command_encoding"),  # set, not read
    *("StartResponse", "WSGI*"),  # in quoted annotations
    "http_error_*",  # urllib
    *("readable", "readinto", "docmd"),  # io and smtplib
]
USED_BY_DECORATORS = ["@*.get", "@*.post", "@*.route", "@*_request", "@*.errorhandler", "@*_validator", "@event.*"]
USED_BY_TESTS = {
    "MemoryMailer": "collects mail where a test looks at it",
    "after_rating": "one step of the arrays, against the package's own",
    "replay": "a whole history, against the package's own",
    "is_new": "a second tab is told that its rating was there already",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Give every function of a file, nested ones too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: Function) -> int:
    """Return the lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters(function: Function) -> list[str]:
    """Return the names of the parameters that a caller gives."""
    given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return [argument.arg for argument in given if argument.arg not in {"self", "cls"}]


def named(path: Path, function: Function) -> str:
    """Return where a function is, for a message."""
    return f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES


def test_functions_are_short() -> None:
    lengths = {named(path, function): length(function) for path in SOURCES for function in functions(path)}

    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= FUNCTION_LINES_P90


def test_session_comes_first_and_now_by_keyword() -> None:
    wrong = [
        named(path, function)
        for path in SOURCES
        for function in functions(path)
        if function.name not in SESSION_LAST
        and ("session" in parameters(function)[1:] or _takes_now_by_place(function))
    ]

    assert wrong == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}

    assert [path for path in SOURCES + TESTS if path.stem in drawers or path.parent.name in drawers] == []


def test_nothing_is_written_twice() -> None:
    places = defaultdict(list)
    for path in SOURCES:
        for function in functions(path):
            if length(function) >= LINES_OF_A_COPY:
                statements = [node for node in function.body if not _is_text(node)]
                places["\n".join(ast.dump(node) for node in statements)].append(named(path, function))

    assert [copies for copies in places.values() if len(copies) > 1] == []


def test_no_code_is_dead() -> None:
    """What only tests use is dead; what a template names is not."""
    vulture = Vulture(ignore_names=[*USED_BY_LIBRARIES, *USED_BY_TESTS], ignore_decorators=USED_BY_DECORATORS)
    vulture.scavenge([ROOT / "src", ROOT / "bench", ROOT / "wsgi.py"])
    in_templates = {
        word for path in (ROOT / "templates").rglob("*.*") for word in re.findall(r"[A-Za-z_]\w+", path.read_text())
    }
    unused = [item for item in vulture.get_unused_code(min_confidence=60) if item.name not in in_templates]

    assert [item.get_report() for item in unused] == []


def test_every_exception_from_a_rule_gives_its_reason() -> None:
    without = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"#\s*(noqa(:\s*[A-Z0-9, ]+)?|pragma: no (cover|branch))\s*$", line)
    ]

    assert without == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_works_under_the_strict_content_security_policy(path: Path) -> None:
    text = path.read_text()
    found = {name for name, pattern in FORBIDDEN_IN_PAGES.items() if re.search(pattern, text, re.IGNORECASE)}

    assert found - ({"unescaped text"} if path.name in SAFE_WHERE else set()) == set()


def test_mapped_classes_end_in_row_but_for_the_two_of_identity() -> None:
    names = {
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ != "studyplan.web.identity"
    }

    assert {name for name in names if not name.endswith("Row")} == set()


def test_the_migrations_lead_to_the_rows_as_they_are(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_what_belongs_to_a_learner_is_keyed_by_the_learner() -> None:
    owned = {name: table for name, table in Base.metadata.tables.items() if name not in SHARED_TABLES}

    assert {name for name, table in owned.items() if not _is_keyed_by_learner(table)} == set(KEYED_OTHERWISE)
    assert set(SHARED_TABLES) <= set(Base.metadata.tables)


def _takes_now_by_place(function: Function) -> bool:
    """Say whether `now` is one of several parameters and can be given without its name."""
    by_place = [argument.arg for argument in function.args.posonlyargs + function.args.args]
    return "now" in by_place and len(parameters(function)) > 1


def _is_keyed_by_learner(table: Table) -> bool:
    return next(iter(table.primary_key)).name == "learner_id"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
