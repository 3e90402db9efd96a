"""What all forms share."""

from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, IntegerField, TimeField
from wtforms.validators import StopValidation

EXPIRED = "This form had expired, so nothing was saved. What you typed is still here: send it again."


class Form(FlaskForm):  # type: ignore[misc]
    """A form that says so when its token is stale, and takes up errors that services find."""

    def __init__(self, *arguments: Any, **values: Any) -> None:
        super().__init__(*arguments, **values)
        if "csrf_token" in self:
            self.csrf_token.render_kw = {"id": False}  # several forms stand on one page, an id only once

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields and the token."""
        is_valid = bool(super().validate(extra_validators))
        if "csrf_token" in self.errors:
            self.form_errors.append(EXPIRED)
        return is_valid

    def blame(self, field: str | None, message: str) -> None:
        """Put an error beside a field, or at the top when no field of this form is to blame."""
        if field is not None and field in self:
            self[field].errors = [*self[field].errors, message]
        else:
            self.form_errors.append(message)


class Plain:
    """A field that says one thing, and plainly, when what was typed is no value of its kind."""

    asks_for = ""
    raw_data: list[str] | None
    process_errors: list[str]
    errors: list[str]

    def pre_validate(self, _form: Any) -> None:
        """Stop at what is no value: its bounds say nothing then."""
        if self.process_errors and self.raw_data and self.raw_data[0].strip():
            self.errors = []
            raise StopValidation(self.asks_for)


class WholeNumber(Plain, IntegerField):  # type: ignore[misc]
    """A whole number."""

    asks_for = "Give a whole number, such as 30."

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take a minus sign for the hyphen that Python knows."""
        super().process_formdata([value.replace("\N{MINUS SIGN}", "-") for value in valuelist])


class Number(Plain, DecimalField):  # type: ignore[misc]
    """A number."""

    asks_for = "Give a number, such as 1.5."
    data: Decimal | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take neither infinity nor what is no number, which cannot all be compared with bounds."""
        super().process_formdata(valuelist)
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(self.asks_for)


class Day(Plain, DateField):  # type: ignore[misc]
    """A date."""

    asks_for = "Give a date, such as 2026-12-21."


class TimeOfDay(Plain, TimeField):  # type: ignore[misc]
    """A time of the day."""

    asks_for = "Give a time, such as 07:00."
