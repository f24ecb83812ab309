"""In whose name a call is made."""

from typing import Literal

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """The team itself, a member, or an admin looking after the team's content."""

    kind: Literal["team", "user", "admin", "none"]
    member_id: str = ""

    @property
    def bucket(self) -> str:
        """Whose rate limit the call counts against.

        Dropbox counts per member for calls in a member's name. Calls in an admin's name are
        assumed to share that admin's count, which can only be too careful.
        """
        return self.member_id or self.kind

    def headers(self) -> dict[str, str]:
        """The header that tells Dropbox."""
        if self.kind == "user":
            return {"Dropbox-API-Select-User": self.member_id}
        if self.kind == "admin":
            return {"Dropbox-API-Select-Admin": self.member_id}
        return {}

    def __str__(self) -> str:
        return f"{self.kind}:{self.member_id}" if self.member_id else self.kind


TEAM = Identity("team")


def as_user(member_id: str) -> Identity:
    """Act as this member, with what the member may see."""
    return Identity("user", member_id)


def nobody(namespace_id: str) -> Identity:
    """For calls without a token; each namespace has a pace of its own."""
    return Identity("none", namespace_id)


def as_admin(member_id: str) -> Identity:
    """Act as this admin on content of the whole team."""
    return Identity("admin", member_id)
