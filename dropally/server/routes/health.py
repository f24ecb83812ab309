"""Liveness and readiness, for supervisors and proxies: open to everybody, without details."""

import msgspec
import structlog
from litestar import Response, get

from dropally.server.given import GivenParts

_log = structlog.get_logger("dropally.server")


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class CheckResult(msgspec.Struct, frozen=True):
    """One thing that has to be there; what is wrong with it stands in the log."""

    name: str
    is_ok: bool


class Readiness(msgspec.Struct, frozen=True):
    """Whether backups can run and requests can be answered now."""

    is_ready: bool
    checks: list[CheckResult]


@get(
    "/healthz",
    operation_id="get_health",
    summary="Is the process alive?",
    tags=["health"],
    opt={"public": True},
    security=[{}],
    sync_to_thread=False,
)
def get_health() -> Health:
    """Answer 200 as long as the process can answer at all."""
    return Health("ok")


@get(
    "/readyz",
    operation_id="get_readiness",
    summary="Can it do its work?",
    tags=["health"],
    opt={"public": True},
    security=[{}],
    sync_to_thread=True,
)
def get_readiness(parts: GivenParts) -> Response[Readiness]:
    """Answer 200 when every check is well, else 503 with the names of those that are not."""
    found = parts.readiness()
    for name, trouble in found.items():
        if trouble:
            _log.warning("not ready", check=name, cause=trouble)
    results = [CheckResult(name, not trouble) for name, trouble in found.items()]
    is_ready = all(result.is_ok for result in results)
    return Response(Readiness(is_ready, results), status_code=200 if is_ready else 503)


handlers = [get_health, get_readiness]
