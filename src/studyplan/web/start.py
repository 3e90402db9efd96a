"""Beginning: one form makes the account, the enrollment and the first plan, and leads to today's list."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError

from studyplan.domain.account import Account
from studyplan.domain.budget import MOST_MINUTES
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict, Invalid
from studyplan.domain.local_time import study_day
from studyplan.domain.study_settings import LONGEST_HORIZON
from studyplan.domain.wording import WEEKDAYS, count, duration
from studyplan.services import catalogs, enrollment, feeds, learners
from studyplan.services.enrollment import StudyWish
from studyplan.services.learners import known_zones
from studyplan.services.outlook import USUAL_WEEKDAYS
from studyplan.web import limits
from studyplan.web.csrf import checks_token_itself
from studyplan.web.current import current_links, current_now
from studyplan.web.database import current_session, give_up, reading
from studyplan.web.forecast import find_forecast
from studyplan.web.forms import Day, Form, WholeNumber
from studyplan.web.proposal import propose
from studyplan.web.redirects import go_to
from studyplan.web.registration import check_registration, register_account
from studyplan.web.sessions import find_current_account

pages = Blueprint("start", __name__)

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
ZONES = ["UTC", *sorted(zone for zone in known_zones() if zone.startswith(tuple(f"{area}/" for area in AREAS)))]
FORECAST_FIELDS = ("track", "horizon_on", *(f"d{weekday}" for weekday in range(7)))


def _minutes_on(weekday: int) -> WholeNumber:
    most = f"A day has 0 to {MOST_MINUTES} minutes."
    return WholeNumber(
        WEEKDAYS[weekday],
        [InputRequired("How many minutes? 0 is a day off."), NumberRange(0, MOST_MINUTES, most)],
        default=USUAL_WEEKDAYS[weekday],
    )


class StudyForm(Form):
    """Which track, how many minutes on which days, by when, in which zone."""

    track = SelectField("Track")
    d0, d1, d2, d3, d4, d5, d6 = (_minutes_on(weekday) for weekday in range(7))
    horizon_on = Day("A day on which you want to know it", [Optional()])
    zone = SelectField("Your zone", choices=ZONES, default="UTC")

    @property
    def days(self) -> list[tuple[str, str]]:
        """Return the fields of Monday to Sunday by name, with the day that each is for."""
        return [(f"d{weekday}", name) for weekday, name in enumerate(WEEKDAYS)]

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Return the minutes from Monday to Sunday."""
        return tuple(self[f"d{weekday}"].data for weekday in range(7))

    def validate_d0(self, _field: WholeNumber) -> None:
        """Ask for one day at least on which a part of a reading has room."""
        given = [self[f"d{weekday}"].data for weekday in range(7)]
        try:
            if all(minutes is not None and 0 <= minutes <= MOST_MINUTES for minutes in given):
                enrollment.check_weekdays(tuple(given))
        except Invalid as error:
            raise ValidationError(str(error)) from None

    def validate_horizon_on(self, field: Day) -> None:
        """Refuse a day that has begun already where the learner lives."""
        if self.zone.data in ZONES and field.data is not None:
            today = study_day(current_now(), ZoneInfo(self.zone.data))
            if not today < field.data <= today + LONGEST_HORIZON:
                raise ValidationError("Choose a date after today, within five years.")


class BeginForm(StudyForm):
    """The same with an account to make."""

    email = EmailField("E-mail address", [DataRequired("Which address shall mails go to?")])
    password = PasswordField("Password", [DataRequired("Choose a password.")])


@pages.get("/start")
def show() -> ResponseReturnValue:
    """Show the form, filled with what is known."""
    account = find_current_account()
    if account is None:
        check_registration()
        form = BeginForm(formdata=None, track=request.args.get("track"))
    else:
        form = StudyForm(formdata=None, track=request.args.get("track"), **_known(account, request.args.get("track")))
    choices = _choices()
    if form.track.data not in choices:
        form.track.data = next(iter(choices), None)
    return _page(form, guess_zone=form.zone.data == "UTC")


@pages.post("/start")
@checks_token_itself
def begin() -> ResponseReturnValue:
    """Make what the form asks for in one transaction, and go to today's list.

    Who studies already is shown first what another track would change.
    """
    account = find_current_account()
    form = StudyForm() if account else BeginForm()
    form.track.choices = _choices()
    if "preview" in request.form:
        return _again(form)
    if not form.validate():
        return _again(form), 422
    wish = StudyWish(
        track_slug=form.track.data,
        weekdays=form.weekdays,
        zone=form.zone.data,
        horizon_on=form.horizon_on.data,
    )
    if account and _studies(account):
        with reading() as session:
            joining = enrollment.joining(session, wish, now=current_now())
        return propose(joining.settings, joining.what, back=url_for(".show", track=form.track.data))
    try:
        learner_id = account.learner_id if account else register_account(form.email.data, form.password.data)
    except (Invalid, Conflict) as error:
        give_up()
        form.blame(error.field if isinstance(error, Invalid) else "email", str(error))
        return _again(form), 422
    enrollment.start(current_session(), learner_id, wish, now=current_now())
    feeds.ensure_default_feed(current_session(), learner_id, current_links(), now=current_now())
    return go_to(url_for("today.index"), says=_first_day(learner_id))


def _first_day(learner_id: LearnerId) -> str:
    """Say why today has minutes though its weekday has none; nothing where that is not so."""
    learner = learners.get_learner(current_session(), learner_id)
    today = learner.today(current_now())
    minutes = learner.budget.one_off.get(today)
    return f"Your first day has {minutes} minutes, so that you can begin at once." if minutes else ""


def _again(form: StudyForm) -> str:
    """Show a form that was sent, with its forecast, which costs as much as one that is asked for by itself."""
    limits.count(limits.FORECAST_BY_CLIENT, limits.client_key())
    return _page(form)


def _page(form: StudyForm, *, guess_zone: bool = False) -> str:
    form.track.choices = _choices()
    forecast = find_forecast({name: str(form[name].data or "") for name in FORECAST_FIELDS})
    account = find_current_account()
    return render_template(
        "start.html",
        form=form,
        days=form.days,
        guess_zone=guess_zone,
        forecast=forecast,
        studies=account is not None and _studies(account),
    )


def _choices() -> dict[str, str]:
    with reading() as session:
        views = catalogs.list_tracks(session)
    return {
        view.track.slug: f"{view.track.title}: {count(len(view.readings), 'reading')}, {duration(view.minutes)}"
        for view in views
    }


def _studies(account: Account) -> bool:
    with reading() as session:
        return learners.is_learner(session, account.learner_id)


def _known(account: Account, track_slug: str | None) -> dict[str, int | str | date | None]:
    """Return what is set already; the date only of a track that the learner is on."""
    learner = learners.find_learner(current_session(), account.learner_id)
    if learner is None:
        return {}
    minutes = {f"d{weekday}": minutes for weekday, minutes in enumerate(learner.budget.weekdays)}
    enrolled = enrollment.list_enrolled(current_session(), learner.id)
    dates = {item.track.slug: item.horizon_on for item in enrolled}
    return {**minutes, "zone": learner.zone_name, "horizon_on": dates.get(track_slug or "")}
