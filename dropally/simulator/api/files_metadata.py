"""files/get_metadata."""

from dropally.simulator.api.rendering import Renderer
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Answer, Call, RawJson, route
from dropally.simulator.state.view import resolve


@route("files/get_metadata")
def get_metadata(call: Call) -> Answer:
    """The metadata of one file or folder."""
    place = resolve(call.world, call.identity, call.arg["path"])
    entry = place.entry if place else None
    if place is None or entry is None:
        raise RouteError.of("path", "not_found")
    renderer = Renderer(call.world, call.identity, entry.ns, place.prefix)
    return RawJson(renderer.render(entry))
