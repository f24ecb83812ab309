"""An appliance for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.auth.actors import Actor
from dropally.catalog.appliance import open_appliance_database
from tests.auth.appliance import Appliance, opened


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has its tables: making them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    open_appliance_database(folder).close()
    return folder


@pytest.fixture
def appliance(tmp_path: Path, empty_database: Path) -> Iterator[Appliance]:
    """New: nobody has set it up."""
    shutil.copytree(empty_database, tmp_path / "data")
    with opened(tmp_path / "data") as found:
        yield found


@pytest.fixture
def admin(appliance: Appliance) -> Actor:
    """The first administrator, signed in a moment ago."""
    return appliance.set_up()
