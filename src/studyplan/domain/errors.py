"""The errors a person can cause. Each edge maps them once: 404, 409, 422; exit 1; a failed job."""


class StudyplanError(Exception):
    """Something a person can mend. The message says what, which value, and what to do."""


class NotFound(StudyplanError):
    """What was asked for does not exist, or is another learner's."""


class Conflict(StudyplanError):
    """The request contradicts what is stored by now."""


class Invalid(StudyplanError):
    """A value is out of bounds. `field` names where it was given, when one field is to blame."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
