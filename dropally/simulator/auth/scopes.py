"""The permissions of a Dropbox app, and how a request for them is settled.

Source: the permissions tab of Dropbox's app console and the `scope` attribute of every route.
"""

from collections.abc import Iterable

#: What a single account may grant.
USER_SCOPES = frozenset(
    {
        "account_info.read",
        "account_info.write",
        "contacts.read",
        "contacts.write",
        "file_requests.read",
        "file_requests.write",
        "files.content.read",
        "files.content.write",
        "files.metadata.read",
        "files.metadata.write",
        "sharing.read",
        "sharing.write",
    }
)

#: What only a team admin may grant; asking for one of these makes the link a team link.
TEAM_SCOPES = frozenset(
    {
        "events.read",
        "files.permanent_delete",
        "files.team_metadata.write",
        "groups.read",
        "groups.write",
        "members.delete",
        "members.read",
        "members.write",
        "sessions.list",
        "sessions.modify",
        "team_data.content.read",
        "team_data.content.write",
        "team_data.governance.read",
        "team_data.governance.write",
        "team_data.member",
        "team_data.team_space",
        "team_info.read",
        "team_info.write",
    }
)

ALL_SCOPES = USER_SCOPES | TEAM_SCOPES

#: Dropbox adds this to every grant; it cannot be switched off in the app console.
ALWAYS_GRANTED = frozenset({"account_info.read"})

#: The scope that a token needs before it may act as a member or as an admin.
ACT_AS_SCOPE = "team_data.member"


class ScopeError(ValueError):
    """A scope was asked for that does not exist or that the app may not have."""


def needs_team(scopes: Iterable[str]) -> bool:
    """Whether a grant of these scopes is for a whole team."""
    return not TEAM_SCOPES.isdisjoint(scopes)


def settle_request(requested: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """The scopes a space-separated request comes to; no request means all that the app may have.

    Raises ScopeError for a scope outside `allowed`.
    """
    if requested is None or not requested.strip():
        return allowed | ALWAYS_GRANTED
    wanted = frozenset(requested.split())
    refused = wanted - allowed - ALWAYS_GRANTED
    if refused:
        raise ScopeError("invalid scope: " + " ".join(sorted(refused)))
    return wanted | ALWAYS_GRANTED


def render(scopes: Iterable[str]) -> str:
    """The `scope` field of a token answer: sorted, space-separated."""
    return " ".join(sorted(scopes))
