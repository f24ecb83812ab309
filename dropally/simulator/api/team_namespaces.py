"""team/namespaces/list: every tree of content that the team has.

Dropbox says that the list may hold duplicates; the knob `duplicate_namespaces` makes it so.
"""

from typing import Any

from dropally.simulator.api.paging import CursorError, Page, cut_page, decode_cursor, encode_cursor
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, route
from dropally.simulator.state.access import belongs_to_team
from dropally.simulator.state.model import Namespace
from dropally.simulator.state.world import World

Json = dict[str, Any]
_KIND = "namespaces"

#: Dropbox ignores `limit` here and pages as it likes.
_PAGE_SIZE = 500


@route("team/namespaces/list")
def list_namespaces(call: Call) -> Json:
    """The first page."""
    return _page(call.world, "")


@route("team/namespaces/list/continue")
def continue_namespaces(call: Call) -> Json:
    """The next page."""
    try:
        state = decode_cursor(_KIND, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None
    return _page(call.world, state["after"])


def namespace_json(namespace: Namespace) -> Json:
    """The `NamespaceMetadata`."""
    described: Json = {
        "name": namespace.name,
        "namespace_id": namespace.ns_id,
        "namespace_type": {".tag": namespace.kind},
    }
    if namespace.kind in ("team_member_folder", "app_folder"):
        described["team_member_id"] = namespace.owner
    return described


def _page(world: World, after: str) -> Json:
    visible = (one for one in world.namespaces.values() if belongs_to_team(world, one))
    page = cut_page(visible, lambda one: one.ns_id, after, _PAGE_SIZE)
    rows = _with_duplicates(page) if world.knobs.duplicate_namespaces else page.rows
    return {
        "namespaces": [namespace_json(namespace) for namespace in rows],
        "cursor": encode_cursor(_KIND, after=page.last),
        "has_more": page.has_more,
    }


def _with_duplicates(page: Page[Namespace]) -> list[Namespace]:
    """Every third namespace comes again at the end of its page."""
    return [*page.rows, *page.rows[::3]]
