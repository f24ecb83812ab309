"""Whatever bytes a parser is given, it answers with a value or with one of the store's own errors.

Sealed objects are fuzzed inside of their seal, too: the keys may be in wrong hands.
"""

import hashlib
from collections.abc import Callable

import msgspec
import pytest
from dropally.store import Content, MemoryBackend, StoreError
from dropally.store.codec import frame, unframe
from dropally.store.content import decode_list, direct_ids, unpack_entries
from dropally.store.entry import decode_entry
from dropally.store.index import list_packs
from dropally.store.index.condemned import read_generation
from dropally.store.index.segment import decode_segment
from dropally.store.keys import KdfLimits, check_slots, unlock
from dropally.store.keys.keyring import decode_keyring, encode_keyring
from dropally.store.pack import PackHeader, decode_pack
from dropally.store.pack.opening import decode_directory
from dropally.store.repair import make_sidecar, mend
from dropally.store.repository.config import parse_config
from dropally.store.tree.pages import decode_page
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.store.samples import SECRET, back_up, make, object_keys, sample_files

BACKEND = MemoryBackend()
REPOSITORY = make(BACKEND)
back_up(REPOSITORY, sample_files(1, count=6, largest=4000))
KEYRING = REPOSITORY.keyring
PACK = next(iter(list_packs(BACKEND)))[0]


def first(prefix: str) -> tuple[str, bytes]:
    key = object_keys(BACKEND, prefix)[0]
    return key, BACKEND.get(key)


SLOT_KEY, SLOT = first("keys/")
SNAPSHOT_KEY, SNAPSHOT = first("snapshots/")
SEGMENT = first("index/")[1]
PACK_BYTES = first("packs/")[1]
_HEADER, DIRECTORY = decode_pack(PACK_BYTES, KEYRING)


def snapshot_of(plain: bytes) -> object:
    sealed = KEYRING.sealer("snapshot").seal(SNAPSHOT_KEY, plain)
    return REPOSITORY.snapshot_chain.decode(SNAPSHOT_KEY, sealed)


def segment_of(plain: bytes) -> object:
    sealed = KEYRING.sealer("index").seal("", plain)
    return decode_segment(KEYRING, hashlib.sha256(sealed).digest(), sealed)


def slots_of(data: bytes) -> object:
    backend = MemoryBackend()
    backend.put_new(SLOT_KEY, [data])
    limits = KdfLimits()
    list(check_slots(backend))
    return unlock(backend, KEYRING.repository_id, SECRET, limits=limits)


def generation_of(plain: bytes) -> object:
    backend = MemoryBackend()
    key = "condemned/000000000001"
    backend.put_new(key, [KEYRING.sealer("condemned").seal(key, plain)])
    return read_generation(backend, KEYRING)


def lost_of(plain: bytes) -> object:
    backend = MemoryBackend()
    key = f"lost/{PACK.hex()}"
    backend.put_new(key, [KEYRING.sealer("lost").seal(key, plain)])
    return type(REPOSITORY.lost_and_wanted)(backend, KEYRING).lost_packs()


def blobs_of(plain: bytes) -> object:
    return list(decode_directory(plain).blobs())


def framed_directory() -> bytes:
    encoded = frame(msgspec.msgpack.encode(DIRECTORY), 1)
    return len(encoded).to_bytes(4, "little") + encoded


def page() -> bytes:
    snapshot = REPOSITORY.latest("ns:1")
    assert snapshot is not None
    assert snapshot.root is not None
    return REPOSITORY.metadata.load_page(snapshot.root)


def plain_of(kind: str, name: str, sealed: bytes) -> bytes:
    return KEYRING.sealer(kind).open(name, sealed)


Parser = Callable[[bytes], object]
PARSERS: dict[str, tuple[Parser, bytes]] = {
    "config": (parse_config, BACKEND.get("config")),
    "key slot": (slots_of, SLOT),
    "keyring": (decode_keyring, encode_keyring(KEYRING)),
    "pack": (lambda data: decode_pack(data, KEYRING), PACK_BYTES),
    "pack header": (PackHeader.decode, PACK_BYTES[:64]),
    "directory": (blobs_of, framed_directory()),
    "frame": (unframe, frame(b"some words and more words " * 50, 3)),
    "segment": (segment_of, plain_of("index", "", SEGMENT)),
    "snapshot": (snapshot_of, plain_of("snapshot", SNAPSHOT_KEY, SNAPSHOT)),
    "tree page": (decode_page, page()),
    "entry": (decode_entry, decode_page(page()).values[0]),
    "chunk list": (decode_list, b"DCL1" + bytes(80)),
    "entries": (unpack_entries, bytes(80)),
    "condemned": (generation_of, b""),
    "lost": (lost_of, b"\x84"),
    "parity": (lambda data: mend(PACK_BYTES, data), make_sidecar(PACK_BYTES)),
}


@st.composite
def mutations(draw: st.DrawFn, start: bytes) -> bytes:
    """The bytes with a few changes: flips, cuts, insertions, stretches of zeros."""
    data = bytearray(start)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        action = draw(st.sampled_from(["flip", "cut", "insert", "zero", "drop"]))
        if action == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif action == "cut":
            del data[at:]
        elif action == "insert":
            data[at:at] = draw(st.binary(max_size=20))
        elif action == "zero":
            data[at : at + 16] = bytes(len(data[at : at + 16]))
        else:
            del data[at : at + draw(st.integers(1, 16))]
    return bytes(data)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_changed_bytes_are_a_value_or_an_error_of_the_store(name: str, data: st.DataObject) -> None:
    parse, start = PARSERS[name]
    try:
        parse(data.draw(mutations(start)))
    except StoreError:
        return


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=40, deadline=None)
@given(junk=st.binary(max_size=400))
@example(junk=b"")
def test_any_bytes_are_a_value_or_an_error_of_the_store(name: str, junk: bytes) -> None:
    parse, start = PARSERS[name]
    for data in (junk, start[: len(junk)] + junk):
        try:
            parse(data)
        except StoreError:
            continue


@given(st.binary(max_size=200))
def test_ids_that_are_cut_are_refused(junk: bytes) -> None:
    try:
        assert len(direct_ids(Content(0, 0, junk))) * 32 == len(junk)
    except StoreError:
        assert len(junk) % 32
