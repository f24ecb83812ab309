"""docs/features.md tells the truth about tests: what it names exists and is about its item."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (F\d+) \| .+ \| (done|API done|not yet).* \| (.+) \|$", re.MULTILINE)
NUMBERS = re.compile(r"test((?:_(?:and_|to_)?f\d+)+)_")
Row = tuple[str, str, list[str]]


def table() -> list[Row]:
    """Item, state, and tests as `path::name`."""
    text = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    rows = [
        (item, state, re.findall(r"`([^`]+)`", tests)) for item, state, tests in ROW.findall(text)
    ]
    assert len(rows) == text.count("\n| F")
    return rows


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def items_of(name: str) -> set[int]:
    """The items in a test's name: test_f1_f3_x, test_f1_and_f3_x, test_f1_to_f3_x."""
    found = NUMBERS.match(name)
    numbers = [int(number) for number in re.findall(r"f(\d+)", found[1])] if found else []
    if found and "_to_f" in found[1]:
        return set(range(numbers[0], numbers[-1] + 1))
    return set(numbers)


@pytest.mark.parametrize("row", table(), ids=lambda row: str(row[0]))
def test_what_is_named_exists_and_is_about_its_item(row: Row) -> None:
    item, state, tests = row
    assert tests or state == "not yet", f"{item} is {state}, but no test is named"
    for test in tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), f"{item} names {path}, which does not exist"
        assert name in functions_of(path), f"{item} names {name}, which is not in {path}"
        assert int(item[1:]) in items_of(name), f"{item} is not in the name {name}"


def test_each_item_has_one_row_in_order() -> None:
    numbers = [int(item[1:]) for item, _, _ in table()]
    assert numbers == sorted(set(numbers))
