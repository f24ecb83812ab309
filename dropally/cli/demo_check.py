"""Holding what Dropally restored against what the simulator says is true."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dropally.dropbox_api import ContentHasher, Roster
from dropally.jobs.export import ExportResult, original_name
from dropally.jobs.team_view import Item
from dropally.simulator.control.local import Control

_READ_BYTES = 4 << 20
_SHOWN = 10
_KINDS = {
    "team_member_folder": "Members",
    "team_folder": "Team folders",
    "shared_folder": "Shared folders",
    "app_folder": "App folders",
}


@dataclass
class Check:
    """How many files are equal, how many are not, and which (the first few)."""

    same: int = 0
    wrong: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, is_same: bool, what: str) -> None:
        """Count one file."""
        if is_same:
            self.same += 1
            return
        self.wrong += 1
        if len(self.notes) < _SHOWN:
            self.notes.append(f"differs: {what}")


def compare_folder(control: Control, wanted: Iterable[Item], email: str, top: str) -> Check:
    """A restored folder in Dropbox against the entries it was restored from."""
    [home] = [
        space
        for space in control.namespaces()
        if space["owner"] == email and space["kind"] == "team_member_folder"
    ]
    there = {entry["path_display"]: entry for entry in control.truth(home["namespace_id"])}
    check = Check()
    for item in wanted:
        if item.entry.kind != "file" or item.entry.content_hash is None:
            continue
        found = there.get(top + item.path, {})
        check.note(found.get("content_hash") == item.entry.content_hash.hex(), top + item.path)
    return check


def compare_export(control: Control, roster: Roster, target: Path, result: ExportResult) -> Check:
    """An export of everything against every live file of the simulator, both ways.

    Homes of removed members are left out: Dropbox lets nobody read them.
    """
    removed = {member.member_id for member in roster.members if member.status == "removed"}
    expected = _expected(control, removed)
    missing = {problem.path for problem in result.problems}
    original = {renamed.exported_as: renamed.path for renamed in result.renamed}
    check = Check()
    for path in sorted(target.rglob("*")):
        relative = str(path.relative_to(target))
        if not path.is_file() or path.is_symlink() or path.parent == target:
            continue
        source = original.get(relative) or _unescaped(relative)
        wanted = expected.pop(source, None)
        if wanted is None:
            check.note(_is_document(expected, source), source)
        else:
            check.note(wanted == _hash_of(path), source)
    for source, content_hash in expected.items():
        if content_hash and source not in missing:
            check.note(False, f"{source} is missing")
    return check


def _expected(control: Control, removed: set[str]) -> dict[str, str]:
    """Exported path -> content hash; "" for documents, which are exported in another form."""
    expected: dict[str, str] = {}
    for space in control.namespaces():
        kind = _KINDS.get(space["kind"])
        if kind is None or space["owner_id"] in removed:
            continue
        name = space["owner"] if kind == "Members" else space["name"]
        for entry in control.truth(space["namespace_id"]):
            if entry["kind"] == "file" and "symlink_target" not in entry:
                expected[f"/{kind}/{name}{entry['path_display']}"] = _hash_or_blank(entry)
    return expected


def _hash_or_blank(entry: dict[str, Any]) -> str:
    return "" if "export_as" in entry else str(entry["content_hash"])


def _is_document(expected: dict[str, str], source: str) -> bool:
    """True for an export of a Paper or Google document that is there."""
    return expected.get(source) == "" or expected.get(source.rpartition(".")[0]) == ""


def _unescaped(relative: str) -> str:
    return "/" + "/".join(original_name(part) for part in relative.split("/"))


def _hash_of(path: Path) -> str:
    hasher = ContentHasher()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            hasher.update(piece)
    return hasher.hexdigest()
