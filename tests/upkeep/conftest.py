"""One appliance with one empty local storage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.upkeep.appliance import STRETCH, Upkeep, opened, quick_stretch


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases open as they do, in less time."""
    monkeypatch.setattr(STRETCH, quick_stretch)


@pytest.fixture
def upkeep(tmp_path: Path) -> Iterator[Upkeep]:
    with opened(tmp_path) as made:
        yield made
