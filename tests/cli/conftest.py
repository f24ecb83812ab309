"""A terminal beside an empty team of one admin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.simulator import start_simulator
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with start_simulator(team="empty") as simulator:
        yield Terminal(simulator, tmp_path)
        assert simulator.control.metrics()["calls_while_told_to_wait"] == 0


@pytest.fixture
def linked(terminal: Terminal) -> Terminal:
    terminal.set_up()
    return terminal
