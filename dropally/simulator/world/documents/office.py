"""Word and Excel files, written as the ZIP packages of XML that ISO/IEC 29500 describes."""

import io
import zipfile
from typing import Final
from xml.sax.saxutils import escape

from dropally.simulator.world.prose import Prose

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORTH_COMPRESSING: Final = 1000
_VENDOR: Final = "application/vnd.openxmlformats-officedocument"


def make_docx(prose: Prose, *, paragraphs: int = 6) -> bytes:
    """A Word document: a heading and `paragraphs` paragraphs."""
    heading = f"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{escape(prose.title())}</w:t></w:r></w:p>"
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(prose.paragraph())}</w:t></w:r></w:p>'
        for _ in range(paragraphs)
    )
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{heading}{body}</w:body></w:document>'
    main = f"{_VENDOR}.wordprocessingml.document.main+xml"
    return _package("word/document.xml", main, {"word/document.xml": document})


def make_xlsx(prose: Prose, *, rows: int = 40) -> bytes:
    """An Excel workbook of one sheet: a header, `rows` rows and a sum formula."""
    lines = [_cells(1, ("Item", "Company", "Quantity", "Amount"))]
    lines += [_cells(number, prose.row()) for number in range(2, rows + 2)]
    total = f'<row r="{rows + 2}"><c r="D{rows + 2}"><f>SUM(D2:D{rows + 1})</f></c></row>'
    sheet = (
        f'<worksheet xmlns="{_SHEET}"><sheetData>{"".join(lines)}{total}</sheetData></worksheet>'
    )
    workbook = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}"><sheets>'
        f'<sheet name="{escape(prose.word())}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relations = (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    parts = {
        "xl/workbook.xml": workbook,
        "xl/_rels/workbook.xml.rels": relations,
        "xl/worksheets/sheet1.xml": sheet,
    }
    main = f"{_VENDOR}.spreadsheetml.sheet.main+xml"
    extra = {"xl/worksheets/sheet1.xml": f"{_VENDOR}.spreadsheetml.worksheet+xml"}
    return _package("xl/workbook.xml", main, parts, extra)


def _cells(number: int, values: tuple[object, ...]) -> str:
    cells = []
    for column, value in zip("ABCD", values, strict=True):
        place = f'r="{column}{number}"'
        if isinstance(value, str):
            cells.append(f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>')
        else:
            cells.append(f"<c {place}><v>{value}</v></c>")
    return f'<row r="{number}">{"".join(cells)}</row>'


def _package(
    main_part: str, main_type: str, parts: dict[str, str], types: dict[str, str] | None = None
) -> bytes:
    """The ZIP package around the parts: content types, the root relation, and the parts."""
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{kind}"/>'
        for part, kind in {main_part: main_type, **(types or {})}.items()
    )
    content_types = (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    root = (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="{main_part}"/></Relationships>'
    )
    return zip_parts({"[Content_Types].xml": content_types, "_rels/.rels": root, **parts})


def zip_parts(parts: dict[str, str]) -> bytes:
    """A ZIP file whose dates are fixed, so that equal parts make equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            small = len(text) < _WORTH_COMPRESSING
            entry.compress_type = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
            package.writestr(entry, _XML + text)
    return buffer.getvalue()
