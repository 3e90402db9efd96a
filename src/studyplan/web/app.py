"""The web application: settings and time go in, everything is wired here."""

from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

import studyplan.now
from studyplan import resources
from studyplan.now import Now
from studyplan.publish.links import Links
from studyplan.services.feed_polls import FeedPolls
from studyplan.settings import Settings
from studyplan.web import csrf, errors, headers, identity, limits, pages, request_log, sessions, statics
from studyplan.web.current import NOW, SETTINGS
from studyplan.web.database import Database, finish
from studyplan.web.feed_door import FeedDoor
from studyplan.web.mount import Mounted
from studyplan.web.work import SUBMIT, Submit

BIGGEST_REQUEST_BYTES = 6_000_000
"""An import of 5 MB and the form around it."""

ERRORS_BEGIN = 400


class Studyplan(Flask):
    """Flask, with one transaction around each view."""

    def dispatch_request(self) -> Response:
        """Run the view; commit when its response is below 400, else roll back."""
        succeeded = False
        try:
            response: Response = self.make_response(super().dispatch_request())
            succeeded = response.status_code < ERRORS_BEGIN
        finally:
            if not succeeded:
                finish(succeeded=False)
        if succeeded:
            finish(succeeded=True)
        return response


def create_app(settings: Settings, *, now: Now = studyplan.now.now, submit: Submit | None = None) -> Flask:
    """Make the application; `now` is the time it acts by, `submit` hands work to a runner."""
    app = Studyplan("studyplan", static_folder=None, template_folder=str(resources.path("templates")))
    app.config.update(
        SECRET_KEY=settings.secret,
        TRUSTED_HOSTS=list(settings.hosts),
        MAX_CONTENT_LENGTH=BIGGEST_REQUEST_BYTES,
        SQLALCHEMY_DATABASE_URI=settings.database,
    )
    app.extensions.update({SETTINGS: settings, NOW: now, SUBMIT: submit})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    database = Database(settings.database)
    database.init_app(app)
    request_log.register(app)
    sessions.register(app, settings)
    identity.register(app)
    limits.register(app, settings)
    csrf.register(app, settings)
    headers.register(app, settings)
    errors.register(app)
    statics.register(app)
    for blueprint in pages.BLUEPRINTS:
        app.register_blueprint(blueprint)
    links = Links.of(settings)
    polls = FeedPolls(database.writing_engine, links)
    app.wsgi_app = FeedDoor(app.wsgi_app, polls, links, now=now)  # type: ignore[method-assign]
    _wrap(app, settings)
    return app


def _wrap(app: Flask, settings: Settings) -> None:
    """Read what the proxies in front say, and take the base URL's path off."""
    if path := urlsplit(settings.site).path:
        app.wsgi_app = Mounted(app.wsgi_app, path)  # type: ignore[method-assign]
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
