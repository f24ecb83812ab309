"""Compare what a repository holds with what is really in the simulated team, byte for byte."""

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dropally.app.direct import Application
from dropally.config import load_config
from dropally.dropbox_api.content_hash import ContentHasher
from dropally.store import Content, Entry, Point, Reader, Repository

from bench import rig


@dataclass
class Comparison:
    """What was compared and what differs."""

    files: int = 0
    bytes_read: int = 0
    without_content: int = 0
    """Files that Dropbox refuses to hand out: recorded, with the reason."""
    mismatches: list[str] = field(default_factory=list)


def compare_latest(config: Path, team: rig.Team) -> Comparison:
    """The newest restore point against the team as it is now; every file is read back."""
    with open_repository(config) as (repository, group):
        point = repository.latest_point(group)
        if point is None:
            raise RuntimeError("there is no restore point to compare")
        with repository.reader() as reader:
            return _compare(repository, point, reader, team)


def read_back(config: Path, point_ids: Collection[str]) -> int:
    """Read every file of the points that end in these ids; the bytes. Raises at the first damage."""
    total = 0
    with open_repository(config) as (repository, group), repository.reader() as reader:
        for point in repository.points(group):
            if not any(point.id.endswith(wanted) for wanted in point_ids):
                continue
            for _, snapshot_id in repository.point_snapshots(point):
                tree = reader.tree(repository.snapshot(snapshot_id).root)
                wanted = [(path, e.content) for path, e in tree.scan() if e.content is not None]
                for _, pieces in reader.read_many(wanted):
                    total += sum(len(piece) for piece in pieces)
    return total


@contextlib.contextmanager
def open_repository(config: Path) -> Iterator[tuple[Repository, str]]:
    """The configured repository, and the group of its restore points."""
    app = Application(load_config(config, os.environ).config, os.environ)
    with app.open_repository() as repository:
        yield repository, app.group(repository)


def _compare(repository: Repository, point: Point, reader: Reader, team: rig.Team) -> Comparison:
    found = Comparison()
    snapshots = dict(repository.point_snapshots(point))
    for namespace in team.control("truth/namespaces"):
        source = namespace["namespace_id"]
        if source not in snapshots:
            continue
        tree = reader.tree(repository.snapshot(snapshots[source]).root)
        held = dict(tree.scan())
        wanted: list[tuple[dict[str, Any], Content]] = []
        for really in team.truth(source):
            entry = held.pop(really["path_lower"], None)
            if entry is None:
                found.mismatches.append(f"{source}:{really['path_lower']} is missing")
            elif really["kind"] == "file":
                _compare_file(really, entry, wanted, found)
        found.mismatches += [f"{source}:{path} is not in Dropbox" for path in held]
        _compare_bytes(reader, wanted, found)
    return found


def _compare_file(
    really: dict[str, Any],
    entry: Entry,
    wanted: list[tuple[dict[str, Any], Content]],
    found: Comparison,
) -> None:
    found.files += 1
    if entry.content is not None:
        wanted.append((really, entry.content))
    elif entry.export is not None or really.get("symlink_target"):
        return
    elif entry.failure:
        found.without_content += 1
    else:
        found.mismatches.append(f"{really['path_lower']} has neither content nor a reason")


def _compare_bytes(
    reader: Reader, wanted: list[tuple[dict[str, Any], Content]], found: Comparison
) -> None:
    for really, pieces in reader.read_many(wanted):
        hasher = ContentHasher()
        for piece in pieces:
            hasher.update(piece)
            found.bytes_read += len(piece)
        if hasher.hexdigest() != really["content_hash"]:
            found.mismatches.append(f"{really['path_lower']} has other bytes")
