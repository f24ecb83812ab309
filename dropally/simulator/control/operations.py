"""What the control API does besides edits: knobs, clock, tokens, cursors, contents, health."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from dropally.common.errors import NotFoundError, UsageError
from dropally.common.text import format_time
from dropally.simulator.auth.minting import Minted, mint_person_token, mint_team_token
from dropally.simulator.auth.scopes import ALL_SCOPES, USER_SCOPES
from dropally.simulator.control.locate import find_member
from dropally.simulator.state.contents import ContentSource
from dropally.simulator.state.team_space import add_outsider
from dropally.simulator.state.world import Knobs, World

_PIECE = 1024 * 1024


class TokenWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A token to be minted: for the team, for a member's own account, or for a personal account.

    `member` names the person by address or id; an unknown address with kind `personal` becomes an
    account outside the team. `lifetime_s` null never expires.
    """

    kind: Literal["team", "member", "personal"] = "team"
    member: str = ""
    scopes: list[str] | None = None
    lifetime_s: Annotated[float, msgspec.Meta(ge=0)] | None = 14_400


class ClockMove(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Jump ahead by seconds, or to a moment (`2026-12-24T18:00:00Z`)."""

    advance_s: float | None = None
    set: datetime | None = None


def mint_token(world: World, wish: TokenWish) -> Minted:
    """Mint a token. Raises UsageError for an unknown scope, NotFoundError for an unknown person."""
    most = ALL_SCOPES if wish.kind == "team" else USER_SCOPES
    scopes = most if wish.scopes is None else frozenset(wish.scopes)
    if not scopes <= ALL_SCOPES:
        unknown = ", ".join(sorted(scopes - ALL_SCOPES))
        raise UsageError(f"There is no scope {unknown}.", hint="Scopes are Dropbox's own.")
    if wish.kind == "team":
        return mint_team_token(world, scopes=scopes, lifetime_s=wish.lifetime_s)
    if wish.kind == "personal" and not any(
        wish.member in (one.email, one.member_id) for one in world.outsiders.values()
    ):
        name = wish.member.partition("@")[0] or "somebody"
        person = add_outsider(world, wish.member or "somebody@example.org", name.title(), "Private")
    else:
        person = find_member(world, wish.member)
    return mint_person_token(world, person, scopes=scopes, lifetime_s=wish.lifetime_s)


def move_clock(world: World, move: ClockMove) -> dict[str, str]:
    """Move the team's clock; what it shows then. Raises UsageError."""
    if (move.advance_s is None) == (move.set is None):
        raise UsageError("Say how the clock moves.", hint="Give advance_s or set, not both.")
    if move.advance_s is not None:
        world.clock.advance(move.advance_s)
    elif move.set is not None:
        if move.set.tzinfo is None:
            raise UsageError("The moment has no time zone.", hint="End it in Z.")
        world.clock.set(move.set)
    return {"now": format_time(world.clock.now())}


def set_knobs(world: World, changes: Mapping[str, object]) -> dict[str, Any]:
    """Change some knobs; all of them as they are then. Raises UsageError."""
    known = Knobs.__struct_fields__
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise UsageError(f"There is no knob {unknown[0]!r}.", hint=f"Knobs: {', '.join(known)}.")
    try:
        changed = msgspec.convert({**msgspec.to_builtins(world.knobs), **changes}, Knobs)
    except msgspec.ValidationError as error:
        raise UsageError(f"A knob is wrong: {error}") from error
    for name in known:
        setattr(world.knobs, name, getattr(changed, name))
    return read_knobs(world)


def read_knobs(world: World) -> dict[str, Any]:
    """All knobs."""
    knobs: dict[str, Any] = msgspec.to_builtins(world.knobs)
    return knobs


def reset_cursors(world: World) -> dict[str, int]:
    """Let every cursor that was ever handed out answer `reset`, those of waiting longpolls too."""
    world.counters.epoch += 1
    for tell in world.changed:
        tell("")
    return {"epoch": world.counters.epoch}


def find_content(world: World, digest: str) -> ContentSource:
    """A content by its hash, wherever it is used or was used. Raises NotFoundError."""
    stored = world.contents.find(digest)
    if stored is not None:
        return stored
    for entry in world.revisions.values():
        if entry.content_hash == digest:
            return world.contents.open(entry)
    for tree in world.trees.values():
        if tree.base is None:
            continue
        for entry in tree.walk(""):
            if entry.content_hash == digest:
                return world.contents.open(entry)
    raise NotFoundError(f"No content has the hash {digest}.")


def read_content(source: ContentSource) -> Iterator[bytes | memoryview]:
    """A content piece by piece."""
    for offset in range(0, source.size, _PIECE):
        yield source.read(offset, _PIECE)


def describe_health(world: World) -> dict[str, Any]:
    """That it works, and what it holds."""
    return {
        "status": "ok",
        "now": format_time(world.clock.now()),
        "team": world.team.name if len(world.teams) else None,
        "layout": world.team.layout if len(world.teams) else None,
        "members": len(world.members),
        "namespaces": len(world.namespaces),
        "changes": world.counters.seq,
    }
