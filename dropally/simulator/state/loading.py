"""Reading a saved state back."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from dropally.simulator.state.entry import Entry, decode_entry
from dropally.simulator.state.saving import META, Saver
from dropally.simulator.state.world import Counters, Knobs, Moment, World


def load(world: World, saver: Saver) -> None:
    """Fill an empty world with what was saved; makers of trees must be registered already."""
    _load_rows(world, saver)
    for namespace in world.namespaces.values():
        world.open_tree(namespace)
    decode = _Decoder()
    _load_trees(world, saver, decode)
    _load_past(world, saver, decode)
    _forget_lost_sessions(world)


class _Decoder:
    """Decodes each entry once: tree, journal and history then share one object."""

    def __init__(self) -> None:
        self._known: dict[bytes, Entry] = {}

    def __call__(self, data: bytes) -> Entry:
        entry = self._known.get(data)
        if entry is None:
            entry = self._known[data] = decode_entry(data)
        return entry


def _load_rows(world: World, saver: Saver) -> None:
    rows = saver.database.execute("SELECT tbl, key, data FROM row ORDER BY rowid")
    for table, key, data in rows:
        if table == META:
            _load_meta(world, key, data)
        elif table in world.tables:
            world.tables[table].load(key, data)


def _load_meta(world: World, key: str, data: bytes) -> None:
    if key == "counters":
        world.counters = msgspec.json.decode(data, type=Counters)
    elif key == "knobs":
        world.knobs = msgspec.json.decode(data, type=Knobs)
    elif key == "clock":
        world.clock.advance(msgspec.json.decode(data, type=Moment).ahead_s)


def _load_trees(world: World, saver: Saver, decode: _Decoder) -> None:
    folders: dict[str, list[str]] = defaultdict(list)
    for ns, path in saver.database.execute("SELECT ns, path FROM own_folder"):
        folders[ns].append(path)
    entries: dict[str, list[Entry]] = defaultdict(list)
    for ns, data in saver.database.execute("SELECT ns, data FROM live"):
        entries[ns].append(decode(data))
    for ns, tree in world.trees.items():
        tree.load(folders[ns], entries[ns])
        for entry in entries[ns]:
            world.places[entry.id] = (ns, entry.path_lower)
    for ns, data in saver.database.execute("SELECT ns, data FROM grave"):
        grave = decode(data)
        world.trees[ns].graves[grave.path_lower] = grave


def _load_past(world: World, saver: Saver, decode: _Decoder) -> None:
    for seq, data in saver.database.execute("SELECT seq, data FROM journal ORDER BY seq"):
        entry = decode(data)
        if entry.ns in world.trees:
            world.trees[entry.ns].journal.append(seq, entry)
    for revision in _revisions(saver, decode):
        world.revisions[revision.rev] = revision
        world.histories.setdefault(revision.id, []).append(revision)
        if revision.ns in world.trees:
            past = world.trees[revision.ns].past
            past.setdefault(revision.path_lower, []).append(revision)


def _revisions(saver: Saver, decode: _Decoder) -> Iterable[Entry]:
    rows = saver.database.execute("SELECT data FROM revision ORDER BY number")
    return (decode(data) for (data,) in rows)


def _forget_lost_sessions(world: World) -> None:
    """Upload sessions whose bytes are gone, and bytes whose session is gone."""
    expected = {}
    for session_id in list(world.upload_sessions):
        path = world.contents.spool_path(session_id)
        if path.exists():
            expected[path] = session_id
        else:
            world.upload_sessions.remove(session_id)
    for path in world.contents.spool_folder.iterdir():
        if path not in expected:
            path.unlink()
