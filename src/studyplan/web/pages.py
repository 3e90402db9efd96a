"""Every page of the site: the one list of blueprints."""

from flask import Blueprint

from studyplan.web import (
    account,
    actions,
    bounces,
    dev_mail,
    digest_settings,
    feed_settings,
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
    feed_settings.pages,
    digest_settings.pages,
    actions.pages,
    unsubscribe.pages,
    bounces.pages,
    dev_mail.pages,
)
