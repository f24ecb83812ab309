"""The rows that packs are in the local index: how they go in, and out."""

import sqlite3
from collections.abc import Collection, Sequence
from zlib import crc32

import msgspec

from dropally.store.content import Content, direct_ids, unpack_entries
from dropally.store.errors import DamagedError
from dropally.store.index.segment import IndexedPack

PREFIX_BYTES = 16
POSITION_BITS = 20


def add_packs(db: sqlite3.Connection, segment_no: int, packs: Sequence[IndexedPack]) -> None:
    """Load the packs of a segment; of one that is there already, only that the segment names it."""
    blobs: list[tuple[int, int, int, int, int]] = []
    chunks: list[tuple[bytes, int, int, int]] = []
    for pack in packs:
        added = db.execute(
            "INSERT OR IGNORE INTO packs (name, size, header) VALUES (?, ?, ?)",
            (pack.name, pack.size_bytes, pack.header),
        )
        if added.rowcount:
            _collect(pack, added.lastrowid or 0, blobs, chunks)
            _add_contents(db, pack)
        db.execute(
            "INSERT OR IGNORE INTO segment_packs SELECT ?, no FROM packs WHERE name = ?",
            (segment_no, pack.name),
        )
    chunks.sort()
    db.executemany("INSERT INTO blobs VALUES (?, ?, ?, ?, ?)", blobs)
    db.executemany("INSERT OR IGNORE INTO chunks VALUES (?, ?, ?, ?)", chunks)


def is_better(pack_no: int, than: int, but: Collection[int]) -> bool:
    """Of two packs with the same chunk: what stays is better than what goes, newer than older."""
    return (pack_no not in but, pack_no) > (than not in but, than)


def delete_packs(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """One pass over all chunks, however many packs go."""
    if not numbers:
        return
    db.execute("CREATE TEMP TABLE IF NOT EXISTS going (no INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM temp.going")
    db.executemany("INSERT INTO temp.going VALUES (?)", [(no,) for no in numbers])
    db.execute("DELETE FROM chunks WHERE blob >> 20 IN (SELECT no FROM temp.going)")
    db.executemany("DELETE FROM blobs WHERE no >= ? AND no < ?", [span(no) for no in numbers])
    db.execute("DELETE FROM packs WHERE no IN (SELECT no FROM temp.going)")


def span(pack_no: int) -> tuple[int, int]:
    """The blob numbers of a pack: from the first to before the second."""
    return pack_no << POSITION_BITS, (pack_no + 1) << POSITION_BITS


def _collect(
    pack: IndexedPack,
    pack_no: int,
    blobs: list[tuple[int, int, int, int, int]],
    chunks: list[tuple[bytes, int, int, int]],
) -> None:
    """Rows for the blobs and chunks of one pack. Raises `DamagedError`."""
    directory = pack.directory
    ids, lengths = directory.chunk_ids, directory.lengths()
    try:
        for blob in directory.blobs():
            no = pack_no << POSITION_BITS | blob.position
            blobs.append((no, blob.offset, blob.stored_bytes, blob.codec, blob.plain_bytes))
            at = 0
            for chunk in range(blob.first_chunk, blob.first_chunk + blob.chunk_count):
                length = lengths[chunk]
                chunks.append((ids[32 * chunk : 32 * chunk + PREFIX_BYTES], no, at, length))
                at += length
    except DamagedError as error:
        raise error.about(pack=pack.name.hex()) from error


def _add_contents(db: sqlite3.Connection, pack: IndexedPack) -> None:
    rows = []
    for fingerprint, content in ((one.fingerprint, one.content) for one in pack.directory.records):
        encoded = msgspec.msgpack.encode(content)
        rows.append((fingerprint.digest, fingerprint.size_bytes, encoded, crc32(encoded)))
    rows.sort()
    db.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", rows)


def delete_pack(db: sqlite3.Connection, pack_no: int, pack: IndexedPack) -> None:
    """By what its directory says: quick, since no other row is looked at."""
    no = pack_no << POSITION_BITS
    ids = pack.directory.chunk_ids
    rows = sorted(
        (ids[at : at + PREFIX_BYTES], no + blob.position)
        for blob in pack.directory.blobs()
        for at in range(32 * blob.first_chunk, 32 * (blob.first_chunk + blob.chunk_count), 32)
    )
    db.executemany("DELETE FROM chunks WHERE id = ? AND blob = ?", rows)
    db.execute("DELETE FROM blobs WHERE no >= ? AND no < ?", span(pack_no))
    db.execute("DELETE FROM segment_packs WHERE pack = ?", (pack_no,))
    db.execute("DELETE FROM packs WHERE no = ?", (pack_no,))


def named_ids(encoded: bytes) -> list[bytes]:
    """The chunks or lists that a recorded content names itself."""
    content = msgspec.msgpack.decode(encoded, type=Content)
    if content.depth == 0:
        return direct_ids(content)
    return [entry.id for entry in unpack_entries(content.chunks)]
