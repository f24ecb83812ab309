"""The month's upload calls of a team, counted in `dropally.db`: a restart forgets none (F100)."""

from dropally.catalog import connections
from dropally.protection.context import ProtectionContext


class StoredUploadMeter:
    """One team's count; see `dropbox_api.UploadMeter`."""

    def __init__(self, ctx: ProtectionContext, team_id: str) -> None:
        self._ctx = ctx
        self._team_id = team_id

    def used_this_month(self) -> int:
        """Calls counted since the first of this month, in UTC."""
        with self._ctx.read() as connection:
            return connections.uploads_in(connection, self._team_id, self._month())

    def add(self, calls: int) -> None:
        """Count calls that are about to be made."""
        with self._ctx.write() as connection:
            connections.count_uploads(connection, self._team_id, self._month(), calls)

    def _month(self) -> str:
        return f"{self._ctx.now():%Y-%m}"
