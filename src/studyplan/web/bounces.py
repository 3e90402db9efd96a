"""What mail servers send back, posted by those who send mail for this site. The signed address vouches for them."""

from flask import Blueprint, Response, abort, request

from studyplan.domain.errors import Invalid
from studyplan.services import bounces
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.current import current_links, current_now
from studyplan.web.database import current_session, give_up

pages = Blueprint("bounces", __name__)


@pages.post("/bounces/<token>")
@takes_from_elsewhere
def take_in(token: str) -> Response:
    """Act on a report, as a mail or as JSON; answer what was done, a line for each. Doing it twice is once."""
    if not current_links().is_for_bounces(token):
        abort(404)
    try:
        done = bounces.take_in(current_session(), request.get_data(), current_links(), now=current_now())
    except Invalid as error:
        give_up()
        return Response(f"{error}\n", 422, mimetype="text/plain")
    said = "\n".join(done) or "This is no bounce, complaint or unsubscription."
    return Response(f"{said}\n", mimetype="text/plain")
