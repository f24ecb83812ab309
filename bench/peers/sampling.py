"""Where a process spends its CPU seconds, by part: a look at all threads, a few hundred times a second.

At each look every thread's CPU time since the last one is put down to the innermost function it is
in just now that belongs to a part. Functions that call into C (compressing, hashing, sealing, cutting,
SQLite) stay on the stack meanwhile, so the C parts are told by name, and no C symbols are needed.
"""

import json
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType, TracebackType

EVERY_S = 0.003
_STARTING = "Python starting, imports"
_OTHER = "Python"
_PARTS = {
    "store/codec.py": {
        "compress": "zstd",
        "_looks_random": "zstd",
        "_inflate": "zstd",
        "name_bytes": "BLAKE3",
    },
    "verify/packs.py": {"_check_bytes": "SHA-256 of packs", "_ids_are_right": "BLAKE3"},
    "store/chunker.py": {"*": "FastCDC"},
    "pack/header.py": {"seal_into": "AES-GCM", "open": "AES-GCM"},
    "keys/sealing.py": {"*": "AES-GCM"},
    "pack/build.py": {"finish": "SHA-256 of packs"},
    "backend/direct.py": {"*": "packs on the disk"},
    "backend/local.py": {"*": "packs on the disk"},
    "store/local_database.py": {"*": "SQLite"},
    "index/cache.py": {"*": "SQLite"},
    "index/queries.py": {"*": "SQLite"},
    "index/rows.py": {"*": "SQLite"},
    "verify/ledger.py": {"*": "SQLite"},
    "bench/store_folder.py": {
        "walk": "files on the disk",
        "_pieces": "files on the disk",
        "restore": "files on the disk",
    },
}
"""By file and function; "*" is every function of a file."""


class Sampler:
    """Use it in a `with` statement around the work; `save` tells what was seen."""

    def __init__(self) -> None:
        self._cpu_s: dict[str, float] = defaultdict(float)
        self._cpu_s[_STARTING] = time.process_time()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="sampler", daemon=True)
        self._known_ns: dict[int, int] = {}

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def save(self, path: Path) -> None:
        """CPU seconds by part, as JSON."""
        path.write_text(json.dumps(self._cpu_s))

    def _look_on(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._look()

    def _look(self) -> None:
        frames = sys._current_frames()  # noqa: SLF001 - documented, for exactly this
        for thread in threading.enumerate():
            frame = frames.get(thread.ident or 0)
            if frame is None or thread is self._thread or thread.native_id is None:
                continue
            used_ns = _cpu_ns(thread.native_id)
            before_ns = self._known_ns.get(thread.native_id, used_ns)
            self._known_ns[thread.native_id] = used_ns
            if used_ns > before_ns:
                self._cpu_s[part_of(frame)] += (used_ns - before_ns) / 1e9


def part_of(frame: FrameType | None) -> str:
    """The part of the innermost function that belongs to one."""
    while frame is not None:
        code = frame.f_code
        functions = _PARTS.get("/".join(code.co_filename.rsplit("/", 2)[1:]), {})
        part = functions.get(code.co_name) or functions.get("*")
        if part is not None:
            return part
        frame = frame.f_back
    return _OTHER


def _cpu_ns(native_id: int) -> int:
    """What a thread has used; 0 once it has ended."""
    try:
        text = Path(f"/proc/self/task/{native_id}/schedstat").read_text()
    except OSError:
        return 0
    return int(text.split()[0])
