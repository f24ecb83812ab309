"""The first-run setup."""

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from dropally.auth import setup
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError, LockedOutError, SetupCodeError, SetupDoneError
from dropally.auth.permissions import allowed
from dropally.auth.sessions import NewSession
from dropally.auth.verbs import Role, Verb
from dropally.catalog import people
from dropally.common.errors import DeniedError, UsageError
from tests.auth.appliance import FORM, OFFICE, Appliance, opened


def test_f13_the_code_lies_in_a_file_only_its_owner_reads(appliance: Appliance) -> None:
    code = setup.prepare_code(appliance.ctx)
    path = appliance.ctx.data_folder / "setup-code"
    assert code is not None
    assert path.read_text().strip() == str(code)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(code.replace("-", "")) == 16
    assert setup.prepare_code(appliance.ctx) == code, "a restart keeps the printed code good"


def test_f13_a_wrong_code_is_refused_and_noted(appliance: Appliance) -> None:
    code = setup.prepare_code(appliance.ctx)
    with pytest.raises(SetupCodeError) as caught:
        setup.complete(appliance.ctx, "AAAA-BBBB-CCCC-DDDD", FORM, OFFICE)
    assert str(code) not in caught.value.message + caught.value.hint
    admin = appliance.set_up()
    wrong = [entry for entry in appliance.audit(admin) if entry.status == "failed"]
    assert [entry.description for entry in wrong] == [
        "A wrong setup code was entered from ip 10.4.5.60."
    ]


def test_f10_the_first_user_has_all_permissions(admin: Actor) -> None:
    assert admin.role == Role.ADMINISTRATOR
    assert all(allowed(admin, verb).is_allowed for verb in Verb)


def test_f13_the_second_setup_is_refused(appliance: Appliance, admin: Actor) -> None:
    with pytest.raises(SetupDoneError):
        setup.complete(appliance.ctx, "", FORM, OFFICE)
    assert not setup.is_open(appliance.ctx)
    assert setup.prepare_code(appliance.ctx) is None
    assert not (appliance.ctx.data_folder / "setup-code").exists()


def test_f13_of_many_at_once_one_wins(appliance: Appliance) -> None:
    code = setup.prepare_code(appliance.ctx)
    assert code is not None
    start, outcomes = threading.Barrier(4), list[object]()

    def attempt(number: int) -> None:
        form = replace(FORM, email=f"first{number}@example.com")
        start.wait()
        try:
            outcomes.append(setup.complete(appliance.ctx, code, form, OFFICE))
        except (SetupDoneError, DeniedError) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(outcome, NewSession) for outcome in outcomes) == 1
    with appliance.ctx.read() as connection:
        assert len(people.all_users(connection)) == 1


def test_f13_the_code_can_be_typed_in_any_spelling(appliance: Appliance) -> None:
    code = setup.prepare_code(appliance.ctx)
    assert code is not None
    typed = " " + code.lower().replace("-", " ") + "\n"
    assert setup.complete(appliance.ctx, typed, FORM, OFFICE).user_id


def test_a_given_code_is_taken_unless_it_is_easily_guessed(appliance: Appliance) -> None:
    with pytest.raises(UsageError):
        setup.prepare_code(appliance.ctx, "changeme")
    assert setup.prepare_code(appliance.ctx, "KORMORAN-BRÜTET") == "KORMORAN-BRÜTET"
    assert setup.complete(appliance.ctx, "kormoran brütet", FORM, OFFICE).user_id


def test_f14_field_errors_come_by_field_in_order(appliance: Appliance) -> None:
    code = setup.prepare_code(appliance.ctx)
    assert code is not None
    empty = setup.SetupForm("", "", "", "x", " ", "Mars/Olympus")
    with pytest.raises(FieldsError) as caught:
        setup.complete(appliance.ctx, code, empty, OFFICE)
    assert [name for name, _ in caught.value.fields] == [
        "name",
        "email",
        "password",
        "password_again",
        "organisation",
        "time_zone",
    ]
    assert setup.is_open(appliance.ctx)


def test_guessing_the_code_is_slowed_down(appliance: Appliance) -> None:
    setup.prepare_code(appliance.ctx)
    for _ in range(5):
        with pytest.raises(SetupCodeError):
            setup.complete(appliance.ctx, "wrong", FORM, OFFICE)
    with pytest.raises(LockedOutError):
        setup.complete(appliance.ctx, "wrong", FORM, OFFICE)


def test_f24_sign_up_is_offered_before_setup_and_with_self_registration(
    appliance: Appliance,
) -> None:
    assert setup.sign_up_is_offered(appliance.ctx)
    admin = appliance.set_up()
    assert not setup.sign_up_is_offered(appliance.ctx)
    appliance.set_policy(admin, self_registration=True)
    assert setup.sign_up_is_offered(appliance.ctx)


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    with opened(tmp_path) as appliance:
        code = setup.prepare_code(appliance.ctx)
        assert code is not None
        session = setup.complete(appliance.ctx, code, FORM, OFFICE)
        shown = repr((code, FORM, session, appliance.ctx))
        for secret in (str(code), FORM.password, str(session.token)):
            assert secret not in shown
