"""Memory stays bounded however much passes through."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import random, resource, sys
from concurrent.futures import ThreadPoolExecutor
from dropally.store import LocalBackend, RepositoryOptions
from tests.store.samples import make

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def stream(seed, mib):
    rng = random.Random(seed)
    for _ in range(mib):
        yield rng.randbytes(1 << 20)

repository = make(LocalBackend(sys.argv[1]), RepositoryOptions())
before = peak_mib()
with repository.writer(note="test", memory_limit=64 << 20) as writer, ThreadPoolExecutor(8) as pool:
    contents = list(pool.map(lambda seed: writer.add(stream(seed, 40)), range(8)))
wrote = peak_mib()
assert writer.stored_bytes > 300 << 20, writer.stored_bytes
with repository.reader(memory_limit=64 << 20) as reader:
    for content in contents:
        assert sum(len(piece) for piece in reader.read(content)) == content.size_bytes
repository.close()
print(round(wrote - before), round(peak_mib() - before))
"""


def test_320_mib_through_eight_threads_take_little_memory(tmp_path: Path) -> None:
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "repository")]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    wrote_mib, read_mib = (int(figure) for figure in done.stdout.split())
    assert wrote_mib < 100, done.stdout
    assert read_mib < 130, done.stdout
