"""Connecting a Dropbox team when Dropbox sends the browser back."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dropally.simulator.auth.minting import register_default_app
from playwright.sync_api import Page, expect
from tests.console.appliance import Appliance
from tests.console.fields import field
from tests.console.looks import check_reflow


def test_f43_f49_the_browser_comes_back_and_the_first_tab_goes_on(
    proved_page: Page, console: Appliance, axe: Callable[..., None]
) -> None:
    with _reached_at(console, console.url):
        _reconnect(proved_page, console, axe)


def _reconnect(page: Page, console: Appliance, axe: Callable[..., None]) -> None:
    [team] = console.get("/connections")["items"]
    page.goto(f"/settings/connections/{team['id']}")
    page.get_by_role("button", name="Reconnect").click()
    dialog = page.get_by_role("dialog", name="Reconnect")
    dialog.get_by_text("Come back", exact=True).click()
    address = f"{console.url}/api/v1/connections/callback"
    expect(field(page, "Register this redirect URI in the app first")).to_have_value(address)
    console.simulator.run(lambda world: register_default_app(world, redirect_uris=(address,)))
    expect(dialog.get_by_text("Waiting for Dropbox")).to_be_visible()
    axe(page)
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Open Dropbox").click()
    consent = opened.value
    consent.get_by_role("button", name="Allow").click()
    expect(consent).to_have_url(re.compile("/connected"))
    title = f"{team['team_name']} is connected"
    expect(consent.get_by_role("heading", level=1, name=title)).to_be_visible()
    axe(consent)
    check_reflow(consent)
    expect(dialog).to_have_count(0)  # by itself


@contextmanager
def _reached_at(console: Appliance, address: str) -> Iterator[None]:
    """Without an address of its own, Dropbox has nowhere to lead back to."""
    _set_address(console, address)
    try:
        yield
    finally:
        _set_address(console, None)


def _set_address(console: Appliance, address: str | None) -> None:
    changes = {"changes": {"server.base_url": address}}
    with console.service.operator() as operator:
        answer = operator.patch("/api/v1/settings", json=changes, headers={"If-Match": "*"})
    assert answer.is_success, answer.text
