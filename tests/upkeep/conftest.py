"""One appliance with one empty local storage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.upkeep.appliance import Upkeep, opened


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    with opened(tmp_path) as made:
        yield made
