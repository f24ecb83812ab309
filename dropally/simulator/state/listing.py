"""Listings: a scan of what is there, then, for ever, what changed since.

A cursor carries the whole state of a listing, so the server keeps nothing: the number of the last
change delivered, the scans still under way, and the namespaces that are covered. A scan starts at
a captured change number; when it ends, everything that changed since then follows in order. So
whatever happens during the scan, who applies all pages in order ends up with the truth.

A namespace that gets mounted inside a recursive listing is scanned from that moment on.
"""

import base64
import heapq
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from dropally.simulator.auth.identity import Identity
from dropally.simulator.state import access, paths
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.view import Place, Prefix
from dropally.simulator.state.world import World


class Source(msgspec.Struct, array_like=True, frozen=True):
    """A folder of a namespace that is covered, and the prefix under which the caller sees it."""

    ns: str
    folder: str
    """Within the namespace; `""` for all of it."""
    lower: str
    display: str

    @property
    def prefix(self) -> Prefix:
        """As the renderer wants it."""
        return Prefix(self.lower, self.display)

    @property
    def root(self) -> str:
        """The folder's path as the caller sees it."""
        return self.lower + self.folder


class Scan(msgspec.Struct, array_like=True):
    """A source whose present content is being listed."""

    source: Source
    after: str | None = None
    """The last path listed."""
    deleted: bool = False
    """List the traces of deletions instead of what is there."""


class Cursor(msgspec.Struct, array_like=True):
    """Where a listing stands, and how it was asked for."""

    epoch: int
    identity: tuple[str, str]
    """Kind and member id of who began the listing."""
    root: str
    """Namespace that paths start from."""
    recursive: bool
    include_deleted: bool
    include_mounted: bool
    include_documents: bool
    explicit_members: bool
    limit: int
    seq: int
    sources: list[Source]
    """The first one is what was asked for; the others are mounted below it."""
    scans: list[Scan]

    def encode(self) -> str:
        """As it is handed out."""
        packed = zlib.compress(msgspec.json.encode(self), 1)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The reverse of `encode`. Raises ValueError for what we never handed out."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(zlib.decompress(packed), type=Cursor)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"not a cursor: {error}") from None


Found = tuple[Source, Entry]


class Listing:
    """Moves a cursor forward, page by page."""

    def __init__(self, world: World, identity: Identity, cursor: Cursor) -> None:
        self._world = world
        self._identity = identity
        self.cursor = cursor

    def root_exists(self) -> bool:
        """Whether what is listed is still there and readable."""
        base = self.cursor.sources[0]
        tree = self._world.trees.get(base.ns)
        readable = access.can_read(self._world, self._identity, base.ns)
        return tree is not None and readable and tree.is_folder(base.folder)

    def page(self, limit: int) -> list[Found]:
        """The next entries, at most about `limit`; empty when there is nothing (any more)."""
        found: list[Found] = []
        while len(found) < limit:
            if self.cursor.scans:
                self._scan(found, limit)
            elif not self._follow(found, limit):
                break
        return found

    def skip_to_now(self) -> None:
        """Forget what is there: only later changes will be listed."""
        pending = [scan.source for scan in self.cursor.scans]
        while pending:
            source = pending.pop()
            pending.extend(self._cover(source, mount) for mount in self._mounts_below(source))
        self.cursor.scans.clear()
        self.cursor.seq = self._world.counters.seq

    def has_more(self) -> bool:
        """Whether another page would hold something (or is needed to know)."""
        seq, trees = self.cursor.seq, self._world.trees
        return bool(self.cursor.scans) or any(
            trees[source.ns].journal.last_seq > seq
            for source in self.cursor.sources
            if source.ns in trees
        )

    def has_changes(self) -> bool:
        """Whether a page would hold an entry, without moving the cursor."""
        if not self.has_more():
            return False
        copy = msgspec.convert(msgspec.to_builtins(self.cursor), Cursor)
        return bool(Listing(self._world, self._identity, copy).page(1))

    # --- scanning

    def _scan(self, found: list[Found], limit: int) -> None:
        """Continue the innermost scan until the page is full, it ends, or a mount interrupts it."""
        scan = self.cursor.scans[-1]
        for entry in self._scanned(scan):
            scan.after = entry.path_lower
            if self._lists(entry):
                found.append((scan.source, entry))
            if self._goes_into(entry):
                self._cover_and_scan(scan.source, entry)
                return
            if len(found) >= limit:
                return
        self.cursor.scans.pop()
        if self.cursor.include_deleted and not scan.deleted:
            self.cursor.scans.append(Scan(scan.source, deleted=True))

    def _scanned(self, scan: Scan) -> Iterator[Entry]:
        source, tree = scan.source, self._world.trees.get(scan.source.ns)
        if tree is None:
            return iter(())
        if scan.deleted:
            return iter(_behind(self._graves(source), scan.after))
        if self.cursor.recursive:
            return tree.walk(source.folder, scan.after)
        children = tree.children(source.folder)
        after = None if scan.after is None else paths.name_of(scan.after)
        at = 0 if after is None else bisect_right(children, after, key=lambda entry: entry.key)
        return islice(children, at, None)

    def _graves(self, source: Source) -> list[Entry]:
        graves = self._world.trees[source.ns].graves
        return [graves[path] for path in sorted(graves) if self._covers(source, path)]

    # --- following the journals

    def _follow(self, found: list[Found], limit: int) -> bool:
        """Deliver changes until the page is full or a mount needs a scan; False at the end."""
        for seq, source, entry in self._merged():
            if len(found) >= limit and seq != self.cursor.seq:
                return True
            self.cursor.seq = seq
            if source in self.cursor.sources and self._deliver(found, source, entry):
                return True
        self.cursor.seq = self._world.counters.seq
        return False

    def _merged(self) -> Iterator[tuple[int, Source, Entry]]:
        return heapq.merge(
            *map(self._changes_of, self.cursor.sources), key=lambda change: change[0]
        )

    def _changes_of(self, source: Source) -> Iterator[tuple[int, Source, Entry]]:
        tree = self._world.trees.get(source.ns)
        if tree is None or not access.can_read(self._world, self._identity, source.ns):
            return
        for seq, entry in tree.journal.since(self.cursor.seq):
            yield seq, source, entry

    def _deliver(self, found: list[Found], source: Source, entry: Entry) -> bool:
        """Add one change to the page; True when it began a scan."""
        if entry.kind == "deleted":
            self._uncover(source.lower + entry.path_lower)
            if source.folder and paths.within(source.folder, entry.path_lower):
                entry = _at_root(source, entry)
            elif not self._covers(source, entry.path_lower):
                return False
            found.append((source, entry))
            return False
        if not self._covers(source, entry.path_lower):
            return False
        if self._lists(entry):
            found.append((source, entry))
        if self._goes_into(entry) and not self._is_covered(source, entry):
            self._cover_and_scan(source, entry)
            return True
        return False

    # --- what belongs to the listing

    def _covers(self, source: Source, path_lower: str) -> bool:
        if not self.cursor.recursive:
            return bool(path_lower) and paths.parent_of(path_lower) == source.folder
        return path_lower != source.folder and paths.within(path_lower, source.folder)

    def _lists(self, entry: Entry) -> bool:
        if entry.mount:
            visible = self.cursor.include_mounted or self._world.knobs.list_mount_points
            return visible and access.can_read(self._world, self._identity, entry.mount)
        return entry.document is None or self.cursor.include_documents

    def _goes_into(self, entry: Entry) -> bool:
        return (
            bool(entry.mount)
            and self.cursor.recursive
            and self.cursor.include_mounted
            and self._world.knobs.recurse_into_mounts
            and access.can_read(self._world, self._identity, entry.mount)
        )

    def _mounts_below(self, source: Source) -> list[Entry]:
        tree = self._world.trees[source.ns]
        mounts = [tree.get(path) for path in tree.mounts if self._covers(source, path)]
        return [entry for entry in mounts if entry is not None and self._goes_into(entry)]

    def _is_covered(self, source: Source, mount: Entry) -> bool:
        return _source_of(source, mount) in self.cursor.sources

    def _cover(self, source: Source, mount: Entry) -> Source:
        inner = _source_of(source, mount)
        if inner not in self.cursor.sources:
            self.cursor.sources.append(inner)
        return inner

    def _cover_and_scan(self, source: Source, mount: Entry) -> None:
        self.cursor.scans.append(Scan(self._cover(source, mount)))

    def _uncover(self, path_lower: str) -> None:
        """Forget the namespaces that were mounted at or below a deleted path."""
        base, *mounted = self.cursor.sources
        kept = [source for source in mounted if not paths.within(source.lower, path_lower)]
        self.cursor.sources = [base, *kept]


def begin(
    world: World,
    identity: Identity,
    place: Place,
    *,
    recursive: bool,
    include_deleted: bool,
    include_mounted: bool,
    include_documents: bool,
    explicit_members: bool,
    limit: int,
) -> Listing:
    """A listing of a folder, not yet started. The place must be a folder or a root."""
    source = Source(place.ns, place.path_lower, place.prefix.lower, place.prefix.display)
    cursor = Cursor(
        epoch=world.counters.epoch,
        identity=signature(identity),
        root=identity.root_namespace,
        recursive=recursive,
        include_deleted=include_deleted,
        include_mounted=include_mounted,
        include_documents=include_documents,
        explicit_members=explicit_members,
        limit=limit,
        seq=world.counters.seq,
        sources=[source],
        scans=[Scan(source)],
    )
    return Listing(world, identity, cursor)


def signature(identity: Identity) -> tuple[str, str]:
    """What a cursor remembers of who began it."""
    return identity.kind, identity.member.member_id if identity.member else ""


def _source_of(source: Source, mount: Entry) -> Source:
    lower, display = source.lower + mount.path_lower, source.display + mount.path_display
    return Source(mount.mount, "", lower, display)


def _at_root(source: Source, deletion: Entry) -> Entry:
    """A deletion of something above the listed folder, told as a deletion of that folder."""
    name = paths.name_of(source.folder)
    return msgspec.structs.replace(
        deletion, path_lower=source.folder, path_display=source.folder, name=name, rendered=b""
    )


def _behind(entries: Sequence[Entry], after: str | None) -> Sequence[Entry]:
    if after is None:
        return entries
    return entries[bisect_right(entries, after, key=lambda entry: entry.path_lower) :]
