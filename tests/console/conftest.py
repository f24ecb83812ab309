"""One appliance and one browser for each worker; a fresh profile for each test.

Tests come in any order, and two workers may share the tests of one file: what a test changes in the
shared appliance it puts back, and what it needs it makes.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dropally.simulator import Simulator, start_simulator
from playwright.sync_api import Browser, Page
from tests.console.appliance import EMAIL, PASSWORD, Appliance, empty_appliance, filled_appliance
from tests.console.browser import SharedBrowser, built_console, chromium, opened_context
from tests.console.looks import check_accessibility, take_pictures
from tests.console.people import browser_of
from tests.console.teams import small_team

_BROWSER = SharedBrowser()


@pytest.fixture(scope="session")
def executable() -> str:
    found = chromium()
    if not found:
        pytest.skip("no Chromium: install the package chromium, or name one in DROPALLY_CHROMIUM")
    if not built_console().exists():
        pytest.skip("the console is not built: run make web")
    return found


@pytest.fixture
def browser(executable: str) -> Browser:
    """Chromium, running; the tests of this folder share it as long as no other comes between."""
    return _BROWSER.get(executable)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Behind the last test of the folder nothing of Playwright runs any more."""
    if nextitem is None or not nextitem.path.is_relative_to(Path(__file__).parent):
        _BROWSER.close()


def pytest_sessionfinish() -> None:
    """Also when the run was stopped in between."""
    _BROWSER.close()


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
    """A small team backed up, for one test that changes what the others would see."""
    with small_team() as simulator, filled_appliance(tmp_path, simulator) as appliance:
        yield appliance


@pytest.fixture
def empty_console(executable: str, tmp_path: Path) -> Iterator[Appliance]:
    """Nobody has set it up."""
    with small_team() as simulator, empty_appliance(tmp_path, simulator) as appliance:
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
    with browser_of(browser, console, EMAIL, PASSWORD) as page:
        yield page


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
