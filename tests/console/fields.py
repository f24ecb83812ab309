"""Finding what people find: fields by their labels, buttons by their words; and pressing keys."""

import re

from dropally.common.clock import SystemClock
from playwright.sync_api import Locator, Page
from tests.console.appliance import EMAIL, PASSWORD


def field(page: Page, label: str) -> Locator:
    """A field by its whole label; required ones have an asterisk behind it."""
    return page.get_by_label(re.compile(rf"^{re.escape(label)}[ *]*$"))


def press(page: Page, name: str) -> None:
    """Press the button of exactly this name."""
    page.get_by_role("button", name=name, exact=True).click()


def press_keys(page: Page, keys: str) -> None:
    """Press letters a tenth of a second apart, by the times that the page is told.

    What takes two keys takes them within a time; a slow machine must not come between them.
    """
    session = page.context.new_cdp_session(page)
    began = SystemClock().now().timestamp()
    for place, letter in enumerate(keys):
        key = {
            "key": letter,
            "code": f"Key{letter.upper()}",
            "windowsVirtualKeyCode": ord(letter.upper()),
            "timestamp": began + place / 10,
        }
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, **key})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    session.detach()


def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Fill the sign-in page's form and send it."""
    field(page, "E-mail").fill(email)
    field(page, "Password").fill(password)
    press(page, "Sign in")
