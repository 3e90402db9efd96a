"""Every page of the site: the one list of blueprints."""

from flask import Blueprint

from studyplan.web import account, frame, health, landing, readings, recovery, sign_in, start, today, tracks

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    sign_in.pages,
    recovery.pages,
    account.pages,
    frame.pages,
    landing.pages,
    tracks.pages,
    start.pages,
    today.pages,
    readings.pages,
)
