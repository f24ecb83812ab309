"""A team as plain values: no SDK objects, picklable, and storable with msgspec."""

from typing import Any, Literal

import msgspec

Layout = Literal["2016", "2017", "2023"]
MemberStatus = Literal["active", "invited", "suspended", "removed"]
NamespaceKind = Literal["member", "team_folder", "shared_folder", "app_folder"]


class TeamProfile(msgspec.Struct, frozen=True):
    """The team as a whole.

    `layout`: "2016" team folders mounted in homes; "2017" one team space shared by all; "2023"
    team space beside each member's own home. `upload_limit`: calls to upload routes allowed in a
    month, None for unlimited or unknown.
    """

    team_id: str
    name: str
    layout: Layout
    features: dict[str, bool]
    upload_limit: int | None
    licensed_users: int
    admin_member_id: str
    admin_email: str


class TeamBrief(msgspec.Struct, frozen=True):
    """What two calls tell of a team; `upload_limit` as in TeamProfile."""

    team_id: str
    name: str
    licensed_users: int
    upload_limit: int | None


class TeamMember(msgspec.Struct, frozen=True):
    """One member; identified by `member_id`, never by the address."""

    member_id: str
    account_id: str
    email: str
    name: str
    status: MemberStatus
    home_namespace: str
    root_namespace: str
    is_admin: bool
    groups: tuple[str, ...] = ()
    recoverable: bool = False

    @property
    def can_be_acted_for(self) -> bool:
        """Dropbox takes calls in the name of active members only."""
        return self.status == "active"


class Group(msgspec.Struct, frozen=True):
    """A group of members."""

    group_id: str
    name: str
    member_count: int


class TeamFolder(msgspec.Struct, frozen=True):
    """A folder the team owns. `status`: active, archived or archive_in_progress."""

    namespace: str
    name: str
    status: str
    is_team_space: bool = False


class Namespace(msgspec.Struct, frozen=True):
    """Dropbox's unit of content. `member_id`: whose home or app folder it is.

    `external`: owned by another team or person; backed up, never restored into.
    """

    id: str
    name: str
    kind: NamespaceKind
    member_id: str = ""
    external: bool = False


class Mount(msgspec.Struct, frozen=True):
    """Where a shared or team folder is mounted in a member's home.

    Paths are relative to the home. A folder that the member sees elsewhere (the team space) or
    has not mounted is no Mount.
    """

    member_id: str
    path_lower: str
    path_display: str
    namespace: str


class Reach(msgspec.Struct, frozen=True):
    """A member who may act in a namespace."""

    member_id: str
    can_write: bool


class Roster(msgspec.Struct, frozen=True):
    """Who and what the team was at one moment. Stored with each restore point.

    `reach` names up to 16 members for each namespace, those who may write first; an admin of the
    team reaches most namespaces besides.
    """

    profile: TeamProfile
    members: tuple[TeamMember, ...]
    team_folders: tuple[TeamFolder, ...]
    namespaces: tuple[Namespace, ...]
    mounts: tuple[Mount, ...]
    reach: dict[str, tuple[Reach, ...]]
    groups: tuple[Group, ...] = ()

    @property
    def layout(self) -> Layout:
        """The team's layout."""
        return self.profile.layout


class ListPage(msgspec.Struct, frozen=True):
    """One page of a listing: Dropbox's own entries (dicts), and the cursor after them."""

    entries: list[dict[str, Any]]
    cursor: str
    has_more: bool


class Revision(msgspec.Struct, frozen=True):
    """One version of a file that Dropbox still has."""

    rev: str
    size_bytes: int
    content_hash: str
    client_modified: str
    server_modified: str
    name: str
    modified_by: str = ""


class Revisions(msgspec.Struct, frozen=True):
    """A file's versions, newest first. `complete`: nothing was left out."""

    is_deleted: bool
    entries: tuple[Revision, ...]
    complete: bool


class LongpollAnswer(msgspec.Struct, frozen=True):
    """`changes`: something is new behind the cursor. The next longpoll waits `backoff_s`."""

    changes: bool
    backoff_s: int
