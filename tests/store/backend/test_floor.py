"""What is to stay free on a disk, where no disk needs to be full for it."""

from pathlib import Path

import pytest
from dropally.store.backend import Backend, Floor, FlooredBackend, MemoryBackend, open_backend
from dropally.store.errors import StoreFullError
from tests.store.backend.contract import BackendContract


class TestFloored(BackendContract):
    """A backend with a floor far below is a backend."""

    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return open_backend(str(tmp_path / "repository"), floor=Floor(1))


def test_large_objects_are_refused_and_small_ones_pass(tmp_path: Path) -> None:
    backend = FlooredBackend(MemoryBackend(), tmp_path / "not" / "there", Floor(share=1.0))
    with pytest.raises(StoreFullError, match="is to keep"):
        backend.put_new("packs/ab/x", [b"1"])
    backend.put_new("snapshots/a/b", [b"1"])
    assert [stat.key for stat in backend.list("")] == ["snapshots/a/b"]


def test_the_larger_of_bytes_and_share_counts() -> None:
    assert Floor(100, 0.5).needed(1000) == 500
    assert Floor(900, 0.5).needed(1000) == 900
