"""Actions on what a handler returned: listing pages with surprises, results that lie."""

import json
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from dropally.simulator.errors import RouteError
from dropally.simulator.faults.disturbance import Disturbance, Scene
from dropally.simulator.routing import Answer, Download, HttpResponse, RawJson

_CONTINUE = "files/list_folder/continue"


class EmptyPage(msgspec.Struct, forbid_unknown_fields=True):
    """list_folder/continue returns no entries and says that there are more."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Answer an empty page that leads to the very same place."""
        if scene.call.route.name != _CONTINUE:
            return False
        page = {"entries": [], "cursor": scene.call.arg.get("cursor", ""), "has_more": True}
        disturbance.answer = HttpResponse(200, json.dumps(page).encode())
        return True


class DuplicateEntries(msgspec.Struct, forbid_unknown_fields=True):
    """Every entry of a listing page comes twice."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Double the entries."""
        disturbance.alterations.append(_on_entries(lambda entries: entries + entries))
        return True


class ChildrenFirst(msgspec.Struct, forbid_unknown_fields=True):
    """A page's entries come in reverse, children before their parents.

    Pages in which order has a meaning (a deletion, or one path more than once) stay as they are.
    """

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Reverse the entries where that changes nothing."""
        disturbance.alterations.append(_on_entries(_reversed_if_harmless))
        return True


class WrongHash(msgspec.Struct, forbid_unknown_fields=True):
    """A download announces a content hash that its bytes do not have."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Lie about the hash."""
        disturbance.alterations.append(lambda answer: _with_result(answer, content_hash="0" * 64))
        return True


class WrongSize(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A download announces a size that is off by `by` bytes."""

    by: int = 1

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Lie about the size."""

        def lie(answer: Answer) -> Answer:
            if not isinstance(answer, Download):
                return answer
            return _with_result(answer, size=max(0, answer.source.size + self.by))

        disturbance.alterations.append(lie)
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
        path = str(scene.call.arg.get("path", scene.call.arg.get("from_path", ""))).lower()
        if self._hidden_until.get(path, 0.0) > scene.now:
            disturbance.answer = RouteError.of(
                "from_lookup" if "from_path" in scene.call.arg else "path", "not_found"
            )
            return True
        disturbance.alterations.append(lambda answer: self._note(scene, answer))
        return False

    def _note(self, scene: Scene, answer: Answer) -> Answer:
        if isinstance(answer, dict):
            made = answer.get("metadata", answer)
            if scene.call.route.scope == "files.content.write" and "path_lower" in made:
                self._hidden_until[made["path_lower"]] = scene.now + self.seconds
        return answer


class RestrictedHashes(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Downloads of these contents are refused, wherever the files lie."""

    hashes: list[str]

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Look at what is about to be sent."""

        def refuse(answer: Answer) -> Answer:
            if isinstance(answer, Download) and answer.source.content_hash in self.hashes:
                raise RouteError.of("path", "restricted_content")
            return answer

        disturbance.alterations.append(refuse)
        return False


def _with_result(answer: Answer, **fields: Any) -> Answer:
    if isinstance(answer, Download):
        return replace(answer, result={**answer.result, **fields})
    return answer


def _on_entries(change: Any) -> Any:
    """An alteration of a listing page's entries, whether it was rendered already or not."""

    def alter(answer: Answer) -> Answer:
        page = json.loads(answer.data) if isinstance(answer, RawJson) else answer
        if not isinstance(page, dict) or "entries" not in page:
            return answer
        page["entries"] = change(page["entries"])
        return RawJson(json.dumps(page).encode()) if isinstance(answer, RawJson) else page

    return alter


def _reversed_if_harmless(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    paths = {entry["path_lower"] for entry in entries}
    ordered = len(paths) < len(entries) or any(entry[".tag"] == "deleted" for entry in entries)
    return entries if ordered else entries[::-1]
