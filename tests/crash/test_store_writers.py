"""Several writers at once, each failing or dying at random: what was committed stays whole."""

import contextlib
import random
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from dropally.store import MemoryBackend, StoreError, rebuild_index
from dropally.store.backend import Call, Fault, FaultyBackend, SimulatedCrash
from tests.store.samples import Files, back_up, make, read_back, reopen, sample_files

SHARED = sample_files(1, count=10, largest=8_000)
FAULTS = (Fault.UNAVAILABLE, Fault.LOST_ANSWER, Fault.FULL, Fault.CRASH_BEFORE, Fault.CRASH_AFTER)


def files_of(source: str, run: int) -> Files:
    return {
        **SHARED,
        **sample_files(zlib.crc32(f"{source} {run}".encode()), count=4, largest=6_000),
    }


def write_until_it_dies(inner: MemoryBackend, source: str, seed: int) -> dict[str, Files]:
    """Back up three times; the snapshots that were told committed."""
    rng = random.Random(seed)

    def plan(_: Call) -> Fault | None:
        return rng.choice(FAULTS) if rng.random() < 0.02 else None

    told: dict[str, Files] = {}
    with contextlib.suppress(StoreError, SimulatedCrash):
        repository = reopen(FaultyBackend(inner, plan))
        for run in range(3):
            with contextlib.suppress(StoreError):
                files = files_of(source, run)
                told[back_up(repository, files, source).id] = files
    return told


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_told_committed_reads_back(seed: int) -> None:
    backend = MemoryBackend()
    make(backend)
    sources = [f"ns:{number}" for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        seeds = [seed * 100 + number for number in range(3)]
        results = list(pool.map(write_until_it_dies, [backend] * 3, sources, seeds))
    told = {one: files for result in results for one, files in result.items()}
    repository = reopen(backend)
    committed = {snapshot.id: snapshot for snapshot in repository.snapshots()}
    assert set(told) <= set(committed)
    for snapshot in committed.values():
        found = read_back(repository, snapshot)
        assert found in [files_of(snapshot.source, run) for run in range(3)]
        assert snapshot.id not in told or found == told[snapshot.id]
    rebuild_index(repository)
    for snapshot in committed.values():
        assert read_back(repository, snapshot).keys() >= SHARED.keys()
