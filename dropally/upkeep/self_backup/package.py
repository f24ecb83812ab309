"""What a self-backup is made of: a tar archive whose first member tells about the others.

    self-backup.json    format, time, version, files with their SHA-256, storages, settings
    dropally.db         a consistent copy of the database
    people.key          what sealed values in it are opened with
    repository.key      the appliance's own key (left out where a passphrase is used)
    dropbox.json        the link of the single commands, where there is one
    tls/…               certificate and key of the console

The archive is one content of the repository: chunked, deduplicated and sealed like any other. It is
not compressed itself, so that an unchanged part of the database is stored once. A restore point of
the group `dropally:appliance` refers to it (`about`); nothing else is needed to find it.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from dropally.common.errors import DropallyError, UsageError

GROUP = "dropally:appliance"
FORMAT = 1
MANIFEST = "self-backup.json"
DATABASE = "dropally.db"
_PIECE_BYTES = 1 << 20
_LONGEST_MANIFEST = 16 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)?")


class PackedFile(msgspec.Struct, frozen=True):
    """One file of the archive."""

    name: str
    size_bytes: int
    sha256: str


class StorageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A storage as it was defined, without credentials."""

    id: str
    kind: str
    location: str
    options: dict[str, str] = {}
    region_label: str = ""
    min_free_bytes: int = 0
    min_free_share: float = 0.0
    origin: str = "file"
    is_default: bool = False


class Setting(msgspec.Struct, frozen=True):
    """A setting in force, as it may be shown."""

    key: str
    value: str
    origin: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The first member of the archive."""

    format: int = FORMAT
    made: datetime
    version: str
    appliance: str
    reason: str
    schema: list[str]
    files: list[PackedFile]
    storages: list[StorageRecord] = []
    settings: list[Setting] = []


class PackageDamagedError(DropallyError):
    """A self-backup does not hold what it says it holds."""


def describe(name: str, source: Path | bytes) -> PackedFile:
    """The size and hash of a file that is to be packed."""
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(source):
        digest.update(piece)
        size += len(piece)
    return PackedFile(name, size, digest.hexdigest())


def pack(manifest: Manifest, sources: Mapping[str, Path | bytes]) -> Iterator[bytes]:
    """The archive, in pieces. `sources` are the files by the names that the manifest lists."""
    encoded = msgspec.json.encode(manifest)
    yield from _member(MANIFEST, len(encoded), encoded)
    for file in manifest.files:
        yield from _member(file.name, file.size_bytes, sources[file.name])
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


def _member(name: str, size_bytes: int, source: Path | bytes) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size_bytes, 0o600
    yield header.tobuf(tarfile.GNU_FORMAT)
    yield from _pieces(source)
    if rest := size_bytes % tarfile.BLOCKSIZE:
        yield b"\0" * (tarfile.BLOCKSIZE - rest)


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def unpack(pieces: Iterable[bytes], folder: Path) -> Manifest:
    """Write the archive's files below `folder` (0600), each checked against the manifest.

    Raises UsageError for one of a newer format, PackageDamagedError for one that is not whole.
    """
    try:
        with tarfile.open(fileobj=_Reading(pieces), mode="r|") as archive:
            members = iter(archive)
            manifest = _read_manifest(archive, next(members, None))
            expected = {file.name: file for file in manifest.files}
            for member in members:
                if (file := expected.pop(member.name, None)) is not None:
                    _extract(archive, member, file, folder)
    except tarfile.TarError as error:
        raise PackageDamagedError(f"the self-backup cannot be unpacked: {error}") from error
    if expected:
        raise PackageDamagedError(f"the self-backup lacks {', '.join(sorted(expected))}")
    return manifest


def read_manifest(pieces: Iterable[bytes]) -> Manifest:
    """Only the manifest; nothing after it is read."""
    try:
        with tarfile.open(fileobj=_Reading(pieces), mode="r|") as archive:
            return _read_manifest(archive, archive.next())
    except tarfile.TarError as error:
        raise PackageDamagedError(f"the self-backup cannot be read: {error}") from error


def _read_manifest(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> Manifest:
    stream = archive.extractfile(member) if member and member.name == MANIFEST else None
    if stream is None or member is None or member.size > _LONGEST_MANIFEST:
        raise PackageDamagedError(f"the self-backup does not begin with {MANIFEST}")
    encoded = stream.read()
    try:
        number = msgspec.json.decode(encoded, type=dict[str, msgspec.Raw]).get("format", b"0")
        if int(bytes(number)) > FORMAT:
            raise UsageError(
                "this self-backup was made by a newer Dropally",
                hint="install that version or a later one, then recover with it",
            )
        manifest = msgspec.json.decode(encoded, type=Manifest)
    except (msgspec.MsgspecError, ValueError) as error:
        raise PackageDamagedError(f"{MANIFEST} cannot be read: {error}") from error
    if not all(_NAME.fullmatch(file.name) for file in manifest.files):
        raise PackageDamagedError(f"{MANIFEST} names files that no self-backup has")
    return manifest


def _extract(
    archive: tarfile.TarFile, member: tarfile.TarInfo, file: PackedFile, folder: Path
) -> None:
    stream = archive.extractfile(member)
    if stream is None:
        raise PackageDamagedError(f"{file.name} in the self-backup is no file")
    target = folder / file.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            written.write(piece)
    if (size, digest.hexdigest()) != (file.size_bytes, file.sha256):
        raise PackageDamagedError(f"{file.name} in the self-backup is not what was packed")


class _Reading(io.RawIOBase):
    """Pieces as a file that is read forwards."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; all that is left for -1."""
        gathered = [self._rest]
        have = len(self._rest)
        while size < 0 or have < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            gathered.append(piece)
            have += len(piece)
        whole = b"".join(gathered)
        end = have if size < 0 else min(size, have)
        self._rest = whole[end:]
        return whole[:end]
