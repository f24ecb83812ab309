"""What a browser has to fetch before anything can be done."""

from playwright.sync_api import Page, expect

_SIGN_IN_BYTES = 200_000
_HOME_BYTES = 250_000
_FILES = 25  # browsers fetch six at a time
_FETCHED = """() => performance.getEntriesByType('resource')
    .filter(one => one.name.includes('/assets/'))
    .map(one => [one.encodedBodySize, one.name])"""


def test_the_first_load_stays_small(stranger: Page, page: Page) -> None:
    """Packed, as it is sent: scripts, styles and texts until sign-in, and until Home, are shown."""
    stranger.goto("/sign-in")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)
    for one, most_bytes in ((stranger, _SIGN_IN_BYTES), (page, _HOME_BYTES)):
        fetched = sorted(one.evaluate(_FETCHED), reverse=True)
        assert sum(size for size, _ in fetched) < most_bytes, fetched[:8]
        assert len(fetched) <= _FILES
