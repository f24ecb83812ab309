"""Everything the simulated Dropbox knows, in one place."""

import base64
import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from dropally.simulator.auth.grants import Grant
from dropally.simulator.auth.state import AuthState
from dropally.simulator.faults.engine import Faults
from dropally.simulator.state.clock import SimClock
from dropally.simulator.state.contents import ContentStore
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.events import Event, EventLog
from dropally.simulator.state.links import FileShare, SharedLink
from dropally.simulator.state.model import (
    AsyncJob,
    Group,
    Member,
    Namespace,
    Restriction,
    Tags,
    Team,
    UploadSession,
)
from dropally.simulator.state.reaching import SharedFolders
from dropally.simulator.state.saving import Saver
from dropally.simulator.state.tables import Table
from dropally.simulator.state.tree import Tree, TreeBase

Row = TypeVar("Row")


class Counters(msgspec.Struct):
    """Numbers that never repeat, across restarts too."""

    seq: int = 0
    """The last change of any namespace."""
    ids: int = 0
    revs: int = 0
    namespaces: int = 1000
    epoch: int = 1
    """Cursors of an earlier epoch answer `reset`."""
    upload_month: str = ""
    upload_calls: int = 0
    """Data-transport calls in `upload_month` (`2026-11`)."""


class Knobs(msgspec.Struct):
    """What nobody outside Dropbox can know; tests run under several settings."""

    page_default: int = 500
    """Entries on a page when the caller sets no limit."""
    page_limit: int = 2000
    """The most entries on a page, whatever the caller asks for."""
    nasty_pages: bool = False
    """Pages of any size, empty ones too, with repeated entries and children before parents."""
    foreign_cursors: bool = False
    """May somebody else continue a listing? Otherwise the cursor answers `reset`."""
    casing_drift: bool = False
    """Is the casing of the folders in path_display unreliable?"""
    async_batches: bool = True
    """Do batches of deletes, moves and copies answer with a job to ask after?"""
    list_mount_points: bool = True
    """With include_mounted_folders=false: is the mount point itself an entry?"""
    recurse_into_mounts: bool = True
    """Does a recursive listing of a home go into mounted folders?"""
    longpoll_backoff_s: int = 0
    """Does longpoll ask to be left alone for a while?"""
    longpoll_jitter_s: float = 0
    """How much later than asked does a longpoll without changes end? Dropbox says up to 90 s."""
    duplicate_namespaces: bool = False
    """Does team/namespaces/list name some namespaces twice?"""
    admin_has_own_bucket: bool = False
    """Have Select-Admin calls an allowance of their own, or do they share the admin's?"""
    read_suspended_homes: bool = True
    """May Select-Admin read the home of a suspended member?"""
    empty_event_pages: bool = False
    """Does team_log/get_events answer an empty page with has_more before each full one?"""


class Moment(msgspec.Struct):
    """How far the team's clock is ahead of ours."""

    ahead_s: float = 0


class World:
    """All state. Only the server's thread touches it."""

    def __init__(
        self,
        folder: Path | None = None,
        clock: SimClock | None = None,
        saver: Saver | None = None,
    ) -> None:
        self._saver = saver
        self.clock = clock or SimClock()
        self.nature = random.Random(7)  # noqa: S311 - whims that repeat with every run
        """Decides whatever a knob leaves to chance."""
        self.counters = Counters()
        self.knobs = Knobs()
        self.tables: dict[str, Table[object]] = {}
        self.teams = self.table("team", Team)
        self.members = self.table("members", Member)
        self.groups = self.table("groups", Group)
        self.namespaces = self.table("namespaces", Namespace)
        self.shared_folders = SharedFolders(self.namespaces)
        self.upload_sessions = self.table("upload_sessions", UploadSession)
        self.async_jobs = self.table("async_jobs", AsyncJob)
        self.outsiders = self.table("outsiders", Member)
        """People without a place on the team: personal accounts, invited guests."""
        self.links = self.table("links", SharedLink)
        self.file_shares = self.table("file_shares", FileShare)
        self.tags = self.table("tags", Tags)
        self.auth = AuthState(self.clock)
        self.events = EventLog(self.clock)
        for saved in (*self.auth.tables, self.events.table):
            self.tables[saved.name] = saved
        self.auth.grants.changed.append(self._log_link)
        self.restricted = self.table("restricted", Restriction)
        """Contents that are not handed out, by content hash."""
        self.tree_bases: dict[str, Callable[[Namespace, str], TreeBase]] = {}
        """Who makes generated trees, by the scheme of `Namespace.base`."""
        self._marked: dict[str, TreeBase] = {}
        """Generated trees by what their ids and revisions begin with."""
        self._mark_sizes: set[int] = set()
        self.trees: dict[str, Tree] = {}
        self.histories: dict[str, list[Entry]] = {}
        """File id to its revisions, oldest first."""
        self.revisions: dict[str, Entry] = {}
        """Revision to the file as it was then."""
        self.places: dict[str, tuple[str, str]] = {}
        """Id of a live file or folder to its namespace and path."""
        self.faults = Faults()
        """Rules of what goes wrong, and the counters."""
        self.contents = ContentStore(folder / "contents" if folder else None, saver)
        self.changed: list[Callable[[str], None]] = []
        """Called with the namespace after each change of its content; "" for all of them."""

    @property
    def team(self) -> Team:
        """The one team there is."""
        return next(iter(self.teams.values()))

    def _log_link(self, grant: Grant, what: Literal["linked", "unlinked"]) -> None:
        """Tell the team's log that an app was linked to the team, or unlinked."""
        admin = self.members.get(grant.subject.id)
        if grant.subject.kind != "team" or admin is None:
            return
        app = self.auth.apps.get(grant.app_key)
        self.events.record(
            Event(
                kind="app_link_team" if what == "linked" else "app_unlink_team",
                actor=admin.account_id,
                item_id=grant.app_key,
                new=app.name if app else grant.app_key,
            )
        )

    def close(self) -> None:
        """Save, and let go of files."""
        self.save()
        if self._saver is not None:
            self._saver.close()
        self.contents.close()

    def table(self, name: str, row_type: type[Row]) -> Table[Row]:
        """Create a table of state that is saved with the rest."""
        table = Table(name, row_type)
        self.tables[name] = table  # type: ignore[assignment]  # rows are only moved as bytes here
        return table

    def add_namespace(self, namespace: Namespace) -> Namespace:
        """Bring a namespace into being, empty or on top of its generated base."""
        self.namespaces.put(namespace.ns_id, namespace)
        self.open_tree(namespace)
        return namespace

    def open_tree(self, namespace: Namespace) -> None:
        """Make the tree of a namespace: empty, or what its base generates."""
        base = self.make_base(namespace)
        if base is not None:
            self._marked.update(dict.fromkeys(base.marks, base))
            self._mark_sizes.update(map(len, base.marks))
        self.trees[namespace.ns_id] = Tree(namespace.ns_id, base, self._saver)

    def remove_namespace(self, ns: str) -> None:
        """Let a namespace and its tree be gone."""
        self.namespaces.remove(ns)
        base = self.trees.pop(ns).base
        for mark in base.marks if base is not None else ():
            del self._marked[mark]
        if self._saver is not None:
            self._saver.drop_namespace(ns)

    def make_base(self, namespace: Namespace) -> TreeBase | None:
        """The generated tree beneath a namespace's edits; None for most."""
        scheme, _, key = namespace.base.partition(":")
        return self.tree_bases[scheme](namespace, key) if scheme else None

    def new_namespace_id(self) -> str:
        """A number as text, like Dropbox's."""
        self.counters.namespaces += 1
        return str(self.counters.namespaces)

    def new_id(self) -> str:
        """`id:` and 22 characters, the same in every run."""
        self.counters.ids += 1
        digest = hashlib.blake2b(str(self.counters.ids).encode(), digest_size=16).digest()
        return "id:" + base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def new_rev(self) -> str:
        """A rising hexadecimal number."""
        self.counters.revs += 1
        return f"{0x0160_0000_0000_0000 + self.counters.revs:016x}"

    def record(self, entry: Entry) -> None:
        """Put a change into its namespace's journal and wake whoever waits for it."""
        self.counters.seq += 1
        self.trees[entry.ns].journal.append(self.counters.seq, entry)
        if self._saver is not None:
            self._saver.journal(self.counters.seq, entry)
        for tell in self.changed:
            tell(entry.ns)

    def save_revision(self, entry: Entry) -> None:
        """A revision became known, or belongs to another namespace now."""
        if self._saver is not None:
            self._saver.revision(entry)

    def save(self) -> None:
        """Write what changed; nothing when there is no state folder."""
        if self._saver is not None:
            moment = Moment(self.clock.ahead_s)
            meta = {"counters": self.counters, "knobs": self.knobs, "clock": moment}
            self._saver.flush(self.tables, meta)
            self.contents.saved()

    def forget(self) -> None:
        """Never save again: what is here is not worth keeping."""
        if self._saver is not None:
            self._saver.close()
            self._saver = None

    def find_id(self, item_id: str) -> Entry | None:
        """The live file or folder with this id."""
        place = self.places.get(item_id)
        if place is not None:
            return self.trees[place[0]].get(place[1])
        base = self._base_behind(item_id)
        found = base.find_id(item_id) if base is not None else None
        live = self.trees[found.ns].get(found.path_lower) if found else None
        return live if live is not None and live.id == item_id else None

    def find_rev(self, rev: str) -> Entry | None:
        """The file as it was at this revision."""
        if rev in self.revisions:
            return self.revisions[rev]
        base = self._base_behind(rev)
        return base.find_rev(rev) if base is not None else None

    def _base_behind(self, id_or_rev: str) -> TreeBase | None:
        """The generated tree that made it up; asking each in turn would be dear in a large team."""
        for size in self._mark_sizes:
            if base := self._marked.get(id_or_rev[:size]):
                return base
        return None
