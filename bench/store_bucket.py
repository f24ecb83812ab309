"""Write to and read from a bucket: MiB a second, for 1, 4 and 16 transfers at a time.

    python -m bench.store_bucket [--mib 256] [--delay 0.05]

The bucket is moto's, in a process of its own on loopback, so its speed is an upper bound for moto
and not for a cloud. The second table adds a delay to each request, as a distant cloud has.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import boto3
from dropally.common.clock import SystemClock
from dropally.store import (
    Backend,
    BytesLike,
    Content,
    KeyFile,
    RepositoryOptions,
    create_repository,
    new_key_file,
    open_repository,
)
from dropally.store.backend import open_backend
from dropally.store.backend.contract import ObjectStat, Version

MIB = 1 << 20
FILE_BYTES = 4 * MIB
TRANSFERS = (1, 4, 16)
PACKS_MIB = (16, 64)
ACCESS = {"region": "us-east-1", "access_key": "test", "secret_key": "test"}


class Delayed:
    """A backend at a distance: each request begins so much later."""

    def __init__(self, inner: Backend, delay_s: float) -> None:
        self._inner = inner
        self._delay_s = delay_s
        self.location = inner.location

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        time.sleep(self._delay_s)
        self._inner.put_new(key, parts)

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        time.sleep(self._delay_s)
        return self._inner.get(key, offset, length)

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        time.sleep(self._delay_s)
        return self._inner.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As `Backend.list`."""
        time.sleep(self._delay_s)
        return self._inner.list(prefix)

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        time.sleep(self._delay_s)
        self._inner.delete(key)

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        time.sleep(self._delay_s)
        return self._inner.read_version(key)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        time.sleep(self._delay_s)
        return self._inner.swap(key, data, expected)

    def close(self) -> None:
        """As `Backend.close`."""
        self._inner.close()


@contextmanager
def bucket_server() -> Iterator[str]:
    """Moto in a process of its own; its address."""
    code = (
        "from moto.server import ThreadedMotoServer; import sys; "
        "s = ThreadedMotoServer('127.0.0.1', 0, verbose=False); s.start(); "
        "print(s.get_host_and_port()[1], flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it tells of each request
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def measure(endpoint: str, folder: Path, size_bytes: int, delay_s: float) -> None:
    """Both directions; a repository for each size of pack."""
    for pack_mib in PACKS_MIB:
        name = f"packs-{pack_mib}-{int(delay_s * 1000)}"
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.create_bucket(Bucket=name)
        client.close()
        key = folder / name
        backend = Delayed(open_backend(f"s3://{name}", {**ACCESS, "endpoint": endpoint}), delay_s)
        contents = write(backend, key, size_bytes, pack_mib)
        read(backend, key, contents)
        backend.close()


def write(backend: Backend, key: Path, size_bytes: int, pack_mib: int) -> list[Content]:
    """Packs go one after the other, whatever the number of transfers: that order is a promise."""
    repository = create_repository(
        backend,
        secrets=[new_key_file(key)],
        options=RepositoryOptions(pack_bytes=pack_mib * MIB),
        clock=SystemClock().now,
    )
    data = [os.urandom(FILE_BYTES) for _ in range(size_bytes // FILE_BYTES)]
    started = perf_counter()
    memory = 8 * pack_mib * MIB
    with repository.writer(note="bench", memory_limit=memory) as writer:
        contents = [writer.add([one]) for one in data]
    show("write", pack_mib, 1, size_bytes, perf_counter() - started)
    repository.index.close()
    return contents


def read(backend: Backend, key: Path, contents: list[Content]) -> None:
    """Ranges of packs are fetched side by side."""
    size_bytes = sum(content.size_bytes for content in contents)
    for transfers in TRANSFERS:
        repository = open_repository(backend, KeyFile(key), clock=SystemClock().now)
        started = perf_counter()
        with repository.reader(threads=transfers) as reader:
            for _, parts in reader.read_many((None, content) for content in contents):
                for _ in parts:
                    pass
        show("read", 0, transfers, size_bytes, perf_counter() - started)
        repository.index.close()


def show(what: str, pack_mib: int, transfers: int, size_bytes: int, seconds: float) -> None:
    """One line."""
    packs = f"packs of {pack_mib} MiB" if pack_mib else ""
    speed = size_bytes / MIB / seconds
    print(f"{what:5}  {transfers:2} transfers  {speed:6.0f} MiB/s  {packs}", flush=True)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds")
    args = parser.parse_args()
    for delay_s in (0.0, args.delay):
        with bucket_server() as endpoint, TemporaryDirectory() as folder:
            print(f"each request {delay_s * 1000:.0f} ms later")
            measure(endpoint, Path(folder), args.mib * MIB, delay_s)


if __name__ == "__main__":
    main()
