"""files/list_folder and its relatives."""

import json
from random import Random

from dropally.simulator import schema
from dropally.simulator.api.places import lookup_folder
from dropally.simulator.api.rendering import Renderer
from dropally.simulator.auth.identity import Identity
from dropally.simulator.errors import BadRequest, RouteError
from dropally.simulator.routing import Answer, Call, Json, RawJson, Redo, route
from dropally.simulator.state import listing, paths
from dropally.simulator.state.listing import Found, Listing
from dropally.simulator.state.world import World


@route("files/list_folder")
def list_folder(call: Call) -> Answer:
    """The first page."""
    return _page(call, _begin(call))


@route("files/list_folder/continue")
def list_folder_continue(call: Call) -> Answer:
    """The next page, or what changed since the last one."""
    return _page(call, _resume(call, call.identity))


@route("files/list_folder/get_latest_cursor")
def get_latest_cursor(call: Call) -> Answer:
    """A cursor that knows everything there is now."""
    started = _begin(call)
    started.skip_to_now()
    return {"cursor": started.cursor.encode()}


@route("files/list_folder/longpoll")
def longpoll(call: Call) -> Answer:
    """Wait until a cursor has something to tell."""
    waiting = _resume(call, _identity_of(call))
    deadline = call.world.clock.epoch_s() + call.arg.get("timeout", 30)
    deadline += call.world.knobs.longpoll_jitter_s
    backoff = call.world.knobs.longpoll_backoff_s

    def look() -> Answer:
        if waiting.cursor.epoch != call.world.counters.epoch:
            raise RouteError.of("reset")
        changes = waiting.has_changes() or not waiting.root_exists()
        if not changes and call.world.clock.epoch_s() < deadline:
            return Redo(look, deadline)
        answer: Json = {"changes": changes}
        return answer | {"backoff": backoff} if backoff else answer

    return look()


def _begin(call: Call) -> Listing:
    arg = call.arg
    if arg.get("shared_link") is not None:
        raise BadRequest(
            f"{schema.complaint(call.route)} the simulator does not list behind shared links"
        )
    place = lookup_folder(call, arg["path"], "path")
    return listing.begin(
        call.world,
        call.identity,
        place,
        recursive=arg.get("recursive", False),
        include_deleted=arg.get("include_deleted", False),
        include_mounted=arg.get("include_mounted_folders", True),
        include_documents=arg.get("include_non_downloadable_files", True),
        explicit_members=arg.get("include_has_explicit_shared_members", False),
        limit=arg.get("limit") or call.world.knobs.page_default,
    )


def _resume(call: Call, identity: Identity) -> Listing:
    try:
        cursor = listing.decode_cursor(call.arg["cursor"])
    except ValueError:
        raise BadRequest(f'{schema.complaint(call.route)} Invalid "cursor" parameter') from None
    same = cursor.identity == listing.signature(identity)
    if cursor.epoch != call.world.counters.epoch:
        raise RouteError.of("reset")
    if not same and not call.world.knobs.foreign_cursors:
        raise RouteError.of("reset")
    return Listing(call.world, identity, cursor)


def _identity_of(call: Call) -> Identity:
    """Longpoll carries no token: the cursor says who asks."""
    try:
        cursor = listing.decode_cursor(call.arg["cursor"])
    except ValueError:
        raise BadRequest(f'{schema.complaint(call.route)} Invalid "cursor" parameter') from None
    kind, member_id = cursor.identity
    member = call.world.members.get(member_id)
    admin = kind == "admin"
    return Identity("admin" if admin else "member", cursor.root, member, whole_team=admin)


def _page(call: Call, current: Listing) -> RawJson:
    if not current.root_exists():
        raise RouteError.of("path", "not_found")
    world, cursor = call.world, current.cursor
    nature = world.nature if world.knobs.nasty_pages else None
    found = current.page(_page_size(world, cursor.limit, nature))
    rendered = _render(call, current, found)
    if nature is not None and rendered:
        rendered = _scramble(nature, rendered, any_order=_commutes(found))
    has_more = b"true" if current.has_more() else b"false"
    return RawJson(
        b'{"entries": [%b], "cursor": %b, "has_more": %b}'
        % (b", ".join(rendered), json.dumps(cursor.encode()).encode(), has_more)
    )


def _render(call: Call, current: Listing, found: list[Found]) -> list[bytes]:
    renderers: dict[tuple[str, str], Renderer] = {}
    rendered: list[bytes] = []
    for source, entry in found:
        renderer = renderers.get((source.ns, source.lower))
        if renderer is None:
            renderer = Renderer(call.world, call.identity, source.ns, source.prefix)
            renderer.explicit_members = current.cursor.explicit_members
            renderers[source.ns, source.lower] = renderer
        rendered.append(renderer.render(entry))
    return rendered


def _page_size(world: World, limit: int, nature: Random | None) -> int:
    most = min(limit, world.knobs.page_limit)
    if nature is None:
        return most
    return 0 if nature.random() < 0.1 else nature.randint(1, most + 3)


def _commutes(found: list[Found]) -> bool:
    """Whether the order of entries makes no difference to who applies them.

    It does where a path comes twice, where something is deleted, and where a file came in the
    place of a folder of which an older entry is in the page.
    """
    kinds = {source.lower + entry.path_lower: entry.kind for source, entry in found}
    files = {path for path, kind in kinds.items() if kind == "file"}
    return (
        len(kinds) == len(found)
        and "deleted" not in kinds.values()
        and not any(files.intersection(paths.ancestors(path)) for path in kinds)
    )


def _scramble(nature: Random, rendered: list[bytes], *, any_order: bool) -> list[bytes]:
    """Repeat some entries; where the order says nothing, children may come before parents."""
    if any_order:
        nature.shuffle(rendered)
    return [entry for entry in rendered for _ in range(1 + (nature.random() < 0.1))]
