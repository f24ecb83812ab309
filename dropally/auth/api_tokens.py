"""API tokens: for programs, with some of their owner's rights and an end."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from dropally.auth import accounts, audit
from dropally.auth.actors import EVERYWHERE, Actor, Client, Reach
from dropally.auth.context import AuthContext
from dropally.auth.errors import FieldsError, SignInRefusedError, StateError
from dropally.auth.guard import require
from dropally.auth.permissions import verbs_of
from dropally.auth.policy import read_policy
from dropally.auth.setup import name_problem
from dropally.auth.tokens import SecretText, new_token, token_hash
from dropally.auth.verbs import SUBJECT_OF, Verb
from dropally.catalog import people, sessions
from dropally.catalog.sessions import TokenRow
from dropally.common.errors import NotFoundError
from dropally.common.ids import new_id

TOKEN_PREFIX = "dpy_"  # noqa: S105  what every API token begins with, for secret scanners
DEFAULT_DAYS = 90
LONGEST_DAYS = 730
_USED_EVERY = timedelta(minutes=1)


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """An API token as lists show it. `verbs` None: all that its owner may, save sensitive ones."""

    id: str
    owner_id: str
    name: str
    verbs: frozenset[Verb] | None
    reach: Reach
    created: datetime
    expires: datetime
    used: datetime | None
    used_address: str
    revoked: datetime | None


@dataclass(frozen=True)
class NewToken:
    """A token just made: the secret is shown this once."""

    view: TokenView
    secret: SecretText = field(repr=False)


def create(
    ctx: AuthContext,
    actor: Actor,
    name: str,
    *,
    verbs: frozenset[Verb] | None = None,
    reach: Reach = EVERYWHERE,
    days: int = DEFAULT_DAYS,
) -> NewToken:
    """Make a token for oneself. It never has more rights than its owner has at the time of use.

    Sensitive verbs count only if they are named. Raises ForbiddenError, FieldsError, StateError.
    """
    require(ctx, actor, Verb.SELF_TOKENS)
    if actor.kind == "cli":
        raise StateError(
            "no_account",
            "whoever sits at the machine has no account that a token could belong to",
            hint="make it for somebody: dropally token create NAME --for ADDRESS",
        )
    return create_for(ctx, actor, actor, name, verbs=verbs, reach=reach, days=days)


def create_for(
    ctx: AuthContext,
    by: Actor,
    owner: Actor,
    name: str,
    *,
    verbs: frozenset[Verb] | None = None,
    reach: Reach = EVERYWHERE,
    days: int = DEFAULT_DAYS,
) -> NewToken:
    """The same for somebody, by whoever has made sure that this is allowed. Raises FieldsError."""
    _check(owner, name, verbs, days)
    now, secret = ctx.now(), new_token(TOKEN_PREFIX)
    row = TokenRow(
        id=new_id("tok_"),
        user_id=owner.id,
        name=name.strip(),
        verbs="null" if verbs is None else accounts.encode_verbs(verbs),
        reach=accounts.encode_reach(reach),
        created=now,
        expires=now + timedelta(days=days),
        used=None,
        used_address="",
        revoked=None,
    )
    with ctx.write() as connection:
        sessions.insert_token(connection, row, token_hash(secret))
        audit.record(
            connection,
            now,
            by,
            audit.Activity.TOKEN_CHANGED,
            f"The API token {row.name!r} was created{_for(by, owner)}.",
            target=row.id,
            details={"verbs": row.verbs, "reach": row.reach, "days": days},
        )
    return NewToken(_view(row), secret)


def _for(by: Actor, owner: Actor) -> str:
    return "" if by.id == owner.id else f" for {owner.name}"


def _check(actor: Actor, name: str, verbs: frozenset[Verb] | None, days: int) -> None:
    problems: list[tuple[str, str]] = []
    if name_problem(name):
        problems.append(("name", name_problem(name)))
    lacking = sorted((verbs or frozenset()) - verbs_of(actor))
    personal = sorted(verb for verb in verbs or () if SUBJECT_OF[verb] == "self")
    if lacking:
        problems.append(("verbs", f"you may not do this yourself: {', '.join(lacking)}"))
    if personal:
        problems.append(("verbs", f"no token may do this: {', '.join(personal)}"))
    if not 1 <= days <= LONGEST_DAYS:
        problems.append(("days", f"must be between 1 and {LONGEST_DAYS}"))
    if problems:
        raise FieldsError(problems)


def authenticate(ctx: AuthContext, secret: str, client: Client) -> Actor:
    """Who sends this token. Raises SignInRefusedError when it is no good (any more)."""
    now = ctx.now()
    with ctx.read() as connection:
        token = sessions.token_by_hash(connection, token_hash(secret))
        user = people.user_by_id(connection, token.user_id) if token else None
        policy = read_policy(connection, ctx.pinned)
    if token is None or user is None or user.state != "active" or _is_over(token, now):
        raise SignInRefusedError(
            "the API token is unknown, expired or revoked", hint="create another in the console"
        )
    actor = replace(
        accounts.as_actor(user, client, policy, now),
        kind="token",
        name=f"{user.name}: {token.name}",
        token_id=token.id,
        token_verbs=_view(token).verbs,
        token_reach=accounts.decode_reach(token.reach),
    )
    _note_use(ctx, token, actor, now)
    return actor


def _is_over(token: TokenRow, now: datetime) -> bool:
    return token.revoked is not None or token.expires <= now


def _note_use(ctx: AuthContext, token: TokenRow, actor: Actor, now: datetime) -> None:
    """Write the time now and then; a row in the audit only when it comes from somewhere new."""
    address = actor.client.address
    if token.used is not None and token.used_address == address and now - token.used < _USED_EVERY:
        return
    with ctx.write() as connection:
        sessions.touch_token(connection, token.id, address, now)
        if token.used_address != address:
            audit.record(
                connection,
                now,
                actor,
                audit.Activity.TOKEN_USED,
                f"The API token {token.name!r} was used from ip {address}.",
                target=token.id,
            )


def list_own(ctx: AuthContext, actor: Actor) -> list[TokenView]:
    """The actor's tokens, ended ones too. Raises ForbiddenError."""
    require(ctx, actor, Verb.SELF_READ)
    with ctx.read() as connection:
        return [_view(row) for row in sessions.tokens_of(connection, actor.id)]


def list_all(ctx: AuthContext, actor: Actor) -> list[TokenView]:
    """Everybody's tokens, ended ones too. Raises ForbiddenError."""
    require(ctx, actor, Verb.TOKEN_MANAGE)
    with ctx.read() as connection:
        return [_view(row) for row in sessions.all_tokens(connection)]


def revoke(ctx: AuthContext, actor: Actor, token_id: str) -> None:
    """End a token at once: one's own, or with `token.manage` anybody's.

    Raises ForbiddenError, NotFoundError.
    """
    with ctx.read() as connection:
        token = sessions.token_by_id(connection, token_id)
    is_own = token is not None and token.user_id == actor.id
    require(ctx, actor, Verb.SELF_SESSIONS if is_own else Verb.TOKEN_MANAGE)
    now = ctx.now()
    with ctx.write() as connection:
        if token is None or not sessions.revoke_token(connection, token_id, now):
            raise NotFoundError("there is no such token", hint="it may have been revoked already")
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.TOKEN_CHANGED,
            f"The API token {token.name!r} was revoked.",
            target=token_id,
        )


def _view(row: TokenRow) -> TokenView:
    named = msgspec.json.decode(row.verbs, type=list[str] | None)
    return TokenView(
        id=row.id,
        owner_id=row.user_id,
        name=row.name,
        verbs=None if named is None else accounts.decode_verbs(row.verbs),
        reach=accounts.decode_reach(row.reach),
        created=row.created,
        expires=row.expires,
        used=row.used,
        used_address=row.used_address,
        revoked=row.revoked,
    )
