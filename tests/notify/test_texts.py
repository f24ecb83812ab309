"""What mails say, and that nothing in a value can make markup, paragraphs or headers."""

from datetime import UTC, datetime
from pathlib import Path

import dropally.notify
import pytest
from dropally.common.errors import DropallyError
from dropally.notify import mails
from dropally.notify.mails import Letter
from dropally.notify.texts import Text, write_text

WHEN = datetime(2026, 11, 22, 13, 3, tzinfo=UTC)
LINK = "https://backup.example.com/jobs/job_1"
LETTERS = {
    letter.kind: letter
    for letter in (
        mails.restore_finished(
            title="17 items of Bo", outcome="Partially succeeded", restored=15, skipped=1, failed=1,
            size_bytes=3 << 20, not_restored=["/a.txt: exists", "/b.txt: no space"], link=LINK,
        ),
        mails.export_ready(
            title="Bo, 2 March", link=LINK, expires=WHEN, size_bytes=1 << 30, sha256="ab" * 32
        ),
        mails.entity_discovered(
            task="Example", activated=["Bo"], waiting=["Cy"], archived=["Di"], link=LINK
        ),
        mails.connection_lost(
            team="Example", cause="the link was revoked", hint="reconnect", since=WHEN, link=LINK
        ),
        mails.job_failed(title="Backup of Example", cause="no space", hint="make some", link=LINK),
        mails.storage_trouble(storage="main", cause="it is full", hint="make room", link=LINK),
        mails.deletion_notice(what="the task Example", by="Ann", gone_at=WHEN, link=LINK),
        mails.decommission_notice(by="Ann", gone_at=WHEN, link=LINK),
        mails.settings_changed(
            by="Ann", when=WHEN, address="10.1.2.3", changes={"notify.smtp.host": ("", "mail")}
        ),
        mails.mail_check(by="Ann"),
    )
}  # fmt: skip
AUTH_VALUES = {
    "invitation": ["name", "inviter", "link", "expires"],
    "password_reset": ["name", "link", "address", "expires"],
    "password_changed": ["name"],
    "email_change": ["name", "link", "expires"],
    "email_change_notice": ["name", "new_email"],
    "second_factor_changed": ["name", "change"],
}


def text_of(letter: Letter, zone: str = "Europe/Berlin") -> Text:
    return write_text(letter.kind, letter.values, "Example Ltd", zone)


def auth_letter(kind: str) -> Letter:
    values = {name: f"the-{name}" for name in AUTH_VALUES[kind]}
    if "expires" in values:
        values["expires"] = "2026-11-22T13:03:00Z"
    return Letter(kind, values)


def test_every_template_has_a_letter() -> None:
    templates = Path(dropally.notify.__file__).parent / "templates" / "en"
    assert {path.stem for path in templates.iterdir()} == LETTERS.keys() | AUTH_VALUES.keys()


@pytest.mark.parametrize("kind", sorted(LETTERS.keys() | AUTH_VALUES.keys()))
def test_every_letter_can_be_written(kind: str) -> None:
    letter = LETTERS.get(kind) or auth_letter(kind)
    text = text_of(letter)
    assert text.subject
    assert "\n" not in text.subject
    assert "\n\n\n" not in text.plain
    assert "{" not in text.plain + text.html
    if letter.values.get("link"):
        assert f"\n\n{letter.values['link']}\n" in text.plain
        assert f'<a href="{letter.values["link"]}"' in text.html
    assert "Example Ltd" in text.html


def test_f103_the_end_of_a_restore_tells_counts_and_what_was_not_restored() -> None:
    text = text_of(LETTERS["restore_finished"])
    assert text.subject == "Restore partially succeeded: 17 items of Bo"
    assert "- Restored: 15 (3.0 MiB)\n- Skipped: 1\n- Failed: 1\n" in text.plain
    assert "Not restored:\n\n- /a.txt: exists\n- /b.txt: no space\n" in text.plain


def test_f107_a_download_has_link_end_with_zone_size_and_checksum() -> None:
    plain = text_of(LETTERS["export_ready"]).plain
    assert LINK in plain
    assert "until 2026-11-22 14:03 CET (UTC+01:00)" in plain
    assert "1.0 GiB (1073741824 bytes)" in plain
    assert "ab" * 32 in plain


def test_times_are_utc_where_the_organisation_is() -> None:
    assert "2026-11-22 13:03 UTC" in text_of(LETTERS["export_ready"], "UTC").plain


def test_long_lists_are_cut_and_say_so() -> None:
    letter = mails.entity_discovered(
        task="Example", activated=[f"m{n}" for n in range(60)], waiting=[], archived=[], link=LINK
    )
    plain = text_of(letter).plain
    assert "- m49\n- and 10 more" in plain
    assert "not protected" not in plain


def test_names_make_neither_markup_nor_paragraphs_nor_headers() -> None:
    evil = "x\r\nBcc: all@example.com\n\n<script>alert(1)</script>\n\nhttps://evil.example/"
    letter = mails.job_failed(title=evil, cause=evil, hint=evil, link=LINK)
    text = text_of(letter)
    assert "\n" not in text.subject
    assert "\r" not in text.subject
    assert "<script>" not in text.html
    assert text.html.count("<a ") == 1
    assert "\nBcc" not in text.plain
    listed = mails.entity_discovered(
        task="t", activated=["a\n- b\n\nhttps://evil.example/"], waiting=[], archived=[], link=LINK
    )
    assert text_of(listed).html.count("<li>") == 1


def test_the_invitation_of_a_stranger_repeats_no_words_of_theirs() -> None:
    letter = auth_letter("invitation")
    letter.values["inviter"] = ""
    letter.values["name"] = "Buy now at evil.example"
    text = text_of(letter)
    assert "evil" not in text.plain + text.html + text.subject


def test_an_unknown_kind_and_a_missing_value_are_errors() -> None:
    with pytest.raises(DropallyError, match="no text for mails of the kind 'nonsense'"):
        text_of(Letter("nonsense", {}))
    with pytest.raises(DropallyError, match="'by' is undefined"):
        text_of(Letter("test", {}))
