"""An appliance whose settings are read and changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.config.live_room import Room, opened


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Set up, with an empty file."""
    with opened(tmp_path) as found:
        yield found
