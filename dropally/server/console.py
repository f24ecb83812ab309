"""The console's files for browsers: one page for all its addresses, and assets that never change.

`make web` builds them into `dropally/_web`; wheels carry them. The page gets a new nonce each time
it is sent, and its Content-Security-Policy allows only styles that bear it.
"""

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.server.exchange import header

BUILT = Path(__file__).parent.parent / "_web"
NONCE_PLACE = b"DROPALLY_CSP_NONCE"
"""What stands in the built page where the nonce goes; `web/vite.config.ts` puts it there."""

_NOT_OURS = ("/api/", "/healthz", "/readyz", "/metrics")
_FILE = re.compile(r"/(assets/[A-Za-z0-9._-]+|[a-z0-9-]+\.(?:svg|png|ico|txt))")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_PACKED = (("br", ".br"), ("gzip", ".gz"))  # the smallest first; made when the console is built
_REFUSED = {"q=0", "q=0.0"}
_FOR_EVER = "public, max-age=31536000, immutable"  # the names of assets contain their hash
_LOOK_AGAIN = "no-cache"
_HTML = "text/html; charset=utf-8"
_ABSENT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Dropally</title></head><body>
<h1>The console is not built</h1>
<p>Dropally is running, and its API and commands work. This copy of the source has no built console:
run <code>make web</code> beside the Makefile, then load this page again.</p>
</body></html>
"""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def with_console(app: ASGIApp, folder: Path = BUILT) -> ASGIApp:
    """Answer what browsers open with the console; everything else goes on to the API.

    Only requests that accept HTML get the page, so that programs hear of mistyped addresses.
    """

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        method = scope["method"] if scope["type"] == ScopeType.HTTP else ""
        if method in {"GET", "HEAD"}:
            answer = await asyncio.to_thread(_answer, folder, scope)
        if answer is None:
            await app(scope, receive, send)
        else:
            await _send(send, answer, has_body=method == "GET")

    return layer


def _answer(folder: Path, scope: Scope) -> _Answer | None:
    path = scope["path"]
    if path.startswith(_NOT_OURS):
        return None
    if _FILE.fullmatch(path):
        return _file(folder / path[1:], _codings(header(scope, b"accept-encoding")))
    if "text/html" in header(scope, b"accept"):
        return _page(folder / "index.html")
    return None


def _codings(accepted: str) -> set[str]:
    """What the browser unpacks: `gzip, deflate, br;q=0.5` has three."""
    parts = (part.partition(";") for part in accepted.split(","))
    return {name.strip() for name, _, weight in parts if weight.strip() not in _REFUSED}


def _file(path: Path, codings: set[str]) -> _Answer | None:
    content_type = _TYPES.get(path.suffix)
    if content_type is None or not path.is_file():
        return None
    headers = {
        "Content-Type": content_type,
        "Cache-Control": _FOR_EVER if path.parent.name == "assets" else _LOOK_AGAIN,
        "Vary": "Accept-Encoding",
    }
    for coding, suffix in _PACKED:
        packed = path.with_name(path.name + suffix)
        if coding in codings and packed.is_file():
            headers["Content-Encoding"] = coding
            path = packed
            break
    return _Answer(200, headers, path.read_bytes())


def _page(path: Path) -> _Answer:
    headers = {"Content-Type": _HTML, "Cache-Control": "no-store"}
    try:
        built = path.read_bytes()
    except FileNotFoundError:
        return _Answer(503, headers, _ABSENT)
    nonce = secrets.token_urlsafe(16)
    headers["Content-Security-Policy"] = _policy(nonce)
    return _Answer(200, headers, built.replace(NONCE_PLACE, nonce.encode()))


def _policy(nonce: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "frame-src blob:",  # previews of documents
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


async def _send(send: Send, answer: _Answer, *, has_body: bool) -> None:
    lines = {**answer.headers, "Content-Length": str(len(answer.body))}
    raw = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    body = answer.body if has_body else b""
    await send({"type": "http.response.body", "body": body, "more_body": False})
