"""Every parser of the repository's formats, each with bytes that it takes.

Sealed objects are parsed from inside of their seal, too: the keys may be in wrong hands.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import msgspec
from dropally.store import MemoryBackend
from dropally.store.codec import frame, unframe
from dropally.store.content import decode_list, unpack_entries
from dropally.store.entry import decode_entry
from dropally.store.index import decode_generation, list_packs
from dropally.store.index.segment import decode_segment
from dropally.store.keys import KdfLimits, check_slots, unlock
from dropally.store.keys.keyring import decode_keyring, encode_keyring
from dropally.store.keys.recovery_code import parse_recovery_code
from dropally.store.pack import PackHeader, decode_pack
from dropally.store.pack.opening import decode_directory
from dropally.store.prune import prune
from dropally.store.prune.lease import Lease
from dropally.store.repair import make_sidecar, mend
from dropally.store.repository.config import parse_config
from dropally.store.snapshot import LostPack, Session, read_session
from dropally.store.tree.pages import decode_page
from tests.store.prune.world import EAGER, SetClock, forget, new_world
from tests.store.samples import SECRET, back_up, object_keys, sample_files
from tests.store.seeded import seeded
from tests.store.verify.notes import add_erasure

with seeded(1):
    CLOCK, BACKEND, REPOSITORY = new_world()
KEYRING = REPOSITORY.keyring
FILES = sample_files(1, count=6, largest=4000)


def _fill() -> None:
    """One of each sealed object."""
    going = back_up(REPOSITORY, {**FILES, "/gone": bytes(range(256)) * 9})
    CLOCK.advance(days=1)
    back_up(REPOSITORY, FILES)
    forget(REPOSITORY, going)
    CLOCK.advance(days=1)
    prune(REPOSITORY, EAGER)
    notes = REPOSITORY.lost_and_wanted
    notes.note_lost(LostPack(name=bytes(32), why="a test", at=CLOCK.now, chunks=bytes(64)))
    notes.want("ns:1", ["/a", "/b"])
    add_erasure(REPOSITORY, CLOCK.now)
    Session(BACKEND, KEYRING, CLOCK, "at work").start()
    Lease(BACKEND, KEYRING, CLOCK, "prune").__enter__()


with seeded(2):
    _fill()


def first(prefix: str) -> tuple[str, bytes]:
    """A key, and the object."""
    key = object_keys(BACKEND, prefix)[0]
    return key, BACKEND.get(key)


Parser = Callable[[bytes], object]
SLOT_KEY, SLOT = first("keys/")
SEGMENT = first("index/")[1]
PACK = next(iter(list_packs(BACKEND)))[0]
PACK_BYTES = first("packs/")[1]
_HEADER, DIRECTORY = decode_pack(PACK_BYTES, KEYRING)


def sealed(prefix: str, kind: str, parse: Callable[[str, bytes], object]) -> tuple[Parser, bytes]:
    """What parses the plain bytes of a kind of objects, and the plain bytes of one."""
    key, data = first(prefix)
    sealer = KEYRING.sealer(kind)
    return lambda plain: parse(key, sealer.seal(key, plain)), sealer.open(key, data)


def segment_of(plain: bytes) -> object:
    """An index segment, whose name is its hash."""
    data = KEYRING.sealer("index").seal("", plain)
    return decode_segment(KEYRING, hashlib.sha256(data).digest(), data)


def slots_of(data: bytes) -> object:
    """A repository with this one key slot."""
    backend = MemoryBackend()
    backend.put_new(SLOT_KEY, [data])
    list(check_slots(backend))
    return unlock(backend, KEYRING.repository_id, SECRET, limits=KdfLimits())


def session_of(key: str, data: bytes) -> object:
    """A session as it lies on a backend."""
    backend = MemoryBackend()
    backend.put_new(key, [data])
    return read_session(backend, KEYRING, key)


def lease_of(key: str, data: bytes) -> object:
    """Take over a lease that was left there long ago, whatever it says."""
    clock = SetClock()
    backend = MemoryBackend(clock)
    backend.put_new(key, [data])
    clock.now += timedelta(days=1)
    with Lease(backend, KEYRING, clock, "next") as taken:
        return taken


def blobs_of(plain: bytes) -> object:
    """The blobs of a pack's directory."""
    return list(decode_directory(plain).blobs())


def framed_directory() -> bytes:
    """A directory as it stands in a pack."""
    encoded = frame(msgspec.msgpack.encode(DIRECTORY), 1)
    return len(encoded).to_bytes(4, "little") + encoded


def page() -> bytes:
    """A tree page with entries."""
    snapshot = REPOSITORY.latest("ns:1")
    if snapshot is None or snapshot.root is None:
        raise ValueError("there is no snapshot")
    return REPOSITORY.metadata.load_page(snapshot.root)


NOTES = REPOSITORY.lost_and_wanted
PARSERS: dict[str, tuple[Parser, bytes]] = {
    "config": (parse_config, BACKEND.get("config")),
    "key slot": (slots_of, SLOT),
    "keyring": (decode_keyring, encode_keyring(KEYRING)),
    "recovery code": (
        lambda data: parse_recovery_code(data.decode("utf-8", "replace")),
        SECRET.text.encode(),
    ),
    "pack": (lambda data: decode_pack(data, KEYRING), PACK_BYTES),
    "pack header": (PackHeader.decode, PACK_BYTES[:64]),
    "directory": (blobs_of, framed_directory()),
    "frame": (unframe, frame(b"some words and more words " * 50, 3)),
    "segment": (segment_of, KEYRING.sealer("index").open("", SEGMENT)),
    "snapshot": sealed("snapshots/", "snapshot", REPOSITORY.snapshot_chain.decode),
    "point": sealed("points/", "point", REPOSITORY.point_chain.decode),
    "session": sealed("sessions/", "session", session_of),
    "lease": sealed("lease", "lease", lease_of),
    "condemned": sealed(
        "condemned/", "condemned", lambda key, data: decode_generation(KEYRING, key, data)
    ),
    "lost": sealed("lost/", "lost", NOTES.decode_lost),
    "wanted": sealed("wanted/", "wanted", NOTES.decode_wanted),
    "erased": sealed("erased/", "erased", REPOSITORY.erasures.decode_erased),
    "excluded": sealed("excluded/", "excluded", REPOSITORY.erasures.decode_excluded),
    "tree page": (decode_page, page()),
    "entry": (decode_entry, decode_page(page()).values[0]),
    "chunk list": (decode_list, b"DCL1" + bytes(80)),
    "entries": (unpack_entries, bytes(80)),
    "parity": (lambda data: mend(PACK_BYTES, data), make_sidecar(PACK_BYTES)),
}
