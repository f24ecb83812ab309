"""Exchanges outside the API: pages such as the consent form, and plain refusals."""

from dropally.simulator.errors import BadRequest, TaggedError
from dropally.simulator.routing import HttpRequest, HttpResponse, Page
from dropally.simulator.state.world import World
from dropally.simulator.transport.http1 import Deliver, RequestHead
from dropally.simulator.transport.replies import Reply, error_reply


class RefusingExchange:
    """Swallows the body and says no."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def write(self, piece: bytes) -> None:
        """Nobody wants it."""

    def finish(self, deliver: Deliver) -> None:
        """Say no."""
        deliver(self._reply)

    def sent(self, reply: Reply) -> None:
        """Nothing to tell."""

    def abort(self) -> None:
        """Nothing to undo."""


class PageExchange:
    """A request outside the API."""

    def __init__(self, world: World, page: Page, head: RequestHead, path: str, query: str) -> None:
        self._world = world
        self._page = page
        self._head = head
        self._path = path
        self._query = query
        self._body = bytearray()

    def write(self, piece: bytes) -> None:
        """Collect the body."""
        self._body += piece

    def finish(self, deliver: Deliver) -> None:
        """Ask the page."""
        head = self._head
        request = HttpRequest(
            head.method, self._path, self._query, head.headers, bytes(self._body), self._world,
            head.peer,
        )  # fmt: skip
        try:
            response = self._page(request)
        except (BadRequest, TaggedError) as error:
            deliver(error_reply(error))
            return
        deliver(_page_reply(response))

    def sent(self, reply: Reply) -> None:
        """Nothing to tell."""

    def abort(self) -> None:
        """Nothing to undo."""


def _page_reply(response: HttpResponse) -> Reply:
    headers = {"Content-Type": response.content_type, **response.headers}
    if isinstance(response.body, bytes):
        return Reply(response.status, headers, response.body)
    return Reply(response.status, headers, stream=response.body, length=response.length)
