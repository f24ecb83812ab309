"""Trees of contents that were added by hand."""

from collections.abc import Mapping

from dropally.store import Content, Entry, PageId, Writer, encode_entry, path_key


def tree_of(writer: Writer, contents: Mapping[str, Content]) -> PageId | None:
    """The root of a tree with these files."""
    changes = {
        path_key(path): encode_entry(
            Entry("file", path, size_bytes=content.size_bytes, content=content)
        )
        for path, content in contents.items()
    }
    return writer.apply(None, sorted(changes.items()))
