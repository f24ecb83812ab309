"""Tags: words that people and apps put on files and folders. At most twenty on one item."""

from dropally.simulator.api.places import lookup_entry
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Answer, Call, Json, route
from dropally.simulator.state.model import Tags

_MOST = 20


@route("files/tags/add")
def add(call: Call) -> Answer:
    """Put a tag on an item; one that it has already changes nothing."""
    tags, text = _tags_of(call), call.arg["tag_text"].lower()
    if text not in tags.texts:
        if len(tags.texts) >= _MOST:
            raise RouteError.of("too_many_tags")
        tags.texts.append(text)
        call.world.tags.put(tags.item, tags)
    return None


@route("files/tags/remove")
def remove(call: Call) -> Answer:
    """Take a tag off an item."""
    tags, text = _tags_of(call), call.arg["tag_text"].lower()
    if text not in tags.texts:
        raise RouteError.of("tag_not_present")
    tags.texts.remove(text)
    call.world.tags.put(tags.item, tags)
    return None


@route("files/tags/get")
def get(call: Call) -> Answer:
    """The tags of several items."""
    found: list[Json] = []
    for path in call.arg["paths"]:
        _, entry = lookup_entry(call, path, "path")
        tags = call.world.tags.get(entry.id)
        found.append(
            {"path": path, "tags": [_rendered(text) for text in tags.texts] if tags else []}
        )
    return {"paths_to_tags": found}


def _tags_of(call: Call) -> Tags:
    """The tags of the item that is to be changed. Raises RouteError `path/...`."""
    path = call.arg["path"]
    _, entry = lookup_entry(call, path, "path")
    return call.world.tags.get(entry.id) or Tags(entry.id)


def _rendered(text: str) -> Json:
    return {".tag": "user_generated_tag", "tag_text": text}
