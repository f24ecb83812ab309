"""Entries as JSON, fast: one string template an entry, and each entry rendered once.

Listings of a million entries are the simulator's heaviest work, so their JSON never passes
through dicts. The same bytes serve `get_metadata` and the rest.
"""

import json

from dropally.simulator.auth.identity import Identity
from dropally.simulator.state import access
from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.paths import parent_of
from dropally.simulator.state.view import Prefix
from dropally.simulator.state.world import World

_quote = json.encoder.encode_basestring_ascii


class Renderer:
    """Renders the entries of one namespace under one prefix, as one identity sees them."""

    def __init__(self, world: World, identity: Identity, ns: str, prefix: Prefix) -> None:
        namespace = world.namespaces[ns]
        self._world = world
        self._identity = identity
        self._prefix = prefix
        self._shared_ns = "" if namespace.kind.startswith("team_member") else ns
        self._read_only = bool(self._shared_ns) and self._is_read_only(ns)
        self._drift = world.knobs.casing_drift
        as_its_own = prefix.mounted and not prefix.lower
        self._cacheable = as_its_own and not self._read_only and not self._drift
        self.explicit_members = False
        """Add has_explicit_shared_members to files."""

    def render(self, entry: Entry) -> bytes:
        """The entry's `Metadata`, with its `.tag`."""
        if not self._cacheable or entry.mount or self.explicit_members:
            return self._render(entry)
        if not entry.rendered:
            plain = not self._shared_ns and _is_plain_file(entry)
            entry.rendered = _render_plain_file(entry) if plain else self._render(entry)
        return entry.rendered

    def _render(self, entry: Entry) -> bytes:
        head = f'{{".tag": "{entry.kind}", "name": {_quote(entry.name)}{self._path_part(entry)}'
        if entry.kind == "file":
            return (head + self._file_part(entry) + "}").encode()
        if entry.kind == "folder":
            return (head + self._folder_part(entry) + "}").encode()
        return (head + "}").encode()

    def _path_part(self, entry: Entry) -> str:
        if not self._prefix.mounted:
            return ""
        lower = self._prefix.lower + entry.path_lower
        display = self._prefix.display + entry.path_display
        if self._drift:
            display = f"{parent_of(lower)}/{entry.name}"
        return f', "path_lower": {_quote(lower)}, "path_display": {_quote(display)}'

    def _file_part(self, entry: Entry) -> str:
        part = (
            f', "id": "{entry.id}", "client_modified": "{format_epoch(entry.client_modified)}"'
            f', "server_modified": "{format_epoch(entry.server_modified)}", "rev": "{entry.rev}"'
            f', "size": {entry.size}, "is_downloadable": {_bool(_is_downloadable(entry))}'
            f', "content_hash": "{entry.content_hash}"'
        )
        if self.explicit_members:
            shared = entry.id in self._world.file_shares
            part += f', "has_explicit_shared_members": {_bool(shared)}'
        if not _is_downloadable(entry):
            part += f', "export_info": {_export_info(entry)}'
        if entry.symlink_target:
            part += f', "symlink_info": {{"target": {_quote(entry.symlink_target)}}}'
        if self._shared_ns:
            author = f', "modified_by": "{entry.author}"' if entry.author else ""
            part += f', "sharing_info": {{{self._parent()}{author}}}'
        return part

    def _folder_part(self, entry: Entry) -> str:
        part = f', "id": "{entry.id}"'
        if entry.mount:
            read_only = _bool(self._is_read_only(entry.mount))
            around = f', "parent_shared_folder_id": "{self._shared_ns}"' if self._shared_ns else ""
            return part + (
                f', "shared_folder_id": "{entry.mount}"'
                f', "sharing_info": {{"read_only": {read_only}{around}'
                f', "shared_folder_id": "{entry.mount}"'
                ', "traverse_only": false, "no_access": false}'
            )
        if self._shared_ns:
            return part + (
                f', "parent_shared_folder_id": "{self._shared_ns}", "sharing_info": {{'
                f'{self._parent()}, "traverse_only": false, "no_access": false}}'
            )
        return part

    def _is_read_only(self, ns: str) -> bool:
        reaches_all = self._identity.whole_team
        return not (reaches_all or access.can_write(self._world, self._identity, ns))

    def _parent(self) -> str:
        return (
            f'"read_only": {_bool(self._read_only)}, "parent_shared_folder_id": "{self._shared_ns}"'
        )


def _is_plain_file(entry: Entry) -> bool:
    return (
        entry.kind == "file"
        and entry.document is None
        and entry.downloadable
        and not entry.symlink_target
    )


def _render_plain_file(entry: Entry) -> bytes:
    """What `Renderer` makes of an ordinary file in a home, in one go: most entries are of this kind."""
    return (
        f'{{".tag": "file", "name": {_quote(entry.name)}, "path_lower": {_quote(entry.path_lower)}'
        f', "path_display": {_quote(entry.path_display)}, "id": "{entry.id}"'
        f', "client_modified": "{format_epoch(entry.client_modified)}"'
        f', "server_modified": "{format_epoch(entry.server_modified)}", "rev": "{entry.rev}"'
        f', "size": {entry.size}, "is_downloadable": true'
        f', "content_hash": "{entry.content_hash}"}}'
    ).encode()


def _is_downloadable(entry: Entry) -> bool:
    return entry.downloadable and entry.document is None


def _export_info(entry: Entry) -> str:
    document = entry.document
    if document is None:
        return "{}"
    return json.dumps({"export_as": document.export_as, "export_options": document.export_options})


def _bool(value: bool) -> str:
    return "true" if value else "false"
