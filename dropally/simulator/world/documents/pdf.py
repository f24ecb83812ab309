"""PDF files of a few pages, with text that can be searched.

Written by hand after ISO 32000-1: a catalog, pages, two built-in fonts, and a compressed stream of
text a page. The sample team has hundreds of them; a general library takes ten times as long.
"""

import textwrap
import zlib
from typing import Final

from dropally.simulator.world.prose import Prose

_LINE_LENGTH: Final = 90
_LINES_ON_PAGE: Final = 44
_CATALOG, _PAGES, _BODY_FONT, _HEAD_FONT, _INFO = range(1, 6)
_FIRST_PAGE: Final = _INFO + 1
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)"})


def make_pdf(prose: Prose, *, paragraphs: int = 3) -> bytes:
    """A PDF with a heading and `paragraphs` paragraphs, in the built-in Helvetica."""
    title = prose.title()
    lines: list[str] = []
    for _ in range(paragraphs):
        lines += [*textwrap.wrap(prose.paragraph(), _LINE_LENGTH), ""]
    pages = [lines[at : at + _LINES_ON_PAGE] for at in range(0, len(lines), _LINES_ON_PAGE)]
    return _write_file(_objects(title, pages))


def _objects(title: str, pages: list[list[str]]) -> list[bytes]:
    """The bodies of all objects; object 1 is the first of the list."""
    numbers = range(_FIRST_PAGE, _FIRST_PAGE + 2 * len(pages), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        f"<< /Type /Catalog /Pages {_PAGES} 0 R >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
        b"<< /Title %b /CreationDate (D:20260101000000Z) >>" % _string(title),
    ]
    for number, lines in zip(numbers, pages, strict=True):
        objects.append(_page(number + 1))
        objects.append(_content(title if number == _FIRST_PAGE else "", lines))
    return objects


def _page(content_number: int) -> bytes:
    return (
        f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 595 842] "
        f"/Resources << /Font << /F1 {_BODY_FONT} 0 R /F2 {_HEAD_FONT} 0 R >> >> "
        f"/Contents {content_number} 0 R >>"
    ).encode()


def _content(heading: str, lines: list[str]) -> bytes:
    """A page's text: the heading, then line by line downwards."""
    shown = [b"BT /F2 15 Tf 56 780 Td %b Tj /F1 11 Tf 15 TL 0 -30 Td" % _string(heading)]
    shown += [b"%b Tj T*" % _string(line) for line in lines]
    packed = zlib.compress(b"\n".join([*shown, b"ET"]))
    head = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed)
    return head + packed + b"\nendstream"


def _string(text: str) -> bytes:
    """A literal string; the built-in fonts know Windows' Western letters only."""
    return b"(" + text.translate(_ESCAPES).encode("cp1252", "replace") + b")"


def _write_file(objects: list[bytes]) -> bytes:
    """The objects one after another, and the table that says where each begins."""
    written = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table_at = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        _CATALOG,
        _INFO,
        table_at,
    )
    return bytes(written)
