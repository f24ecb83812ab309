"""PDF files of a page or two, with text that can be searched."""

import textwrap
from datetime import UTC, datetime
from typing import Final

from fpdf import FPDF

from dropally.simulator.world.prose import Prose

_CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LINE_LENGTH: Final = 90


def make_pdf(prose: Prose, *, paragraphs: int = 3) -> bytes:
    """A PDF with a heading and `paragraphs` paragraphs, in the built-in Helvetica."""
    document = FPDF(format="A4")
    document.set_creation_date(_CREATED)
    document.set_title(title := _latin(prose.title()))
    document.add_page()
    document.set_font("helvetica", "B", 15)
    document.cell(0, 12, title, new_x="LMARGIN", new_y="NEXT")
    document.set_font("helvetica", size=11)
    for _ in range(paragraphs):
        # Broken here by characters: fpdf's own breaking by width takes ten times as long.
        for line in textwrap.wrap(_latin(prose.paragraph()), _LINE_LENGTH):
            document.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
        document.ln(3)
    return bytes(document.output())


def _latin(text: str) -> str:
    """The built-in fonts of PDF know Latin-1 only; other letters become question marks."""
    return text.encode("latin-1", "replace").decode("latin-1")
