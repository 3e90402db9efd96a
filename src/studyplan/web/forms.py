"""What all forms share."""

from typing import Any

from flask_wtf import FlaskForm

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
