"""Only names that are ours are answered to: a page elsewhere may point its own name at us."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.server.exchange import exchange_of
from dropally.server.parts import HttpSettings
from dropally.server.problems import new_problem, send_problem

HEALTH_PATHS = ("/healthz", "/readyz")


def with_host_check(app: ASGIApp, http: HttpSettings) -> ASGIApp:
    """Refuse other names (421) where `allowed_hosts` lists ours; health is told to everybody.

    `*.example.com` stands for all names below it. Addresses and `localhost` are always ours: a
    foreign page cannot make its name be one.
    """
    ours = {name.lower().rstrip(".") for name in http.allowed_hosts}
    ours |= {urlsplit(http.base_url).hostname or "localhost", "localhost"}

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and http.allowed_hosts and not _is_ours(scope, ours):
            exchange = exchange_of(scope)
            problem = new_problem(
                421,
                "unknown_host",
                f"this server does not go by the name {hostname(exchange.host)!r}",
                hint="add it to [server] allowed_hosts in dropally.toml",
                request_id=exchange.request_id,
            )
            await send_problem(send, problem, {})
            return
        await app(scope, receive, send)

    return layer


def _is_ours(scope: Scope, ours: set[str]) -> bool:
    exchange = exchange_of(scope)
    if exchange.is_local or scope["path"] in HEALTH_PATHS:
        return True
    name = hostname(exchange.host)
    below = f"*.{name.partition('.')[2]}"
    return name in ours or below in ours or _is_address(name)


def hostname(host: str) -> str:
    """`Backup.example.com:8480` -> `backup.example.com`; "" for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
