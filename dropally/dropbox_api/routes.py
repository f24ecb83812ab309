"""The routes Dropally calls, with the SDK's own attributes (host, style, auth)."""

from typing import Any

import msgspec
from dropbox import files, sharing, team


class Route(msgspec.Struct, frozen=True):
    """One route: its path below /2/ and how it is called."""

    path: str
    host: str
    style: str
    auth: str


def _route(namespace: str, route: Any) -> Route:
    version = f"_v{route.version}" if route.version > 1 else ""
    attrs = route.attrs
    path = f"{namespace}/{route.name}{version}"
    return Route(path, attrs["host"] or "api", attrs["style"] or "rpc", attrs["auth"])


LIST_FOLDER = _route("files", files.list_folder)
LIST_FOLDER_CONTINUE = _route("files", files.list_folder_continue)
LIST_FOLDER_LONGPOLL = _route("files", files.list_folder_longpoll)
GET_METADATA = _route("files", files.get_metadata)
LIST_REVISIONS = _route("files", files.list_revisions)
DOWNLOAD = _route("files", files.download)
EXPORT = _route("files", files.export)

UPLOAD = _route("files", files.upload)
SESSION_START = _route("files", files.upload_session_start)
SESSION_START_BATCH = _route("files", files.upload_session_start_batch)
SESSION_APPEND = _route("files", files.upload_session_append_v2)
SESSION_APPEND_BATCH = _route("files", files.upload_session_append_batch)
SESSION_FINISH_BATCH = _route("files", files.upload_session_finish_batch_v2)
CREATE_FOLDER_BATCH = _route("files", files.create_folder_batch)
CREATE_FOLDER_BATCH_CHECK = _route("files", files.create_folder_batch_check)
RESTORE = _route("files", files.restore)
COPY = _route("files", files.copy_v2)
DELETE = _route("files", files.delete_v2)

TEAM_INFO = _route("team", team.get_info)
TEAM_FEATURES = _route("team", team.features_get_values)
TEAM_ADMIN = _route("team", team.token_get_authenticated_admin)
TEAM_MEMBERS = _route("team", team.members_list_v2)
TEAM_MEMBERS_CONTINUE = _route("team", team.members_list_continue_v2)
TEAM_GROUPS = _route("team", team.groups_list)
TEAM_GROUPS_CONTINUE = _route("team", team.groups_list_continue)
TEAM_FOLDERS = _route("team", team.team_folder_list)
TEAM_FOLDERS_CONTINUE = _route("team", team.team_folder_list_continue)
TEAM_NAMESPACES = _route("team", team.namespaces_list)
TEAM_NAMESPACES_CONTINUE = _route("team", team.namespaces_list_continue)

SHARED_FOLDERS = _route("sharing", sharing.list_folders)
SHARED_FOLDERS_CONTINUE = _route("sharing", sharing.list_folders_continue)
