"""A namespace full of files that take no memory: every entry follows from the seed and its number.

Folders form a heap: folder `j` holds folders `j * FANOUT + 1` to `j * FANOUT + FANOUT`; folder 0 is
the namespace's root. Each holds a run of consecutive file numbers. Names carry the number, so that
a path leads back to its entry without a search; ids and revisions carry it as well.

Satisfies `TreeBase`; real edits go on top of it (`dropally.simulator.state.tree`).
"""

import base64
import math
import struct
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b, shake_128
from typing import Final

from dropally.simulator.state.entry import Entry
from dropally.simulator.world.streams import stream_hash
from dropally.simulator.world.virtual_spec import VirtualPart

FANOUT: Final = 8
_CACHED_FOLDERS: Final = 128
_FIRST_TIME: Final = 1_704_067_200  # 2024-01-01T00:00:00Z
_TIME_SPAN: Final = 2 * 365 * 86_400
_REV_MARK: Final = "015f"
_FILE, _FOLDER = "f", "d"
_DRAW: Final = struct.Struct("<QIIHHHH")
_DRAWS: Final = 64
"""So many draws are made at once: neighbours are nearly always wanted together."""
_SIZE_STEPS: Final = 2.0**-64

_SUBJECTS: Final = (
    "Annual", "Budget", "Client", "Delivery", "Engineering", "Facilities", "Growth", "Harbour",
    "Inventory", "Journey", "Köln", "Logistics", "Meeting", "Network", "Office", "Payroll",
    "Quality", "Research", "Supplier", "Training", "Überblick", "Vendor", "Warehouse", "Zürich",
)  # fmt: skip
_KINDS: Final = (
    "agenda", "analysis", "contract", "draft", "figures", "invoice", "letter", "list", "minutes",
    "notes", "offer", "overview", "plan", "report", "review", "summary",
)  # fmt: skip
_EXTENSIONS: Final = ("pdf", "docx", "xlsx", "txt", "jpg", "png", "csv", "eml")


class VirtualTree:
    """The files of one part of a virtual team, in namespace `ns`."""

    def __init__(self, ns: str, part: VirtualPart) -> None:
        spec = part.spec
        self.ns = ns
        self.spec = spec
        self.number = part.number
        self.file_count = part.file_count
        self.large_count = part.large_count
        self.folder_count = max(1, -(-part.file_count // spec.folders))
        self._author = part.author
        self._first_file = part.first_file
        self._distinct = spec.distinct
        self._key = struct.pack("<Q", spec.seed)
        self._id_start = _id_start(spec.seed, part.number)
        self._rev_start = f"{_REV_MARK}{part.number:04x}"
        self._least_size = max(1, spec.min_size)
        self._growth = spec.max_size / self._least_size
        self._cache: OrderedDict[str, list[Entry]] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """What the files come to on average: sizes are spread evenly over their logarithm."""
        spread = math.log(self._growth)
        least = self._least_size
        mean = least * (self._growth - 1) / spread if spread else least
        return int(self.file_count * mean) + self.large_count * self.spec.large_size

    @property
    def marks(self) -> Sequence[str]:
        """What its ids and revisions begin with."""
        return self._id_start, self._rev_start

    def children(self, folder: str) -> Sequence[Entry]:
        """What lies in a folder, sorted by key; made on demand, and kept for a while."""
        known = self._cache.get(folder)
        if known is not None:
            self._cache.move_to_end(folder)
            return known
        number = self._folder_number(folder)
        if number is None:
            return ()
        made = self._make_children(number, folder)
        self._cache[folder] = made
        if len(self._cache) > _CACHED_FOLDERS:
            self._cache.popitem(last=False)
        return made

    def get(self, path_lower: str) -> Entry | None:
        """The entry at a path, or None."""
        above, _, name = path_lower.rpartition("/")
        folder = self._folder_number(above)
        if folder is None:
            return None
        number = _number_in(name)
        if number is None:
            return None
        is_file = "." in name
        entry = self._file_in(folder, number) if is_file else self._folder_in(folder, number)
        return entry if entry is not None and entry.path_lower == path_lower else None

    def find_id(self, item_id: str) -> Entry | None:
        """The entry with this id, or None."""
        if not item_id.startswith(self._id_start):
            return None
        kind, number = item_id[len(self._id_start)], int(item_id[len(self._id_start) + 1 :], 16)
        return self._file(number) if kind == _FILE else self._folder(number)

    def find_rev(self, rev: str) -> Entry | None:
        """The file with this revision, or None."""
        if not rev.startswith(self._rev_start) or len(rev) != 16:
            return None
        return self._file(int(rev[8:], 16))

    def _make_children(self, folder: int, path: str) -> list[Entry]:
        display = self._folder_display(folder)
        first = folder * FANOUT + 1
        folders = range(first, min(first + FANOUT, self.folder_count))
        made = [self._make_folder(number, path, display) for number in folders]
        start, end = self._files_of(folder)
        made += [self._make_file(number, path, display) for number in range(start, end)]
        if folder == 0:
            large = range(self.file_count, self.file_count + self.large_count)
            made += [self._make_file(number, path, display) for number in large]
        made.sort(key=_key_of)
        return made

    def _make_folder(self, number: int, above_lower: str, above_display: str) -> Entry:
        name = self._folder_name(number)
        return Entry(
            kind="folder",
            ns=self.ns,
            id=f"{self._id_start}{_FOLDER}{number:011x}",
            name=name,
            path_lower=f"{above_lower}/{name.lower()}",
            path_display=f"{above_display}/{name}",
        )

    def _make_file(self, number: int, above_lower: str, above_display: str) -> Entry:
        draw, client_age, server_lag, subject, kind, extension, _ = self._draw(b"f", number)
        large = number >= self.file_count
        ending = "mp4" if large else _EXTENSIONS[extension % len(_EXTENSIONS)]
        name = f"{_SUBJECTS[subject % len(_SUBJECTS)]} {_KINDS[kind % len(_KINDS)]} {number:06}.{ending}"
        seed, size = self._content(number, draw)
        modified = _FIRST_TIME + client_age % _TIME_SPAN
        return Entry(
            kind="file",
            ns=self.ns,
            id=f"{self._id_start}{_FILE}{number:011x}",
            name=name,
            path_lower=f"{above_lower}/{name.lower()}",
            path_display=f"{above_display}/{name}",
            rev=f"{self._rev_start}{number:08x}",
            size=size,
            content_hash=stream_hash(seed, size),
            content_ref=f"stream:{seed.hex()}:{size}",
            client_modified=modified,
            server_modified=modified + server_lag % 86_400,
            author=self._author,
        )

    def _content(self, number: int, draw: int) -> tuple[bytes, int]:
        """Seed and size of a file's content; equal contents have both in common."""
        if number >= self.file_count:
            return b"L%d.%d.%d" % (self.spec.seed, self.number, number), self.spec.large_size
        content = self._first_file + number
        if content >= self._distinct:
            content %= self._distinct
            draw = self._draw_content(content)
        elif self.spec.dup:
            draw = self._draw_content(content)
        span = self._growth ** (draw * _SIZE_STEPS)
        size = min(self.spec.max_size, int(self._least_size * span))
        return b"%d.%d" % (self.spec.seed, content), size

    def _draw(self, kind: bytes, number: int) -> tuple[int, ...]:
        return _draw_block(self._key, kind, self.number, number // _DRAWS)[number % _DRAWS]

    def _draw_content(self, content: int) -> int:
        drawn = blake2b(b"c%d" % content, digest_size=8, key=self._key).digest()
        return int.from_bytes(drawn, "little")

    def _folder_name(self, number: int) -> str:
        subject = self._draw(b"d", number)[3]
        return f"{_SUBJECTS[subject % len(_SUBJECTS)]} {number}"

    def _folder_display(self, number: int) -> str:
        parts = []
        while number:
            parts.append(self._folder_name(number))
            number = (number - 1) // FANOUT
        return "".join(f"/{part}" for part in reversed(parts))

    def _folder_number(self, path_lower: str) -> int | None:
        """The number of the folder at a path; None when there is none."""
        if not path_lower:
            return 0
        number = _number_in(path_lower.rpartition("/")[2])
        if number is None or not 0 < number < self.folder_count:
            return None
        return number if self._folder_display(number).lower() == path_lower else None

    def _files_of(self, folder: int) -> tuple[int, int]:
        """First and last-but-one number of the files in a folder; pairs share unevenly."""
        per_folder = self.spec.folders
        shift = self._draw(b"p", folder // 2)[3] % (per_folder // 2 + 1)
        start = folder * per_folder + (shift if folder % 2 else 0)
        end = (folder + 1) * per_folder + (0 if folder % 2 else shift)
        return min(start, self.file_count), min(end, self.file_count)

    def _file(self, number: int) -> Entry | None:
        if not 0 <= number < self.file_count + self.large_count:
            return None
        display = self._folder_display(self._folder_of_file(number))
        return self._make_file(number, display.lower(), display)

    def _folder(self, number: int) -> Entry | None:
        if not 0 < number < self.folder_count:
            return None
        display = self._folder_display((number - 1) // FANOUT)
        return self._make_folder(number, display.lower(), display)

    def _file_in(self, folder: int, number: int) -> Entry | None:
        known = 0 <= number < self.file_count + self.large_count
        return self._file(number) if known and self._folder_of_file(number) == folder else None

    def _folder_in(self, folder: int, number: int) -> Entry | None:
        return self._folder(number) if (number - 1) // FANOUT == folder else None

    def _folder_of_file(self, number: int) -> int:
        if number >= self.file_count:
            return 0
        guess = number // self.spec.folders
        for folder in (guess, guess - 1):
            start, end = self._files_of(folder)
            if start <= number < end:
                return folder
        return guess


def _key_of(entry: Entry) -> str:
    return entry.path_lower.rpartition("/")[2]


def _number_in(name: str) -> int | None:
    """The number at the end of a virtual name, before its extension."""
    digits = name.partition(".")[0].rpartition(" ")[2]
    return int(digits) if digits.isascii() and digits.isdigit() else None


@lru_cache(maxsize=256)
def _draw_block(key: bytes, kind: bytes, tree: int, block: int) -> list[tuple[int, ...]]:
    drawn = shake_128(b"%b%b%d.%d" % (key, kind, tree, block)).digest(_DRAW.size * _DRAWS)
    return list(_DRAW.iter_unpack(drawn))


def _id_start(seed: int, number: int) -> str:
    """What the ids of one virtual namespace begin with: `id:` and ten characters."""
    digest = blake2b(b"ids %d.%d" % (seed, number), digest_size=8).digest()
    return "id:" + base64.urlsafe_b64encode(digest).decode()[:10]
