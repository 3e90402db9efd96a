"""A mail's two twins, text and HTML, from the templates; the HTML with its styles inline and dark mode kept.

Styles are put inline once, when a template is loaded, and not once a mail. So the layout is put together first, in
brackets of its own (`[% block %]`), and what is filled in for each mail is kept out of css-inline's sight.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from studyplan import resources
from studyplan.domain import wording

_TAG = re.compile(r"{%.*?%}")
_VALUE = re.compile(r"{{.*?}}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A short mail with one thing to do."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str
    url: str
    foot: str


def render(name: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Return text and HTML of the mail templates of this name."""
    return _text(name).render(values), _html(name).render(values)


@cache
def _text(name: str) -> Template:
    return _environment(is_html=False).get_template(f"mail/{name}.txt")


@cache
def _html(name: str) -> Template:
    layout = Environment(
        loader=_loader(),
        autoescape=False,  # noqa: S701 no values go in
        trim_blocks=True,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )
    source = layout.get_template(f"mail/{name}.html").render()
    return _environment(is_html=True).from_string(_inlined(source))


def _inlined(source: str) -> str:
    """Put the styles of a template inline: its tags are comments meanwhile, its values plain words."""
    parts: list[str] = []

    def keep(pattern: re.Pattern[str], form: str, text: str) -> str:
        def store(found: re.Match[str]) -> str:
            parts.append(found[0])
            return form.format(len(parts) - 1)

        return pattern.sub(store, text)

    hidden = keep(_VALUE, "kept-{}-value", keep(_TAG, "<!--kept-{}-tag-->", source))
    inliner = CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
    return re.sub(
        r"<!--kept-(\d+)-tag-->|kept-(\d+)-value", lambda it: parts[int(it[1] or it[2])], inliner.inline(hidden)
    )


def _environment(*, is_html: bool) -> Environment:
    environment = Environment(
        loader=_loader(),
        autoescape=is_html,  # noqa: S701 the text twin is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": wording.duration, "weekday": wording.weekday}
    return environment


def _loader() -> FileSystemLoader:
    return FileSystemLoader(resources.path("templates"))
