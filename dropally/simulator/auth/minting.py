"""Tokens without the consent page: for tests, the demo, and `--token-out`."""

from dataclasses import dataclass

from dropally.simulator.auth.apps import App
from dropally.simulator.auth.grants import ACCESS_LIFETIME_S, Subject, SubjectKind
from dropally.simulator.auth.scopes import ALL_SCOPES, USER_SCOPES
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World

#: The app that every simulated team knows from the start.
DEFAULT_APP_KEY = "simdropallyapp1"
DEFAULT_APP_SECRET = "simdropallykey1"  # noqa: S105 - opens nothing but this simulator


class NoAdminError(LookupError):
    """A team token was asked for, but the team has no active admin to link the app."""


@dataclass(frozen=True)
class Minted:
    """What a client needs to call the simulator."""

    access_token: str
    refresh_token: str
    app_key: str


def register_default_app(world: World, *, redirect_uris: tuple[str, ...] = ()) -> App:
    """Register the default app, with every permission."""
    app = App(DEFAULT_APP_KEY, "Dropally", DEFAULT_APP_SECRET, redirect_uris)
    return world.auth.apps.put(app.app_key, app)


def mint_team_token(
    world: World,
    *,
    scopes: frozenset[str] = ALL_SCOPES,
    lifetime_s: float | None = ACCESS_LIFETIME_S,
    app_key: str = DEFAULT_APP_KEY,
) -> Minted:
    """A team link, as if the first active admin had approved it. Raises NoAdminError."""
    for member in world.members.values():
        if member.is_admin and member.status == "active":
            subject = Subject("team", member.member_id, world.team.team_id)
            return _mint(world, subject, scopes, lifetime_s, app_key)
    raise NoAdminError("the team has no active admin")


def mint_person_token(
    world: World,
    person: Member,
    *,
    scopes: frozenset[str] = USER_SCOPES,
    lifetime_s: float | None = ACCESS_LIFETIME_S,
    app_key: str = DEFAULT_APP_KEY,
) -> Minted:
    """A link of one member's own account, or of a personal account outside the team."""
    kind: SubjectKind = "member" if person.member_id in world.members else "personal"
    subject = Subject(kind, person.member_id, person.account_id)
    return _mint(world, subject, scopes, lifetime_s, app_key)


def _mint(
    world: World,
    subject: Subject,
    scopes: frozenset[str],
    lifetime_s: float | None,
    app_key: str,
) -> Minted:
    grant = world.auth.grants.grant(app_key, subject, scopes, without_secret=True)
    token = world.auth.grants.issue(grant, lifetime_s=lifetime_s)
    return Minted(token.value, grant.refresh_token or "", app_key)
