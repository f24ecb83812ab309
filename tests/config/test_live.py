"""Settings while Dropally runs: changed in the console, locked by the file, read anew."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from dropally.auth.errors import FieldsError, ForbiddenError
from dropally.auth.policy import read_policy
from dropally.auth.security_page import change_policy
from dropally.auth.verbs import Role
from dropally.catalog import settings
from dropally.common.errors import ConflictError, UsageError
from dropally.config import Config, entries
from dropally.config.changing import look_at_settings
from dropally.config.live import SettingsChanged
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from msgspec import json
from tests.config.live_room import Room, opened

SMTP = {
    "notify.smtp.host": "mail.example.com",
    "notify.smtp.from": "Dropally <dropally@example.com>",
    "notify.smtp.username": "dropally",
    "notify.smtp.password": "canary-secret",
}


def test_a_change_counts_at_once_and_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        assert room.view("recovery.download_link_ttl").value == "72h"
        changed = room.change({"recovery.download_link_ttl": "48h"})
        assert changed.keys == {"recovery.download_link_ttl"}
        assert room.live.get().recovery.download_link_ttl == 48 * 3600
    with opened(tmp_path) as room:
        view = room.view("recovery.download_link_ttl")
        assert (view.value, view.default, view.origin) == ("48h", "72h", "console")
        room.change({"recovery.download_link_ttl": None})
        view = room.view("recovery.download_link_ttl")
        assert (view.value, view.origin) == ("72h", "default")


def test_what_the_file_sets_is_locked(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.change({"limits.jobs_at_once": 6, "locale.units": "si"})
    text = "[limits]\njobs_at_once = 3\n"
    with opened(tmp_path, text, DROPALLY__LOCALE__TIME_ZONE="Europe/Berlin") as room:
        assert room.live.get().limits.jobs_at_once == 3
        assert room.live.get().locale.units == "si"
        view = room.view("limits.jobs_at_once")
        assert (view.origin, view.locked_by) == ("file", "dropally.toml")
        assert room.view("locale.time_zone").locked_by == "the environment"
        with pytest.raises(ConflictError, match=r"is set in dropally\.toml") as caught:
            room.change({"limits.jobs_at_once": 5})
        assert caught.value.code == "setting_locked"
    with opened(tmp_path) as room:
        assert room.live.get().limits.jobs_at_once == 6


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("server.listen", "setting_locked"),
        ("storage.main.path", "setting_locked"),
        ("paths.data", "setting_locked"),
        ("security.password_min", "setting_elsewhere"),
        ("server.session_idle", "setting_elsewhere"),
    ],
)
def test_what_the_console_does_not_decide(room: Room, key: str, code: str) -> None:
    with pytest.raises(ConflictError) as caught:
        room.change({key: "x"})
    assert caught.value.code == code


def test_wrong_values_change_nothing_and_name_every_field(room: Room) -> None:
    with pytest.raises(FieldsError) as caught:
        room.change(
            {"limits.jobs_at_once": 0, "recovery.download_link_ttl": "soon", "support.phone": "1"}
        )
    assert [name for name, _ in caught.value.fields] == [
        "limits.jobs_at_once",
        "recovery.download_link_ttl",
    ]
    assert room.live.get().support.phone == ""
    with pytest.raises(FieldsError, match=r"did you mean limits\.jobs_at_once"):
        room.change({"limits.jobs_at_onc": 3})
    with pytest.raises(FieldsError, match="host needs from"):
        room.change({"notify.smtp.host": "mail"})


def test_f65_a_change_is_a_row_of_the_audit_with_before_and_after(room: Room) -> None:
    room.change({"limits.jobs_at_once": 6, **SMTP})
    row = room.people.audit(room.admin)[0]
    assert row.activity == "settings_changed"
    changes = json.decode(row.details)["changes"]
    assert changes["limits.jobs_at_once"] == {"before": 4, "after": 6}
    assert changes["notify.smtp.password"] == {"before": "", "after": "***"}
    assert "canary" not in repr(row)


def test_f138_changes_of_mail_alone_are_of_the_class_notifications(room: Room) -> None:
    room.change(SMTP)
    row = room.people.audit(room.admin)[0]
    assert (row.activity, row.label) == ("notifications", "Notifications")


def test_secrets_are_sealed_and_never_shown(room: Room) -> None:
    room.change(SMTP)
    assert room.live.get().notify.smtp.password == "canary-secret"
    assert room.view("notify.smtp.password").value == "***"
    room.live.database.close()
    stored = b"".join(path.read_bytes() for path in (room.folder / "data").glob("dropally.db*"))
    assert b"canary-secret" not in stored


def test_stars_are_not_taken_for_a_secret(room: Room) -> None:
    with pytest.raises(FieldsError, match="only stands for it"):
        room.change({"notify.smtp.password": "***"})


def test_a_lost_key_file_costs_only_the_secrets(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.change(SMTP)
    (tmp_path / "data" / "people.key").unlink()
    with opened(tmp_path) as room:
        assert room.live.get().notify.smtp.host == "mail.example.com"
        assert room.live.get().notify.smtp.password == ""
        [warning] = room.live.effective.warnings
        assert "notify.smtp.password" in warning


def test_a_stored_value_that_fits_no_more_is_left_out_and_told(room: Room) -> None:
    with room.people.ctx.write() as connection:
        settings.put_setting(connection, settings.SettingRow("limits.jobs_at_once", '"many"'))
        settings.put_setting(connection, settings.SettingRow("limits.speed", "3"))
        settings.put_setting(connection, settings.SettingRow("support.phone", '"112"'))
    room.live.reload(room.loaded(""))
    assert room.live.get().limits.jobs_at_once == 4
    assert room.live.get().support.phone == "112"
    assert len(room.live.effective.warnings) == 2


def test_two_people_notice_each_other(room: Room) -> None:
    modno = room.live.effective.modno
    room.change({"locale.units": "si"}, modno=modno)
    with pytest.raises(ConflictError) as caught:
        room.change({"locale.units": "iec"}, modno=modno)
    assert caught.value.code == "changed_meanwhile"
    same = room.live.effective.modno
    room.change({"locale.units": "si"}, modno=same)
    assert room.live.effective.modno == same, "nothing has changed"


def test_subscribers_are_told_what_changed(room: Room) -> None:
    told: list[SettingsChanged] = []
    end = room.live.subscribe(told.append)
    room.change({"locale.units": "si"})
    room.live.reload(room.loaded('[log]\nlevel = "debug"\n'))
    end()
    room.change({"locale.units": "iec"})
    assert [change.keys for change in told] == [{"locale.units"}, {"log.level"}]
    assert told[1].config.log.level == "debug"
    view = room.view("log.level")
    assert (view.value, view.applies, view.waits_for_restart) == ("debug", "at restart", True)


def test_a_wrong_file_is_not_taken_over(room: Room) -> None:
    room.change({"locale.units": "si"})
    with pytest.raises(UsageError):
        room.live.reload(room.loaded("[log]\nlevel = 3\n"))
    assert room.live.get().locale.units == "si"


def test_a_reload_pins_and_frees_the_rules_for_people(room: Room) -> None:
    ctx = room.people.ctx
    change_policy(ctx, room.admin, {"password_min": 14})
    room.live.reload(room.loaded("[security]\npassword_min = 16\n"))
    with ctx.read() as connection:
        assert read_policy(connection, ctx.pinned).password_min == 16
    room.live.reload(room.loaded(""))
    with ctx.read() as connection:
        assert read_policy(connection, ctx.pinned).password_min == 14


def test_links_lead_to_where_the_console_is(room: Room) -> None:
    assert room.people.ctx.base_url.endswith(":8480")
    assert not room.people.ctx.sends_mail
    room.change({"server.base_url": "https://backup.example.com/", **SMTP})
    assert room.people.ctx.base_url == "https://backup.example.com"
    assert room.people.ctx.sends_mail


def test_who_may_see_and_change_what(room: Room) -> None:
    room.change(SMTP)
    operator = room.people.add(room.admin, "op@example.com", Role.BACKUP_OPERATOR)
    room.change({"limits.jobs_at_once": 5}, operator)
    assert room.view("limits.jobs_at_once", operator).value == 5
    with pytest.raises(StopIteration):
        room.view("notify.smtp.host", operator)
    with pytest.raises(ForbiddenError):
        room.change({"limits.jobs_at_once": 6, "notify.smtp.host": "evil.example"}, operator)
    assert room.live.get().limits.jobs_at_once == 5
    viewer = room.people.add(room.admin, "viewer@example.com", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        room.view("limits.jobs_at_once", viewer)


def test_administrators_are_mailed_when_mail_or_address_are_changed(room: Room) -> None:
    room.change(SMTP)
    room.change({"locale.units": "si"})
    room.change({"notify.smtp.port": 25, "notify.smtp.password": "canary-other"})
    [(kind, recipient, values)] = room.people.mails()
    assert (kind, recipient) == ("settings_changed", "ann@example.com")
    assert values["changes"] == "notify.smtp.port: 587 → 25\nnotify.smtp.password: *** → ***"
    assert (values["by"], values["address"]) == ("Ann Smith", "10.4.5.60")
    assert "canary" not in repr(values)


KEYS = sorted(entry.key for entry in entries(Config()))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS | st.sampled_from(["5m", "5%", "1GiB", "daily 02:00", "03:00", "https://x", "si"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@settings_of(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), VALUES, min_size=1, max_size=2))
def test_no_value_whatever_it_is_breaks_anything(room: Room, changes: dict[str, Any]) -> None:
    with suppress(FieldsError, ConflictError):
        room.change(changes)
    views, _ = look_at_settings(room.live, room.people.ctx, room.admin)
    json.encode([view.value for view in views])
    room.live.reload(room.live.loaded)
    assert room.live.effective.warnings == ()
