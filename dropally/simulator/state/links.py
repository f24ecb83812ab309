"""What is shared item by item: links, and single files shared with people."""

from typing import Literal

import msgspec

from dropally.simulator.state.model import AccessLevel

Audience = Literal["public", "team", "members", "no_one"]


class SharedLink(msgspec.Struct, kw_only=True):
    """One link. It follows its file or folder by id, so renames and moves do not break it."""

    url: str
    item_id: str
    owner: str
    """Account id of who made it."""
    audience: Audience = "team"
    access: Literal["viewer", "editor"] = "viewer"
    password: str = ""
    allow_download: bool = True
    expires_at: int | None = None
    created_at: int = 0


class FileShare(msgspec.Struct, kw_only=True):
    """One file that was shared with people by itself, outside any shared folder."""

    item_id: str
    owner: str
    """Account id of who shared it."""
    members: dict[str, AccessLevel] = {}
    """Member id (also an outsider's) to access."""
    invitees: dict[str, AccessLevel] = {}
    """E-mail addresses without an account."""
    shared_at: int = 0
