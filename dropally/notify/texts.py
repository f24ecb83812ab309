"""From a letter's name and values to what is read: a subject, plain text, and simple HTML of it.

A text is a Jinja2 template of paragraphs, parted by empty lines. Its first line is the subject. A
paragraph that is nothing but the letter's link becomes a button in HTML, lines that begin with
`- ` become a list; there is no other markup, so that no name of a file or a member can make any.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from jinja2 import (
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
)

from dropally.common.errors import DropallyError

LANGUAGE = "en"
_BULLET = "- "


@dataclass(frozen=True)
class Text:
    """A mail as it is read."""

    subject: str
    plain: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True)
class Block:
    """One paragraph: lines of text, of a list, or the link."""

    kind: Literal["text", "list", "link"]
    lines: list[str]


def write_text(kind: str, values: Mapping[str, str], organisation: str, time_zone: str) -> Text:
    """Fill a letter's template. Raises DropallyError where there is none, or a value is missing."""
    try:
        template = _plain_texts(time_zone).get_template(f"{LANGUAGE}/{kind}.txt")
        filled = template.render(_one_line(values), organisation=" ".join(organisation.split()))
    except TemplateNotFound as error:
        raise DropallyError(f"there is no text for mails of the kind {kind!r}") from error
    except TemplateError as error:
        raise DropallyError(f"a mail of the kind {kind!r} cannot be written: {error}") from error
    subject, _, body = filled.strip().partition("\n")
    blocks = _blocks(body, " ".join(values.get("link", "").split()))
    plain = "\n\n".join("\n".join(block.lines) for block in blocks) + "\n"
    html = _layout().render(
        subject=subject, blocks=[_for_html(block) for block in blocks], organisation=organisation
    )
    return Text(subject, plain, html)


@cache
def _plain_texts(time_zone: str) -> Environment:
    # Plain text needs no escaping; what becomes HTML of it is escaped by the layout.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("dropally.notify"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["local"] = lambda text: _local(text, time_zone)
    environment.filters["lines"] = lambda text: text.split("\n") if text else []
    return environment


@cache
def _layout() -> Template:
    environment = Environment(loader=PackageLoader("dropally.notify"), autoescape=True)
    return environment.get_template("layout.html")


def _one_line(values: Mapping[str, str]) -> dict[str, str]:
    """Values without line breaks, which would make paragraphs; lists keep one line an item."""
    return {
        name: value if f"{name}_more" in values else " ".join(value.split())
        for name, value in values.items()
    }


def _local(text: str, time_zone: str) -> str:
    """`2026-11-22T13:03:00Z` -> `2026-11-22 14:03 CET (UTC+01:00)`."""
    moment = datetime.fromisoformat(text).astimezone(ZoneInfo(time_zone))
    if time_zone == "UTC":
        return f"{moment:%Y-%m-%d %H:%M} UTC"
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M %Z} (UTC{offset[:3]}:{offset[3:]})"


def _blocks(body: str, link: str) -> list[Block]:
    found: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", body.strip()):
        lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
        for is_list, run in groupby(lines, key=lambda line: line.startswith(_BULLET)):
            found.append(_block(list(run), link, is_list=is_list))
    return found


def _block(lines: list[str], link: str, *, is_list: bool) -> Block:
    if is_list:
        return Block("list", lines)
    return Block("link" if link and lines == [link] else "text", lines)


def _for_html(block: Block) -> Block:
    if block.kind != "list":
        return block
    return Block("list", [line.removeprefix(_BULLET) for line in block.lines])
