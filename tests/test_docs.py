"""The documents say what is there, and no more."""

import argparse
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

import pytest

from studyplan.cli.program import make_parser
from studyplan.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
DOCUMENTS = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})
SETTINGS = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}

# In two halves each, so that this file does not name them.
NOT_OURS = [a + b for a, b in (("/wo", "rk/"), ("pypi.org/", "simple"), ("pythonho", "sted"), ("registry.", "npmjs"))]


def commands(parser: argparse.ArgumentParser, name: str = "studyplan") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give every command with its parser, those below another command too."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, sub in action.choices.items():
                yield f"{name} {word}", sub
                yield from commands(sub, f"{name} {word}")


COMMANDS = dict(commands(make_parser()))


def section(title: str) -> str:
    """Return what docs/operations.md says below a heading, up to the next heading."""
    match = re.search(rf"^#+ [^\n]*`{re.escape(title)}[ `].*?(?=^#|\Z)", OPERATIONS, re.MULTILINE | re.DOTALL)
    return match.group() if match else ""


def code_lines(text: str) -> list[str]:
    """Return the lines of the shell blocks of a document."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_every_setting_is_documented() -> None:
    assert {name for name in SETTINGS if f"`{name}`" not in OPERATIONS} == set()


def test_no_document_names_a_setting_that_is_not_there() -> None:
    named = {name for path in DOCUMENTS for name in re.findall(r"\bSTUDYPLAN_[A-Z_]+", path.read_text())}

    assert named - SETTINGS == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_arguments(name: str) -> None:
    text = section(name)
    assert text, f"docs/operations.md has no heading `{name}`"

    arguments = [
        word
        for action in COMMANDS[name]._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        for word in action.option_strings or action.choices or [str(action.metavar or action.dest)]
    ]
    assert {word for word in arguments if word not in text} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_in_its_help(name: str) -> None:
    assert "example" in COMMANDS[name].format_help()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_documents_can_be_run(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in code_lines(path.read_text()):
        words = list(dropwhile(lambda word: re.match(r"[A-Z_]+=", word), shlex.split(line)))
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, line
        if words[0].rpartition("/")[2] == "studyplan":
            make_parser().parse_args(words[1 : words.index("<")] if "<" in words else words[1:])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text())

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_readme_names_the_two_commands() -> None:
    assert {"make run", "make test"} <= set(code_lines(README))


def test_the_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert "## [Unreleased]" in changelog
    assert re.search(rf"^## \[{re.escape(version)}\]", changelog, re.MULTILINE)


def test_decisions_are_numbered_one_by_one() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("*.md"))]

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_no_file_names_the_place_it_was_made_at() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]

    assert [file for file in files if any(text.encode() in file.read_bytes() for text in NOT_OURS)] == []
