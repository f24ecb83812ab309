"""People in the browser: signing in, invitations, new passwords, second factors, sessions."""

import re
from collections.abc import Callable

import pyotp
from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import EMAIL, Appliance
from tests.console.browser import opened_context
from tests.console.fields import field, press, sign_in
from tests.console.looks import check_reflow
from tests.console.people import PERSONS_PASSWORD, add_person, browser_of

Axe = Callable[..., None]
Shot = Callable[[Page, str], None]
NEW_PASSWORD = "another sentence of mine"  # of a test


def test_f12_f19_f28_f144_f151_an_invitation_is_handed_over_and_accepted(
    browser: Browser, proved_page: Page, console: Appliance, axe: Axe, shot: Shot
) -> None:
    page = proved_page
    page.goto("/settings/users")
    press(page, "Invite")
    field(page, "Name").fill("Bob Visitor")
    field(page, "E-mail").fill("bob@example.com")
    axe(page)
    shot(page, "settings-invite")
    page.get_by_role("dialog").get_by_role("button", name="Invite", exact=True).click()
    expect(field(page, "Link")).to_have_value(re.compile("/accept-invitation#dpi_"))
    link = field(page, "Link").input_value()
    shot(page, "settings-invited")
    path = "/" + link.split("/", 3)[3]
    with opened_context(browser, console.url) as context:
        bob = context.new_page()
        bob.goto(path)
        expect(
            bob.get_by_text("Bob Visitor, choose a password for bob@example.com")
        ).to_be_visible()
        field(bob, "New password").fill("short")
        field(bob, "New password again").fill("other")
        press(bob, "Set password and sign in")
        expect(bob.get_by_text("Is not the same password")).to_be_visible()
        axe(bob)
        check_reflow(bob)
        shot(bob, "accept-invitation")
        field(bob, "New password").fill(NEW_PASSWORD)
        field(bob, "New password again").fill(NEW_PASSWORD)
        press(bob, "Set password and sign in")
        expect(bob.get_by_role("heading", level=1, name="Home")).to_be_visible()
        bob.goto("/settings")
        expect(bob.get_by_role("heading", level=1, name="Your account")).to_be_visible()
        sections = bob.get_by_role("navigation", name="Settings")
        expect(sections.get_by_role("link", name="API tokens")).to_be_visible()
        expect(sections.get_by_role("link", name="People")).to_have_count(0)
        bob.goto(path)  # the link is used up
        expect(bob.get_by_role("alert")).to_be_visible()


def test_f21_f22_f26_f162_signing_in_with_a_second_factor_and_asking_for_a_new_password(
    browser: Browser, console: Appliance, axe: Axe, shot: Shot
) -> None:
    email = add_person(console, "Iris")
    with browser_of(browser, console, email) as page:
        page.goto("/settings/account")
        expect(page.get_by_text("Your account is protected by a password alone")).to_be_visible()
        press(page, "Set up")
        expect(field(page, "Code to type")).to_have_value(re.compile("[A-Z2-7]{4}"))
        seed = field(page, "Code to type").input_value().replace(" ", "").replace("-", "")
        axe(page)
        shot(page, "second-factor")
        page.get_by_label("Digit 1 of 6").click()
        page.keyboard.type(pyotp.TOTP(seed).now())
        press(page, "Turn on")
        codes = page.get_by_role("dialog").locator("pre").inner_text().split()
        assert len(codes) == 10
        page.get_by_label("I have kept it in a safe place").check()
        press(page, "Go on")
        expect(page.get_by_text("Two-factor authentication is on")).to_be_visible()
        expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    with opened_context(browser, console.url) as context:
        page = context.new_page()
        page.goto("/settings/account")
        sign_in(page, email, PERSONS_PASSWORD)
        field(page, "Code").fill(codes[0])
        press(page, "Sign in")
        expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()
        page.get_by_role("link", name="API tokens").click()
        expect(page.get_by_text("No tokens")).to_be_visible()
        context.clear_cookies()  # the session ends while somebody works
        page.get_by_role("button", name="New token").click()
        field(page, "What it is for").fill("monitoring")
        page.get_by_role("dialog").get_by_role("button", name="New token").click()
        expect(page.get_by_text("Your session has ended")).to_be_visible()
        page.get_by_role("link", name="Forgot your password?").click()
        expect(page.get_by_role("heading", level=1, name="Forgot your password?")).to_be_visible()
        field(page, "E-mail").fill("nobody@example.com")
        axe(page)
        shot(page, "forgot-password")
        press(page, "Send the link")
        expect(page.get_by_text("If the address belongs to somebody here")).to_be_visible()


def test_f27_f28_a_link_for_a_new_password_works_once(
    browser: Browser, console: Appliance, axe: Axe, shot: Shot
) -> None:
    email = add_person(console, "Carl")
    with console.service.operator() as operator:
        everybody = [one["user"] for one in operator.get("/api/v1/users").json()["items"]]
        [carl] = [one for one in everybody if one["email"] == email]
        link = operator.post(f"/api/v1/users/{carl['id']}/password-reset").json()["link"]
    with opened_context(browser, console.url) as context:
        page = context.new_page()
        page.goto("/" + link.split("/", 3)[3])
        field(page, "New password").fill("a wholly new sentence")
        field(page, "New password again").fill("a wholly new sentence")
        axe(page)
        shot(page, "reset-password")
        press(page, "Set the new password")
        expect(page.get_by_text("The new password counts from now on.")).to_be_visible()
        page.get_by_role("link", name="Back to sign-in").click()
        sign_in(page, email, "a wholly new sentence")
        expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        assert EMAIL not in page.inner_text("body")
