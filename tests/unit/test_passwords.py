"""Which passwords are too easily guessed."""

import pytest

from studyplan.domain.passwords import find_fault


@pytest.mark.parametrize(
    "password",
    [
        "a quiet shelf of books",
        "Tr0ub4dor&3 horse",
        "пароль из слов и книг",
        "🙂🙃📚🖊🗂🗃🗄📖📗📘📙📕",
        "x" * 6 + "yzwvut qp",
        "k" * 200 + "abcdefg",
    ],
)
def test_a_long_password_of_any_characters_is_taken(password: str) -> None:
    assert find_fault(password, "ada@example.org") is None


@pytest.mark.parametrize("password", ["eleven char", "", "🙂" * 11])
def test_a_password_below_twelve_code_points_is_refused(password: str) -> None:
    assert "12 characters" in (find_fault(password) or "")


def test_a_password_of_256_code_points_is_the_longest() -> None:
    words = "one two three four five " * 11
    assert find_fault(words[:256]) is None
    assert "256" in (find_fault(words[:257]) or "")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2026!",
        "passwordpassword",
        "qwertyuiop123",
        "123456789012",
        "098765432109",
        "abcdefghijkl",
        "qwertyuiopqwerty",
        "aaaaaaaaaaaa",
        "abababababab",
        "letmein-letmein",
        "Welcome-2026-11",
        "Studyplan2026!",
    ],
)
def test_what_gets_tried_first_is_refused(password: str) -> None:
    assert "tried" in (find_fault(password) or "")


@pytest.mark.parametrize("password", ["Ada@Example.org", "ada@example.org1", "ada.lovelace1815", "adaexample.org"])
def test_the_own_address_is_refused(password: str) -> None:
    email = "ada.lovelace@example.org" if "lovelace" in password else "ada@example.org"
    assert "address" in (find_fault(password, email) or "")
