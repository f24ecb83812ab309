"""Which function answers which call, and what passes between the two.

A handler is a plain function that runs on the server's only thread:

    @route("files/get_metadata")
    def get_metadata(call: Call) -> Answer: ...

It returns a dict (JSON), RawJson (already rendered), Download (bytes with a result in the header),
Redo (not yet: ask again), or raises one of `simulator.errors`. Pages outside the API
(`/oauth2/token`, `/_sim/...`) are registered with `@page`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dropally.simulator.routes_table import Route, routes

if TYPE_CHECKING:
    from dropally.simulator.auth.identity import Identity
    from dropally.simulator.state.contents import ContentSource
    from dropally.simulator.state.world import World

Json = dict[str, Any]


class UploadBody(Protocol):
    """Where the bytes of an upload went while they streamed in."""

    size: int

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        ...

    def abort(self) -> None:
        """The connection broke, or nobody wants the bytes: forget them."""
        ...


@dataclass(slots=True)
class Call:
    """One API call after authentication."""

    route: Route
    arg: Json
    """The argument as sent: validated, defaults not filled in. `{}` for a Void argument."""
    identity: "Identity"
    headers: Mapping[str, str]
    """Request headers, names in lower case."""
    world: "World"
    body: UploadBody | None = None


@dataclass(frozen=True, slots=True)
class RawJson:
    """A result that was rendered already."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes for the body, and a result for the `Dropbox-API-Result` header."""

    result: Json
    source: "ContentSource"
    ranged: bool = True
    """False where Dropbox ignores a Range header (download_zip)."""


@dataclass(frozen=True, slots=True)
class Redo:
    """No answer yet: ask `again` after every change of the world, until it returns one."""

    again: "Callable[[], Answer]"
    deadline: float | None = None
    """Ask at this moment of the team's clock (seconds since 1970) even when nothing changed."""


Answer = Json | RawJson | Download | Redo | None
Handler = Callable[[Call], Answer]
BodyOpener = Callable[[Call], UploadBody]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route with the function that answers it."""

    route: Route
    handler: Handler
    open_body: BodyOpener | None = None
    """Where the body goes; None keeps it in memory and, past a limit, in a temporary file."""


@dataclass(slots=True)
class HttpRequest:
    """A request outside the API."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    world: "World"
    peer: str
    """The address of the other side; the control API takes loopback only."""


@dataclass(slots=True)
class HttpResponse:
    """An answer as it goes over the wire; an iterator is sent chunked."""

    status: int
    body: "bytes | Iterator[bytes | memoryview]" = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """How much an iterator yields, when that is known: then it is not sent chunked."""


Page = Callable[[HttpRequest], HttpResponse]

endpoints: dict[str, Endpoint] = {}
pages: dict[tuple[str, str], Page] = {}


def route(name: str, *, open_body: BodyOpener | None = None) -> Callable[[Handler], Handler]:
    """Register the function below as the answer to `/2/<name>`."""

    def register(handler: Handler) -> Handler:
        if name in endpoints:
            raise ValueError(f"two handlers for {name}")
        endpoints[name] = Endpoint(routes()[name], handler, open_body)
        return handler

    return register


def page(method: str, path: str) -> Callable[[Page], Page]:
    """Register a page; a path that ends in `/` takes everything below it too."""

    def register(answer: Page) -> Page:
        pages[method, path] = answer
        return answer

    return register


def find_page(method: str, path: str) -> Page | None:
    """The page at `path`, or the one that takes everything below one of its parents."""
    found = pages.get((method, path))
    while found is None and path:
        path = path.rstrip("/").rpartition("/")[0]
        found = pages.get((method, path + "/"))
    return found


def tag_of(value: Any, default: str = "") -> str:
    """The tag of a union argument, which may be sent as `"add"` or as `{".tag": "add"}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return str(value.get(".tag", default))
    return default
