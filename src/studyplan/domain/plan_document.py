"""A plan as plain JSON values and back: what is stored, and what `studyplan plan --json` prints."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from studyplan.domain.plan import (
    Binding,
    FinishRange,
    ItemKind,
    LeftOut,
    Plan,
    PlanItem,
    Reason,
    RecallForecast,
    ReviewKind,
    Week,
    WhyLeftOut,
)

_ENUMS = {"kind": ItemKind, "review_kind": ReviewKind, "binding": Binding, "why": WhyLeftOut}
_PARTS = {"reason": Reason, "finish": FinishRange, "recall": RecallForecast}
_LISTS = {"items": PlanItem, "left_out": LeftOut, "weeks": Week}


def to_document(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON values: dates in ISO form, kinds by their words."""
    document: dict[str, Any] = _plain(plan)
    return document


def from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan that `to_document` wrote."""
    plan: Plan = _value(Plan, document)
    return plan


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _value(kind: type[Any], document: Mapping[str, Any]) -> Any:
    return kind(**{name: _read(name, value) for name, value in document.items()})


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _ENUMS:
        return _ENUMS[name](value)
    if name in _PARTS:
        return _value(_PARTS[name], value)
    if name in _LISTS:
        return tuple(_value(_LISTS[name], item) for item in value)
    return date.fromisoformat(value) if name == "on" or name.endswith("_on") else value
