"""Paper pages: kept as Markdown, taken in and given out as Markdown, HTML or plain text.

Dropbox keeps Paper pages in a form of its own; the simulator keeps their Markdown. The converters
know headings, paragraphs, lists, tasks, links, emphasis and code, which is what the samples hold.
"""

import html
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import groupby
from typing import Final

_BULLET: Final = re.compile(r"[-*] (?:\[[ xX]\] )?(.*)")
_HEADING: Final = re.compile(r"(#{1,6}) (.*)")
_INLINE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*(.+?)\*"), r"<em>\1</em>"),
    (re.compile(r"`(.+?)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
)
_OPENING: Final = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "li": "- "}
_CLOSING: Final = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "li": "\n"}
_BLOCKS: Final = frozenset({"p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNSHOWN: Final = frozenset({"style", "script", "title"})


class PaperContentError(ValueError):
    """The page cannot be read: it is not UTF-8."""


def to_markdown(data: bytes, import_format: str) -> bytes:
    """What is kept of a page that comes in as `markdown`, `html` or `plain_text`.

    Raises PaperContentError.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PaperContentError("a Paper page must be UTF-8") from error
    if import_format == "html":
        reader = _HtmlReader()
        reader.feed(text)
        reader.close()
        text = reader.markdown()
    return text.encode()


def render_page(markdown: bytes, export_format: str, title: str) -> bytes:
    """A page as `markdown`, `html` or `plain_text`. Raises KeyError for anything else."""
    return _RENDERERS[export_format](markdown.decode("utf-8"), title).encode()


def _as_html(markdown: str, title: str) -> str:
    body = "\n".join(_html_blocks(markdown))
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title>'
    return f"<!doctype html>\n<html><head>{head}</head><body>\n{body}\n</body></html>\n"


def _html_blocks(markdown: str) -> Iterator[str]:
    for kind, lines in groupby(markdown.splitlines(), _kind_of):
        if kind == "bullet":
            items = (_BULLET.sub(r"\1", line) for line in lines)
            yield "<ul>" + "".join(f"<li>{_html_inline(item)}</li>" for item in items) + "</ul>"
        elif kind == "heading":
            for line in lines:
                marks, text = _HEADING.fullmatch(line).groups()  # type: ignore[union-attr]  # _kind_of matched it
                yield f"<h{len(marks)}>{_html_inline(text)}</h{len(marks)}>"
        elif kind == "text":
            yield f"<p>{_html_inline(' '.join(lines))}</p>"


def _kind_of(line: str) -> str:
    if not line.strip():
        return "gap"
    if _BULLET.fullmatch(line):
        return "bullet"
    return "heading" if _HEADING.fullmatch(line) else "text"


def _html_inline(text: str) -> str:
    text = html.escape(text, quote=False)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text


def _as_text(markdown: str, title: str) -> str:
    """The words without the marks; links keep their text."""
    lines = (_HEADING.sub(r"\2", line) for line in markdown.splitlines())
    plain = "\n".join(lines)
    for pattern, _ in _INLINE:
        plain = pattern.sub(r"\1", plain)
    return plain + "\n"


def _as_markdown(markdown: str, title: str) -> str:
    return markdown


_RENDERERS: Final[dict[str, Callable[[str, str], str]]] = {
    "markdown": _as_markdown,
    "html": _as_html,
    "plain_text": _as_text,
}


class _HtmlReader(HTMLParser):
    """Collects Markdown while HTML goes by."""

    def __init__(self) -> None:
        super().__init__()
        self._out: list[str] = []
        self._links: list[str] = []
        self._unshown = 0

    def markdown(self) -> str:
        """What was collected, with one empty line between blocks."""
        text = re.sub(r"\n{3,}", "\n\n", "".join(self._out))
        return text.strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag in _UNSHOWN:
            self._unshown += 1
        elif tag in _BLOCKS:
            self._out.append("\n\n" + ("#" * int(tag[1]) + " " if tag[0] == "h" else ""))
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._out.append("[")
        elif tag == "br":
            self._out.append("\n")
        else:
            self._out.append(_OPENING.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in _UNSHOWN:
            self._unshown -= 1
        elif tag in _BLOCKS:
            self._out.append("\n\n")
        elif tag == "a" and self._links:
            self._out.append(f"]({self._links.pop()})")
        else:
            self._out.append(_CLOSING.get(tag, ""))

    def handle_data(self, data: str) -> None:
        """Text between elements."""
        if not self._unshown:
            self._out.append(re.sub(r"\s+", " ", data))
