import msgspec
import pytest
from dropally.store.errors import DamagedError, NewerFormatError
from dropally.store.keys import Keyring, begin_epoch, create_keyring
from dropally.store.keys.keyring import decode_keyring, encode_keyring

LABELS = ["data", "tree", "index", "snapshot", "point", "config-mac", "fingerprint"]


def test_every_label_and_epoch_has_its_own_key() -> None:
    keyring = begin_epoch(create_keyring())
    keys = {keyring.key(label, epoch) for label in LABELS for epoch in (1, 2)}
    assert len(keys) == 2 * len(LABELS)
    assert {len(key) for key in keys} == {32}
    assert keyring.key("data") == keyring.key("data", 2)


def test_two_repositories_share_no_key() -> None:
    first, second = create_keyring(), create_keyring()
    assert first.repository_id != second.repository_id
    assert first.key("data") != second.key("data")
    assert first.chunk_id_key != second.chunk_id_key
    assert 0 <= first.chunker_seed < 1 << 63


def test_deduplication_survives_a_new_epoch() -> None:
    before = create_keyring()
    after = begin_epoch(before)
    assert (after.chunk_id_key, after.chunker_seed) == (before.chunk_id_key, before.chunker_seed)
    assert after.current_epoch == 2
    assert after.key("data", 1) == before.key("data")
    assert after.key("data") != before.key("data")


def test_old_objects_open_in_a_new_epoch_and_new_ones_tell_old_keyrings() -> None:
    before = create_keyring()
    after = begin_epoch(before)
    old = before.sealer("snapshot").seal("a", b"old")
    new = after.sealer("snapshot").seal("b", b"new")
    assert after.sealer("snapshot").open("a", old) == b"old"
    with pytest.raises(NewerFormatError, match="epoch 2"):
        before.sealer("snapshot").open("b", new)


def test_a_sealer_opens_only_its_kind() -> None:
    keyring = create_keyring()
    sealed = keyring.sealer("snapshot").seal("a", b"x")
    with pytest.raises(DamagedError):
        keyring.sealer("point").open("a", sealed)
    with pytest.raises(DamagedError):
        keyring.sealer("snapshot").open("b", sealed)


def test_an_epoch_that_never_was_is_damage() -> None:
    with pytest.raises(DamagedError, match="epoch 0"):
        create_keyring().key("data", 0)


def test_keys_do_not_show_themselves() -> None:
    keyring = create_keyring()
    shown = repr(keyring) + str(keyring) + repr(keyring.sealer("index"))
    for secret in (*keyring.epochs.values(), keyring.chunk_id_key):
        assert repr(secret) not in shown
        assert secret.hex() not in shown
    assert str(keyring.chunker_seed) not in shown


def test_a_keyring_comes_back_from_its_bytes() -> None:
    keyring = begin_epoch(create_keyring())
    assert decode_keyring(encode_keyring(keyring)) == keyring


def malformed(keyring: Keyring) -> list[list[object]]:
    good = [keyring.repository_id, 1, dict(keyring.epochs), keyring.chunk_id_key, 5]
    return [
        [b"short", *good[1:]],
        [good[0], 9, *good[2:]],
        [*good[:2], {1: b"short"}, *good[3:]],
        [*good[:3], b"short", 5],
        [*good[:4], 1 << 63],
        [*good[:4], -1],
        good[:3],
    ]


@pytest.mark.parametrize("number", range(7))
def test_malformed_keyrings_are_refused(number: int) -> None:
    wire = malformed(create_keyring())[number]
    with pytest.raises(DamagedError):
        decode_keyring(msgspec.msgpack.encode(wire))
