"""One appliance and one browser for each worker; a fresh profile for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from dropally.simulator import Simulator, start_simulator
from playwright.sync_api import Browser, Page, sync_playwright
from tests.console.appliance import EMAIL, PASSWORD, Appliance, empty_appliance, filled_appliance
from tests.console.browser import built_console, chromium, launch, opened_context
from tests.console.looks import check_accessibility, take_pictures


@pytest.fixture(scope="session")
def executable() -> str:
    found = chromium()
    if not found:
        pytest.skip("no Chromium: install the package chromium, or name one in DROPALLY_CHROMIUM")
    if not built_console().exists():
        pytest.skip("the console is not built: run make web")
    return found


@pytest.fixture(scope="module")
def browser(executable: str) -> Iterator[Browser]:
    """No longer than one file: while Playwright runs, this thread has no event loop for others."""
    with sync_playwright() as playwright:
        found = launch(playwright, executable)
        yield found
        found.close()


@pytest.fixture(scope="session")
def team() -> Iterator[Simulator]:
    """The sample team of the shared appliance."""
    with start_simulator(team="sample") as simulator:
        yield simulator


@pytest.fixture(scope="session")
def console(
    executable: str, team: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """Set up, with one backup. Shared: leave it as it was, or make what you need anew."""
    with filled_appliance(tmp_path_factory.mktemp("console"), team) as appliance:
        yield appliance


@pytest.fixture
def own_console(executable: str, tmp_path: Path) -> Iterator[Appliance]:
    """Like `console`, for one test that changes what the others would see."""
    with (
        start_simulator(team="sample") as simulator,
        filled_appliance(tmp_path, simulator) as appliance,
    ):
        yield appliance


@pytest.fixture
def empty_console(executable: str, tmp_path: Path) -> Iterator[Appliance]:
    """Nobody has set it up."""
    with (
        start_simulator(team="sample") as simulator,
        empty_appliance(tmp_path, simulator) as appliance,
    ):
        yield appliance


@pytest.fixture
def page(browser: Browser, console: Appliance) -> Iterator[Page]:
    """The administrator's browser."""
    cookie = console.client.cookies["dropally"]
    with opened_context(browser, console.url, cookie=cookie) as context:
        yield context.new_page()


@pytest.fixture
def proved_page(browser: Browser, console: Appliance) -> Iterator[Page]:
    """A browser with a session of its own, signed in just now: nothing asks for the password again."""
    with httpx.Client(base_url=console.url, timeout=60) as client:
        credentials = {"email": EMAIL, "password": PASSWORD}
        assert client.post("/api/v1/session", json=credentials).is_success
        cookie = client.cookies["dropally"]
    with opened_context(browser, console.url, cookie=cookie) as context:
        yield context.new_page()


@pytest.fixture
def stranger(browser: Browser, console: Appliance) -> Iterator[Page]:
    """A browser that has not signed in."""
    with opened_context(browser, console.url) as context:
        yield context.new_page()


@pytest.fixture
def axe() -> Callable[..., None]:
    """`axe(page)`: no accessibility violation, in light and dark."""
    return check_accessibility


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """`shot(page, name)`: pictures in light, dark, and on a phone."""
    return take_pictures
