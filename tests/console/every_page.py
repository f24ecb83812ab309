"""Every page of the console, as its own table of routes names them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, Request, Response
from tests.console.looks import check_width, run_axe

_ROUTES = "() => Object.keys(window.__TSR_ROUTER__.routesByPath)"
_PARAMETER = re.compile(r"\$(\w+)")
# The browser's own clock tells when there is a heading and nothing of the page loads any more.
_IS_READY = """path => {
    const page = document.querySelector('main');
    const isThere = window.__TSR_ROUTER__?.stores?.resolvedLocation.get()?.pathname === path
        || location.pathname !== path;
    return isThere && page?.querySelector('h1') && !page.querySelector('[aria-busy=true]')
        && performance.now();
}"""
# As a link leads there: nothing is loaded anew but the page.
_GO = "path => window.__TSR_ROUTER__.history.push(path)"
_HAS_ARRIVED = """() => {
    const page = document.querySelector('main');
    const shown = window.__TSR_ROUTER__.stores.resolvedLocation.get()?.pathname;
    return shown === location.pathname
        && page?.querySelector('h1') && !page.querySelector('[aria-busy=true]');
}"""
_CLIENT_ERROR = 400
_TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Visit:
    """A page that was opened."""

    route: str
    ready_ms: float
    """From the address to a page that can be used, by the browser's clock."""


class Traffic:
    """Requests that failed, and answers that said no."""

    def __init__(self, page: Page) -> None:
        self.refused: list[str] = []
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)

    def _on_failed(self, request: Request) -> None:
        # A page that is left gives up what it had asked for, the stream of events among it.
        if request.failure != "net::ERR_ABORTED":
            self.refused.append(f"{request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= _CLIENT_ERROR:
            self.refused.append(f"{response.request.method} {response.url}: {response.status}")


def pages(page: Page, ids: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each route and its address; `ids` has a value for each parameter. A page must be open."""
    return [
        (route, _PARAMETER.sub(lambda found: ids[found[1]], route))
        for route in sorted(page.evaluate(_ROUTES))
    ]


def open_page(page: Page, route: str, path: str) -> Visit:
    """Open it by its address, and wait until it can be used."""
    page.goto(path, wait_until="commit")
    place = path.partition("?")[0]
    found = page.wait_for_function(_IS_READY, arg=place, polling="raf", timeout=_TIMEOUT_MS)
    return Visit(route, float(found.json_value()))


def go_to(page: Page, path: str) -> None:
    """Go there within the console, and wait until the page can be used."""
    page.evaluate(_GO, path)
    page.wait_for_function(_HAS_ARRIVED, polling="raf", timeout=_TIMEOUT_MS)


def open_all(page: Page, ids: Mapping[str, str]) -> Iterator[Visit]:
    """Open each page by its address; it is still open when its visit is yielded."""
    for route, path in pages(page, ids):
        yield open_page(page, route, path)


def check(page: Page) -> None:
    """It is accessible, and not wider than its window."""
    run_axe(page)
    check_width(page)
