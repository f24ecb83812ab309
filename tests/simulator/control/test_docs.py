"""The manual names everything that can be set."""

import re
from pathlib import Path
from typing import get_args

from dropally.simulator.control.edits import Edit
from dropally.simulator.faults.actions import ACTIONS
from dropally.simulator.state.world import Knobs
from dropally.simulator.world.virtual_spec import parse_spec

MANUAL = Path(__file__).parents[3] / "docs" / "simulator.md"


def words_in_code() -> set[str]:
    """Every word in the manual that is set in code type."""
    quoted = re.findall(r"`([^`\n]+)`", MANUAL.read_text())
    return {word for text in quoted for word in re.findall(r"\w+", text)}


def test_every_action_edit_and_knob_is_documented() -> None:
    documented = words_in_code()
    edits = {kind.__struct_config__.tag for kind in get_args(Edit)}
    assert set(ACTIONS) | {"edit"} <= documented
    assert edits <= documented
    assert set(Knobs.__struct_fields__) <= documented


def test_the_defaults_of_a_virtual_team_are_those_documented() -> None:
    shown = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+?)`? \|", MANUAL.read_text(), re.MULTILINE))
    spec = parse_spec("")
    assert shown["members"] == str(spec.members)
    assert shown["files"] == str(spec.files)
    assert shown["folders"] == str(spec.folders)
    assert shown["seed"] == str(spec.seed)
    assert shown["size"] == f"{spec.min_size // 1024}K-{spec.max_size // 1024}K"


def test_the_defaults_of_knobs_are_those_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (on|off|\d+) \|", MANUAL.read_text(), re.MULTILINE)
    shown = {name: value for name, value in rows if name in Knobs.__struct_fields__}
    for name, value in shown.items():
        default = getattr(Knobs(), name)
        assert value == (
            {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default)
        )
    assert len(shown) == len(Knobs.__struct_fields__) - 2  # two share a row
