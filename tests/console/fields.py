"""Finding what people find: fields by their labels, buttons by their words."""

import re

from playwright.sync_api import Locator, Page
from tests.console.appliance import EMAIL, PASSWORD


def field(page: Page, label: str) -> Locator:
    """A field by its whole label; required ones have an asterisk behind it."""
    return page.get_by_label(re.compile(rf"^{re.escape(label)}[ *]*$"))


def press(page: Page, name: str) -> None:
    """Press the button of exactly this name."""
    page.get_by_role("button", name=name, exact=True).click()


def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Fill the sign-in page's form and send it."""
    field(page, "E-mail").fill(email)
    field(page, "Password").fill(password)
    press(page, "Sign in")
