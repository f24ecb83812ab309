"""CSV that runs nothing when a spreadsheet program opens it."""

import csv
import io

import pytest
from dropally.common.spreadsheet import csv_pieces, safe_cell
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "  '=1+1"),
        ("\t=1+1", "\t'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\r\n=1+1", "x\r\n'=1+1"),
        ("a=b, c-d", "a=b, c-d"),
        (-7, -7),
    ],
)
def test_f136_a_formula_gets_an_apostrophe(cell: str | int, safe: str | int) -> None:
    assert safe_cell(cell) == safe


def test_the_bom_comes_only_when_asked_for() -> None:
    assert b"".join(csv_pieces(["a"], [], bom=True)) == b'\xef\xbb\xbf"a"\r\n'
    assert b"".join(csv_pieces(["a"], [])) == b'"a"\r\n'


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=30))
def test_no_cell_is_a_formula_and_nothing_else_changes(rows: list[list[str]]) -> None:
    text = b"".join(csv_pieces(["a", "b"], rows)).decode()
    header, *read = csv.reader(io.StringIO(text, newline=""))
    assert header == ["a", "b"]
    assert len(read) == len(rows)
    for row, back in zip(rows, read, strict=True):
        for cell, seen in zip(row, back, strict=True):
            assert seen.lstrip()[:1] not in {"=", "+", "-", "@"}
            assert seen.replace("'", "") == cell.replace("'", "")


def test_many_rows_come_in_pieces() -> None:
    pieces = list(csv_pieces(["n"], ([number] for number in range(1000))))
    assert len(pieces) > 4
    assert b"".join(pieces).count(b"\r\n") == 1001
