"""The monthly limit of data-transport calls that some Dropbox plans have.

Only `upload` and `upload_session/*` count (Dropbox's data transport limit); once it is used up they
answer 403 `invalid_account_type/feature` until the first of the next month, in UTC.
"""

from dropally.simulator.errors import AccessRefused, tagged
from dropally.simulator.state.world import World

_POLLING = "/check"
_MESSAGE = (
    "Your team has used up its data transport calls for this month. "
    "Uploads through apps work again on the first of next month."
)


def is_counted(route_name: str) -> bool:
    """Whether calls of this route use up the limit."""
    return route_name.startswith("files/upload") and not route_name.endswith(_POLLING)


def charge(world: World, route_name: str) -> None:
    """Count one call. Raises AccessRefused when the month's limit is used up."""
    limit = world.team.upload_api_rate_limit
    if limit is None or not is_counted(route_name):
        return
    counters, month = world.counters, f"{world.clock.now():%Y-%m}"
    if counters.upload_month != month:
        counters.upload_month, counters.upload_calls = month, 0
    if counters.upload_calls >= limit:
        raise AccessRefused(tagged("invalid_account_type", "feature"), _MESSAGE)
    counters.upload_calls += 1
