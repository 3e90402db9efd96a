"""Values out of a TOML file: a refusal names the file, the place, the value and what is allowed."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from studyplan.domain.canonical import canonical_url, clean_text, shortened
from studyplan.domain.errors import Invalid

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SHOWN = 80


def read_toml(text: str, name: str) -> "Table":
    """Parse the whole file called `name`; a byte order mark is no part of it."""
    try:
        return Table(place=name, values=tomllib.loads(text.removeprefix("\ufeff")))
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a value is too big or nested too deep"
        raise Invalid(f"{name} is not valid TOML: {reason}. Mend that place and try again.") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of a file and where it stands, for messages."""

    place: str
    values: Mapping[str, object]

    def refusal(self, key: str, expected: str, value: object) -> Invalid:
        """Return the error that says what `key` must be and what it is."""
        return Invalid(f"{self.place}: {key} must be {expected}, not {shown(value)}.", field=key)

    def allow_only(self, *known: str) -> None:
        """Refuse keys that have no meaning here, which are mostly misspelt ones."""
        for key in self.values:
            if key not in known:
                raise Invalid(f"{self.place}: {shown(key)} means nothing here. Known: {', '.join(known)}.", field=key)

    def text(self, key: str, longest: int, *, default: str | None = None) -> str:
        """Return one clean line of text; without a default it must be given and not be empty."""
        value = self._get(key, default)
        if not isinstance(value, str) or len(value) > longest or (default is None and not clean_text(value)):
            raise self.refusal(key, f"a text of at most {longest} characters, in quotes and not empty", value)
        return clean_text(value)

    def texts(self, key: str, longest: int) -> tuple[str, ...]:
        """Return a list of clean lines, none empty; an empty list when the key is missing."""
        values = self._get_list(key, "texts")
        for value in values:
            if not isinstance(value, str) or len(value) > longest or not clean_text(value):
                raise self.refusal(key, f"a list of texts of at most {longest} characters, none empty", value)
        return tuple(clean_text(str(value)) for value in values)

    def slug(self, key: str, *, longest: int = 80) -> str:
        """Return a name made of small letters, digits and single hyphens."""
        value = self._get(key)
        if not isinstance(value, str) or len(value) > longest or not _SLUG.fullmatch(value):
            raise self.refusal(key, f"small letters, digits and single hyphens, at most {longest}", value)
        return value

    def url(self, key: str) -> str:
        """Return a web address as it is written."""
        return self._checked_url(key, self._get(key))

    def urls(self, key: str) -> tuple[str, ...]:
        """Return a list of web addresses as they are written; an empty list when the key is missing."""
        return tuple(self._checked_url(key, value) for value in self._get_list(key, "web addresses"))

    def whole(self, key: str, allowed: range, *, default: int | None = None) -> int:
        """Return a whole number within bounds."""
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
            raise self.refusal(key, f"a whole number from {allowed[0]} to {allowed[-1]}", value)
        return value

    def flag(self, key: str) -> bool | None:
        """Return true or false; None when the key is missing."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.refusal(key, "true or false, without quotes", value)
        return value

    def day(self, key: str) -> date | None:
        """Return a date; None when the key is missing."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.refusal(key, "a date without quotes or time, such as 2024-04-12", value)
        return value

    def table(self, key: str) -> "Table":
        """Return a table within this one; an empty one when the key is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self.refusal(key, f"a table, as under [{key}]", value)
        return Table(place=f"{self.place}, {key}", values=value)

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return the tables of a list, each placed by its slug or number; none when the key is missing."""
        found = []
        for number, value in enumerate(self._get_list(key, f"tables, each under [[{key}]]"), 1):
            if not isinstance(value, Mapping):
                raise self.refusal(key, f"a list of tables, each under [[{key}]]", value)
            found.append(Table(place=f"{self.place}, {key} {shown(value.get('slug', number))}", values=value))
        return tuple(found)

    def _get(self, key: str, default: object = None) -> object:
        value = self.values.get(key, default)
        if value is None:
            raise Invalid(f"{self.place}: {key} is missing. Add a line {key} = …", field=key)
        return value

    def _get_list(self, key: str, of_what: str) -> list[object]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.refusal(key, f"a list of {of_what}", value)
        return value

    def _checked_url(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.refusal(key, "a web address in quotes", value)
        try:
            canonical_url(value)
        except Invalid as error:
            raise Invalid(f"{self.place}: {key}: {error}", field=key) from error
        return value.strip()


def refuse_repeated(place: str, what: str, values: Collection[str]) -> None:
    """Refuse a value that stands twice."""
    seen = set[str]()
    for value in values:
        if value in seen:
            raise Invalid(f"{place}: the {what} {shown(value)} stands there twice. Keep one of them.", field=what)
        seen.add(value)


def shown(value: object) -> str:
    """Return a value as a message may show it: short, on one line, texts in quotes."""
    text = shortened(clean_text(value if isinstance(value, str) else repr(value)), _LONGEST_SHOWN)
    return f'"{text}"' if isinstance(value, str) else text
