"""Every page of the site: the one list of blueprints."""

from flask import Blueprint

from studyplan.web import (
    account,
    dev_mail,
    digest_settings,
    forecast,
    frame,
    health,
    landing,
    plan,
    readings,
    recovery,
    settings,
    sign_in,
    start,
    today,
    tracks,
    unsubscribe,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    sign_in.pages,
    recovery.pages,
    account.pages,
    frame.pages,
    landing.pages,
    tracks.pages,
    start.pages,
    forecast.pages,
    today.pages,
    plan.pages,
    settings.pages,
    readings.pages,
    digest_settings.pages,
    unsubscribe.pages,
    dev_mail.pages,
)
