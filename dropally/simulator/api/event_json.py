"""One event of the team log as a `TeamEvent`."""

from collections.abc import Mapping
from typing import Any

from dropally.simulator.api.people import is_on_team
from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.events import Event, EventKind
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World

Json = dict[str, Any]

#: The category that Dropbox files each event type under.
CATEGORIES: dict[EventKind, str] = {
    "file_add": "file_operations",
    "file_edit": "file_operations",
    "file_delete": "file_operations",
    "file_move": "file_operations",
    "file_rename": "file_operations",
    "file_copy": "file_operations",
    "file_restore": "file_operations",
    "create_folder": "file_operations",
    "shared_folder_create": "sharing",
    "shared_folder_mount": "sharing",
    "shared_folder_unmount": "sharing",
    "shared_content_add_member": "sharing",
    "shared_content_unshare": "sharing",
    "shared_link_create": "sharing",
    "team_folder_create": "team_folders",
    "team_folder_rename": "team_folders",
    "team_folder_change_status": "team_folders",
    "member_change_status": "members",
    "member_change_name": "members",
    "member_change_email": "members",
    "app_link_team": "apps",
    "app_unlink_team": "apps",
}

_DESCRIPTIONS: dict[EventKind, str] = {
    "file_add": "Added files and/or folders",
    "file_edit": "Edited files",
    "file_delete": "Deleted files and/or folders",
    "file_move": "Moved files and/or folders",
    "file_rename": "Renamed files and/or folders",
    "file_copy": "Copied files and/or folders",
    "file_restore": "Restored deleted files and/or folders",
    "create_folder": "Created folders",
    "shared_folder_create": "Created a shared folder",
    "shared_folder_mount": "Added a shared folder to the own Dropbox",
    "shared_folder_unmount": "Removed a shared folder from the own Dropbox",
    "shared_content_add_member": "Gave people access to a file or folder",
    "shared_content_unshare": "Unshared a file or folder",
    "shared_link_create": "Created a shared link",
    "team_folder_create": "Created a team folder",
    "team_folder_rename": "Renamed a team folder",
    "team_folder_change_status": "Changed the status of a team folder",
    "member_change_status": "Changed the status of a team member",
    "member_change_name": "Changed the name of a team member",
    "member_change_email": "Changed the e-mail address of a team member",
    "app_link_team": "Linked an app to the team",
    "app_unlink_team": "Unlinked an app from the team",
}

_RELOCATIONS = frozenset({"file_move", "file_rename", "file_copy"})


def event_json(world: World, people: Mapping[str, Member], event: Event) -> Json:
    """The `TeamEvent`, with actor, assets, participants and details; `people` by account id."""
    actor = people.get(event.actor)
    told: Json = {
        "timestamp": format_epoch(event.at),
        "event_category": {".tag": CATEGORIES[event.kind]},
        "actor": {".tag": "user", "user": _user(world, actor)} if actor else {".tag": "dropbox"},
        "origin": {"access_method": {".tag": "api", "request_id": f"{event.number:032x}"}},
        "involve_non_team_member": actor is not None and not is_on_team(world, actor),
        "context": {".tag": "team"},
        "participants": _participants(world, people.get(event.subject)),
        "assets": _assets(world, event),
        "event_type": {".tag": event.kind, "description": _DESCRIPTIONS[event.kind]},
        "details": {".tag": f"{event.kind}_details", **_details(event)},
    }
    return told


def _user(world: World, member: Member) -> Json:
    user: Json = {
        ".tag": "team_member" if is_on_team(world, member) else "non_team_member",
        "account_id": member.account_id,
        "display_name": member.display_name,
        "email": member.email,
    }
    if is_on_team(world, member):
        user["team_member_id"] = member.member_id
    return user


def _participants(world: World, subject: Member | None) -> list[Json]:
    return [{".tag": "user", "user": _user(world, subject)}] if subject else []


def _assets(world: World, event: Event) -> list[Json]:
    if not event.ns:
        return []
    assets = [_asset(world, event, event.ns, event.path)]
    if event.kind in _RELOCATIONS:
        assets.append(_asset(world, event, event.target_ns or event.ns, event.target_path))
    return assets


def _asset(world: World, event: Event, ns: str, path: str) -> Json:
    namespace = world.namespaces.get(ns)
    shared = namespace is not None and not namespace.kind.startswith("team_member")
    name = path.rpartition("/")[2] or (namespace.name if namespace else "")
    asset: Json = {
        ".tag": "folder" if event.folder else "file",
        "path": {
            "contextual": path or "/",
            "namespace_relative": {
                "ns_id": ns,
                "relative_path": path or "/",
                "is_shared_namespace": shared,
            },
        },
        "display_name": name,
    }
    if event.item_id:
        asset["file_id"] = event.item_id
    return asset


def _details(event: Event) -> Json:
    match event.kind:
        case "file_move" | "file_rename" | "file_copy":
            return {"relocate_action_details": [{"src_asset_index": 0, "dest_asset_index": 1}]}
        case "shared_folder_create":
            return {"target_ns_id": event.ns}
        case "shared_content_add_member":
            return {"shared_content_access_level": {".tag": event.new}}
        case "team_folder_rename":
            return {"previous_folder_name": event.old, "new_folder_name": event.new}
        case "team_folder_change_status" | "member_change_status":
            return {"previous_value": {".tag": event.old}, "new_value": {".tag": event.new}}
        case "member_change_name":
            return {"previous_value": _name(event.old), "new_value": _name(event.new)}
        case "member_change_email":
            return {"previous_value": event.old, "new_value": event.new}
        case "app_link_team" | "app_unlink_team":
            app = {".tag": "team_linked_app", "app_id": event.item_id, "display_name": event.new}
            return {"app_info": app}
        case _:
            return {}


def _name(display_name: str) -> Json:
    given, _, surname = display_name.rpartition(" ")
    return {"given_name": given or surname, "surname": surname if given else ""}
