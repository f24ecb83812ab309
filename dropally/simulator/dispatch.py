"""Which exchange answers a request, and who is woken when something changes."""

import asyncio
from urllib.parse import unquote, urlsplit

from dropally.simulator.api import endpoints
from dropally.simulator.call_exchange import CallExchange
from dropally.simulator.page_exchange import PageExchange, RefusingExchange
from dropally.simulator.routing import find_page
from dropally.simulator.state.world import World
from dropally.simulator.transport.disturbance import CallWatcher
from dropally.simulator.transport.http1 import Exchange, RequestHead
from dropally.simulator.transport.replies import error_reply, no_such_route, text_reply


class Dispatcher:
    """Begins an exchange for every request."""

    def __init__(self, world: World, *, strict: bool = False) -> None:
        self.world = world
        self.strict = strict
        """Check every answer against Dropbox's types; a wrong one becomes a loud 500."""
        self.watcher: CallWatcher | None = None
        self._waiting: set[CallExchange] = set()
        self._wake_planned = False
        world.changed.append(lambda _ns: self.wake())
        world.clock.moved.append(self.wake)

    def begin(self, head: RequestHead) -> Exchange:
        """The exchange for a request."""
        url = urlsplit(head.target)
        path = unquote(url.path)
        if path.startswith("/2/"):
            endpoint = endpoints.get(path.removeprefix("/2/"))
            if endpoint is not None:
                return CallExchange(self, endpoint, head, url.query)
            return RefusingExchange(error_reply(no_such_route(path)))
        page = find_page(head.method, path)
        if page is None:
            return RefusingExchange(text_reply("Not found.", 404))
        return PageExchange(self.world, page, head, path, url.query)

    def park(self, exchange: "CallExchange") -> None:
        """Let an exchange wait for the next change."""
        self._waiting.add(exchange)

    def unpark(self, exchange: "CallExchange") -> None:
        """It waits no more."""
        self._waiting.discard(exchange)

    def wake(self) -> None:
        """Something changed: soon, all who wait look again, once for many changes."""
        if self._waiting and not self._wake_planned:
            self._wake_planned = True
            asyncio.get_running_loop().call_soon(self._wake_all)

    def _wake_all(self) -> None:
        self._wake_planned = False
        for exchange in list(self._waiting):
            exchange.retry()
