"""Finding what an edit speaks of: a member by address or id, a namespace, a place in it."""

import msgspec

from dropally.common.errors import NotFoundError
from dropally.simulator.state import paths
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.model import Group, Member, Namespace
from dropally.simulator.state.world import World


class Somewhere(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A place: a namespace by id, a member's home by address or id, or a team folder by name.

    `path` may lead through mount points, as it does for the member. `author` is a member who does
    it (address or id); by default the owner of the namespace, or else the first admin.
    """

    namespace: str = ""
    member: str = ""
    team_folder: str = ""
    path: str = ""
    author: str = ""


def find_member(world: World, who: str) -> Member:
    """The member, or the outsider, with this address or id. Raises NotFoundError."""
    for person in (*world.members.values(), *world.outsiders.values()):
        if who in (person.email, person.member_id, person.account_id):
            return person
    known = ", ".join(member.email for member in world.members.values())
    raise NotFoundError(f"Nobody on the team is {who!r}.", hint=f"Members: {known}.")


def find_group(world: World, name: str) -> Group:
    """The group with this name or id. Raises NotFoundError."""
    for group in world.groups.values():
        if name in (group.name, group.group_id):
            return group
    known = ", ".join(group.name for group in world.groups.values())
    raise NotFoundError(f"There is no group {name!r}.", hint=f"Groups: {known}.")


def find_namespace(world: World, place: Somewhere) -> Namespace:
    """The namespace that a place starts from. Raises NotFoundError."""
    if place.member:
        return world.namespaces[find_member(world, place.member).home_namespace]
    if place.team_folder:
        for namespace in world.namespaces.values():
            if namespace.kind == "team_folder" and namespace.name == place.team_folder:
                return namespace
    found = world.namespaces.get(place.namespace)
    if found is None:
        wanted = place.team_folder or place.namespace
        raise NotFoundError(
            f"There is no namespace {wanted!r}.", hint="GET /_sim/truth/namespaces lists them."
        )
    return found


def locate(world: World, place: Somewhere) -> tuple[str, str]:
    """Namespace id and path in it, after walking through mount points."""
    ns, path = find_namespace(world, place).ns_id, paths.clean(place.path)
    while True:
        mounts = world.trees[ns].mounts
        above = next((one for one in paths.ancestors(path) if paths.lower(one) in mounts), None)
        if above is None:
            return ns, path
        ns, path = mounts[paths.lower(above)], path[len(above) :]


def find_entry(world: World, place: Somewhere) -> Entry:
    """The live file or folder at a place. Raises NotFoundError."""
    ns, path = locate(world, place)
    entry = world.trees[ns].get(paths.lower(path))
    if entry is None:
        raise NotFoundError(
            f"There is nothing at {path!r} in namespace {ns}.",
            hint=f"GET /_sim/truth?namespace={ns} lists what is there.",
        )
    return entry


def author_of(world: World, place: Somewhere, ns: str) -> str:
    """The account id that an edit is recorded under."""
    if place.author:
        return find_member(world, place.author).account_id
    owner = world.members.get(world.namespaces[ns].owner)
    if owner is not None:
        return owner.account_id
    return next((one.account_id for one in world.members.values() if one.is_admin), "")
