"""The application for a WSGI server of your choice: `gunicorn wsgi:app`."""

from studyplan.cli.serve import find_submit, settle_in
from studyplan.settings import load
from studyplan.web.app import create_app
from studyplan.web.log import set_up_logging

set_up_logging()
settings = load()
app = create_app(settings, submit=find_submit(settings))
settle_in()
