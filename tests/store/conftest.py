import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.store import LocalBackend, MemoryBackend
from tests.store.prune.inline import without_threads
from tests.store.seeded import seeded


@pytest.fixture(autouse=True)
def same_randomness(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test draws keys, salts and ids of its own, the same at each run."""
    with seeded(zlib.crc32(request.node.nodeid.encode())):
        yield


@pytest.fixture(params=["memory", "local"])
def any_backend(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[LocalBackend | MemoryBackend]:
    """An empty place for a repository."""
    backend = (
        MemoryBackend() if request.param == "memory" else LocalBackend(tmp_path / "repository")
    )
    yield backend
    backend.close()


@pytest.fixture
def inline() -> Iterator[None]:
    """Writers and readers work in the test's thread: for tests that go through very many runs."""
    with without_threads():
        yield
