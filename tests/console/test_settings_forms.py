"""Mail, registration and storages in buckets: settings that need a server on the other side."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect
from tests.console.appliance import EMAIL, PASSWORD, Appliance
from tests.console.fields import field, press
from tests.console.people import browser_of
from tests.console.waiting import wait_until
from tests.notify.mail_room import inbox
from tests.upkeep.s3 import BUCKET, CREDENTIALS, s3_server

Axe = Callable[..., None]
_NO_MAIL = {
    "notify.smtp.host": "",
    "notify.smtp.port": 587,
    "notify.smtp.security": "starttls",
    "notify.smtp.from": "",
}


def test_f24_f190_mail_is_set_up_and_people_ask_for_an_account(
    browser: Browser, stranger: Page, console: Appliance, axe: Axe
) -> None:
    refused = ("status of 503",)  # what the mail server says no to
    with (
        inbox() as post,
        browser_of(browser, console, EMAIL, PASSWORD, may_log=refused) as page,
    ):
        page.goto("/settings/mail")
        field(page, "Mail server").fill("127.0.0.1")
        field(page, "Port").fill(str(post.port))
        page.get_by_role("combobox", name="Encryption").click()
        page.get_by_role("option", name="None").click()
        field(page, "Sender").fill("dropally@example.com")
        expect(page.get_by_text("4 changes")).to_be_visible()
        press(page, "Save")
        expect(page.get_by_text("Saved.")).to_be_visible()
        press(page, "Send test mail")
        expect(page.get_by_text("queued as 4711").first).to_be_visible()
        axe(page)
        post.answer = lambda _: "554 relay access denied"
        press(page, "Send test mail")
        expect(page.get_by_role("alert").get_by_text("554 relay access denied")).to_be_visible()
        post.answer = lambda _: ""
        stranger.goto("/sign-in")
        expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(stranger.get_by_role("link", name="Ask for an account")).to_have_count(0)
        _allow_registration(console, True)
        stranger.reload()
        stranger.get_by_role("link", name="Ask for an account").click()
        field(stranger, "Your name").fill("Zoe New")
        field(stranger, "E-mail").fill("zoe@example.com")
        axe(stranger)
        press(stranger, "Ask for an account")
        expect(stranger.get_by_text("A mail is on its way")).to_be_visible()
        wait_until(lambda: any("zoe@example.com" in str(mail["To"]) for mail in post.mails))
        _allow_registration(console, False)
        with console.service.operator() as operator:  # as it was, for the other tests
            answer = operator.patch(
                "/api/v1/settings", json={"changes": _NO_MAIL}, headers={"If-Match": "*"}
            )
        assert answer.is_success, answer.text


def _allow_registration(console: Appliance, is_allowed: bool) -> None:
    changes = {"changes": {"self_registration": is_allowed}}
    with console.service.operator() as operator:
        answer = operator.patch("/api/v1/security", json=changes, headers={"If-Match": "*"})
    assert answer.is_success, answer.text


def test_f17_a_bucket_is_added_as_a_storage(
    proved_page: Page, console: Appliance, axe: Axe
) -> None:
    page = proved_page
    with s3_server() as address:
        page.goto("/storage")
        press(page, "Add a storage")
        field(page, "Short name").fill("bucket")
        page.get_by_role("combobox", name="Where do the backups lie?").click()
        page.get_by_role("option", name="S3, or compatible").click()
        field(page, "Bucket").fill(BUCKET)
        field(page, "Prefix").fill("dropally")
        field(page, "Region").fill(CREDENTIALS["region"])
        field(page, "Endpoint").fill(address)
        field(page, "Access key").fill(CREDENTIALS["access_key"])
        field(page, "Secret key").fill(CREDENTIALS["secret_key"])
        field(page, "Where is that?").fill("A bucket, Dublin (IE)")
        axe(page)
        press(page, "Test and add")
        expect(page.get_by_role("heading", level=1, name="A bucket, Dublin (IE)")).to_be_visible()
        press(page, "Test connection")
        expect(page.get_by_text("The storage can be used")).to_be_visible()
        with console.service.operator() as operator:
            assert operator.delete("/api/v1/storages/bucket").is_success
