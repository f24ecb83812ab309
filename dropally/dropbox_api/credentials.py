"""The key to one team, as the appliance keeps it."""

from datetime import datetime

import msgspec


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished link yields. Secret: `repr` shows whose it is and nothing else.

    `access_token` lives about four hours and is renewed with `refresh_token`, which lives until
    somebody revokes it. With no `refresh_token` the link ends when the access token does.
    """

    app_key: str
    refresh_token: str
    access_token: str = ""
    expires_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    team_id: str = ""
    team_name: str = ""
    admin_member_id: str = ""

    def __repr__(self) -> str:
        return (
            f"Credentials(team_id={self.team_id!r}, team_name={self.team_name!r}, secrets hidden)"
        )

    def __rich_repr__(self) -> list[tuple[str, str]]:
        # rich would print every field of a struct otherwise.
        return [("team_id", self.team_id), ("team_name", self.team_name)]
