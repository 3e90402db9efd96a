"""How somebody studies: minutes on each weekday, zone, what a tier counts, and the tracks with their dates."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DecimalField, Field
from wtforms.validators import InputRequired, NumberRange, ValidationError

from studyplan.domain.catalog import TrackId
from studyplan.domain.errors import Invalid
from studyplan.domain.learner import Learner
from studyplan.domain.study_settings import LONGEST_HORIZON, StudySettings
from studyplan.services import changes, enrollment, learners
from studyplan.web.csrf import checks_token_itself
from studyplan.web.current import current_now
from studyplan.web.database import current_session
from studyplan.web.sessions import current_learner_id, learner_required
from studyplan.web.start import WEEKDAYS, StudyForm

pages = Blueprint("settings", __name__)

MOST_WEIGHT = 10
SHOWN_TIERS = (5, 4)


def _weight_of(tier: int) -> DecimalField:
    allowed = NumberRange(0, MOST_WEIGHT, f"Give 0 to {MOST_WEIGHT}; 0 leaves it out.")
    return DecimalField(f"Tier {tier} counts", [InputRequired("How much does it count?"), allowed], places=1)


class SettingsForm(StudyForm):
    """Minutes on each weekday, the zone, and what tiers count."""

    track = horizon_on = None
    w5, w4 = _weight_of(5), _weight_of(4)

    def change(self, settings: StudySettings) -> StudySettings:
        """Return the settings as the form has them."""
        weights = {**settings.tier_weights, 5: float(self.w5.data), 4: float(self.w4.data)}
        return settings.with_weekdays(self.weekdays).with_tier_weights(weights).with_zone(self.zone.data)

    def validate_w4(self, field: Field) -> None:
        """Ask for something that counts."""
        if not field.data and not self.w5.data:
            raise ValidationError("Let one tier count, or nothing is worth a minute.")


@pages.get("/settings")
@learner_required
def show() -> ResponseReturnValue:
    """Show what is set."""
    learner = learners.find_learner(current_session(), current_learner_id())
    if learner is None:
        return redirect(url_for("tracks.index"), 303)
    return _page(SettingsForm(formdata=None, data=_known(learner)))


@pages.post("/settings")
@checks_token_itself
@learner_required
def save() -> ResponseReturnValue:
    """Store it and plan again; it can be put back from the plan's ledger for a day."""
    form = SettingsForm()
    session, learner_id = current_session(), current_learner_id()
    if not form.validate():
        return _page(form), 422
    learner = learners.get_learner(session, learner_id)
    changes.apply(session, learner_id, form.change, _what(learner, form), now=current_now())
    return redirect(url_for("plan.index"), 303)


@pages.post("/settings/tracks/<int:track_id>")
@learner_required
def change_track(track_id: int) -> ResponseReturnValue:
    """Set by when a track should be known, or leave it."""
    session, learner_id, now = current_session(), current_learner_id(), current_now()
    if request.form.get("leave"):
        enrollment.leave(session, learner_id, TrackId(track_id), now=now)
        return redirect(url_for("settings.show"), 303)
    learner = learners.get_learner(session, learner_id)
    horizon_on = _date(request.form.get("horizon_on", ""), learner.today(now))
    what = f"Known by {horizon_on:%-d %B %Y}" if horizon_on else "Known without a date"

    def change(settings: StudySettings) -> StudySettings:
        return settings.with_horizon(horizon_on, TrackId(track_id))

    changes.apply(session, learner_id, change, what, now=now)
    return redirect(url_for("plan.index"), 303)


def _page(form: SettingsForm) -> str:
    days = [(f"d{weekday}", label) for weekday, label in enumerate(WEEKDAYS)]
    tracks = enrollment.list_enrolled(current_session(), current_learner_id())
    return render_template("settings/study.html", form=form, days=days, tracks=tracks)


def _known(learner: Learner) -> dict[str, object]:
    known: dict[str, object] = {f"d{day}": minutes for day, minutes in enumerate(learner.budget.weekdays)}
    return known | {"zone": learner.zone_name} | {f"w{tier}": learner.tier_weights[tier] for tier in SHOWN_TIERS}


def _what(learner: Learner, form: SettingsForm) -> str:
    """Say the change for the ledger."""
    before, after = sum(learner.budget.weekdays), sum(form.weekdays)
    if learner.budget.weekdays != form.weekdays:
        return f"{after} minutes a week instead of {before}" if before != after else f"{after} minutes on other days"
    return "What a tier counts" if form.zone.data == learner.zone_name else f"Days in {form.zone.data}"


def _date(given: str, today: date) -> date | None:
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Invalid(f"“{given}” is no date such as 2027-06-01.", field="horizon_on") from None
    if not today < day <= today + LONGEST_HORIZON:
        raise Invalid("Choose a date after today, within five years.", field="horizon_on")
    return day
