"""What a button or a small form gives, as values; Invalid when it is nothing that the page offered."""

from datetime import date

from flask import request

from studyplan.domain.errors import Invalid
from studyplan.domain.memory import Rating


def given_rating() -> Rating | None:
    """Return the rating; None when none was given."""
    given = request.form.get("rating", "")
    if given and given not in {"1", "2", "3", "4"}:
        raise Invalid(f"There is no rating “{given}”. Choose Forgot, Hazy, Clear or Easy.", field="rating")
    return Rating(int(given)) if given else None


def given_minutes() -> float | None:
    """Return the minutes that it took; None when they were not told."""
    given = request.form.get("minutes", "").strip()
    if given and not (given.isascii() and given.isdigit()):
        raise Invalid(f"“{given}” is no number of minutes. Give a whole number, or leave it empty.", field="minutes")
    return float(given) if given else None


def given_date(field: str) -> date | None:
    """Return the date in a field; None when it is empty."""
    given = request.form.get(field, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid(f"“{given}” is no date such as 2026-11-30.", field=field) from None
