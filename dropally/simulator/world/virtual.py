"""Building a virtual team: people and team folders over trees that follow from a seed."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from dropally.simulator.state.model import Layout, Member, Namespace
from dropally.simulator.state.mounts import mount_at
from dropally.simulator.state.team_folders import create_team_folder
from dropally.simulator.state.team_space import add_member, found_team
from dropally.simulator.state.world import World
from dropally.simulator.world.virtual_spec import VirtualPart, VirtualSpec, format_part

_GIVEN_NAMES: Final = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jule")
_JOINED: Final = 1_700_000_000
_OTHERS: Final = (1, 7)
"""How far from a shared folder's owner, in the list of members, the two others stand."""


def build_virtual_team(world: World, spec: VirtualSpec, layout: Layout = "2023") -> None:
    """Found the team and lay a virtual tree under each home and team folder.

    With `spec.ns` all files lie in the first member's home; otherwise they are dealt out evenly.
    The first member is an admin.
    """
    name = f"Virtual team {spec.seed}"
    found_team(world, name, layout=layout, num_licensed_users=spec.members)
    parts = iter(_parts(spec))
    members = [_add_member(world, number) for number in range(spec.members)]
    for member in members:
        _lay(world, world.namespaces[member.home_namespace], next(parts), member.account_id)
    for number in range(spec.team_folders):
        space = create_team_folder(world, f"Team folder {number + 1}")
        _lay(world, space, next(parts), members[number % len(members)].account_id)
    for number in range(spec.shared_folders):
        _share(world, number, members, next(parts))


def _parts(spec: VirtualSpec) -> Iterator[VirtualPart]:
    """Each namespace's share: homes first, then team folders, then shared folders."""
    spaces = spec.members + spec.team_folders + spec.shared_folders
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


def _share(world: World, number: int, members: Sequence[Member], part: VirtualPart) -> None:
    """Give a member a shared folder, and two others a place in it."""
    owner, *others = dict.fromkeys(
        (number + step) % len(members) for step in (0, *_OTHERS)[: len(members)]
    )
    author = members[owner].account_id
    space = Namespace(
        ns_id=world.new_namespace_id(),
        kind="shared_folder",
        name=f"Shared folder {number + 1}",
        owner=members[owner].member_id,
        members={members[one].member_id: "editor" for one in others},
        created_at=_JOINED,
    )
    _lay(world, space, part, author)
    for one in (owner, *others):
        mount_at(world, members[one].home_namespace, f"/{space.name}", space.ns_id, author=author)


def _lay(world: World, space: Namespace, part: VirtualPart, author: str) -> None:
    """Put a virtual tree under a namespace in which nothing is yet."""
    space.base = f"virtual:{format_part(msgspec.structs.replace(part, author=author))}"
    world.add_namespace(space)
