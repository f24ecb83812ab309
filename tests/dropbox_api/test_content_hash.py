"""Content hashes equal those of Dropbox's own implementation, however a file is cut."""

from dropally.dropbox_api.content_hash import (
    BLOCK_BYTES,
    EMPTY_CONTENT_HASH,
    ContentHasher,
    content_hash,
)
from dropbox.content_hash import DropboxContentHasher
from hypothesis import given, settings
from hypothesis import strategies as st

_SEED = bytes(range(256)) * 40_000


def _dropbox_hash(data: bytes) -> str:
    theirs = DropboxContentHasher()
    theirs.update(data)
    return str(theirs.hexdigest())


@settings(max_examples=25, deadline=None)
@given(
    size=st.one_of(
        st.integers(0, 4096),
        st.sampled_from([BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES]),
        st.integers(0, len(_SEED)),
    ),
    piece=st.sampled_from([1 << 12, 65_537, 1 << 20, BLOCK_BYTES, BLOCK_BYTES + 3]),
)
def test_any_cut_gives_dropboxs_hash(size: int, piece: int) -> None:
    data = _SEED[:size]
    pieces = (data[at : at + piece] for at in range(0, size, piece))
    assert content_hash(pieces) == _dropbox_hash(data)


def test_the_empty_file() -> None:
    assert ContentHasher().hexdigest() == EMPTY_CONTENT_HASH == _dropbox_hash(b"")


def test_asking_for_the_hash_does_not_end_it() -> None:
    hasher = ContentHasher()
    hasher.update(b"ab")
    assert hasher.hexdigest() == _dropbox_hash(b"ab")
    hasher.update(memoryview(b"cd"))
    assert hasher.hexdigest() == _dropbox_hash(b"abcd")
    assert hasher.size_bytes == 4
