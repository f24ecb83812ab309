"""`dropally simulator ...`: a Dropbox team on this machine, to try things on."""

from pathlib import Path
from typing import Annotated

import typer

from dropally.common.errors import UsageError

simulator_app = typer.Typer(
    name="simulator",
    help="A simulated Dropbox Business team, for demonstrations, tests and restore drills.",
    no_args_is_help=True,
)


@simulator_app.callback()
def group() -> None:
    """Keep `serve` a command of its own even while it is the only one."""


@simulator_app.command("serve")
def serve_command(
    listen: Annotated[
        str, typer.Option(help="Address of the plain-HTTP face, HOST:PORT; port 0 picks one.")
    ] = "127.0.0.1:0",
    tls_port: Annotated[int, typer.Option(help="Port of the TLS face; 0 picks one.")] = 0,
    proxy_port: Annotated[int, typer.Option(help="Port of the CONNECT proxy; 0 picks one.")] = 0,
    state: Annotated[
        Path | None, typer.Option(help="Folder to keep the team in; without it, all is forgotten.")
    ] = None,
    team: Annotated[
        str,
        typer.Option(
            help="empty, sample, folder:PATH, or virtual:members=M,files=N,seed=S,...; "
            "ignored when the state folder holds a team already."
        ),
    ] = "sample",
    ca_out: Annotated[
        Path | None, typer.Option(help="Write the certificate that clients must trust here.")
    ] = None,
    token_out: Annotated[
        Path | None, typer.Option(help="Write fresh tokens for the team and its members here.")
    ] = None,
) -> None:
    """Run the simulator until it is stopped; prints one line of JSON with its ports."""
    # Imported here: the simulator is large, and no other command needs it.
    from dropally.simulator.serve import ServeSettings, serve  # noqa: PLC0415
    from dropally.simulator.transport.faces import Addresses  # noqa: PLC0415

    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit():
        raise UsageError(
            f"--listen {listen!r} is not HOST:PORT.", hint="For example: --listen 127.0.0.1:8443"
        )
    addresses = Addresses(host=host, http=int(port), tls=tls_port, proxy=proxy_port)
    settings = ServeSettings(addresses, state, team, ca_out, token_out)
    try:
        serve(settings, announce=typer.echo)
    except OSError as error:
        raise UsageError(
            f"The simulator cannot listen or write: {error}",
            hint="Choose other ports, or 0 for free ones, and folders that exist.",
        ) from error
