"""What people do with their files all day."""

import random
from typing import Any

from dropally.common.errors import DropallyError
from tests.protection.appliance import Protected

KINDS_WITH_FILES = frozenset({"team_member_folder", "shared_folder", "team_folder"})
_NAMES = ["Ä", "b", "b-c", "b c", "Report.txt", "x.bin", "Ordner", "ünï"]


class People:
    """What people do all day. Edits that Dropbox refuses are passed over, as people would."""

    def __init__(self, place: Protected, seed: int) -> None:
        self._place = place
        self._draw = random.Random(seed)  # repeatable edits, not secrets
        self.done = 0

    def work(self, edits: int) -> None:
        for _ in range(edits):
            self.edit(self._one())

    def edit(self, *edits: dict[str, Any]) -> bool:
        """True if Dropbox took them."""
        try:
            self._place.control.edit(*edits)
        except DropallyError:
            return False
        self.done += len(edits)
        return True

    def _one(self) -> dict[str, Any]:
        draw = self._draw
        kind = draw.choice(["put"] * 9 + ["delete", "move", "copy", "mkdir", "share", "unshare"])
        namespace = draw.choice(self._spaces())
        entries = self._place.simulator.run(
            lambda world: [
                (entry.path_display, entry.kind, bool(entry.mount))
                for entry in world.trees[namespace].walk("")
            ]
        )
        there = [path for path, _, is_mount in entries if not is_mount]
        folders = [path for path, kind, _ in entries if kind == "folder"]
        mounts = [path for path, _, is_mount in entries if is_mount]
        edit: dict[str, Any] = {"op": kind, "namespace": namespace}
        edit["path"] = draw.choice(there) if there and draw.random() < 0.6 else self._path()
        if kind == "put":
            edit["text"] = f"{draw.random()} " * draw.randrange(1, 200)
        elif kind in {"move", "copy"}:
            edit["to"] = self._path()
        elif kind == "share" and folders:
            edit["path"] = draw.choice(folders)
            edit["members"] = {draw.choice(self.members()): draw.choice(["editor", "viewer"])}
        elif kind in {"share", "unshare"}:
            edit |= {"path": draw.choice(mounts)} if mounts else {"op": "mkdir"}
        return edit

    def _spaces(self) -> list[str]:
        """Homes of those who are here, and team folders."""
        protected = set(self.protected_spaces())
        return sorted(
            space["namespace_id"]
            for space in self._place.control.namespaces()
            if space["namespace_id"] in protected and space["kind"] != "shared_folder"
        )

    def protected_spaces(self) -> list[str]:
        """What a backup of everything has to have: homes, team folders, shared folders in use."""
        people = self._statuses()
        here = {email for email, status in people.items() if status in {"active", "suspended"}}

        def counts(space: dict[str, Any]) -> bool:
            if space["kind"] == "team_member_folder":
                return space["owner"] in here
            if space["kind"] == "shared_folder":
                return bool(here & {space["owner"], *space["members"]})
            return bool(space["kind"] == "team_folder")

        return [
            space["namespace_id"]
            for space in self._place.control.namespaces()
            if space["status"] == "active" and counts(space)
        ]

    def suspended(self) -> list[str]:
        """Whose account rests."""
        return [email for email, status in self._statuses().items() if status == "suspended"]

    def _statuses(self) -> dict[str, str]:
        return self._place.simulator.run(
            lambda world: {one.email: one.status for one in world.members.values()}
        )

    def _path(self) -> str:
        draw = self._draw
        return "".join(f"/{draw.choice(_NAMES)}" for _ in range(draw.randrange(1, 4)))

    def members(self) -> list[str]:
        """Addresses of those who have a home."""
        return sorted(
            space["owner"]
            for space in self._place.control.namespaces()
            if space["kind"] == "team_member_folder" and space["status"] == "active"
        )
