"""A plan as plain JSON values or text and back: what is stored, and what `studyplan plan --json` prints."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from studyplan.domain.plan import Coming, Plan, Reason

Part = TypeVar("Part", Plan, Coming, Reason)


def to_document(value: Plan | Coming | Reason) -> dict[str, Any]:
    """Return a plan, or a part of one that is stored alone, as JSON values: dates in ISO form, kinds by their words."""
    document: dict[str, Any] = msgspec.to_builtins(value)
    return document


def from_document(kind: type[Part], document: Mapping[str, Any]) -> Part:
    """Return the value of this kind that `to_document` wrote."""
    return msgspec.convert(document, kind)


def to_text(value: Plan | Coming) -> str:
    """Return a plan, or what is coming of it, as JSON text."""
    return msgspec.json.encode(value).decode()


def from_text(kind: type[Part], text: str) -> Part:
    """Return the value of this kind that `to_text` wrote."""
    return msgspec.json.decode(text, type=kind)
