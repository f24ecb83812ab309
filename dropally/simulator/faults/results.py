"""Actions on what a handler answered: listing pages with surprises, results that lie."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from dropally.simulator.errors import RouteError
from dropally.simulator.faults.scene import Scene, alter_reply
from dropally.simulator.transport.disturbance import Disturbance
from dropally.simulator.transport.replies import Reply, error_reply, json_reply

_CONTINUE = "files/list_folder/continue"
_RESULT = "Dropbox-API-Result"
_Json = dict[str, Any]


class EmptyPage(msgspec.Struct, forbid_unknown_fields=True):
    """list_folder/continue returns no entries and says that there are more."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Answer an empty page that leads to the very same place."""
        if scene.call.route.name != _CONTINUE:
            return False
        page = {"entries": [], "cursor": scene.call.arg.get("cursor", ""), "has_more": True}
        disturbance.reply = json_reply(json.dumps(page).encode())
        return True


class DuplicateEntries(msgspec.Struct, forbid_unknown_fields=True):
    """Every entry of a listing page comes twice."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Double the entries."""
        alter_reply(disturbance, _on_entries(lambda entries: entries + entries))
        return True


class ChildrenFirst(msgspec.Struct, forbid_unknown_fields=True):
    """A page's entries come in reverse, children before their parents.

    Pages in which order has a meaning (a deletion, or one path more than once) stay as they are.
    """

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Reverse the entries where that changes nothing."""
        alter_reply(disturbance, _on_entries(_reversed_if_harmless))
        return True


class WrongHash(msgspec.Struct, forbid_unknown_fields=True):
    """A download announces a content hash that its bytes do not have."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Lie about the hash."""
        alter_reply(disturbance, _on_result(lambda result: {**result, "content_hash": "0" * 64}))
        return True


class WrongSize(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A download announces a size that is off by `by` bytes."""

    by: int = 1

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Lie about the size."""
        alter_reply(
            disturbance,
            _on_result(lambda result: {**result, "size": max(0, result["size"] + self.by)}),
        )
        return True


class InvisibleAfterWrite(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, dict=True):
    """What was just written is not found for some seconds, as on replicas that lag behind.

    Select reading and writing routes with the rule's `route` pattern; `files/*` takes all.
    """

    seconds: Annotated[float, msgspec.Meta(gt=0)]

    def __post_init__(self) -> None:
        self._hidden_until: dict[str, float] = {}

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Note what a write made; hide it from reads until its time has come."""
        moves = "from_path" in scene.call.arg
        path = str(scene.call.arg.get("from_path" if moves else "path", "")).lower()
        if self._hidden_until.get(path, 0.0) > scene.now:
            lookup = "from_lookup" if moves else "path"
            disturbance.reply = error_reply(RouteError.of(lookup, "not_found"))
            return True
        if scene.call.route.scope == "files.content.write":
            alter_reply(disturbance, lambda reply: self._note(scene, reply))
        return False

    def _note(self, scene: Scene, reply: Reply) -> Reply:
        result = json.loads(reply.body) if reply.status == 200 else None
        if isinstance(result, dict):
            made = result.get("metadata", result)
            if "path_lower" in made:
                self._hidden_until[made["path_lower"]] = scene.now + self.seconds
        return reply


class RestrictedHashes(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Downloads of these contents are refused, wherever the files lie."""

    hashes: list[str]

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Look at what is about to be sent."""

        def refuse(reply: Reply) -> Reply:
            result = json.loads(reply.headers.get(_RESULT, "{}"))
            if result.get("content_hash") in self.hashes:
                return error_reply(RouteError.of("path", "restricted_content"))
            return reply

        alter_reply(disturbance, refuse)
        return False


def _on_result(change: Callable[[_Json], _Json]) -> Callable[[Reply], Reply]:
    """An alteration of the result that a download carries in its header."""

    def alter(reply: Reply) -> Reply:
        if _RESULT in reply.headers:
            reply.headers[_RESULT] = json.dumps(change(json.loads(reply.headers[_RESULT])))
        return reply

    return alter


def _on_entries(change: Callable[[list[_Json]], list[_Json]]) -> Callable[[Reply], Reply]:
    """An alteration of a listing page's entries."""

    def alter(reply: Reply) -> Reply:
        page = json.loads(reply.body) if reply.status == 200 else None
        if isinstance(page, dict) and "entries" in page:
            page["entries"] = change(page["entries"])
            reply.body = json.dumps(page).encode()
        return reply

    return alter


def _reversed_if_harmless(entries: list[_Json]) -> list[_Json]:
    paths = {entry["path_lower"] for entry in entries}
    ordered = len(paths) < len(entries) or any(entry[".tag"] == "deleted" for entry in entries)
    return entries if ordered else entries[::-1]
