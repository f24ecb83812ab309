"""Sharing folders: a shared folder is a namespace of its own, mounted where people put it.

Sharing moves a folder's content into the new namespace; whoever follows the old one sees the folder
deleted and coming back as a mount point, as with Dropbox. Unsharing is the reverse.
"""

import msgspec

from dropally.simulator.state import access, edits, mounts, paths
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.events import Event
from dropally.simulator.state.links import FileShare
from dropally.simulator.state.model import AccessLevel, Member, Namespace
from dropally.simulator.state.world import World


class ShareRefused(Exception):  # noqa: N818 - an answer, not a fault
    """Sharing is not possible as asked; `tags` are those of Dropbox's error."""

    def __init__(self, *tags: str) -> None:
        super().__init__("/".join(tags))
        self.tags = tags


def share_folder(world: World, ns: str, path: str, owner: Member) -> Namespace:
    """Make a folder of `ns` a shared folder that `owner` owns; it stays where it is.

    Raises ShareRefused with the tags of Dropbox's SharePathError.
    """
    folder = world.trees[ns].get(paths.lower(paths.clean(path)))
    if folder is None:
        raise ShareRefused("invalid_path")
    _refuse_unsharable(world, ns, folder)
    around = world.namespaces[ns]
    shared = Namespace(
        ns_id=world.new_namespace_id(),
        kind="shared_folder",
        name=folder.name,
        owner=owner.member_id,
        parent="" if around.kind.startswith("team_member") else ns,
        created_at=world.clock.epoch_s(),
    )
    world.add_namespace(shared)
    content = _take_out(world, folder, owner.account_id)
    mount = msgspec.structs.replace(folder, mount=shared.ns_id, rendered=b"")
    edits.place(world, mount)
    _put_in(world, content, shared.ns_id, "", cut=folder.path_display)
    world.events.record(
        Event(
            kind="shared_folder_create",
            actor=owner.account_id,
            ns=shared.ns_id,
            item_id=folder.id,
            folder=True,
        )
    )
    return shared


def unshare_folder(
    world: World, shared: Namespace, *, author: str = "", leave_a_copy: bool = False
) -> None:
    """Make a shared folder its owner's ordinary folder again; the others lose it, or keep a copy.

    Raises ShareRefused (UnshareFolderError's tags) for what is no shared folder.
    """
    if shared.kind == "team_folder":
        raise ShareRefused("team_folder")
    if shared.kind != "shared_folder":
        raise ShareRefused("access_error", "invalid_id")
    owner = world.members.get(shared.owner) or world.outsiders.get(shared.owner)
    own_place = _own_mount(world, shared, owner)
    content = [entry for entry in world.trees[shared.ns_id].walk("") if entry.kind != "deleted"]
    for mount in list(mounts.mount_points(world, shared.ns_id)):
        mounts.dismount(world, mount, author=author)
        if mount is own_place:
            continue
        if leave_a_copy:
            _copy_in(world, content, mount, author)
    if own_place is not None:
        plain = msgspec.structs.replace(own_place, mount="", rendered=b"")
        edits.place(world, plain)
        _put_in(world, content, own_place.ns, own_place.path_display, cut="")
    world.remove_namespace(shared.ns_id)
    world.events.record(
        Event(kind="shared_content_unshare", actor=author, ns=shared.ns_id, folder=True)
    )


def mount_folder(world: World, member: Member, shared: Namespace, path: str = "") -> Entry:
    """Put a shared folder into a member's home. Raises ShareRefused (MountFolderError's tags)."""
    if access.member_level(world, member, shared) == "no_access":
        raise ShareRefused("access_error", "not_a_member")
    if shared.kind != "shared_folder":
        raise ShareRefused("not_mountable")
    if mounts.mount_point_of(world, member, shared.ns_id) is not None:
        raise ShareRefused("already_mounted")
    entry = mounts.mount_at(
        world,
        member.home_namespace,
        path or f"/{shared.name}",
        shared.ns_id,
        author=member.account_id,
    )
    world.events.record(
        Event(kind="shared_folder_mount", actor=member.account_id, ns=shared.ns_id, folder=True)
    )
    return entry


def unmount_folder(world: World, member: Member, shared: Namespace) -> None:
    """Take a shared folder out of a member's home. Raises ShareRefused (UnmountFolderError)."""
    if shared.kind != "shared_folder":
        raise ShareRefused("not_unmountable")
    entry = mounts.mount_point_of(world, member, shared.ns_id)
    if entry is None:
        raise ShareRefused("access_error", "unmounted")
    mounts.dismount(world, entry, author=member.account_id)
    world.events.record(
        Event(kind="shared_folder_unmount", actor=member.account_id, ns=shared.ns_id, folder=True)
    )


def grant_access(
    world: World, shared: Namespace, person: Member, level: AccessLevel, *, author: str = ""
) -> None:
    """Give somebody, on the team or not, access to a shared or team folder; or change it."""
    shared.members[person.member_id] = level
    world.namespaces.put(shared.ns_id, shared)
    _record_access(world, shared, level, author, person.account_id)


def grant_group_access(
    world: World, shared: Namespace, group_id: str, level: AccessLevel, *, author: str = ""
) -> None:
    """Give a group access."""
    shared.groups[group_id] = level
    world.namespaces.put(shared.ns_id, shared)
    _record_access(world, shared, level, author)


def invite(
    world: World, shared: Namespace, email: str, level: AccessLevel, *, author: str = ""
) -> None:
    """Invite an address that has no account here."""
    shared.invitees[email] = level
    world.namespaces.put(shared.ns_id, shared)
    _record_access(world, shared, level, author)


def withdraw_access(world: World, shared: Namespace, person: Member, *, author: str = "") -> None:
    """Take a person's access away, and the folder out of the home. Raises ShareRefused."""
    if person.member_id not in shared.members:
        raise ShareRefused("member_error", "not_a_member")
    del shared.members[person.member_id]
    world.namespaces.put(shared.ns_id, shared)
    entry = mounts.mount_point_of(world, person, shared.ns_id)
    if entry is not None and access.member_level(world, person, shared) == "no_access":
        mounts.dismount(world, entry, author=author)


def share_file(
    world: World, entry: Entry, who: Member | str, level: AccessLevel, *, author: str = ""
) -> FileShare:
    """Share one file with a person, or with an address that has no account here."""
    share = world.file_shares.get(entry.id) or FileShare(
        item_id=entry.id, owner=author, shared_at=int(world.clock.epoch_s())
    )
    if isinstance(who, str):
        share.invitees[who] = level
    else:
        share.members[who.member_id] = level
    world.file_shares.put(entry.id, share)
    world.events.record(
        Event(
            kind="shared_content_add_member",
            actor=author,
            ns=entry.ns,
            path=entry.path_display,
            item_id=entry.id,
            subject="" if isinstance(who, str) else who.account_id,
            new=level,
        )
    )
    return share


def _record_access(
    world: World, shared: Namespace, level: AccessLevel, author: str, subject: str = ""
) -> None:
    world.events.record(
        Event(
            kind="shared_content_add_member",
            actor=author,
            ns=shared.ns_id,
            folder=True,
            subject=subject,
            new=level,
        )
    )


def _refuse_unsharable(world: World, ns: str, folder: Entry) -> None:
    if folder.kind != "folder":
        raise ShareRefused("is_file")
    if folder.mount:
        raise ShareRefused("already_shared")
    around = world.namespaces[ns]
    if around.kind == "shared_folder" or (around.kind != "team_member_folder" and _is_2016(world)):
        raise ShareRefused("inside_shared_folder")
    if any(paths.within(path, folder.path_lower) for path in world.trees[ns].mounts):
        raise ShareRefused("contains_shared_folder")


def _is_2016(world: World) -> bool:
    return world.team.layout == "2016"


def _own_mount(world: World, shared: Namespace, owner: Member | None) -> Entry | None:
    """Where the content goes back to: the owner's mount, or the place it was shared from."""
    own = mounts.mount_point_of(world, owner, shared.ns_id) if owner else None
    if own is not None:
        return own
    inside = (one for one in mounts.mount_points(world, shared.ns_id) if one.ns == shared.parent)
    return next(inside, None)


def _take_out(world: World, folder: Entry, author: str) -> list[Entry]:
    content = list(world.trees[folder.ns].walk(folder.path_lower))
    edits.lift(world, folder, author)
    return content


def _put_in(world: World, content: list[Entry], ns: str, above: str, *, cut: str) -> None:
    """Place entries with their ids and histories under `above`, after cutting a prefix off."""
    for entry in content:
        moved = _moved(entry, ns, above + entry.path_display[len(cut) :])
        if entry.kind == "file":
            _move_history(world, moved)
        edits.place(world, moved)


def _move_history(world: World, moved: Entry) -> None:
    """Earlier revisions go along: who may read them is decided by the namespace they are in."""
    past = [
        moved if one.rev == moved.rev else _moved(one, moved.ns, moved.path_display)
        for one in world.histories.get(moved.id, [moved])
    ]
    world.histories[moved.id] = past
    world.trees[moved.ns].past[moved.path_lower] = past
    for revision in past:
        world.revisions[revision.rev] = revision
        world.save_revision(revision)


def _moved(entry: Entry, ns: str, display: str) -> Entry:
    return msgspec.structs.replace(
        entry,
        ns=ns,
        path_lower=paths.lower(display),
        path_display=display,
        name=paths.name_of(display),
        rendered=b"",
    )


def _copy_in(world: World, content: list[Entry], mount: Entry, author: str) -> None:
    edits.create_folder(world, mount.ns, mount.path_display, author=author)
    for entry in content:
        target = mount.path_display + entry.path_display
        if entry.kind == "folder":
            edits.ensure_folder(world, mount.ns, target, author)
        else:
            edits.put_file(
                world,
                mount.ns,
                target,
                edits.content_of(entry),
                author=author,
                client_modified=entry.client_modified,
            )
