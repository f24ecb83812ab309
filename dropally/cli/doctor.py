"""`dropally doctor`: asks the running server, or looks itself where none runs."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import typer

from dropally.app.appliance import open_parts
from dropally.app.doors import LOCAL_SOCKET
from dropally.auth.actors import host_operator
from dropally.cli.exits import FAILED
from dropally.cli.host import acting_as_owner, login_name
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.clock import SystemClock
from dropally.common.errors import NotFoundError, TryLaterError
from dropally.config import LoadedConfig, find_config_file, load_config
from dropally.server.storage_views import CheckList, check_list
from dropally.upkeep.health import check_health

_MARKS = {"ok": "ok", "warning": "WARNING", "failed": "FAILED", "unknown": "unknown"}
_ANSWER_WITHIN_S = 60.0


def doctor(
    config: ConfigOption = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The data folder, instead of [paths] data.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Look at everything the appliance needs, and name what is wrong."""
    told = {"paths.data": str(data)} if data else {}
    loaded = load_config(find_config_file(config, os.environ), os.environ, command_line=told)
    folder = loaded.config.paths.data
    if not folder.is_dir():
        raise NotFoundError(
            f"there is no data folder {folder}",
            hint="start `dropally serve` once, or name the folder by --data or --config",
        )
    checks = _ask_server(folder / LOCAL_SOCKET) or _look(loaded, folder)
    screen = Screen(as_json=as_json)
    screen.table(
        ("STATE", "WHAT", "FOUND"),
        [(_MARKS[one.state], one.title, one.detail) for one in checks.items],
    )
    for one in checks.items:
        if one.hint and one.state != "ok":
            screen.say(f"{one.title}: {one.hint}")
    screen.result(checks)
    if checks.state == "failed":
        sys.exit(FAILED)


def _ask_server(path: Path) -> CheckList | None:
    """What the running server finds; None where none runs."""
    if not path.is_socket():
        return None
    with httpx.Client(
        transport=httpx.HTTPTransport(uds=str(path)), timeout=_ANSWER_WITHIN_S
    ) as client:
        try:
            answer = client.get("http://localhost/api/v1/appliance/health")
            answer.raise_for_status()
        except httpx.ConnectError:
            return None  # left by a server that was killed
        except httpx.HTTPError as error:
            raise TryLaterError(
                f"the server does not say how it is: {error}", hint="see its log"
            ) from error
    return msgspec.json.decode(answer.content, type=CheckList)


def _look(loaded: LoadedConfig, folder: Path) -> CheckList:
    """Open the appliance as the server would, look, and close it."""
    with acting_as_owner(folder), ExitStack() as ending:
        _, rooms = open_parts(loaded, os.environ, SystemClock(), ending)
        return check_list(check_health(rooms.upkeep, host_operator(login_name())))
