"""Randomness that comes from a seed, so that a sample is the same whenever it is made.

Keys decide where contents are cut, salts how packs are named, names in which order they are
listed. With the operating system's randomness each run would test another layout, and a test that
holds for all but one in a thousand would fail on the day when it matters least.
"""

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class SeededBytes:
    """What stands for the operating system's randomness: a stream for each length asked for.

    So threads that draw different things do not change what each other get.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[int, random.Random] = {}
        self._lock = threading.Lock()

    def __call__(self, count: int) -> bytes:
        """The next bytes."""
        with self._lock:
            stream = self._streams.get(count)
            if stream is None:
                stream = self._streams[count] = random.Random(self._seed << 16 | count)
            return stream.randbytes(count)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Keys, salts and ids that are drawn meanwhile come from the seed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "urandom", SeededBytes(seed))
        yield
