"""The description of the API (OpenAPI 3.1), made from the handlers."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Server

from dropally import __version__
from dropally.server.csrf import HEADER


class _NoPages(Router):
    """Litestar would add pages of its own beside the document, with an HTML 404; we serve one document."""

    def register(self, value: Any) -> list[Any]:
        """Take nothing."""
        del value
        return []


def openapi_config() -> OpenAPIConfig:
    """What stands at the head of the document."""
    return OpenAPIConfig(
        title="Dropally",
        version=__version__,
        description=(
            "Everything that the console and the command line do. Errors are problem documents"
            " (RFC 9457) with a `code` for programs and a `hint` for people. Times are RFC 3339 in"
            " UTC, sizes are bytes."
        ),
        use_handler_docstrings=True,
        servers=[Server(url="/")],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http", scheme="bearer", description="An API token, `dpy_…`."
                ),
                "session": SecurityScheme(
                    type="apiKey",
                    name="__Host-dropally",
                    security_scheme_in="cookie",
                    description=f"A session of the console; changes need {HEADER} too.",
                ),
            }
        ),
        security=[{"token": []}, {"session": []}],
        openapi_router=_NoPages("/api/v1/openapi", route_handlers=[]),
    )


@lru_cache(maxsize=2)
def openapi_document(app: Litestar) -> bytes:
    """The document as JSON, with the problems that the layers around every handler can answer."""
    document = app.openapi_schema.to_schema()
    for path, item in document["paths"].items():
        for operation in item.values():
            if isinstance(operation, dict) and "operationId" in operation:
                _add_common_problems(path, operation)
    return msgspec.json.encode(document)


def _add_common_problems(path: str, operation: dict[str, Any]) -> None:
    """What sign-in, the fences, the framework and the disk may say before or beside the handler."""
    statuses = {400, 503}
    if operation.get("security") != [{}]:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {403, 408, 413, 415, 422}
    for status in statuses:
        operation["responses"].setdefault(str(status), _problem_response(status))


def _problem_response(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
