"""A learner's feeds as OPML 2.0, for moving them into a reader."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from studyplan.domain.canonical import clean_text


def opml(title: str, feeds: Sequence[tuple[str, str | None]], *, home_url: str, made_at: datetime) -> bytes:
    """Return feeds by name and address. An address is a secret: where it is None, the name alone is listed."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = title
    SubElement(head, "dateCreated").text = format_datetime(made_at, usegmt=True)
    body = SubElement(root, "body")
    for name, url in feeds:
        outline = SubElement(body, "outline", text=clean_text(name), title=clean_text(name), htmlUrl=home_url)
        outline.attrib.update({"type": "rss", "xmlUrl": url} if url else {})
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
