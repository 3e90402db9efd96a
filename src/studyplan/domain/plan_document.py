"""A plan as plain JSON values and back: what is stored, and what `studyplan plan --json` prints."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_type_hints

from studyplan.domain.plan import Coming, Plan, Reason

Convert = Callable[[Any], Any]
Part = TypeVar("Part", Plan, Coming, Reason)


def to_document(value: Plan | Coming | Reason) -> dict[str, Any]:
    """Return a plan, or a part of one that is stored alone, as JSON values: dates in ISO form, kinds by their words."""
    document: dict[str, Any] = _writer(type(value))(value)
    return document


def from_document(kind: type[Part], document: Mapping[str, Any]) -> Part:
    """Return the value of this kind that `to_document` wrote."""
    value: Part = _reader(kind)(document)
    return value


def _reader(kind: Any) -> Convert:
    """Return what makes a value of a kind from JSON values; built once a kind, since a plan has hundreds of items."""
    if kind not in _readers:
        _readers[kind] = _make_reader(kind)
    return _readers[kind]


def _writer(kind: Any) -> Convert:
    """Return what makes JSON values from a value of a kind."""
    if kind not in _writers:
        _writers[kind] = _make_writer(kind)
    return _writers[kind]


_readers: dict[Any, Convert] = {}
_writers: dict[Any, Convert] = {}


def _as_is(value: Any) -> Any:
    return value


def _make_reader(kind: Any) -> Convert:
    if parts := _parts(kind):
        changed = {name: convert for name, part in parts.items() if (convert := _reader(part)) is not _as_is}

        def read(document: Mapping[str, Any]) -> Any:
            known = {name: convert(document[name]) for name, convert in changed.items() if name in document}
            return kind(**{**document, **known})

        return read
    return _make_plain(kind, _reader, date.fromisoformat, tuple)


def _make_writer(kind: Any) -> Convert:
    if parts := _parts(kind):
        writers = [(name, _writer(part)) for name, part in parts.items()]
        return lambda value: {name: convert(getattr(value, name)) for name, convert in writers}
    return _make_plain(kind, _writer, date.isoformat, list)


def _make_plain(kind: Any, of: Callable[[Any], Convert], dates: Convert, gather: Convert) -> Convert:
    """Return the conversion of dates, words, optional values and tuples of one kind; all else stays as it is."""
    if kind is date:
        return dates
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {word.value: word for word in kind}.__getitem__ if gather is tuple else str
    inner = [part for part in get_args(kind) if part not in (type(None), Ellipsis)]
    if len(inner) != 1:
        return _as_is
    convert = of(inner[0])
    if type(None) not in get_args(kind):
        return lambda values: gather(convert(value) for value in values)
    return _as_is if convert is _as_is else lambda value: None if value is None else convert(value)


def _parts(kind: Any) -> dict[str, Any]:
    """Return the fields of a dataclass with their types; none for anything else."""
    if not hasattr(kind, "__dataclass_fields__"):
        return {}
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
