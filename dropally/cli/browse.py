"""`dropally snapshots`, `ls`, `versions`, `diff` and `cat`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from dropally.cli.api import browsing
from dropally.cli.api.arguments import AddressArgument
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asked_for
from dropally.cli.options import (
    ConfigOption,
    JsonFlag,
    Session,
    StorageOption,
    TaskOption,
    open_session,
)
from dropally.cli.screen import Screen
from dropally.common.text import format_bytes, format_time
from dropally.jobs import browse
from dropally.jobs.address import parse_address, short_id
from dropally.jobs.team_view import Item, open_view
from dropally.store import Entry, Reader, Repository


@contextmanager
def _reading(session: Session) -> Iterator[tuple[Repository, Reader, str]]:
    group = session.app.group
    with session.app.open_repository() as repository, repository.reader() as reader:
        yield repository, reader, group(repository)


def snapshots(
    entity: Annotated[
        str, typer.Argument(help="Only those with this member or folder.", show_default=False)
    ] = "",
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    as_json: JsonFlag = False,
) -> None:
    """List the restore points."""
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            browsing.list_points(api, Screen(as_json=as_json), entity, task)
            return
    session = open_session(config, storage, task=task, as_json=as_json)
    with _reading(session) as (repository, reader, group):
        if entity:
            found = [
                (point, stats)
                for point, _, stats in browse.entity_points(repository, reader, group, entity)
            ]
        else:
            found = [(point, _label_numbers(point.labels)) for point in repository.points(group)]
    session.screen.table(
        ("id", "time", "files", "size"),
        [
            (
                short_id(point.id),
                format_time(point.time),
                f"{stats.get('files', 0):,}",
                format_bytes(stats.get("bytes", 0)),
            )
            for point, stats in found
        ],
    )
    session.screen.result(
        [{"id": short_id(point.id), "time": point.time, **stats} for point, stats in found]
    )


def _label_numbers(labels: dict[str, str]) -> dict[str, int]:
    return {name: int(value) for name, value in labels.items() if value.isdigit()}


def ls(
    address: AddressArgument = "",
    recursive: Annotated[
        bool, typer.Option("--recursive", "-R", help="Folders in it, too.")
    ] = False,
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    as_json: JsonFlag = False,
) -> None:
    """List a folder as it was.

    Without an address: everything that can be named.
    """
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            browsing.list_folder(api, Screen(as_json=as_json), address, task, recursive=recursive)
            return
    session = open_session(config, storage, task=task, as_json=as_json)
    with _reading(session) as (repository, reader, group):
        if not address:
            _list_entities(session, repository, reader, group)
            return
        found = browse.list_folder(
            repository, reader, group, parse_address(address), recursive=recursive
        )
        if as_json:
            session.screen.result([_item_json(item) for item in found])
            return
        session.screen.table(
            ("size", "modified", "name"), [_item_row(item, recursive=recursive) for item in found]
        )


def _list_entities(session: Session, repository: Repository, reader: Reader, group: str) -> None:
    view = open_view(repository, reader, group, "latest")
    session.screen.table(
        ("name", "kind", "id"),
        [(entity.key, entity.kind, f"ns:{entity.namespace}") for entity in view.entities],
    )
    session.screen.result(
        [
            {"name": entity.key, "kind": entity.kind, "namespace": entity.namespace}
            for entity in view.entities
        ]
    )


def versions(
    address: AddressArgument,
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    as_json: JsonFlag = False,
) -> None:
    """List the versions of a file.

    Newest first; also of a file that is deleted by now.
    """
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            browsing.list_versions(api, Screen(as_json=as_json), address, task)
            return
    session = open_session(config, storage, task=task, as_json=as_json)
    with _reading(session) as (repository, reader, group):
        found = browse.file_versions(repository, reader, group, parse_address(address))
    session.screen.table(
        ("since", "restore point", "size", "modified", "rev"),
        [
            (
                format_time(version.point_time),
                version.point,
                format_bytes(version.entry.size_bytes),
                _seconds(version.entry.server_modified),
                version.entry.rev,
            )
            for version in found
        ],
    )
    session.screen.result(
        [
            {"point": v.point, "time": v.point_time, **_entry_json(v.entry), "rev": v.entry.rev}
            for v in found
        ]
    )


def diff(
    older: AddressArgument,
    newer: Annotated[
        str, typer.Argument(metavar="ENTITY[@DATE]:/PATH", help="The same folder, later.")
    ],
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    as_json: JsonFlag = False,
) -> None:
    """List what changed in a folder between two dates."""
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            browsing.list_differences(api, Screen(as_json=as_json), (older, newer), task)
            return
    session = open_session(config, storage, task=task, as_json=as_json)
    signs = {"added": "+", "removed": "-", "changed": "~"}
    with _reading(session) as (repository, reader, group):
        found = browse.differences(
            repository, reader, group, parse_address(older), parse_address(newer)
        )
        if as_json:
            session.screen.result([{"change": d.change, "path": d.path} for d in found])
            return
        for difference in found:
            session.screen.say(f"{signs[difference.change]} {difference.path}")


def cat(
    address: AddressArgument,
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
) -> None:
    """Write a file's bytes to the standard output."""
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            browsing.write_content(api, address, task)
            return
    session = open_session(config, storage, task=task, as_json=False)
    with _reading(session) as (repository, reader, group):
        for piece in browse.read_file(repository, reader, group, parse_address(address)):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _item_row(item: Item, *, recursive: bool) -> tuple[str, str, str]:
    entry = item.entry
    name = item.path if recursive else entry.name
    if entry.kind == "folder":
        return "", "", f"{name}/"
    note = f"  ({entry.failure})" if entry.failure else ""
    arrow = f" -> {entry.symlink_target}" if entry.kind == "symlink" else ""
    return format_bytes(entry.size_bytes), _seconds(entry.client_modified), f"{name}{arrow}{note}"


def _item_json(item: Item) -> dict[str, Any]:
    return {"path": item.path, **_entry_json(item.entry)}


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "size": entry.size_bytes,
        "client_modified": _seconds(entry.client_modified),
        "content_hash": entry.content_hash.hex() if entry.content_hash else "",
        "failure": entry.failure,
    }


def _seconds(moment: int | None) -> str:
    return format_time(datetime.fromtimestamp(moment, UTC)) if moment is not None else ""
