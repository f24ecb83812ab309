"""The routes Dropally calls, and how each is called; a test compares them with the SDK's own.

They are written out because importing the SDK takes a third of a second, which commands that do
not call Dropbox should not pay.
"""

from typing import Any

import msgspec


class Route(msgspec.Struct, frozen=True):
    """One route: its path below /2/ and how it is called."""

    path: str
    host: str = "api"
    style: str = "rpc"
    auth: str = "user"

    @property
    def is_upload(self) -> bool:
        """Calls of it use up the team's monthly allowance (Dropbox's data transport limit)."""
        return self.path.startswith("files/upload")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call: a route and what goes with it."""

    route: Route
    arg: Any = None
    body: bytes | None = None
    headers: dict[str, str] = {}
    timeout_s: float = 100.0


def _download(path: str) -> Route:
    return Route(path, host="content", style="download")


def _upload(path: str) -> Route:
    return Route(path, host="content", style="upload")


def _team(path: str) -> Route:
    return Route(path, auth="team")


LIST_FOLDER = Route("files/list_folder")
LIST_FOLDER_CONTINUE = Route("files/list_folder/continue")
LIST_FOLDER_LONGPOLL = Route("files/list_folder/longpoll", host="notify", auth="noauth")
GET_METADATA = Route("files/get_metadata")
LIST_REVISIONS = Route("files/list_revisions")
DOWNLOAD = _download("files/download")
EXPORT = _download("files/export")

UPLOAD = _upload("files/upload")
SESSION_START_BATCH = Route("files/upload_session/start_batch")
SESSION_APPEND = _upload("files/upload_session/append_v2")
SESSION_APPEND_BATCH = _upload("files/upload_session/append_batch")
SESSION_FINISH_BATCH = Route("files/upload_session/finish_batch_v2")
CREATE_FOLDER_BATCH = Route("files/create_folder_batch")
CREATE_FOLDER_BATCH_CHECK = Route("files/create_folder_batch/check")
RESTORE = Route("files/restore")
COPY = Route("files/copy_v2")
DELETE = Route("files/delete_v2")
ADD_TAG = Route("files/tags/add")

TEAM_INFO = _team("team/get_info")
TEAM_FEATURES = _team("team/features/get_values")
TEAM_ADMIN = _team("team/token/get_authenticated_admin")
TEAM_MEMBERS = _team("team/members/list_v2")
TEAM_MEMBERS_CONTINUE = _team("team/members/list/continue_v2")
TEAM_GROUPS = _team("team/groups/list")
TEAM_GROUPS_CONTINUE = _team("team/groups/list/continue")
TEAM_FOLDERS = _team("team/team_folder/list")
TEAM_FOLDERS_CONTINUE = _team("team/team_folder/list/continue")
TEAM_NAMESPACES = _team("team/namespaces/list")
TEAM_NAMESPACES_CONTINUE = _team("team/namespaces/list/continue")

SHARED_FOLDERS = Route("sharing/list_folders")
SHARED_FOLDERS_CONTINUE = Route("sharing/list_folders/continue")
