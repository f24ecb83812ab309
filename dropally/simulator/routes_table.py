"""The table of Dropbox's routes: who may call what, on which host, with which scope.

`dropbox-routes.tsv` is a summary of Dropbox's public API specification, one line a route. Dispatch,
scope checks and the reach of Select-Admin are read from it, so that nobody types them a second time.
"""

import functools
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Route:
    """One API route as Dropbox declares it."""

    name: str
    """`files/list_folder/continue`, with `_v2` and the like where the URL has it."""
    auth: frozenset[str]
    """Which kinds of caller: `user`, `team`, `app`, `noauth`."""
    host: str
    """`api`, `content` or `notify`."""
    style: str
    """Where argument and body travel: `rpc`, `download` or `upload`."""
    scope: str
    """The scope a token must hold, or empty."""
    select_admin_mode: str
    """What Select-Admin reaches: `whole_team`, `team_admin`, or empty for nothing."""
    deprecated: bool


@functools.cache
def routes() -> dict[str, Route]:
    """Every route by its name."""
    text = resources.files("dropally.simulator").joinpath("dropbox-routes.tsv").read_text("utf-8")
    parsed = (_parse(line) for line in text.splitlines()[1:])
    return {route.name: route for route in parsed}


def _parse(line: str) -> Route:
    path, auth, host, style, scope, mode, _types, state = (line.split("\t") + [""] * 8)[:8]
    return Route(
        name=path.removeprefix("/2/"),
        auth=frozenset(kind.strip() for kind in auth.split(",")),
        host=host,
        style=style,
        scope=scope,
        select_admin_mode=mode,
        deprecated=state == "deprecated",
    )
