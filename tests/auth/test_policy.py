"""Security settings: changed in the console, or pinned by the file."""

from pathlib import Path

import pytest
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError, ForbiddenError, StateError
from dropally.auth.policy import SecurityPolicy, read_policy
from dropally.auth.security_page import change_policy
from dropally.auth.verbs import Role
from tests.auth.appliance import Appliance, opened


def current(appliance: Appliance) -> SecurityPolicy:
    with appliance.ctx.read() as connection:
        return read_policy(connection, appliance.ctx.pinned)


def test_the_defaults_are_those_of_the_manual(appliance: Appliance) -> None:
    policy = current(appliance)
    assert policy.invite_ttl_s == 24 * 3600
    assert policy.reset_ttl_s == 3600
    assert (policy.login_tries, policy.login_window_s) == (5, 300)
    assert (policy.session_idle_s, policy.session_max_s) == (1800, 12 * 3600)
    assert policy.password_expire_days == 0
    assert not policy.enforce_2fa


def test_a_change_is_kept_and_audited_with_before_and_after(
    appliance: Appliance, admin: Actor
) -> None:
    change_policy(appliance.ctx, admin, {"password_min": 16, "enforce_2fa": False})
    assert current(appliance).password_min == 16
    entry = appliance.audit(admin)[0]
    assert entry.label == "Settings changed"
    assert bytes(entry.details) == b'{"changes":{"password_min":{"after":16,"before":12}}}'


def test_mistakes_are_told_by_field_and_nothing_is_kept(appliance: Appliance, admin: Actor) -> None:
    changes = {"password_min": 4, "enforce_2fa": True, "login_tries": "5", "magic": 1}
    with pytest.raises(FieldsError) as caught:
        change_policy(appliance.ctx, admin, changes)
    assert [name for name, _ in caught.value.fields] == ["password_min", "login_tries", "magic"]
    assert current(appliance) == SecurityPolicy()


def test_what_the_file_pins_wins_and_cannot_be_changed(tmp_path: Path) -> None:
    with opened(tmp_path, session_idle_s=600) as appliance:
        admin = appliance.set_up()
        assert current(appliance).session_idle_s == 600
        with pytest.raises(StateError) as caught:
            change_policy(appliance.ctx, admin, {"session_idle_s": 900, "password_min": 14})
        assert caught.value.code == "set_in_file"
        assert current(appliance).password_min == 12


def test_only_who_manages_security_changes_it(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com", Role.BACKUP_OPERATOR)
    with pytest.raises(ForbiddenError):
        change_policy(appliance.ctx, bo, {"password_min": 8})
