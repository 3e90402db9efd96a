"""How somebody studies: minutes on each weekday, zone, what a tier counts, and the tracks with their dates."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import Label
from wtforms.validators import InputRequired, NumberRange, Optional

from studyplan.domain.catalog import TIERS, TrackId
from studyplan.domain.errors import Invalid
from studyplan.domain.learner import Learner
from studyplan.domain.study_settings import StudySettings
from studyplan.services import enrollment, learners
from studyplan.services.enrollment import EnrolledTrack
from studyplan.web.csrf import checks_token_itself
from studyplan.web.database import current_session, reading
from studyplan.web.forms import Day, Form, Number
from studyplan.web.proposal import propose
from studyplan.web.redirects import choose_a_track
from studyplan.web.sessions import current_learner_id, learner_required
from studyplan.web.start import StudyForm

pages = Blueprint("settings", __name__)

MOST_WEIGHT = 10


def _weight_of(tier: int) -> Number:
    allowed = NumberRange(0, MOST_WEIGHT, f"Give 0 to {MOST_WEIGHT}.")
    return Number(f"Tier {tier} counts", [InputRequired("How much does it count?"), allowed], places=1)


class SettingsForm(StudyForm):
    """Minutes on each weekday, the zone, and what the tiers count of which the learner's tracks hold readings."""

    track = horizon_on = None  # type: ignore[assignment]
    w5, w4, w3, w2, w1 = (_weight_of(tier) for tier in (5, 4, 3, 2, 1))

    def __init__(self, tiers: Sequence[int], **values: Any) -> None:
        super().__init__(**values)
        self.tiers = tiers
        for tier in set(TIERS) - set(tiers):
            del self[f"w{tier}"]

    def change(self, settings: StudySettings) -> StudySettings:
        """Return the settings as the form has them."""
        weights = {**settings.tier_weights, **{tier: float(self[f"w{tier}"].data) for tier in self.tiers}}
        return settings.with_weekdays(self.weekdays).with_tier_weights(weights).with_zone(self.zone.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, and ask for one tier that counts."""
        is_valid = super().validate(extra_validators)
        if is_valid and not any(self[f"w{tier}"].data for tier in self.tiers):
            self.blame(f"w{self.tiers[-1]}", "Let one tier count, or nothing is worth a minute.")
            return False
        return is_valid


class TrackForm(Form):
    """By when one track should be known; several stand on one page."""

    horizon_on = Day("Know it by", [Optional()])

    def __init__(self, track_id: TrackId, **values: Any) -> None:
        super().__init__(**values)
        self.horizon_on.id = f"h{track_id}"
        self.horizon_on.label = Label(self.horizon_on.id, self.horizon_on.label.text)


@pages.get("/settings")
@learner_required
def show() -> ResponseReturnValue:
    """Show what is set."""
    learner = learners.find_learner(current_session(), current_learner_id())
    if learner is None:
        return choose_a_track()
    return _page(_as_set(learner))


@pages.post("/settings")
@checks_token_itself
@learner_required
def save() -> ResponseReturnValue:
    """Change it and plan again, once the preview is agreed to."""
    form = SettingsForm(_tiers())
    if not form.validate():
        return _page(form), 422
    with reading() as session:
        learner = learners.get_learner(session, current_learner_id())
    return propose(form.change, _what(learner, form), back=url_for(".show"))


@pages.post("/settings/tracks/<int:track_id>")
@checks_token_itself
@learner_required
def change_track(track_id: int) -> ResponseReturnValue:
    """Set by when a track should be known, once the preview is agreed to."""
    form = TrackForm(TrackId(track_id))
    try:
        if form.validate():
            horizon_on = form.horizon_on.data
            what = f"Known by {horizon_on:%-d %B %Y}" if horizon_on else "Known without a date"
            change = partial(StudySettings.with_horizon, horizon_on=horizon_on, track_id=TrackId(track_id))
            return propose(change, what, back=url_for(".show"))
    except Invalid as error:
        form.blame(error.field, str(error))
    learner = learners.get_learner(current_session(), current_learner_id())
    return _page(_as_set(learner), wrong={TrackId(track_id): form}), 422


@pages.post("/settings/tracks/<int:track_id>/leave")
@learner_required
def leave_track(track_id: int) -> ResponseReturnValue:
    """Leave a track, once the preview is agreed to."""
    with reading() as session:
        enrolled = enrollment.list_enrolled(session, current_learner_id())
    titles = {item.track.id: item.track.title for item in enrolled}
    what = f"No longer on “{titles.get(TrackId(track_id), '')}”"
    change = partial(StudySettings.without_track, track_id=TrackId(track_id))
    return propose(change, what, back=url_for(".show"))


def _page(form: SettingsForm, wrong: Mapping[TrackId, TrackForm] = MappingProxyType({})) -> str:
    enrolled = enrollment.list_enrolled(current_session(), current_learner_id())
    tracks = [(item.track, wrong.get(item.track.id) or _as_it_is(item)) for item in enrolled]
    return render_template("settings/study.html", form=form, days=form.days, tracks=tracks)


def _as_it_is(enrolled: EnrolledTrack) -> TrackForm:
    return TrackForm(enrolled.track.id, formdata=None, horizon_on=enrolled.horizon_on)


def _as_set(learner: Learner) -> SettingsForm:
    known: dict[str, object] = {f"d{day}": minutes for day, minutes in enumerate(learner.budget.weekdays)}
    known |= {f"w{tier}": weight for tier, weight in learner.tier_weights.items()}
    return SettingsForm(_tiers(), formdata=None, data=known | {"zone": learner.zone_name})


def _tiers() -> list[int]:
    """Return the tiers that can be weighted: those of the learner's tracks, or all for who is on none."""
    with reading() as session:
        return enrollment.list_tiers(session, current_learner_id()) or sorted(TIERS, reverse=True)


def _what(learner: Learner, form: SettingsForm) -> str:
    """Say the change for the ledger: all that it holds."""
    before, after = sum(learner.budget.weekdays), sum(form.weekdays)
    minutes = f"{after} minutes a week instead of {before}" if before != after else f"{after} minutes on other days"
    changed = {
        minutes: learner.budget.weekdays != form.weekdays,
        f"days in {form.zone.data}": learner.zone_name != form.zone.data,
        "what a tier counts": any(float(form[f"w{tier}"].data) != learner.tier_weights[tier] for tier in form.tiers),
    }
    said = "; ".join(what for what, is_so in changed.items() if is_so) or "nothing"
    return said[0].upper() + said[1:]
