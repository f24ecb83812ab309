"""The routes written out here are the SDK's, and nothing loads the SDK before the first call."""

import subprocess
import sys
from typing import Any

import pytest
from dropally.dropbox_api import routes
from dropbox import files, sharing, team

TABLE = {name: value for name, value in vars(routes).items() if isinstance(value, routes.Route)}


def sdk_routes() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for namespace in (files, sharing, team):
        short = namespace.__name__.rpartition(".")[2]
        for route in namespace.ROUTES.values():
            version = f"_v{route.version}" if route.version > 1 else ""
            found[f"{short}/{route.name}{version}"] = route
    return found


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_route_is_called_as_the_sdk_calls_it(name: str) -> None:
    ours = TABLE[name]
    theirs = sdk_routes()[ours.path].attrs
    assert (ours.host, ours.style) == (theirs["host"] or "api", theirs["style"] or "rpc")
    assert ours.auth in theirs["auth"].split(", ")


def test_importing_the_room_does_not_load_the_sdk() -> None:
    code = "import sys, dropally.dropbox_api; sys.exit('dropbox' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
