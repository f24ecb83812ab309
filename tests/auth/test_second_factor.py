"""Authenticator apps and recovery codes."""

import re
from datetime import UTC, datetime

import pyotp
import pytest
from dropally.auth import account, second_factor, sessions, sign_in, totp, users
from dropally.auth.actors import Actor
from dropally.auth.errors import (
    CodeNeededError,
    FieldsError,
    ForbiddenError,
    LockedOutError,
    SignInRefusedError,
    StateError,
)
from dropally.auth.permissions import allowed
from dropally.auth.verbs import Verb
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from tests import qr_code
from tests.auth.appliance import ADMIN, ELSEWHERE, OFFICE, PASSWORD, Appliance


def test_f165_every_sign_in_asks_for_a_code(appliance: Appliance, admin: Actor) -> None:
    app, _ = appliance.enrol(admin)
    appliance.clock.advance(30)
    with pytest.raises(CodeNeededError) as caught:
        appliance.sign_in()
    assert caught.value.code == "otp_required"
    assert appliance.sign_in(code=appliance.code(app)).id == admin.id


def test_f165_who_does_not_know_the_password_is_not_told_of_the_second_factor(
    appliance: Appliance, admin: Actor
) -> None:
    appliance.enrol(admin)
    with pytest.raises(SignInRefusedError) as caught:
        appliance.sign_in(password="wrong")
    assert type(caught.value) is SignInRefusedError


def test_f164_a_code_is_taken_once(appliance: Appliance, admin: Actor) -> None:
    app, _ = appliance.enrol(admin)
    used = appliance.code(app)
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(code=used)  # it was used to enrol
    appliance.clock.advance(30)
    appliance.sign_in(code=appliance.code(app))
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(code=appliance.code(app))


@pytest.mark.parametrize(
    ("aside_s", "is_taken"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_f164_one_step_aside_is_taken(
    appliance: Appliance, admin: Actor, aside_s: int, is_taken: bool
) -> None:
    app, _ = appliance.enrol(admin)
    appliance.clock.advance(300)
    code = app.at(int(appliance.clock.now().timestamp()) + aside_s)
    if is_taken:
        assert appliance.sign_in(code=f" {code[:3]} {code[3:]} ").id == admin.id
    else:
        with pytest.raises(SignInRefusedError):
            appliance.sign_in(code=code)


def test_f164_enrolling_needs_a_code_of_the_app(appliance: Appliance, admin: Actor) -> None:
    with pytest.raises(StateError):
        second_factor.enable(appliance.ctx, admin, "123456")
    second_factor.begin(appliance.ctx, admin)
    with pytest.raises(FieldsError):
        second_factor.enable(appliance.ctx, admin, "abcdef")
    assert appliance.sign_in().id == admin.id, "until then no code is asked for"


def test_enrolling_ends_other_sessions_and_rotates_this_one(
    appliance: Appliance, admin: Actor
) -> None:
    other = appliance.sign_in(client=ELSEWHERE)
    before = appliance.tokens[admin.session_id]
    appliance.enrol(admin)
    for ended in (before, appliance.tokens[other.session_id]):
        with pytest.raises(SignInRefusedError):
            sessions.authenticate(appliance.ctx, ended, OFFICE)
    kept = sessions.authenticate(appliance.ctx, appliance.tokens[admin.session_id], OFFICE)
    assert kept.session_id == admin.session_id
    assert appliance.mails()[0][2]["change"] == "set up"
    with pytest.raises(StateError):
        second_factor.begin(appliance.ctx, admin)


def test_f165_ten_recovery_codes_each_work_once(appliance: Appliance, admin: Actor) -> None:
    _, recovery_codes = appliance.enrol(admin)
    assert len(set(recovery_codes)) == 10
    typed = recovery_codes[0].lower().replace("-", " ")
    actor = appliance.sign_in(code=typed)
    assert account.look_at(appliance.ctx, actor).recovery_codes_left == 9
    assert appliance.audit(actor)[1].description == "A recovery code was used; 9 are left."
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(code=recovery_codes[0])
    renewed = second_factor.renew_recovery_codes(appliance.ctx, actor)
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(code=recovery_codes[1])
    assert appliance.sign_in(code=renewed[0]).id == admin.id


def test_a_code_of_somebody_else_is_worth_nothing(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com")
    app, recovery_codes = appliance.enrol(admin)
    appliance.enrol(bo)
    appliance.clock.advance(60)
    for code in (appliance.code(app), recovery_codes[0]):
        with pytest.raises(SignInRefusedError):
            appliance.sign_in("bo@example.com", code=code)


def test_guessing_codes_locks_even_with_the_right_password(
    appliance: Appliance, admin: Actor
) -> None:
    """Asking without a code in between does not wipe the slate."""
    app, _ = appliance.enrol(admin)
    appliance.clock.advance(60)
    good = {app.at(appliance.clock.now(), counter_offset=step) for step in (-1, 0, 1)}
    wrong = [code for number in range(8) if (code := f"{number:06}") not in good]
    for code in wrong[:5]:
        with pytest.raises(CodeNeededError):
            appliance.sign_in()
        with pytest.raises(SignInRefusedError):
            appliance.sign_in(code=code)
    with pytest.raises(LockedOutError):
        appliance.sign_in(code=appliance.code(app))


def test_proving_again_wants_the_code_too(appliance: Appliance, admin: Actor) -> None:
    app, _ = appliance.enrol(admin)
    actor = sessions.authenticate(appliance.ctx, appliance.tokens[admin.session_id], OFFICE)
    appliance.clock.advance(30)
    with pytest.raises(CodeNeededError):
        sign_in.prove_again(appliance.ctx, actor, PASSWORD)
    renewed = sign_in.prove_again(appliance.ctx, actor, PASSWORD, code=appliance.code(app))
    assert renewed.session_id == actor.session_id


def test_f159_with_enforcement_nothing_but_enrolment_works(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    appliance.enrol(admin)
    appliance.set_policy(admin, enforce_2fa=True)
    again = sessions.authenticate(appliance.ctx, appliance.tokens[bo.session_id], OFFICE)
    assert again.restriction == "enrol_required"
    refused = {str(verb) for verb in Verb if not allowed(again, verb).is_allowed}
    assert {"task.read", "status.read", "self.tokens"} <= refused
    appliance.enrol(again)
    freed = sessions.authenticate(appliance.ctx, appliance.tokens[bo.session_id], OFFICE)
    assert freed.restriction == ""
    with pytest.raises(StateError) as caught:
        second_factor.disable(appliance.ctx, freed)
    assert caught.value.code == "enforced"


def test_turning_it_off_needs_a_fresh_password(appliance: Appliance, admin: Actor) -> None:
    appliance.enrol(admin)
    appliance.clock.advance(11 * 60)
    stale = sessions.authenticate(appliance.ctx, appliance.tokens[admin.session_id], OFFICE)
    with pytest.raises(ForbiddenError):
        second_factor.disable(appliance.ctx, stale)
    with pytest.raises(ForbiddenError):
        second_factor.renew_recovery_codes(appliance.ctx, stale)


def test_turning_it_off_lets_the_password_alone_do(appliance: Appliance, admin: Actor) -> None:
    _, recovery_codes = appliance.enrol(admin)
    second_factor.disable(appliance.ctx, admin)
    assert appliance.sign_in().id == admin.id
    with pytest.raises(StateError):
        second_factor.disable(appliance.ctx, admin)
    appliance.enrol(appliance.sign_in())
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(code=recovery_codes[5])


def test_an_administrator_takes_a_lost_second_factor_away(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    appliance.enrol(bo)
    view = users.reset_second_factor(appliance.ctx, admin, bo.id)
    assert not view.has_second_factor
    assert appliance.mails()[0][:2] == ("second_factor_changed", "bo@example.com")
    assert appliance.sign_in("bo@example.com").id == bo.id


def test_f22_the_hint_goes_when_refused_or_heeded(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com")
    assert account.look_at(appliance.ctx, bo).shows_second_factor_hint
    second_factor.refuse_hint(appliance.ctx, bo)
    assert not account.look_at(appliance.ctx, bo).shows_second_factor_hint
    appliance.enrol(admin)
    assert not account.look_at(appliance.ctx, admin).shows_second_factor_hint


def test_f163_the_qr_code_is_drawn_here_and_holds_the_uri(
    appliance: Appliance, admin: Actor
) -> None:
    shown = second_factor.begin(appliance.ctx, admin)
    assert shown.uri.startswith("otpauth://totp/Dropally%20Example%20Ltd:ann%40example.com?")
    parsed = pyotp.parse_uri(shown.uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert parsed.secret == shown.text_code.replace(" ", "")
    assert shown.qr_svg.startswith("<svg")
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", shown.qr_svg)
    assert qr_code.text_of(drawn(shown.qr_svg)) == shown.uri


def drawn(svg: str, scale: int = 4) -> Image.Image:
    """The picture as a browser would show it: the SVG is one path of horizontal strokes."""
    size = int(re.findall(r'width="(\d+)"', svg)[0]) // 5
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    (path,) = re.findall(r'class="qrline"[^>]*d="([^"]*)"', svg)
    x, y = 0.0, 0.0
    for command, arguments in re.findall(r"([Mmh])([-\d. ]+)", path):
        numbers = [float(number) for number in arguments.split()]
        if command == "h":
            draw.line((x, int(y), x + numbers[0] - 1, int(y)), fill=0)
            x += numbers[0]
        else:
            x, y = (x + numbers[0], y + numbers[1]) if command == "m" else (numbers[0], numbers[1])
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def test_no_seed_or_code_is_readable_in_the_database(appliance: Appliance, admin: Actor) -> None:
    app, recovery_codes = appliance.enrol(admin)
    for path in appliance.ctx.data_folder.glob("dropally.db*"):
        content = path.read_bytes()
        for secret in (app.secret, *recovery_codes, recovery_codes[0].replace("-", "")):
            assert secret.encode() not in content


@given(st.text(max_size=12))
def test_no_text_that_is_not_six_digits_is_a_code(text: str) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    right = {pyotp.TOTP(seed).at(now, counter_offset=step) for step in (-1, 0, 1)}
    step = totp.matching_step(seed, text, now, after_step=0)
    assert (step is not None) == ("".join(text.split()) in right)


@given(st.integers(min_value=0, max_value=4 * 10**9), st.integers(min_value=-3, max_value=3))
def test_the_step_of_a_code_is_found_within_one_step(at: int, aside: int) -> None:
    seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    now = datetime.fromtimestamp(at + 120, UTC)
    step = (at + 120) // 30 + aside
    code = pyotp.TOTP(seed).generate_otp(step)
    found = totp.matching_step(seed, code, now, after_step=-1)
    if abs(aside) <= 1:
        assert found is not None
        assert totp.matching_step(seed, code, now, after_step=found) is None
    elif found is not None:
        assert pyotp.TOTP(seed).generate_otp(found) == code  # two steps with equal codes


def test_the_reset_of_an_unknown_factor_is_told(appliance: Appliance, admin: Actor) -> None:
    with pytest.raises(StateError):
        users.reset_second_factor(appliance.ctx, admin, admin.id)
    assert appliance.sign_in(ADMIN).id == admin.id
