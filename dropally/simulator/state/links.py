"""Shared links: addresses under which a file or folder can be opened."""

from typing import Literal

import msgspec

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
