"""One appliance beside an empty team of one admin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.recovery.appliance import Recovering, recovering
from tests.simulator.known_documents import remember_documents

remember_documents()


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Recovering]:
    with recovering(tmp_path) as found:
        yield found
