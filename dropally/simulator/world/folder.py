"""A real directory as a member's home: what lies there is what the simulated Dropbox shows.

The directory is read once at the start and again whenever the control API asks (`rescan`); files
that changed become new revisions, files that vanished are deleted. Bytes stay on the disk and are
read from there, so a file must not change between a scan and its download. Nothing is ever
written to the directory.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dropally.common.errors import UsageError
from dropally.simulator.content_hash import ContentHasher
from dropally.simulator.state import edits, paths
from dropally.simulator.state.contents import ContentSource, StoredFile
from dropally.simulator.state.world import World

SCHEME: Final = "disk"
_PIECE: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan changed."""

    written: int = 0
    folders: int = 0
    deleted: int = 0
    skipped: int = 0
    """Names that Dropbox does not take, and things that are neither file, folder nor link."""


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    on_disk: Path
    mode: int
    size: int
    modified: int
    target: str
    """Where a symbolic link points to; empty for everything else."""


def register_disk_contents(world: World) -> None:
    """Contents whose reference is `disk:<path>` are read from that path."""
    world.contents.generate(SCHEME, _open)


def scan_folder(world: World, ns: str, folder: Path, *, author: str = "") -> ScanResult:
    """Make a namespace show what lies in a directory now. Raises UsageError when there is none."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", hint="Name an existing folder.")
    written = folders = skipped = 0
    seen: set[str] = set()
    for found in _walk(folder.resolve()):
        if not _is_possible(found):
            skipped += 1
            continue
        seen.add(paths.lower(found.path))
        if stat.S_ISDIR(found.mode):
            folders += _take_folder(world, ns, found, author)
        else:
            written += _take_file(world, ns, found, author)
    gone = [entry for entry in world.trees[ns].walk("") if entry.path_lower not in seen]
    deleted = 0
    for entry in gone:
        if world.trees[ns].get(entry.path_lower) is not None and not entry.mount:
            edits.delete(world, ns, entry.path_lower, author=author)
            deleted += 1
    return ScanResult(written, folders, deleted, skipped)


def _walk(folder: Path, above: str = "") -> Iterator[_Found]:
    for child in sorted(folder.iterdir()):
        facts = child.lstat()
        path = f"{above}/{child.name}"
        target = str(child.readlink()) if stat.S_ISLNK(facts.st_mode) else ""
        size = 0 if target else facts.st_size
        yield _Found(path, child, facts.st_mode, size, int(facts.st_mtime), target)
        if stat.S_ISDIR(facts.st_mode):
            yield from _walk(child, path)


def _is_possible(found: _Found) -> bool:
    known = stat.S_ISDIR(found.mode) or stat.S_ISREG(found.mode) or stat.S_ISLNK(found.mode)
    try:
        found.path.encode()
    except UnicodeEncodeError:  # bytes on the disk that are no text
        return False
    name = paths.name_of(found.path)
    return known and paths.is_allowed_name(name) and paths.is_well_formed(found.path)


def _take_folder(world: World, ns: str, found: _Found, author: str) -> int:
    if world.trees[ns].is_folder(paths.lower(found.path)):
        return 0
    if world.trees[ns].get(paths.lower(found.path)) is not None:
        edits.delete(world, ns, found.path, author=author)
    edits.create_folder(world, ns, found.path, author=author)
    return 1


def _take_file(world: World, ns: str, found: _Found, author: str) -> int:
    known = world.trees[ns].get(paths.lower(found.path))
    now = (found.size, found.modified, found.target)
    if known is not None and (known.size, known.client_modified, known.symlink_target) == now:
        return 0
    if known is not None and (known.kind == "folder" or known.symlink_target != found.target):
        edits.delete(world, ns, found.path, author=author)
    edits.put_file(
        world,
        ns,
        found.path,
        _content_of(world, found),
        author=author,
        client_modified=found.modified,
    )
    return 1


def _content_of(world: World, found: _Found) -> edits.FileContent:
    if found.target:
        return edits.FileContent(
            size=0, content_hash=world.contents.add(b""), symlink_target=found.target
        )
    hasher = ContentHasher()
    size = 0
    with found.on_disk.open("rb") as stream:
        while piece := stream.read(_PIECE):
            hasher.update(piece)
            size += len(piece)
    reference = f"{SCHEME}:{found.on_disk}"
    return edits.FileContent(size=size, content_hash=hasher.hexdigest(), content_ref=reference)


def _open(key: str) -> ContentSource:
    path = Path(key)
    return StoredFile(path, path.stat().st_size)
