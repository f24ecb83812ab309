"""Which team a simulator starts with: `empty`, `sample`, `folder:PATH`, `virtual:...`."""

from pathlib import Path
from typing import Final, get_args

from dropally.common.errors import UsageError
from dropally.simulator.auth.minting import register_default_app
from dropally.simulator.state.model import Layout
from dropally.simulator.state.team_space import add_member, found_team
from dropally.simulator.state.world import World
from dropally.simulator.world.folder import scan_folder
from dropally.simulator.world.people import DOMAIN
from dropally.simulator.world.sample import build_sample_team
from dropally.simulator.world.virtual import build_virtual_team
from dropally.simulator.world.virtual_spec import parse_spec

_KINDS: Final = "empty, sample, folder:PATH, virtual:members=M,files=N,..."


def build_team(world: World, spec: str) -> None:
    """Fill a world in which there is no team yet, and register the app it can be linked to.

    Raises UsageError.

    `@2016` or `@2017` behind the kind (`sample@2016`, `virtual@2017:members=3`) founds the team
    in an older layout of Dropbox than today's (2023).
    """
    kind, _, settings = spec.partition(":")
    kind, _, layout_name = kind.partition("@")
    layout = _read_layout(layout_name)
    register_default_app(world)
    match kind:
        case "empty":
            _build_empty_team(world, layout)
        case "sample":
            build_sample_team(world, layout)
        case "folder" if settings:
            _build_folder_team(world, Path(settings), layout)
        case "virtual":
            build_virtual_team(world, parse_spec(settings), layout)
        case _:
            raise UsageError(f"There is no team {spec!r}.", hint=f"Teams: {_KINDS}.")


def _read_layout(name: str) -> Layout:
    for layout in get_args(Layout):
        if name == layout:
            return layout  # type: ignore[no-any-return]  # it is one of the literal's own values
    if name:
        known = ", ".join(get_args(Layout))
        raise UsageError(f"There is no team layout {name!r}.", hint=f"Layouts: {known}.")
    return "2023"


def _build_empty_team(world: World, layout: Layout) -> None:
    """A team of one admin who has no files."""
    found_team(world, "Empty team", layout=layout)
    add_member(world, f"admin@{DOMAIN}", "Ada", "Admin", is_admin=True)


def _build_folder_team(world: World, folder: Path, layout: Layout) -> None:
    """A team of one admin whose home shows a directory."""
    found_team(world, f"Team of {folder.name}", layout=layout)
    owner = add_member(world, f"owner@{DOMAIN}", "Olga", "Owner", is_admin=True)
    scan_folder(world, owner.home_namespace, folder, author=owner.account_id)
