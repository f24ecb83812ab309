"""A served appliance for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from dropally.catalog.appliance import open_appliance_database
from tests.server.appliance import Served, served


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """No log line shows the values of variables; what is logged does not clutter the tests."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has its tables: making them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    open_appliance_database(folder).close()
    return folder


@pytest.fixture
def appliance(tmp_path: Path, empty_database: Path) -> Iterator[Served]:
    """New: the first use of `admin` sets it up."""
    shutil.copytree(empty_database, tmp_path / "data")
    with served(tmp_path / "data") as found:
        yield found
