"""The kit as one page to print: the code to read, and as a QR code to scan."""

from io import BytesIO
from typing import TYPE_CHECKING

import segno

from dropally.upkeep.recovery_kit.wording import (
    CODE_TITLE,
    STEPS,
    STEPS_TITLE,
    TITLE,
    WARNING,
    KitFacts,
)

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN_MM = 20.0
_QR_MM = 42.0
_TITLE_MM = 30.0
_LINE_MM = 6.0


def qr_picture(code: str) -> bytes:
    """The code as a QR code (PNG), with room for a quarter of it to be torn or stained."""
    made = BytesIO()
    segno.make(code, error="q", micro=False).save(made, kind="png", scale=8, border=4)
    return made.getvalue()


def as_pdf(facts: KitFacts) -> bytes:
    """The page, A4. The built-in fonts know Western letters; the text file has all others."""
    # Here, because it loads half a second of font tools that nothing else needs at the start.
    from fpdf import FPDF  # noqa: PLC0415

    pdf = FPDF(format="A4")
    pdf.set_title(TITLE)
    pdf.set_lang("en")
    pdf.set_creation_date(facts.made)
    pdf.set_margins(_MARGIN_MM, _MARGIN_MM)
    pdf.set_auto_page_break(auto=False)
    pdf.add_page()
    _heading(pdf, TITLE, 20)
    pdf.ln(2)
    _facts(pdf, facts)
    _code(pdf, facts)
    _paragraph(pdf, WARNING)
    pdf.ln(6)
    _heading(pdf, STEPS_TITLE, 13)
    for number, step in enumerate(STEPS, 1):
        _paragraph(pdf, f"{number}. {step}")
        if step.endswith("time:"):
            pdf.set_font("Courier", size=9)
            pdf.multi_cell(
                0, 5, _printable(facts.command()), align="L", new_x="LMARGIN", new_y="NEXT"
            )
        pdf.ln(1.5)
    return bytes(pdf.output())


def _heading(pdf: "FPDF", text: str, size: float) -> None:
    pdf.set_font("Helvetica", "B", size)
    pdf.cell(0, size / 2, text, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)


def _facts(pdf: "FPDF", facts: KitFacts) -> None:
    for title, text in facts.rows():
        pdf.set_font("Helvetica", "B", 10)
        pdf.cell(_TITLE_MM, _LINE_MM, title)
        pdf.set_font("Helvetica", size=10)
        pdf.multi_cell(0, _LINE_MM, _printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _code(pdf: "FPDF", facts: KitFacts) -> None:
    pdf.ln(6)
    top = pdf.get_y()
    pdf.image(
        BytesIO(qr_picture(facts.code)),
        x=pdf.w - _MARGIN_MM - _QR_MM,
        y=top,
        w=_QR_MM,
        alt_text=CODE_TITLE,
    )
    _heading(pdf, CODE_TITLE, 13)
    pdf.set_font("Courier", "B", 17)
    groups = facts.code.split("-")
    for at in range(0, len(groups), 4):
        line = "-".join(groups[at : at + 4])
        pdf.cell(0, 9, line + ("-" if at + 4 < len(groups) else ""), new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(max(pdf.get_y(), top + _QR_MM) + 4)


def _paragraph(pdf: "FPDF", text: str) -> None:
    pdf.set_font("Helvetica", size=10)
    pdf.multi_cell(0, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _printable(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
