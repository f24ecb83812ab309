"""One-time codes of an authenticator app (RFC 6238): six digits, 30 s, SHA-1, as every app takes."""

import io
from datetime import datetime

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError

from dropally.auth.tokens import SecretText

ISSUER = "Dropally"
_STEPS_ASIDE = 1  # clocks of telephones differ by up to 30 s


def new_seed() -> SecretText:
    """160 random bits in base32, as the QR code and the text code show it."""
    return SecretText(pyotp.random_base32(32))


def matching_step(seed: str, code: str, now: datetime, *, after_step: int) -> int | None:
    """The time step a code belongs to; None if it is wrong or not newer than the last one taken.

    The caller stores the step with the sign-in: a code that was seen on its way is of no use.
    """
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    try:
        step = pyotp.TOTP(seed).verify_and_get_timecode(
            digits, for_time=now, valid_window=_STEPS_ASIDE
        )
    except OTPVerificationError:
        return None
    return step if step > after_step else None


def enrolment_uri(seed: str, email: str, organisation: str) -> SecretText:
    """What the QR code holds (the otpauth URI that authenticator apps read)."""
    issuer = f"{ISSUER} {organisation}".strip().replace(":", " ")
    return SecretText(pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=issuer))


def qr_svg(text: str) -> SecretText:
    """A QR code as an SVG image, drawn here: nobody else sees the seed."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", scale=5, border=4, xmldecl=False, light="white", nl=False
    )
    return SecretText(drawn.getvalue().decode())


def grouped(seed: str) -> SecretText:
    """The seed in groups of four, to be typed."""
    return SecretText(" ".join(seed[n : n + 4] for n in range(0, len(seed), 4)))
