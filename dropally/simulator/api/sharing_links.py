"""Shared links: made, listed, taken back."""

import hashlib
from collections.abc import Iterator
from typing import Any

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.api.people import find_account, is_on_team
from dropally.simulator.api.places import lookup_entry
from dropally.simulator.api.sharing_json import team_json
from dropally.simulator.errors import RouteError, tagged
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state import access, paths
from dropally.simulator.state.clock import format_epoch, parse_epoch
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.events import Event
from dropally.simulator.state.links import Audience, SharedLink
from dropally.simulator.state.view import locate

Json = dict[str, Any]
_KIND = "links"
_PAGE_SIZE = 200

#: What each audience was called before there were audiences.
_VISIBILITY: dict[Audience, str] = {
    "public": "public",
    "team": "team_only",
    "members": "shared_folder_only",
    "no_one": "no_one",
}
_AUDIENCE_OF_VISIBILITY: dict[str, Audience] = {
    "public": "public",
    "password": "public",
    "team_only": "team",
}


@route("sharing/create_shared_link_with_settings")
def create_shared_link(call: Call) -> Json:
    """Make the one link that an account can have to a file or folder."""
    _, entry = lookup_entry(call, call.arg["path"], "path")
    existing = next(_links_to(call, entry.id), None)
    if existing is not None:
        metadata = {".tag": "metadata", "metadata": link_json(call, existing, entry)}
        raise RouteError(
            {".tag": "shared_link_already_exists", "shared_link_already_exists": metadata}
        )
    link = _new_link(call, entry, call.arg.get("settings") or {})
    call.world.links.put(link.url, link)
    call.world.events.record(
        Event(
            kind="shared_link_create",
            actor=call.identity.author,
            ns=entry.ns,
            path=entry.path_display,
            item_id=entry.id,
            folder=entry.kind == "folder",
        )
    )
    return link_json(call, link, entry)


@route("sharing/list_shared_links")
def list_shared_links(call: Call) -> Json:
    """The links of the acting account; for a path also those of the folders above it."""
    after, direct, path = "", call.arg.get("direct_only", False), call.arg.get("path")
    if "cursor" in call.arg:
        try:
            state = decode_cursor(_KIND, call.arg["cursor"])
        except CursorError:
            raise RouteError.of("reset") from None
        after, direct, path = state["after"], state["direct"], state["path"]
    links = _links_at(call, path, direct_only=direct) if path else _own_links(call)
    found = ((link, call.world.find_id(link.item_id)) for link in links)
    alive = ((link, entry) for link, entry in found if entry is not None)
    page = cut_page(alive, lambda pair: pair[0].url, after, _PAGE_SIZE)
    answer: Json = {
        "links": [link_json(call, link, entry) for link, entry in page.rows],
        "has_more": page.has_more,
    }
    if page.has_more:
        answer["cursor"] = encode_cursor(_KIND, after=page.last, direct=direct, path=path)
    return answer


@route("sharing/revoke_shared_link")
def revoke_shared_link(call: Call) -> None:
    """Take a link back: its address opens nothing any more."""
    link = call.world.links.get(call.arg["url"])
    if link is None:
        raise RouteError.of("shared_link_not_found")
    entry = call.world.find_id(link.item_id)
    if link.owner != call.identity.author and not (
        entry is not None and access.can_write(call.world, call.identity, entry.ns)
    ):
        raise RouteError.of("shared_link_access_denied")
    call.world.links.remove(link.url)


def link_json(call: Call, link: SharedLink, entry: Entry) -> Json:
    """The `SharedLinkMetadata`: that of a file or of a folder."""
    metadata: Json = {
        ".tag": entry.kind,
        "url": link.url,
        "id": entry.id,
        "name": entry.name,
        "link_permissions": _permissions(call, link),
        "created_timestamp": format_epoch(link.created_at),
        "content_owner_team_info": team_json(call.world),
    }
    if link.expires_at is not None:
        metadata["expires"] = format_epoch(link.expires_at)
    seen = locate(call.world, call.identity, entry.ns)
    if seen.mounted:
        metadata["path_lower"] = seen.lower + entry.path_lower
    owner = find_account(call.world, link.owner)
    if owner is not None and is_on_team(call.world, owner):
        metadata["team_member_info"] = {
            "team_info": team_json(call.world),
            "display_name": owner.display_name,
            "member_id": owner.member_id,
        }
    if entry.kind == "file":
        metadata["client_modified"] = format_epoch(entry.client_modified)
        metadata["server_modified"] = format_epoch(entry.server_modified)
        metadata["rev"] = entry.rev
        metadata["size"] = entry.size
    return metadata


def _permissions(call: Call, link: SharedLink) -> Json:
    mine = link.owner == call.identity.author
    visibility = "password" if link.password else _VISIBILITY[link.audience]
    return {
        "resolved_visibility": {".tag": visibility},
        "effective_audience": {".tag": link.audience},
        "link_access_level": {".tag": link.access},
        "can_revoke": mine,
        "visibility_policies": [],
        "can_set_expiry": mine,
        "can_remove_expiry": mine and link.expires_at is not None,
        "allow_download": link.allow_download,
        "can_allow_download": mine,
        "can_disallow_download": mine,
        "allow_comments": True,
        "team_restricts_comments": False,
        "require_password": bool(link.password),
    }


def _new_link(call: Call, entry: Entry, settings: Json) -> SharedLink:
    now = int(call.world.clock.epoch_s())
    expires = parse_epoch(settings["expires"]) if "expires" in settings else None
    password = settings.get("link_password", "")
    if (expires is not None and expires <= now) or (
        settings.get("require_password") and not password
    ):
        raise RouteError(tagged("settings_error", "invalid_settings"))
    seed = f"{entry.id}{call.identity.author}{len(call.world.links)}{now}".encode()
    key = hashlib.blake2b(seed, digest_size=16).hexdigest()
    kind = "fi" if entry.kind == "file" else "fo"
    return SharedLink(
        url=f"https://www.dropbox.com/scl/{kind}/{key[:21]}?rlkey={key}&dl=0",
        item_id=entry.id,
        owner=call.identity.author,
        audience=_audience(settings),
        access="editor" if tag_of(settings.get("access")) == "editor" else "viewer",
        password=password,
        allow_download=settings.get("allow_download", True),
        expires_at=expires,
        created_at=now,
    )


def _audience(settings: Json) -> Audience:
    wanted = tag_of(settings.get("audience"))
    if wanted in _VISIBILITY:
        return wanted
    return _AUDIENCE_OF_VISIBILITY.get(tag_of(settings.get("requested_visibility")), "team")


def _links_to(call: Call, item_id: str) -> Iterator[SharedLink]:
    return (link for link in _own_links(call) if link.item_id == item_id)


def _own_links(call: Call) -> Iterator[SharedLink]:
    return (one for one in call.world.links.values() if one.owner == call.identity.author)


def _links_at(call: Call, path: str, *, direct_only: bool) -> Iterator[SharedLink]:
    """Links to the item at a path, whoever made them, and to the folders it lies in."""
    place, entry = lookup_entry(call, path, "path")
    wanted = {entry.id}
    if not direct_only:
        above = (place.tree.get(folder) for folder in paths.ancestors(entry.path_lower))
        wanted |= {folder.id for folder in above if folder is not None}
    return (link for link in call.world.links.values() if link.item_id in wanted)
