"""Packs: immutable files of sealed runs of chunks, with a sealed directory at the end."""

from dropally.store.pack.build import PackBuilder, SealedPack
from dropally.store.pack.directory import BlobEntry, Directory, DirectoryBuilder
from dropally.store.pack.header import (
    HEADER_BYTES,
    PackCipher,
    PackHeader,
    PackKeys,
    PackKind,
    pack_key,
)
from dropally.store.pack.opening import PackOpener, decode_pack, read_directory

__all__ = [
    "HEADER_BYTES",
    "BlobEntry",
    "Directory",
    "DirectoryBuilder",
    "PackBuilder",
    "PackCipher",
    "PackHeader",
    "PackKeys",
    "PackKind",
    "PackOpener",
    "SealedPack",
    "decode_pack",
    "pack_key",
    "read_directory",
]
