"""People beside the administrator, each with a browser of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page
from tests.console.appliance import Appliance
from tests.console.browser import opened_context

PERSONS_PASSWORD = "yet another sentence of mine"  # of a test


def add_person(console: Appliance, name: str, role: str = "viewer") -> str:
    """Somebody who may see everything and can sign in; their address."""
    email = f"{name.lower()}@example.com"
    rights = {"role": role, "reach": {"everywhere": True}}
    invitation = {"name": name, "email": email, "rights": rights}
    with console.service.operator() as operator:
        made = operator.post("/api/v1/invitations", json=invitation)
        assert made.is_success, made.text
        token = made.json()["link"].rpartition("#")[2]
        chosen = {"token": token, "new": PERSONS_PASSWORD, "new_again": PERSONS_PASSWORD}
        assert operator.post("/api/v1/invitations/acceptance", json=chosen).is_success
    return email


@contextmanager
def session_of(
    console: Appliance, email: str, password: str = PERSONS_PASSWORD
) -> Iterator[httpx.Client]:
    """A session that the person has just begun; it may change things."""
    with httpx.Client(base_url=console.url, timeout=60) as client:
        credentials = {"email": email, "password": password}
        began = client.post("/api/v1/session", json=credentials)
        assert began.is_success, began.text
        client.headers["X-CSRF-Token"] = began.json()["csrf_token"]
        yield client


@contextmanager
def browser_of(
    browser: Browser,
    console: Appliance,
    email: str,
    password: str = PERSONS_PASSWORD,
    may_log: tuple[str, ...] = (),
) -> Iterator[Page]:
    """The person's browser, signed in just now. `may_log`: as of `opened_context`."""
    with session_of(console, email, password) as client:
        cookie = client.cookies["dropally"]
        with opened_context(browser, console.url, cookie=cookie, may_log=may_log) as context:
            yield context.new_page()
