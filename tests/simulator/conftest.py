"""The small team, running, for tests of files."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.simulator.known_documents import remember_documents
from tests.simulator.office import Office, open_office

remember_documents()


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as running:
        yield running


@pytest.fixture
def ann(office: Office) -> Any:
    """Ann in her own home, through the team's token."""
    return office.acting_as(office.people.ann)
