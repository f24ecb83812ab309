"""The certificate as one page to print, A4."""

from typing import TYPE_CHECKING

from dropally.upkeep.erasing.certificate import TITLE, CertificateFacts

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN_MM = 20.0
_TITLE_MM = 32.0
_LINE_MM = 6.0


def as_pdf(facts: CertificateFacts) -> bytes:
    """The page. The built-in fonts know Western letters; the text file has all others."""
    # Here, because it loads half a second of font tools that nothing else needs at the start.
    from fpdf import FPDF  # noqa: PLC0415

    pdf = FPDF(format="A4")
    pdf.set_title(TITLE)
    pdf.set_lang("en")
    pdf.set_creation_date(facts.completed or facts.erased or facts.asked)
    pdf.set_margins(_MARGIN_MM, _MARGIN_MM)
    pdf.add_page()
    pdf.set_font("Helvetica", "B", 20)
    pdf.cell(0, 12, TITLE, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    for title, text in facts.rows():
        _row(pdf, title, text)
    pdf.ln(4)
    pdf.set_font("Helvetica", size=10)
    for sentence in facts.sentences():
        pdf.multi_cell(0, 5, _printable(sentence), align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    return bytes(pdf.output())


def _row(pdf: "FPDF", title: str, text: str) -> None:
    pdf.set_font("Helvetica", "B", 10)
    pdf.cell(_TITLE_MM, _LINE_MM, title)
    pdf.set_font("Helvetica", size=10)
    pdf.multi_cell(0, _LINE_MM, _printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _printable(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
