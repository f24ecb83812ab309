"""Locking out those who guess: per account and per network address, with decay.

A try is charged before the password is looked at, so that many tries at once do not all pass;
a good one is given back. Five tries in five minutes are free (an address, which may be a whole
office, has four times that); the next one locks for five minutes, and twice as long each time
it happens again, up to an hour. An hour without a lock takes one doubling back.

Unknown accounts are counted like known ones: nobody learns from a lock who exists. The rescue
commands on the host do not come here at all.
"""

import hashlib
import ipaddress
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.addresses import email_key
from dropally.auth.context import AuthContext
from dropally.auth.errors import LockedOutError
from dropally.auth.policy import SecurityPolicy, read_policy
from dropally.catalog import sessions
from dropally.catalog.moments import to_micros
from dropally.catalog.sessions import LockoutRow

Purpose = Literal["sign-in", "reset", "register", "setup"]

_WORDS: dict[Purpose, str] = {
    "sign-in": "Sign-in",
    "reset": "Password reset",
    "register": "Registration",
    "setup": "The setup",
}
_PURPOSES_OF_ACCOUNTS: tuple[Purpose, ...] = ("sign-in", "reset")
_ADDRESS_FACTOR = 4
_LONGEST_LOCK_US = 3_600_000_000
_STRIKE_ENDS_US = 3_600_000_000
_FORGET = timedelta(days=1)
_NOTHING = LockoutRow("[]", 0, 0, 0)


@dataclass(frozen=True)
class Charge:
    """A try that was let in: what to give back if it was a good one."""

    account: str
    address: str
    at_us: int


@dataclass(frozen=True)
class Refusal:
    """A try that was not let in. `is_news`: the first one refused by this lock."""

    retry_after_s: int
    is_news: bool


def account_key(email: str, purpose: Purpose = "sign-in") -> str:
    """The key of an account's tries. A hash: what was typed there may be a password by mistake."""
    digest = hashlib.sha256(email_key(email).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{purpose} account {digest}"


def address_key(address: str, purpose: Purpose = "sign-in") -> str:
    """The key of a network address; of IPv6 the /64 that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"{purpose} address {address[:64]}"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            network = ipaddress.ip_network((parsed, 64), strict=False)
            return f"{purpose} address {network}"
        parsed = parsed.ipv4_mapped
    return f"{purpose} address {parsed}"


def charge(ctx: AuthContext, actor: Actor, email: str, purpose: Purpose = "sign-in") -> Charge:
    """Let a try in, or raise LockedOutError; the first refusal of a lock leaves a row in the audit.

    Not to be called within a transaction: the try counts whatever becomes of the rest.
    """
    now, address = ctx.now(), actor.client.address
    with ctx.write() as connection:
        policy = read_policy(connection, ctx.pinned)
        outcome = admit(connection, now, policy, email=email, address=address, purpose=purpose)
        if isinstance(outcome, Refusal) and outcome.is_news:
            audit.record(
                connection,
                now,
                actor,
                audit.Activity.SIGN_IN,
                f"{_WORDS[purpose]} was locked for {outcome.retry_after_s} s after too many tries"
                f" from ip {address}.",
                status="denied",
            )
    if isinstance(outcome, Refusal):
        raise LockedOutError(outcome.retry_after_s)
    return outcome


def admit(
    connection: sqlite3.Connection,
    now: datetime,
    policy: SecurityPolicy,
    *,
    email: str,
    address: str,
    purpose: Purpose = "sign-in",
) -> Charge | Refusal:
    """Charge a try, or refuse it. The transaction must be kept in both cases."""
    sessions.delete_lockouts_before(connection, now - _FORGET)
    at_us, window_us = to_micros(now), policy.login_window_s * 1_000_000
    keys = (account_key(email, purpose), address_key(address, purpose))
    limits = (policy.login_tries, policy.login_tries * _ADDRESS_FACTOR)
    rows = [_aged(sessions.lockout(connection, key), at_us, window_us) for key in keys]
    for key, row, limit in zip(keys, rows, limits, strict=True):
        refusal = _refuse(connection, key, row, limit, at_us, window_us)
        if refusal:
            return refusal
    for key, row in zip(keys, rows, strict=True):
        failures = [*_failures(row), at_us]
        _put(connection, key, failures, row.strikes, 0, at_us)
    return Charge(keys[0], keys[1], at_us)


def _aged(row: LockoutRow | None, at_us: int, window_us: int) -> LockoutRow:
    """The row as it counts now: old failures and strikes have faded."""
    # A row from far ahead: the clock was wrong then. (From a little ahead: a try at the same time.)
    if row is None or row.changed_us > at_us + _LONGEST_LOCK_US:
        return _NOTHING
    if row.until_us > at_us:
        return row
    failures = [] if row.until_us else [t for t in _failures(row) if t > at_us - window_us]
    faded = max(0, at_us - max(row.until_us, row.changed_us)) // _STRIKE_ENDS_US
    return LockoutRow(_encode(failures), max(0, row.strikes - faded), 0, row.changed_us)


def _refuse(
    connection: sqlite3.Connection,
    key: str,
    row: LockoutRow,
    limit: int,
    at_us: int,
    window_us: int,
) -> Refusal | None:
    if row.until_us > at_us:
        return Refusal(-(-(row.until_us - at_us) // 1_000_000), is_news=False)
    if len(_failures(row)) < limit:
        return None
    lock_us = max(window_us, min(window_us << min(row.strikes, 16), _LONGEST_LOCK_US))
    _put(connection, key, _failures(row), row.strikes + 1, at_us + lock_us, at_us)
    return Refusal(lock_us // 1_000_000, is_news=True)


def give_back(connection: sqlite3.Connection, charge: Charge) -> None:
    """The try was no failure, but no sign-in either."""
    for key in (charge.account, charge.address):
        _uncharge(connection, key, charge.at_us)


def forgive(connection: sqlite3.Connection, charge: Charge) -> None:
    """The right person came: the account's failures are forgotten, the address' are not."""
    sessions.delete_lockout(connection, charge.account)
    _uncharge(connection, charge.address, charge.at_us)


def unlock(connection: sqlite3.Connection, email: str) -> bool:
    """Let an account in again; False if it was not held up."""
    held_up = [
        sessions.delete_lockout(connection, account_key(email, purpose))
        for purpose in _PURPOSES_OF_ACCOUNTS
    ]
    return any(held_up)


def locked_until_us(connection: sqlite3.Connection, email: str, now: datetime) -> int:
    """When an account's lock ends, in microseconds since 1970; 0 if it is not locked."""
    row = sessions.lockout(connection, account_key(email))
    return row.until_us if row and row.until_us > to_micros(now) else 0


def _uncharge(connection: sqlite3.Connection, key: str, at_us: int) -> None:
    row = sessions.lockout(connection, key)
    if row is None:
        return
    failures = _failures(row)
    if at_us in failures:
        failures.remove(at_us)
        _put(connection, key, failures, row.strikes, row.until_us, row.changed_us)


def _put(
    connection: sqlite3.Connection,
    key: str,
    failures: list[int],
    strikes: int,
    until_us: int,
    changed_us: int,
) -> None:
    row = LockoutRow(_encode(failures), strikes, until_us, changed_us)
    sessions.put_lockout(connection, key, row)


def _failures(row: LockoutRow) -> list[int]:
    return msgspec.json.decode(row.failures, type=list[int])


def _encode(failures: list[int]) -> str:
    return msgspec.json.encode(failures).decode()
