import pytest
from dropally.store.errors import DamagedError, NewerFormatError
from dropally.store.keys import bind, derive_key, open_sealed, seal
from dropally.store.keys.sealing import HEADER_BYTES, OVERHEAD_BYTES, sealed_epoch
from hypothesis import given
from hypothesis import strategies as st

KEY = bytes(range(32))
REPOSITORY = b"r" * 16


def sealed_sample() -> bytes:
    return seal(KEY, "snapshot", REPOSITORY, "a/b", b"the plaintext", epoch=3)


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_what_was_sealed_opens(plaintext: bytes, name: str) -> None:
    sealed = seal(KEY, "index", REPOSITORY, name, plaintext)
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES
    assert open_sealed(KEY, "index", REPOSITORY, name, sealed) == plaintext


@pytest.mark.parametrize("position", range(len(sealed_sample())))
def test_any_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(sealed_sample())
    sealed[position] ^= 1
    with pytest.raises((DamagedError, NewerFormatError)):
        open_sealed(KEY, "snapshot", REPOSITORY, "a/b", bytes(sealed))


@pytest.mark.parametrize("length", range(len(sealed_sample())))
def test_any_cut_is_noticed(length: int) -> None:
    with pytest.raises(DamagedError):
        open_sealed(KEY, "snapshot", REPOSITORY, "a/b", sealed_sample()[:length])


@pytest.mark.parametrize(
    ("key", "kind", "repository_id", "name"),
    [
        (bytes(32), "snapshot", REPOSITORY, "a/b"),
        (KEY, "point", REPOSITORY, "a/b"),
        (KEY, "snapshot", b"s" * 16, "a/b"),
        (KEY, "snapshot", REPOSITORY, "a/c"),
    ],
    ids=["key", "kind", "repository", "name"],
)
def test_nothing_opens_in_anothers_place(
    key: bytes, kind: str, repository_id: bytes, name: str
) -> None:
    with pytest.raises(DamagedError, match=f"{kind} {name}"):
        open_sealed(key, kind, repository_id, name, sealed_sample())


def test_a_newer_format_is_told_apart_from_damage() -> None:
    newer = bytearray(sealed_sample())
    newer[4] = 2
    with pytest.raises(NewerFormatError, match="format 2"):
        open_sealed(KEY, "snapshot", REPOSITORY, "a/b", bytes(newer))


def test_each_seal_is_fresh() -> None:
    assert sealed_sample() != sealed_sample()


def test_the_epoch_is_read_from_the_header() -> None:
    assert sealed_epoch("snapshot", "a/b", sealed_sample()) == 3
    assert HEADER_BYTES == 42


def test_bound_parts_are_unambiguous() -> None:
    assert bind(b"ab", b"c") != bind(b"a", b"bc")
    assert bind(b"ab") != bind(b"ab", b"")


def test_key_derivation_is_hkdf_of_rfc_5869() -> None:
    """Test case 1 of RFC 5869, first 32 bytes."""
    derived = derive_key(
        bytes.fromhex("0b" * 22),
        bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        salt=bytes.fromhex("000102030405060708090a0b0c"),
    )
    assert derived.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
