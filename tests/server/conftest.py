"""A served appliance for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.server.appliance import Served, served


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """No log line shows the values of variables; what is logged does not clutter the tests."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Served]:
    """New: the first use of `admin` sets it up."""
    with served(tmp_path / "data") as found:
        yield found
