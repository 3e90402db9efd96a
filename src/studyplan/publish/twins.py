"""A mail's two twins, text and HTML, from the templates; the HTML with its styles inline and dark mode kept."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from studyplan import resources
from studyplan.domain import wording


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A short mail with one thing to do."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str
    url: str
    foot: str


_INLINER = CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


def render(name: str, **values: Any) -> tuple[str, str]:
    """Return text and HTML of the mail templates of this name."""
    return _template(f"mail/{name}.txt").render(values), _INLINER.inline(_template(f"mail/{name}.html").render(values))


@cache
def _template(file: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(resources.path("templates")),
        autoescape=file.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": wording.duration, "weekday": wording.weekday}
    return environment.get_template(file)
