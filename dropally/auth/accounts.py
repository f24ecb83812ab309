"""From a stored console user to somebody who acts."""

from datetime import datetime, timedelta

import msgspec

from dropally.auth.actors import Actor, Client, Reach, Restriction
from dropally.auth.policy import SecurityPolicy
from dropally.auth.verbs import Role, Verb
from dropally.catalog.people import UserRow

EXPIRY_WARNING = timedelta(days=14)


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A console user as others see them; nothing secret in it."""

    id: str
    email: str
    name: str
    state: str
    role: Role
    reach: Reach
    granted: frozenset[Verb]
    denied: frozenset[Verb]
    has_password: bool
    password_changed: datetime | None
    has_second_factor: bool
    created: datetime
    last_sign_in: datetime | None


def view(row: UserRow) -> UserView:
    """What others may know of a console user."""
    return UserView(
        id=row.id,
        email=row.email,
        name=row.name,
        state=row.state,
        role=Role(row.role),
        reach=decode_reach(row.reach),
        granted=decode_verbs(row.granted),
        denied=decode_verbs(row.denied),
        has_password=row.password_hash is not None,
        password_changed=row.password_changed,
        has_second_factor=row.totp_seed is not None,
        created=row.created,
        last_sign_in=row.last_sign_in,
    )


def as_actor(
    row: UserRow,
    client: Client,
    policy: SecurityPolicy,
    now: datetime,
    *,
    session_id: str = "",
    is_freshly_proved: bool = False,
) -> Actor:
    """The console user as somebody acting at a console."""
    return Actor(
        kind="user",
        id=row.id,
        name=row.name,
        role=Role(row.role),
        reach=decode_reach(row.reach),
        granted=decode_verbs(row.granted),
        denied=decode_verbs(row.denied),
        restriction=restriction(row, policy, now),
        is_freshly_proved=is_freshly_proved,
        session_id=session_id,
        client=client,
    )


def restriction(row: UserRow, policy: SecurityPolicy, now: datetime) -> Restriction:
    """What they have to do before anything else; "" if nothing."""
    ends = password_ends(row, policy)
    if row.must_change_password or (ends is not None and ends <= now):
        return "password_expired"
    if policy.enforce_2fa and row.totp_seed is None:
        return "enrol_required"
    return ""


def password_ends(row: UserRow, policy: SecurityPolicy) -> datetime | None:
    """When the password expires; None if passwords do not, or there is none (single sign-on)."""
    if not policy.password_expire_days or row.password_hash is None or row.password_changed is None:
        return None
    return row.password_changed + timedelta(days=policy.password_expire_days)


def days_to_warn_of(row: UserRow, policy: SecurityPolicy, now: datetime) -> int | None:
    """Whole days until the password expires, once that is worth a warning; else None (F160)."""
    ends = password_ends(row, policy)
    if ends is None or ends - now > EXPIRY_WARNING:
        return None
    return max(0, (ends - now).days)


def decode_reach(text: str) -> Reach:
    """A reach as stored."""
    return msgspec.json.decode(text, type=Reach)


def encode_reach(reach: Reach) -> str:
    """A reach to store."""
    return msgspec.json.encode(reach, order="deterministic").decode()


def decode_verbs(text: str) -> frozenset[Verb]:
    """Verbs as stored; those that a newer or older Dropally had and this one lacks are ignored."""
    known = set(Verb)
    return frozenset(
        Verb(name) for name in msgspec.json.decode(text, type=list[str]) if name in known
    )


def encode_verbs(verbs: frozenset[Verb]) -> str:
    """Verbs to store."""
    return msgspec.json.encode(sorted(verbs)).decode()
