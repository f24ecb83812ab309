"""From a team as Dropbox tells it to the entities that admins see."""

from collections.abc import Set

from dropally.catalog.entity_discovery import FoundEntity
from dropally.common.text import search_key
from dropally.dropbox_api import Namespace, Roster, TeamMember

_KINDS = {
    "member": "member",
    "team_folder": "team folder",
    "shared_folder": "shared folder",
    "app_folder": "app folder",
}
FOLDERS_OF_MEMBERS = frozenset({"shared folder", "app folder"})


def find_entities(roster: Roster) -> dict[str, FoundEntity]:
    """Identity -> entity, for everything that can be backed up now.

    Members are known by their id, folders by their namespace, whatever they are called today. A
    removed member is not there any more, though Dropbox may keep the home for a while; one who
    was only invited has no home yet. A team folder that was archived in Dropbox is still there
    and can be read, until somebody deletes it for good.
    """
    members = {member.member_id: member for member in roster.members}
    archived = {folder.namespace for folder in roster.team_folders if folder.status != "active"}
    found: dict[str, FoundEntity] = {}
    for namespace in roster.namespaces:
        owner = members.get(namespace.member_id)
        if namespace.kind == "member":
            if owner is not None and owner.status != "removed":
                found[owner.member_id] = _member(namespace, owner)
        else:
            found[namespace.id] = _folder(namespace, owner, archived)
    return found


def find_mounts(
    roster: Roster, before: frozenset[tuple[str, str]] = frozenset()
) -> frozenset[tuple[str, str]]:
    """(namespace, member): the shared folders in each home, and the app folders of each member.

    Of suspended members Dropbox tells only what is mounted at the top of their homes; what was
    known `before` stays theirs, so that a folder which only they have is backed up on.
    """
    folders = {
        namespace.id
        for namespace in roster.namespaces
        if _KINDS[namespace.kind] in FOLDERS_OF_MEMBERS
    }
    mounted = {
        (mount.namespace, mount.member_id) for mount in roster.mounts if mount.namespace in folders
    }
    owned = {
        (namespace.id, namespace.member_id)
        for namespace in roster.namespaces
        if namespace.kind == "app_folder" and namespace.member_id
    }
    suspended = {member.member_id for member in roster.members if member.status == "suspended"}
    kept = {
        (namespace, member)
        for namespace, member in before
        if member in suspended and namespace in folders
    }
    return frozenset(mounted | owned | kept)


def _member(namespace: Namespace, member: TeamMember) -> FoundEntity:
    name = member.name or member.email
    return FoundEntity(
        identity=member.member_id,
        kind="member",
        namespace=namespace.id,
        name=name,
        email=member.email,
        name_key=search_key(name),
        search_key=search_key(f"{name} {member.email}"),
        dropbox_status=member.status,
    )


def _folder(namespace: Namespace, owner: TeamMember | None, archived: Set[str]) -> FoundEntity:
    email = owner.email if owner else ""
    return FoundEntity(
        identity=namespace.id,
        kind=_KINDS[namespace.kind],
        namespace=namespace.id,
        name=namespace.name,
        email=email,
        name_key=search_key(namespace.name),
        search_key=search_key(f"{namespace.name} {email}"),
        dropbox_status="archived" if namespace.id in archived else "",
    )
