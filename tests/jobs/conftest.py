"""One appliance beside an empty team of one admin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jobs.appliance import Appliance, open_appliance


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    with open_appliance(tmp_path) as opened:
        yield opened
