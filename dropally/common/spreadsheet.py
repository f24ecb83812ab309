"""CSV that spreadsheet programs open without running anything that strangers wrote into it.

A cell that begins with one of = + - @ is a formula to them. Such a cell gets an apostrophe in
front, which they do not show. The same after a separator inside a cell: where the program expects
another separator than the comma, it ends the cell there (OWASP, "CSV Injection").
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

_BOM = b"\xef\xbb\xbf"
_ROWS_AT_ONCE = 200
# The wide forms are taken for the plain ones by some programs.
_FORMULA = re.compile(r"(\A|[;\t\r\n])([\s\x00]*)([=+\-@\uff1d\uff0b\uff0d\uff20])")

Cell = str | int


def safe_cell(value: Cell) -> Cell:
    """`=cmd` -> `'=cmd`; numbers stay numbers."""
    return _FORMULA.sub(r"\1\2'\3", value) if isinstance(value, str) else value


def csv_pieces(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, bom: bool = False
) -> Iterator[bytes]:
    """A CSV file (RFC 4180, UTF-8) piece by piece. `bom`: Excel takes it for UTF-8 only with one."""
    if bom:
        yield _BOM
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(cell) for cell in row])
        if number % _ROWS_AT_ONCE == 0:
            yield _taken(lines)
    yield _taken(lines)


def csv_row(cells: Sequence[Cell]) -> bytes:
    """One row by itself, for tables that grow over time."""
    lines = io.StringIO(newline="")
    csv.writer(lines, quoting=csv.QUOTE_ALL).writerow([safe_cell(cell) for cell in cells])
    return lines.getvalue().encode("utf-8", "replace")


def _taken(lines: io.StringIO) -> bytes:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text.encode("utf-8", "replace")
