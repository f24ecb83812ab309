"""What people change about themselves in the browser, and how somebody is let in no more."""

import io
import re
from collections.abc import Callable

import pyotp
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests import qr_code
from tests.console.appliance import Appliance
from tests.console.browser import opened_context
from tests.console.fields import field, press
from tests.console.people import PERSONS_PASSWORD, add_person, browser_of, session_of

Axe = Callable[..., None]
NEW_PASSWORD = "a sentence that is new"  # of a test


def test_f158_f161_f233_the_own_password_and_sessions(
    browser: Browser, console: Appliance, axe: Axe
) -> None:
    email = add_person(console, "Dora")
    with (
        session_of(console, email) as elsewhere,
        session_of(console, email) as third,
        browser_of(browser, console, email) as page,
    ):
        page.goto("/settings/account")
        sessions = page.get_by_role("table", name="Sessions").get_by_role("row")
        expect(sessions).to_have_count(4)  # the header, and three
        expect(page.get_by_text("Last changed:")).to_be_visible()
        page.get_by_role("button", name="End", exact=True).first.click()
        expect(sessions).to_have_count(3)
        left = [one.get("/api/v1/session").status_code for one in (elsewhere, third)]
        assert sorted(left) == [200, 401]
        field(page, "Current password").fill("not this one")
        field(page, "New password").fill(NEW_PASSWORD)
        field(page, "New password again").fill(NEW_PASSWORD)
        press(page, "Change the password")
        expect(page.get_by_text("Is not your password")).to_be_visible()
        axe(page)
        field(page, "Current password").fill(PERSONS_PASSWORD)
        press(page, "Change the password")
        expect(page.get_by_text("The password was changed")).to_be_visible()
        expect(sessions).to_have_count(2)
        assert {one.get("/api/v1/session").status_code for one in (elsewhere, third)} == {401}


def test_f163_the_qr_code_is_read_by_a_camera_and_turns_the_second_factor_on(
    browser: Browser, console: Appliance
) -> None:
    with browser_of(browser, console, add_person(console, "Emil")) as page:
        page.goto("/settings/account")
        press(page, "Set up")
        picture = page.get_by_role("img", name="QR code for an authenticator app")
        expect(picture).to_have_js_property("complete", value=True)
        seen = Image.open(io.BytesIO(picture.screenshot()))
        app = pyotp.parse_uri(qr_code.text_of(seen))
        assert isinstance(app, pyotp.TOTP)
        page.get_by_label("Digit 1 of 6").click()
        page.keyboard.type(app.now())
        press(page, "Turn on")
        expect(page.get_by_role("dialog").locator("pre")).to_be_visible()  # the recovery codes


def test_f145_a_new_address_is_confirmed_by_its_link(browser: Browser, console: Appliance) -> None:
    with browser_of(browser, console, add_person(console, "Fritz")) as page:
        page.goto("/settings/account")
        field(page, "E-mail").fill("friedrich@example.com")
        press(page, "Change address")
        expect(field(page, "Link")).to_have_value(re.compile("#"))
        link = field(page, "Link").input_value()
    with opened_context(browser, console.url) as context:
        page = context.new_page()
        page.goto("/" + link.split("/", 3)[3])
        press(page, "Confirm the address")
        expect(
            page.get_by_text("From now on you sign in with friedrich@example.com.")
        ).to_be_visible()


def test_f157_tokens_are_revoked_and_who_is_deactivated_is_out(
    browser: Browser, proved_page: Page, console: Appliance, axe: Axe
) -> None:
    email = add_person(console, "Gerd")
    with browser_of(browser, console, email) as his:
        his.goto("/settings/tokens")
        press(his, "New token")
        field(his, "What it is for").fill("monitoring")
        dialog = his.get_by_role("dialog")
        dialog.get_by_role("button", name="New token").click()
        his.get_by_label("I have kept it in a safe place").check()
        dialog.get_by_role("button", name="Close", exact=True).last.click()
        press(his, "Revoke")
        confirm = his.get_by_role("dialog", name="Revoke “monitoring”?")
        expect(confirm.get_by_role("button", name="Show as CLI")).to_be_visible()
        axe(his)
        confirm.get_by_role("button", name="Revoke").click()
        expect(his.get_by_role("grid").get_by_text("Ended")).to_be_visible()
        page = proved_page
        page.goto("/settings/users")
        press(page, "Actions for Gerd")
        page.get_by_role("menuitem", name="Deactivate").click()
        page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
        row = page.get_by_role("row").filter(has_text=email)
        expect(row.get_by_text("Deactivated")).to_be_visible()
        his.get_by_role("link", name="Your account").first.click()
        expect(his.get_by_role("dialog", name="Your session has ended")).to_be_visible()
