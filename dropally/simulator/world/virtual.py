"""Building a virtual team: people and team folders over trees that follow from a seed."""

from collections.abc import Iterator
from typing import Final

import msgspec

from dropally.simulator.state.model import Layout, Member, Namespace
from dropally.simulator.state.team_folders import create_team_folder
from dropally.simulator.state.team_space import add_member, found_team
from dropally.simulator.state.world import World
from dropally.simulator.world.virtual_spec import VirtualPart, VirtualSpec, format_part

_GIVEN_NAMES: Final = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jule")
_JOINED: Final = 1_700_000_000


def build_virtual_team(world: World, spec: VirtualSpec, layout: Layout = "2023") -> None:
    """Found the team and lay a virtual tree under each home and team folder.

    With `spec.ns` all files lie in the first member's home; otherwise they are dealt out evenly.
    The first member is an admin.
    """
    name = f"Virtual team {spec.seed}"
    found_team(world, name, layout=layout, num_licensed_users=spec.members)
    parts = iter(_parts(spec))
    authors = []
    for number in range(spec.members):
        member = _add_member(world, number)
        authors.append(member.account_id)
        _lay(world, world.namespaces[member.home_namespace], next(parts), member.account_id)
    for number in range(spec.team_folders):
        space = create_team_folder(world, f"Team folder {number + 1}")
        _lay(world, space, next(parts), authors[number % len(authors)])


def _parts(spec: VirtualSpec) -> Iterator[VirtualPart]:
    """Each namespace's share: homes first, then team folders."""
    spaces = spec.members + spec.team_folders
    hands = 1 if spec.ns else spaces
    first = 0
    for number in range(spaces):
        files = _hand(spec.files, hands, number)
        large = _hand(spec.large_count, hands, number)
        yield VirtualPart(
            spec=spec, number=number, first_file=first, file_count=files, large_count=large
        )
        first += files


def _hand(count: int, hands: int, hand: int) -> int:
    """How many of `count` things one of so many hands gets; the first ones get what is left over."""
    each, rest = divmod(count, hands)
    return each + (hand < rest) if hand < hands else 0


def _add_member(world: World, number: int) -> Member:
    given = _GIVEN_NAMES[number % len(_GIVEN_NAMES)]
    return add_member(
        world,
        f"{given.lower()}.{number + 1}@virtual.example",
        given,
        f"Number{number + 1}",
        is_admin=number == 0,
        joined_at=_JOINED,
    )


def _lay(world: World, space: Namespace, part: VirtualPart, author: str) -> None:
    """Put a virtual tree under a namespace in which nothing is yet."""
    space.base = f"virtual:{format_part(msgspec.structs.replace(part, author=author))}"
    world.add_namespace(space)
