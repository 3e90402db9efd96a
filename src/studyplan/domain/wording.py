"""How figures, days and reasons are said, the same on pages, in mails and in feeds."""

from datetime import date

from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import Occurrence
from studyplan.domain.plan import Binding, FinishRange, ItemKind, PlanItem, Reason, ReviewKind

_SPACE, _NARROW_SPACE, _JOINER = "\u00a0", "\u202f", "\u2060"
_YEAR_FROM_DAYS = 330

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FORMS = {
    ReviewKind.PROMPT: "recall only",
    ReviewKind.SKIM: "recall, then skim",
    ReviewKind.REREAD: "recall, then read again",
}
STATES = {
    Binding.STARTED: "You are in the middle of it. ",
    Binding.PLACED: "You want it on this day, so it comes first. ",
}


def duration(minutes: float) -> str:
    """Say a number of minutes: '31 min', '1 h 15 min', '2 h'."""
    hours, rest = divmod(max(1, round(minutes)) if minutes > 0 else 0, 60)
    parts = ([f"{hours}{_SPACE}h"] if hours else []) + ([f"{rest}{_SPACE}min"] if rest or not hours else [])
    return _SPACE.join(parts)


def verb(minutes: float, one: str, many: str) -> str:
    """Return the verb that follows a number of minutes as it is told: '1 h takes', '31 min take'."""
    is_one = minutes > 0 and max(1, round(minutes)) in {1, 60}
    return one if is_one else many


def percent(share: float) -> str:
    """Say a share of 1: '71 %'."""
    return f"{round(share * 100)}{_NARROW_SPACE}%"


def rating(given: Rating) -> str:
    """Say a rating: 'Clear'."""
    return given.name.capitalize()


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: '1 reading', '3 readings'."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def day(on: date, today: date) -> str:
    """Say a day: '1 June', with its year when it is almost a year away."""
    return f"{on:%-d %B %Y}" if _is_far(on, today) else f"{on:%-d %B}"


def short_day(on: date, today: date) -> str:
    """Say a day where room is scarce: '26 Nov', with its year when it is almost a year away."""
    return f"{on:%-d %b %Y}" if _is_far(on, today) else f"{on:%-d %b}"


def weekday(on: date) -> str:
    """Say a day by its weekday too: 'Tuesday 24 November'."""
    return f"{on:%A %-d %B}"


def short_weekday(on: date) -> str:
    """Say a day by its weekday where room is scarce: 'Tue 24 Nov'."""
    return f"{on:%a %-d %b}"


def span(first: date, last: date, today: date) -> str:
    """Say a range of days: '13–27 February', '28 January – 3 March'."""
    if first == last:
        return day(first, today)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{_JOINER}–{_JOINER}{day(last, today)}"
    return f"{day(first, today)} – {day(last, today)}"


def finish(within: FinishRange, today: date) -> str:
    """Say when all is read: '13–27 February'; nothing when the plan does not get there."""
    on = within.expected_on
    return span(within.early_on or on, within.late_on or on, today) if on else ""


def goal(horizon_on: date | None, today: date) -> str:
    """Say by when recall counts: 'on 1 June', or 'in half a year' when no date is set."""
    return "in half a year" if horizon_on is None else f"on {day(horizon_on, today)}"


def _is_far(on: date, today: date) -> bool:
    return abs((on - today).days) >= _YEAR_FROM_DAYS


def is_reviewed(reason: Reason) -> bool:
    """Say whether reviews that are planned after an item will count."""
    return _is_more(reason.horizon_reviewed, reason.horizon_with)


def _is_more(share: float, than: float) -> bool:
    """Say whether a share is more than another as they are told, in whole percents."""
    return round(share * 100) > round(than * 100)


def why(item: Occurrence | PlanItem, today: date) -> str:
    """Say why something is due: its state, its price and what that buys, in one to three sentences."""
    reason, minutes = item.reason, duration(item.minutes)
    aim = f"recall {goal(reason.horizon_on, today)}"
    is_later = isinstance(item, PlanItem) and item.on != today
    before, after = percent(reason.horizon_without), percent(reason.horizon_with)
    has_come = reason.horizon_on is not None and reason.horizon_on <= today
    buys = not has_come and _is_more(reason.horizon_with, reason.horizon_without)
    if item.kind is ItemKind.REVIEW:
        form = FORMS[item.review_kind or ReviewKind.SKIM]
        lift = verb(item.minutes, "lifts", "lift")
        gain = f" {minutes} here ({form}) {lift} {aim} from {before} to {after}."
        is_at = "will be at {} then" if is_later else "is at {} now"
        recall = f"Recall {is_at.format(percent(reason.recall_now))}."
        return STATES.get(reason.binding, "") + recall + (gain if buys else f" {minutes}, {form}.")
    state = STATES.get(reason.binding, "")
    if not buys:
        return f"{state}It is next in the order. {minutes}."
    kept = f"; with its reviews, to {percent(reason.horizon_reviewed)}" if is_reviewed(reason) else ""
    takes = "; read to its end, it takes" if item.kind is ItemKind.PART else " " + verb(item.minutes, "takes", "take")
    return f"{state}{minutes}{takes} {aim} from {before} to {after}{kept}."
