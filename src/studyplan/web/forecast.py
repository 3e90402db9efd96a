"""The forecast beside the start form: it moves with the minutes and knows neither address nor password."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from studyplan.domain import wording
from studyplan.domain.budget import MOST_MINUTES
from studyplan.domain.errors import NotFound
from studyplan.domain.local_time import study_day
from studyplan.domain.study_settings import LONGEST_HORIZON
from studyplan.services import catalogs
from studyplan.services.outlook import Outlook, look_ahead
from studyplan.web import limits
from studyplan.web.current import current_now
from studyplan.web.database import reading as reading_session

pages = Blueprint("forecast", __name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """The outlook in words, and its curve as points of a chart (x in percent, shares of 1)."""

    minutes: int
    outlook: Outlook | None
    finish: str = ""
    goal: str = ""
    points: tuple[tuple[float, float, float, float], ...] = ()
    ticks: tuple[tuple[float, str, str], ...] = ()
    mark: tuple[float, float, str] | None = None
    is_other_date: bool = False

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Return the curve's numbers: minutes a week, then recall in percent."""
        curve = self.outlook.curve if self.outlook else ()
        return [(str(step), *map(wording.percent, (one.low, one.expected, one.high))) for step, one in curve]

    @property
    def more_points(self) -> int:
        """Return how many points of recall half an hour more a week would add."""
        if self.outlook is None:
            return 0
        return round((self.outlook.with_more.expected - self.outlook.recall.expected) * 100)


@pages.get("/start/forecast")
def show() -> str:
    """Show the forecast for minutes, track and date alone."""
    limits.count(limits.FORECAST_BY_CLIENT, limits.client_key())
    return render_template("_forecast.html", forecast=find_forecast(request.args))


def find_forecast(given: Mapping[str, str]) -> Forecast | None:
    """Return the forecast for what a form holds so far; None while it holds no plan."""
    weekdays = tuple(_minutes(given.get(f"d{weekday}", "")) for weekday in range(7))
    today = study_day(current_now(), ZoneInfo("UTC"))
    try:
        with reading_session() as session:
            view = catalogs.get_track(session, given.get("track", ""))
    except NotFound:
        return None
    asked = given.get("horizon_on", "")
    horizon_on = _date(asked, today)
    outlook = look_ahead(view, weekdays, horizon_on, today=today)
    return replace(_shown(sum(weekdays), outlook, today), is_other_date=bool(asked) and horizon_on is None)


def _shown(minutes: int, outlook: Outlook | None, today: date) -> Forecast:
    if outlook is None:
        return Forecast(minutes=minutes, outlook=None)
    most = outlook.curve[-1][0]
    x = 100 * minutes / most
    recall = outlook.recall
    return Forecast(
        minutes=minutes,
        outlook=outlook,
        finish=wording.finish(outlook.finish, today),
        goal=wording.day(outlook.horizon_on, today),
        points=tuple((100 * step / most, one.low, one.expected, one.high) for step, one in outlook.curve),
        ticks=((0, "0", "start"), (50, f"{most // 2}", "middle"), (100, f"{most} min", "end")),
        mark=(x, recall.expected, f"{minutes} min"),
    )


def _minutes(given: str) -> int:
    return min(int(given[:9]), MOST_MINUTES) if given.isascii() and given.isdigit() else 0


def _date(given: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if today < day <= today + LONGEST_HORIZON else None
