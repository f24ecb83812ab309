"""Where each item of a restore point goes on disk."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from dropally.jobs.chosen import Beside, Located, locate_all
from dropally.jobs.export.names import clash_key, numbered, safe_name
from dropally.jobs.export.work import ExportWork, Renamed
from dropally.jobs.paths import exported_name
from dropally.jobs.team_view import Entity, Item, Place, TeamView, open_view
from dropally.store import Content, Entry, Reader, Repository

_FOLDER_OF_KIND = {
    "member": "Members",
    "team folder": "Team folders",
    "shared folder": "Shared folders",
    "app folder": "App folders",
}


@dataclass(frozen=True)
class Target:
    """One thing to write: a folder (`content` None, entry a folder), a file, or a link."""

    path: PurePosixPath
    source: str
    entry: Entry
    content: Content | None


class Names:
    """Safe names, remembered by folder so that no two files get the same one."""

    def __init__(self, *, portable: bool) -> None:
        self.renamed: list[Renamed] = []
        self._portable = portable
        # Hashes of names, as a million names would fill the memory; two that happen to be equal
        # cost a needless number.
        self._taken: dict[PurePosixPath, set[int]] = {}
        self._folders: dict[str, PurePosixPath] = {}

    def folder(self, source: str) -> PurePosixPath:
        """Where the folder with this Dropbox path lies; "" is the target itself."""
        return self._folders.get(source, PurePosixPath()) if source else PurePosixPath()

    def has_folder(self, source: str) -> bool:
        """True if this Dropbox path has its place already."""
        return source in self._folders

    def place(self, source: str, name: str, parent: PurePosixPath) -> PurePosixPath:
        """A free safe name in a folder. What differs from Dropbox's name is noted."""
        taken = self._taken.setdefault(parent, set())
        wanted = safe_name(name, portable=self._portable)
        # Only a disk that ignores case cares for most clashes, but nobody knows where files go next.
        chosen, number = wanted, 1
        while (key := hash(clash_key(chosen))) in taken:
            number += 1
            chosen = numbered(wanted, number)
        taken.add(key)
        path = parent / chosen
        if chosen != name:
            self.renamed.append(Renamed(source, str(path)))
        return path

    def remember_folder(self, source: str, path: PurePosixPath) -> None:
        """Contents of this Dropbox folder go there."""
        self._folders[source] = path


def layout(
    repository: Repository, reader: Reader, work: ExportWork, names: Names
) -> Iterator[Target]:
    """Everything to write, folders before their contents. Raises NotFoundError for an address."""
    if work.everything:
        view = open_view(repository, reader, work.group, work.date)
        for entity in view.entities:
            yield from _whole_entity(view, entity, names)
        return
    located = locate_all(repository, reader, work.group, work.addresses, work.chosen)
    beside = Beside(located)
    for one in located:
        # Typed addresses are exported side by side, whosever they are.
        folders = beside.folders_of(one) if one.is_exact else []
        yield from _outer_folders(folders, names)
        yield from _below(one, "".join(f"/{folder}" for folder in folders), names)


def _whole_entity(view: TeamView, entity: Entity, names: Names) -> Iterator[Target]:
    """An entity's own namespace; what is mounted in it is exported as an entity of its own."""
    if view.tree(entity.namespace) is None:
        return
    kind = PurePosixPath(_FOLDER_OF_KIND[entity.kind])
    folder = Entry("folder", entity.key)
    top = Item("", Place(entity.namespace, ""), folder)
    source = f"/{kind}/{entity.key}"
    yield from _top_folder(source, entity.key, folder, kind, names)
    yield from _targets(view.walk(entity, top, cross_mounts=False), source, names)


def _outer_folders(folders: list[str], names: Names) -> Iterator[Target]:
    """The folders that a chosen item lies in, each once."""
    source = ""
    for name in folders:
        parent, source = names.folder(source), f"{source}/{name}"
        if not names.has_folder(source):
            yield from _top_folder(source, name, Entry("folder", name), parent, names)


def _below(one: Located, outer: str, names: Names) -> Iterator[Target]:
    """What was asked for: a file by itself, or a folder with all that is in it."""
    item = one.item
    name = item.path.rpartition("/")[2] or one.entity.key
    is_named_already = outer and not item.path
    if item.entry.kind != "folder" or is_named_already:
        yield from _targets(one.walk(), outer, names)
        return
    source = f"{outer}/{name}"
    yield from _top_folder(source, name, item.entry, names.folder(outer), names)
    yield from _targets(one.walk(), source, names)


def _top_folder(
    source: str, name: str, entry: Entry, parent: PurePosixPath, names: Names
) -> Iterator[Target]:
    path = names.place(source, name, parent)
    names.remember_folder(source, path)
    yield Target(path, source, entry, None)


def _targets(items: Iterator[Item], top: str, names: Names) -> Iterator[Target]:
    for item in items:
        source = top + item.path
        parent = names.folder(source.rpartition("/")[0])
        entry = item.entry
        if entry.kind == "folder":
            path = names.place(source, entry.name, parent)
            names.remember_folder(source, path)
            yield Target(path, source, entry, None)
        elif entry.export is not None:
            for export_format, content in entry.export.formats.items():
                name = exported_name(entry.name, export_format)
                path = names.place(f"{source} ({export_format})", name, parent)
                yield Target(path, source, entry, content)
        else:
            path = names.place(source, entry.name, parent)
            yield Target(path, source, entry, entry.content)
