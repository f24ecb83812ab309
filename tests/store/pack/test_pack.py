import hashlib
import os

import pytest
from dropally.store.backend import MemoryBackend
from dropally.store.codec import RAW, decompress
from dropally.store.content import Content, ContentRecord, Fingerprint
from dropally.store.errors import DamagedError, NewerFormatError, StoreError
from dropally.store.keys import Keyring, begin_epoch, create_keyring
from dropally.store.pack import (
    Directory,
    PackBuilder,
    PackHeader,
    PackKind,
    PackOpener,
    SealedPack,
    pack_key,
    read_directory,
)
from hypothesis import given
from hypothesis import strategies as st

KEYRING = create_keyring()
RECORD = ContentRecord(Fingerprint(bytes(32), 5), Content(5, 0, b"i" * 32))


def build(
    runs: list[bytes], keyring: Keyring = KEYRING, kind: PackKind = PackKind.DATA
) -> SealedPack:
    builder = PackBuilder(kind, keyring, memoryview(bytearray(1 << 20)), 1 << 19)
    for number, run in enumerate(runs):
        builder.add(RAW, run, [bytes([number]) * 32], [len(run)])
    builder.add_records([RECORD])
    return builder.finish()


def bytes_of(pack: SealedPack) -> bytes:
    return b"".join(pack.parts)


def stored(pack: SealedPack, data: bytes | None = None) -> MemoryBackend:
    backend = MemoryBackend()
    backend.put_new(pack_key(pack.name), [bytes_of(pack) if data is None else data])
    return backend


def open_all(pack: SealedPack, data: bytes, keyring: Keyring = KEYRING) -> list[bytes]:
    header, directory = read_directory(stored(pack, data), pack.name, len(data), keyring)
    opener = PackOpener(keyring)
    return [
        decompress(
            blob.codec,
            opener.open(header, blob.position, data[blob.offset : blob.offset + blob.stored_bytes]),
            blob.plain_bytes,
        )
        for blob in directory.blobs()
    ]


def test_a_pack_reads_back_from_its_own_bytes() -> None:
    runs = [b"one", os.urandom(5000), b"", b"four" * 100]
    pack = build(runs)
    data = bytes_of(pack)
    assert pack.name == hashlib.sha256(data).digest()
    assert pack.size_bytes == len(data)
    assert open_all(pack, data) == runs
    header, directory = read_directory(stored(pack), pack.name, len(data), KEYRING)
    assert header == pack.header
    assert directory == pack.directory
    assert directory.records == [RECORD]


def test_an_empty_pack_and_one_of_many_chunks() -> None:
    empty = build([])
    assert open_all(empty, bytes_of(empty)) == []
    builder = PackBuilder(PackKind.TREE, KEYRING, memoryview(bytearray(1 << 20)), 1 << 19)
    ids = [os.urandom(32) for _ in range(10_000)]
    builder.add(RAW, b"x" * 10_000, ids, [1] * 10_000)
    pack = builder.finish()
    _, directory = read_directory(stored(pack), pack.name, pack.size_bytes, KEYRING)
    assert directory.ids() == ids


def test_what_is_inside_cannot_be_seen() -> None:
    data = bytes_of(build([b"a secret that must not be seen", b"x" * 500]))
    assert b"secret" not in data
    assert b"i" * 32 not in data
    assert data[:8] == b"DROPPACK"


def test_equal_content_makes_different_packs() -> None:
    assert build([b"same"]).name != build([b"same"]).name


def test_directories_of_similar_packs_have_one_length() -> None:
    few, more = build([b"x"] * 3), build([b"x"] * 20)
    assert len(few.parts[1]) == len(more.parts[1])


@given(st.integers(0, 1 << 20), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    runs = [b"one" * 50, b"two" * 50]
    pack = build(runs)
    data = bytearray(bytes_of(pack))
    data[position % len(data)] ^= change
    with pytest.raises((DamagedError, NewerFormatError)):
        open_all(pack, bytes(data))


@given(st.integers(0, 1 << 20))
def test_a_cut_pack_is_noticed(length: int) -> None:
    pack = build([b"one" * 50])
    data = bytes_of(pack)
    with pytest.raises(StoreError):
        open_all(pack, data[: length % len(data)])


def test_blobs_do_not_open_elsewhere() -> None:
    pack = build([b"one!", b"two!"])
    data = bytearray(bytes_of(pack))
    data[64:84], data[84:104] = data[84:104], data[64:84]
    with pytest.raises(DamagedError, match="changed"):
        open_all(pack, bytes(data))


def test_a_data_pack_does_not_pass_for_a_tree_pack() -> None:
    pack = build([b"one"])
    data = bytearray(bytes_of(pack))
    data[10] = PackKind.TREE
    with pytest.raises(DamagedError):
        open_all(pack, bytes(data))


def test_another_repositorys_pack_does_not_open() -> None:
    pack = build([b"one"])
    with pytest.raises(DamagedError) as caught:
        open_all(pack, bytes_of(pack), create_keyring())
    assert caught.value.pack == pack.name.hex()


def test_packs_of_older_epochs_still_open_and_new_ones_are_sealed_anew() -> None:
    rotated = begin_epoch(KEYRING)
    old = build([b"old"])
    assert open_all(old, bytes_of(old), rotated) == [b"old"]
    new = build([b"new"], rotated)
    assert new.header.epoch == 2
    with pytest.raises(NewerFormatError):
        open_all(new, bytes_of(new), KEYRING)


def test_a_later_version_says_so() -> None:
    header = bytearray(build([]).header.encode())
    header[8] = 2
    with pytest.raises(NewerFormatError, match="version 2"):
        PackHeader.decode(bytes(header))


def test_directories_that_do_not_fit_together_are_refused() -> None:
    number = (100).to_bytes(4, "little")
    bad = [
        Directory(b"\0", b"", number, b"", b"", []),
        Directory(b"\0", number, number, b"i" * 32, number, []),
        Directory(b"\0", number, (1).to_bytes(4, "little"), b"i" * 31, number, []),
        Directory(b"\0", number, (1).to_bytes(4, "little"), b"i" * 32, b"\xff" * 4, []),
        Directory(b"\0", bytes(4), (0).to_bytes(4, "little"), b"", b"", []),
        Directory(b"\0", b"abc", number, b"", b"", []),
    ]
    for directory in bad:
        with pytest.raises(DamagedError):
            list(directory.blobs())


def test_a_pack_says_when_it_is_full() -> None:
    def filled(size: int) -> PackBuilder:
        builder = PackBuilder(PackKind.DATA, KEYRING, memoryview(bytearray(1 << 17)), 1 << 16)
        builder.add(RAW, bytes(size), [bytes(32)], [size])
        return builder

    assert filled(1 << 16).full
    assert not filled(1 << 16).empty
    assert not filled(1000).full
