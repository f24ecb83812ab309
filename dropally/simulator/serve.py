"""Run a simulator in the foreground, until somebody stops it."""

import asyncio
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dropally.simulator.auth.minting import Minted, mint_person_token, mint_team_token
from dropally.simulator.server import Server
from dropally.simulator.state.world import World
from dropally.simulator.transport.faces import Addresses


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """The flags of `dropally simulator serve`."""

    addresses: Addresses
    state: Path | None = None
    team: str = "sample"
    ca_out: Path | None = None
    token_out: Path | None = None


def serve(settings: ServeSettings, announce: Callable[[str], None]) -> None:
    """Listen until SIGINT or SIGTERM; `announce` gets one line of JSON with the ports.

    Raises OSError when a port is taken, UsageError for a team that cannot be.
    """
    asyncio.run(_serve(settings, announce))


async def _serve(settings: ServeSettings, announce: Callable[[str], None]) -> None:
    server = Server(state=settings.state)
    try:
        server.found(settings.team)
        _write_files(server, settings)
        opened = await server.start(settings.addresses)
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        announce(json.dumps({"http": opened.http, "tls": opened.tls, "proxy": opened.proxy}))
        await stopping.wait()
    finally:
        await server.stop()


def _write_files(server: Server, settings: ServeSettings) -> None:
    if settings.ca_out is not None:
        settings.ca_out.write_bytes(server.authority.ca_pem)
    if settings.token_out is not None:
        tokens = mint_everybody(server.world)
        settings.token_out.touch(mode=0o600)
        settings.token_out.write_text(json.dumps(tokens, indent=2) + "\n")


def mint_everybody(world: World) -> dict[str, object]:
    """A token for the team, and a personal one for each active member."""
    team = mint_team_token(world)
    return {
        "team": _as_json(team) | {"app_key": team.app_key},
        "members": {
            member.email: _as_json(mint_person_token(world, member))
            for member in world.members.values()
            if member.status == "active"
        },
    }


def _as_json(minted: Minted) -> dict[str, str]:
    return {"access_token": minted.access_token, "refresh_token": minted.refresh_token}
