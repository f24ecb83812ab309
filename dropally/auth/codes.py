"""Checking the second factor of a console user: a one-time code, or a recovery code."""

import sqlite3
from datetime import datetime
from typing import Literal

from dropally.auth import totp
from dropally.auth.sealing import Sealer
from dropally.auth.tokens import SecretText, spoken_code, token_hash, typed_code
from dropally.catalog import people
from dropally.catalog.people import UserRow

RECOVERY_CODES = 10
_GROUPS = 4  # 80 random bits: nothing to guess, even from the stored hash

Factor = Literal["totp", "recovery_code"]


def seed_purpose(user_id: str) -> str:
    """What a seed is sealed for: of no use in the row of somebody else."""
    return f"totp:{user_id}"


def take_code(
    connection: sqlite3.Connection, sealer: Sealer, user: UserRow, code: str, now: datetime
) -> Factor | None:
    """Use up a code; None if it is wrong, was used before, or there is no second factor."""
    if user.totp_seed is None:
        return None
    seed = sealer.open(user.totp_seed, seed_purpose(user.id)).decode()
    step = totp.matching_step(seed, code, now, after_step=user.totp_step)
    if step is not None:
        people.update_user(connection, user.id, {"totp_step": step})
        return "totp"
    if people.spend_recovery_code(connection, user.id, _recovery_hash(user.id, code), now):
        return "recovery_code"
    return None


def issue_recovery_codes(connection: sqlite3.Connection, user_id: str) -> list[SecretText]:
    """Ten new recovery codes, shown once; the old ones are worth nothing from now on."""
    codes = [spoken_code(_GROUPS) for _ in range(RECOVERY_CODES)]
    people.replace_recovery_codes(
        connection, user_id, [_recovery_hash(user_id, code) for code in codes]
    )
    return codes


def _recovery_hash(user_id: str, code: str) -> bytes:
    return token_hash(f"recovery:{user_id}:{typed_code(code)}")
