"""What is to be brought where, before anybody asks how."""

from collections.abc import Iterator
from typing import NamedTuple

from dropally.jobs.chosen import Located
from dropally.jobs.paths import exported_name, likely_lower
from dropally.jobs.restore.destination import Spot
from dropally.jobs.team_view import Item
from dropally.store import Content, Entry


class Wish(NamedTuple):
    """One thing to restore: a folder (`content` None and no `refusal`) or a file's bytes."""

    spot: Spot
    lower: str
    source: str
    entry: Entry
    content: Content | None
    content_hash: str
    refusal: str


def source_label(one: Located) -> str:
    """What the paths of a walk are below, for people; "" for addresses, which say it themselves."""
    if not one.is_exact:
        return ""
    top = one.item
    above = top.path if top.entry.kind == "folder" else top.path.rpartition("/")[0]
    return f"{one.entity.key}:{above}"


def item_wishes(spot: Spot, lower: str, item: Item, label: str) -> Iterator[Wish]:
    """What restoring one item of a walk to a spot means: a folder to make, bytes, or a refusal."""
    entry, source = item.entry, f"{label}{item.path}"
    if entry.kind == "folder":
        # A mount point is not a folder to make: what is in it is restored where it belongs.
        if not entry.mount:
            yield Wish(spot, lower, source, entry, None, "", "")
    elif entry.kind == "symlink":
        yield Wish(spot, lower, source, entry, None, "", "Dropbox lets no app make symbolic links")
    elif entry.content is not None:
        content_hash = entry.content_hash.hex() if entry.content_hash else ""
        yield Wish(spot, lower, source, entry, entry.content, content_hash, "")
    elif entry.export is not None:
        yield from _export_wishes(spot, source, entry)
    else:
        reason = f"this restore point has no content of it: {entry.failure}"
        yield Wish(spot, lower, source, entry, None, "", reason)


def _export_wishes(spot: Spot, source: str, entry: Entry) -> Iterator[Wish]:
    """A cloud document comes back as the files it was exported to."""
    folder = spot.path.rpartition("/")[0]
    for export_format, content in entry.export.formats.items() if entry.export else ():
        path = f"{folder}/{exported_name(entry.name, export_format)}"
        wished = f"{source} ({export_format})"
        yield Wish(Spot(spot.namespace, path), likely_lower(path), wished, entry, content, "", "")
