"""A terminal beside an empty team of one admin."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from dropally.simulator import start_simulator
from tests.cli.terminal import Terminal
from tests.upkeep.appliance import STRETCH, quick_stretch


@pytest.fixture(autouse=True, scope="module")
def logs_as_before() -> Iterator[None]:
    """A server, and a command that takes the application into its process, set up logs."""
    root = logging.getLogger()
    before, level, settings = list(root.handlers), root.level, structlog.get_config()
    yield
    root.handlers, root.level = before, level
    structlog.configure(**settings)


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases open as they do, in less time."""
    monkeypatch.setattr(STRETCH, quick_stretch)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with start_simulator(team="empty") as simulator:
        yield Terminal(simulator, tmp_path)
        assert simulator.control.metrics()["calls_while_told_to_wait"] == 0


@pytest.fixture
def linked(terminal: Terminal) -> Terminal:
    terminal.set_up()
    return terminal
