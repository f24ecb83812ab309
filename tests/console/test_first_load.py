"""What a browser has to fetch before anything can be done."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from tests.console.browser import built_console

_SIGN_IN_BYTES = 200_000
_HOME_BYTES = 250_000
_FILES = 25  # browsers fetch six at a time
_FETCHED = """() => performance.getEntriesByType('resource')
    .map(one => one.name).filter(name => name.includes('/assets/'))"""


def test_the_first_load_stays_small(stranger: Page, page: Page) -> None:
    """Packed with gzip: scripts, styles and texts until sign-in, and until Home, are shown."""
    stranger.goto("/sign-in")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)
    for one, most_bytes in ((stranger, _SIGN_IN_BYTES), (page, _HOME_BYTES)):
        fetched = sorted(
            ((_packed_bytes(url), url) for url in one.evaluate(_FETCHED)), reverse=True
        )
        assert sum(size for size, _ in fetched) < most_bytes, fetched[:8]
        assert len(fetched) <= _FILES


def _packed_bytes(url: str) -> int:
    """As gzip makes it; over TLS and from this machine browsers take Brotli, which is smaller."""
    plain = built_console().parent / urlsplit(url).path.lstrip("/")
    packed = plain.with_name(f"{plain.name}.gz")
    return (packed if packed.exists() else plain).stat().st_size
