"""The rows of a simulated team: who there is, and which namespaces.

Rows are mutable: change a field, then `table.put(key, row)`, which also marks it to be saved.
Times are seconds since 1970 on the team's clock.
"""

from typing import Literal

import msgspec

MemberStatus = Literal["active", "invited", "suspended", "removed"]
NamespaceKind = Literal[
    "team_member_folder", "team_member_root", "team_folder", "shared_folder", "app_folder"
]
Layout = Literal["2016", "2017", "2023"]
"""How a team sees its space: team folders in each home, one team space for all, or a root each."""
AccessLevel = Literal["owner", "editor", "viewer", "viewer_no_comment", "traverse", "no_access"]


class Team(msgspec.Struct, kw_only=True):
    """The team itself."""

    team_id: str
    name: str
    layout: Layout = "2023"
    num_licensed_users: int = 100
    upload_api_rate_limit: int | None = None
    """Data transport calls a month; None is unlimited."""
    root_namespace: str = ""
    """The team space that all share in layout 2017; empty otherwise."""


class Member(msgspec.Struct, kw_only=True):
    """A person on the team, now or once."""

    member_id: str
    """`dbmid:...`"""
    account_id: str
    """`dbid:...`, 40 characters."""
    email: str
    given_name: str
    surname: str
    status: MemberStatus = "active"
    is_admin: bool = False
    home_namespace: str = ""
    root_namespace: str = ""
    joined_at: float = 0
    suspended_at: float = 0
    removed_at: float = 0
    external_id: str = ""

    @property
    def display_name(self) -> str:
        """`Ann Smith`."""
        return f"{self.given_name} {self.surname}".strip()


class Group(msgspec.Struct, kw_only=True):
    """A named set of members."""

    group_id: str
    name: str
    external_id: str = ""
    members: dict[str, Literal["member", "owner"]] = {}
    """Member id to role in the group."""
    created_at: float = 0


class Namespace(msgspec.Struct, kw_only=True):
    """A tree of content with one owner and its own list of who may see it."""

    ns_id: str
    kind: NamespaceKind
    name: str
    owner: str = ""
    """Member id of the home's or shared folder's owner; empty for team folders."""
    parent: str = ""
    """The namespace it was shared out of or lies in; empty at the top."""
    members: dict[str, AccessLevel] = {}
    """Member id to access; homes and member roots need no line for their owner."""
    groups: dict[str, AccessLevel] = {}
    """Group id to access."""
    invitees: dict[str, AccessLevel] = {}
    """E-mail addresses of people who are not on the team."""
    whole_team: bool = False
    """Every member may edit it: the team space of layout 2017, team folders open to all."""
    inherits: bool = True
    """Whoever may see `parent` may see this too."""
    policy: dict[str, str] = {}
    """What was chosen for a shared folder where it differs from the default: `acl_update_policy`,
    `member_policy`, `shared_link_policy`, `viewer_info_policy`. Kept and told, not enforced."""
    external_owner: str = ""
    """Name of another team that owns it; empty when ours does."""
    status: Literal["active", "archived", "archive_in_progress"] = "active"
    created_at: float = 0
    base: str = ""
    """`scheme:key` of the generated tree beneath its real edits; empty when there is none."""


class AsyncJob(msgspec.Struct, kw_only=True):
    """A batch whose work is done, but of which the caller has not been told yet."""

    kind: str
    result: msgspec.Raw
    """The answer of tag `complete`."""
    polls_left: int = 1
    """How often `in_progress` is answered first."""


class UploadSession(msgspec.Struct, kw_only=True):
    """One session; `size` counts what was accepted."""

    session_id: str
    kind: Literal["sequential", "concurrent"] = "sequential"
    started_at: float = 0
    size: int = 0
    closed: bool = False
    parts: dict[int, int] = {}
    """Concurrent: offset to length of what arrived."""
    blocks: dict[int, bytes] = {}
    """Number of a block to its digest; the last one may be short."""


class Tags(msgspec.Struct):
    """The tags of one file or folder; keyed by its id."""

    item: str
    texts: list[str] = []


class Restriction(msgspec.Struct):
    """A content that Dropbox does not hand out (`restricted_content`); keyed by content hash."""

    reason: str = ""
