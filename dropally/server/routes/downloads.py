"""What somebody with a download link sees and fetches; the link itself is the permission."""

from collections.abc import Sequence
from functools import partial

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from dropally.recovery import downloads
from dropally.recovery.downloads import LandingView
from dropally.server.files import SentFile, Wanted, read_file, send
from dropally.server.given import GivenExchange, GivenParts
from dropally.server.problems import documented
from dropally.server.routes.items import IfRange, Range

_TAGS = ["downloads"]


@get(
    "/downloads/{token:str}",
    operation_id="open_download",
    summary="What a download link opens",
    tags=_TAGS,
    opt={"public": True},
    security=[{}],
    responses=documented(404, 410),
    sync_to_thread=True,
)
def open_download(parts: GivenParts, token: FromPath[str]) -> LandingView:
    """Files, sizes, SHA-256, and until when. 410 when its time is over."""
    return downloads.landing(parts.recovery, token)


@get(
    "/downloads/{token:str}/parts/{number:int}",
    operation_id="fetch_download",
    summary="One file of a download",
    tags=_TAGS,
    opt={"public": True},
    security=[{}],
    responses=documented(404, 410, 416),
    sync_to_thread=True,
)
def fetch_download(
    parts: GivenParts,
    exchange: GivenExchange,
    token: FromPath[str],
    number: FromPath[int],
    wanted_range: Range = "",
    if_range: IfRange = "",
) -> Stream | Response[None]:
    """Ranges are answered: an interrupted download goes on (`curl -C -`)."""
    found = downloads.open_part(parts.recovery, token, number, exchange.client)
    pieces = partial(read_file, found.path)
    sent = SentFile(found.name, found.size_bytes, found.sha256, found.created, pieces)
    return send(sent, Wanted(wanted_range, if_range))


handlers: Sequence[HTTPRouteHandler] = (open_download, fetch_download)
