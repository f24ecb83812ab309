"""The ports the simulator listens on: plain HTTP, TLS, and a CONNECT proxy."""

import asyncio
from dataclasses import dataclass

from dropally.simulator.transport.http1 import BeginExchange, Http1Connection
from dropally.simulator.transport.proxy import ProxyConnection
from dropally.simulator.transport.tls import Authority


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to listen. Port 0 picks a free one; None leaves a face out."""

    host: str = "127.0.0.1"
    http: int = 0
    tls: int | None = None
    proxy: int | None = None


class Faces:
    """Listening sockets, and the connections that came through them."""

    def __init__(self, begin: BeginExchange, authority: Authority) -> None:
        self._begin = begin
        self._authority = authority
        self._servers: list[asyncio.Server] = []
        self._connections: set[Http1Connection] = set()
        self._handshakes: set[asyncio.Task[None]] = set()

    async def listen(self, addresses: Addresses) -> Addresses:
        """Open the ports; where they are. Raises OSError when one is taken."""
        loop, host = asyncio.get_running_loop(), addresses.host
        http = await loop.create_server(self._new_connection, host, addresses.http, backlog=512)
        self._servers.append(http)
        tls_port = proxy_port = None
        if addresses.tls is not None:
            context = self._authority.server_context()
            tls = await loop.create_server(
                self._new_connection, host, addresses.tls, ssl=context, backlog=512
            )
            self._servers.append(tls)
            tls_port = _port_of(tls)
        if addresses.proxy is not None:
            proxy = await loop.create_server(self._new_proxy, host, addresses.proxy, backlog=512)
            self._servers.append(proxy)
            proxy_port = _port_of(proxy)
        return Addresses(host, _port_of(http), tls_port, proxy_port)

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        for server in self._servers:
            server.close()
        for task in list(self._handshakes):
            task.cancel()
        for connection in list(self._connections):
            connection.abort()
        await asyncio.gather(*self._handshakes, return_exceptions=True)
        while self._connections:  # each one leaves the set when its loss has been told
            await asyncio.sleep(0.001)

    def _new_connection(self) -> Http1Connection:
        return Http1Connection(self._begin, self._connections)

    def _new_proxy(self) -> ProxyConnection:
        context = self._authority.server_context()
        return ProxyConnection(context, self._new_connection, self._handshakes)


def _port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
