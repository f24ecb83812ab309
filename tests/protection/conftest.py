"""An appliance beside an empty team of one admin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.protection.appliance import Protected, protected
from tests.simulator.known_documents import remember_documents

remember_documents()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Protected]:
    with protected(tmp_path) as opened:
        yield opened


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Protected]:
    """The same beside the sample team."""
    with protected(tmp_path, "sample") as opened:
        yield opened
