"""Edits of files and folders, as their owners would make them in Dropbox."""

import base64
from typing import Annotated, Any, Literal

import msgspec

from dropally.common.errors import NotFoundError, UsageError
from dropally.simulator.control.locate import Somewhere, author_of, find_entry, locate
from dropally.simulator.control.truth import describe
from dropally.simulator.state import edits, relocation
from dropally.simulator.state.clock import parse_epoch
from dropally.simulator.state.entry import CloudDocument
from dropally.simulator.state.model import Restriction
from dropally.simulator.state.world import World
from dropally.simulator.world.streams import stream_hash


class GeneratedBytes(msgspec.Struct, forbid_unknown_fields=True):
    """So many bytes that follow from a seed and take no memory."""

    seed: str
    size: Annotated[int, msgspec.Meta(ge=0)]


class Put(Somewhere, tag="put", tag_field="op"):
    """Write a file: exactly one of `text`, `base64`, `generated` and `content_hash` (known bytes)."""

    text: str | None = None
    base64: str | None = None
    generated: GeneratedBytes | None = None
    content_hash: str | None = None
    client_modified: str = ""
    """`2026-01-31T12:00:00Z`; now when empty."""
    export_as: str = ""
    """Makes it a cloud document that can only be exported, such as `docx` or `markdown`."""
    export_options: tuple[str, ...] = ()
    symlink_target: str = ""
    downloadable: bool = True

    def apply(self, world: World) -> dict[str, Any]:
        """Write it; the entry that is now there."""
        ns, path = locate(world, self)
        modified = parse_epoch(self.client_modified) if self.client_modified else None
        entry = edits.put_file(
            world,
            ns,
            path,
            self._content(world),
            author=author_of(world, self, ns),
            client_modified=modified,
        )
        return describe(entry)

    def _content(self, world: World) -> edits.FileContent:
        document = CloudDocument(self.export_as, self.export_options) if self.export_as else None
        size, digest, reference = self._bytes(world)
        return edits.FileContent(
            size=size,
            content_hash=digest,
            content_ref=reference,
            document=document,
            symlink_target=self.symlink_target,
            downloadable=self.downloadable,
        )

    def _bytes(self, world: World) -> tuple[int, str, str]:
        """Size, content hash and reference."""
        given = (self.text, self.base64, self.generated, self.content_hash)
        if sum(one is not None for one in given) != 1:
            raise UsageError(
                f"put {self.path!r} needs exactly one content.",
                hint="Give one of text, base64, generated, content_hash.",
            )
        if self.generated is not None:
            seed, size = self.generated.seed.encode(), self.generated.size
            return size, stream_hash(seed, size), f"stream:{seed.hex()}:{size}"
        if self.content_hash is not None:
            known = world.contents.find(self.content_hash)
            if known is None:
                raise NotFoundError(f"No content has the hash {self.content_hash}.")
            return known.size, self.content_hash, ""
        data = self.text.encode() if self.text is not None else base64.b64decode(self.base64 or "")
        return len(data), world.contents.add(data), ""


class MakeFolder(Somewhere, tag="mkdir", tag_field="op"):
    """Make an empty folder."""

    def apply(self, world: World) -> dict[str, Any]:
        """Make it; the folder."""
        ns, path = locate(world, self)
        return describe(edits.create_folder(world, ns, path, author=author_of(world, self, ns)))


class Delete(Somewhere, tag="delete", tag_field="op"):
    """Delete a file, or a folder with all in it."""

    def apply(self, world: World) -> dict[str, Any]:
        """Delete it; what was there."""
        ns, path = locate(world, self)
        return describe(edits.delete(world, ns, path, author=author_of(world, self, ns)))


class Move(Somewhere, tag="move", tag_field="op"):
    """Move or rename; `to` is a path in the same place, or in another one."""

    to: str
    to_namespace: str = ""
    to_member: str = ""
    to_team_folder: str = ""
    how: Literal["move", "copy"] = "move"

    def apply(self, world: World) -> dict[str, Any]:
        """Move it; the entry at its new place."""
        entry = find_entry(world, self)
        ns, path = locate(world, self._target())
        author = author_of(world, self, entry.ns)
        placed = relocation.relocate(world, entry, ns, path, how=self.how, author=author)
        return describe(placed)

    def _target(self) -> Somewhere:
        elsewhere = self.to_namespace or self.to_member or self.to_team_folder
        return Somewhere(
            namespace=self.to_namespace if elsewhere else self.namespace,
            member=self.to_member if elsewhere else self.member,
            team_folder=self.to_team_folder if elsewhere else self.team_folder,
            path=self.to,
        )


class Copy(Move, tag="copy", tag_field="op"):
    """Copy; settings as for `move`."""

    how: Literal["move", "copy"] = "copy"


class Restrict(Somewhere, tag="restrict", tag_field="op"):
    """Let a content be refused as restricted wherever it lies: by hash, or that of a file."""

    content_hash: str = ""

    def apply(self, world: World) -> dict[str, Any]:
        """Refuse it from now on."""
        digest = self.content_hash or find_entry(world, self).content_hash
        world.restricted.put(digest, Restriction("control"))
        return {"content_hash": digest}


class Unrestrict(Somewhere, tag="unrestrict", tag_field="op"):
    """Hand the content out again."""

    content_hash: str = ""

    def apply(self, world: World) -> dict[str, Any]:
        """Allow it from now on."""
        digest = self.content_hash or find_entry(world, self).content_hash
        world.restricted.remove(digest)
        return {"content_hash": digest}
