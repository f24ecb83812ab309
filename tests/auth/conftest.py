"""An appliance for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.auth.actors import Actor
from tests.auth.appliance import Appliance, opened


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    """New: nobody has set it up."""
    with opened(tmp_path / "data") as found:
        yield found


@pytest.fixture
def admin(appliance: Appliance) -> Actor:
    """The first administrator, signed in a moment ago."""
    return appliance.set_up()
