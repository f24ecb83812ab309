"""The control API over HTTP: everything under `/_sim/`, on loopback only."""

import functools
import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from dropally.common.errors import DropallyError, NotFoundError, UsageError
from dropally.simulator.control import operations, truth
from dropally.simulator.control.edits import apply_edits
from dropally.simulator.routing import HttpRequest, HttpResponse, Page, page

Answer = Callable[[HttpRequest], Any]
Wanted = TypeVar("Wanted")
_LOOPBACK = ("127.", "::1", "::ffff:127.")


def control_page(method: str, path: str) -> Callable[[Answer], Page]:
    """Register a page whose result is sent as JSON, and whose errors name cause and next step."""

    def register(answer: Answer) -> Page:
        @functools.wraps(answer)
        def guarded(request: HttpRequest) -> HttpResponse:
            if not request.peer.startswith(_LOOPBACK):
                return _json({"error": "The control API answers on loopback only."}, 403)
            try:
                result = answer(request)
            except DropallyError as error:
                status = 404 if isinstance(error, NotFoundError) else 400
                return _json({"error": error.message, "hint": error.hint}, status)
            return result if isinstance(result, HttpResponse) else _json(result)

        return page(method, f"/_sim/{path}")(guarded)

    return register


@control_page("GET", "health")
def get_health(request: HttpRequest) -> object:
    """That it works."""
    return operations.describe_health(request.world)


@control_page("GET", "metrics")
def get_metrics(request: HttpRequest) -> object:
    """All counters."""
    return request.world.faults.metrics.report()


@control_page("POST", "metrics/reset")
def reset_metrics(request: HttpRequest) -> object:
    """Start counting anew."""
    request.world.faults.metrics.reset()
    return {}


@control_page("GET", "faults")
def get_faults(request: HttpRequest) -> object:
    """The rules in force and how often each fired."""
    return request.world.faults.report()


@control_page("POST", "faults")
def set_faults(request: HttpRequest) -> object:
    """Replace all rules; `?add=1` adds to them."""
    rules = _body(request, list[dict[str, Any]])
    faults = request.world.faults
    if parse_qs(request.query).get("add") == ["1"]:
        faults.add_rules(rules)
    else:
        faults.set_rules(rules)
    return faults.report()


@control_page("DELETE", "faults")
def clear_faults(request: HttpRequest) -> object:
    """No more faults."""
    request.world.faults.clear()
    return []


@control_page("GET", "clock")
def get_clock(request: HttpRequest) -> object:
    """What time it is for the team."""
    return {"now": operations.describe_health(request.world)["now"]}


@control_page("POST", "clock")
def move_clock(request: HttpRequest) -> object:
    """Move the team's clock."""
    return operations.move_clock(request.world, _body(request, operations.ClockMove))


@control_page("POST", "edits")
def post_edits(request: HttpRequest) -> object:
    """Apply edits in order; what each one made."""
    return apply_edits(request.world, _body(request, list[Any]))


@control_page("GET", "truth/namespaces")
def get_namespaces(request: HttpRequest) -> object:
    """All namespaces."""
    return truth.list_namespaces(request.world)


@control_page("GET", "truth")
def get_truth(request: HttpRequest) -> object:
    """Every live entry of `?namespace=`, one JSON line each."""
    ns = parse_qs(request.query).get("namespace", [""])[0]
    if ns not in request.world.trees:
        raise NotFoundError(
            f"There is no namespace {ns!r}.", hint="GET /_sim/truth/namespaces lists them."
        )
    lines = truth.render_entries(request.world, ns)
    return HttpResponse(200, lines, "application/x-ndjson", length=None)


@control_page("GET", "content/")
def get_content(request: HttpRequest) -> object:
    """The bytes with a content hash."""
    source = operations.find_content(request.world, request.path.rpartition("/")[2])
    body = operations.read_content(source)
    return HttpResponse(200, body, "application/octet-stream", length=source.size)


@control_page("GET", "knobs")
def get_knobs(request: HttpRequest) -> object:
    """All knobs."""
    return operations.read_knobs(request.world)


@control_page("POST", "knobs")
def set_knobs(request: HttpRequest) -> object:
    """Change some knobs."""
    return operations.set_knobs(request.world, _body(request, dict[str, Any]))


@control_page("POST", "tokens")
def mint_token(request: HttpRequest) -> object:
    """Mint a token."""
    minted = operations.mint_token(request.world, _body(request, operations.TokenWish))
    return {
        "access_token": minted.access_token,
        "refresh_token": minted.refresh_token,
        "app_key": minted.app_key,
    }


@control_page("POST", "cursors/reset")
def reset_cursors(request: HttpRequest) -> object:
    """Let all cursors answer `reset`."""
    return operations.reset_cursors(request.world)


def _body(request: HttpRequest, wanted: type[Wanted]) -> Wanted:
    """The request's JSON body. Raises UsageError."""
    try:
        return msgspec.json.decode(request.body or b"{}", type=wanted)
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"The body cannot be read: {error}", hint="docs/simulator.md shows an example."
        ) from error


def _json(result: object, status: int = 200) -> HttpResponse:
    return HttpResponse(status, json.dumps(result, ensure_ascii=False).encode())
