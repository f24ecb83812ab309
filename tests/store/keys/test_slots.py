import hashlib
from pathlib import Path

import msgspec
import pytest
from dropally.store.backend import MemoryBackend
from dropally.store.errors import (
    DamagedError,
    LimitExceededError,
    ObjectNotFoundError,
    StoreError,
    WrongSecretError,
)
from dropally.store.keys import (
    KdfLimits,
    KdfParameters,
    KeyFile,
    Keyring,
    Passphrase,
    RecoveryCode,
    Secret,
    add_slot,
    begin_epoch,
    create_keyring,
    list_slots,
    new_key_file,
    new_recovery_code,
    remove_slot,
    unlock,
)
from dropally.store.keys.slots import MAX_SLOTS
from tests.store.keys.kdf_for_tests import CHEAP, CHEAP_LIMITS

WORDS = Passphrase("correct horse battery staple")


@pytest.fixture
def keyring() -> Keyring:
    return create_keyring()


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


def add(backend: MemoryBackend, keyring: Keyring, secret: Secret, label: str = "") -> str:
    return add_slot(backend, keyring, secret, kdf=CHEAP, label=label, limits=CHEAP_LIMITS)


def replace(backend: MemoryBackend, slot_id: str, data: bytes, *, rename: bool = False) -> None:
    """Put other bytes in a slot's place, as who can write to the backend might."""
    backend.delete(f"keys/{slot_id}")
    name = hashlib.sha256(data).hexdigest()[:32] if rename else slot_id
    backend.put_new(f"keys/{name}", [data])


def test_each_kind_of_secret_opens_the_same_keyring(
    backend: MemoryBackend, keyring: Keyring, tmp_path: Path
) -> None:
    code, file = RecoveryCode(new_recovery_code()), new_key_file(tmp_path / "key")
    secrets: list[Secret] = [WORDS, code, file]
    for secret in secrets:
        add(backend, keyring, secret)
    for secret in secrets:
        assert unlock(backend, keyring.repository_id, secret, limits=CHEAP_LIMITS) == keyring


def test_slots_are_listed_with_kind_and_label(backend: MemoryBackend, keyring: Keyring) -> None:
    first = add(backend, keyring, WORDS, label="office")
    second = add(backend, keyring, RecoveryCode(new_recovery_code()))
    found = {slot.slot_id: (slot.kind, slot.label) for slot in list_slots(backend)}
    assert found == {first: ("passphrase", "office"), second: ("recovery-code", "")}


def test_a_wrong_secret_is_told_as_such(backend: MemoryBackend, keyring: Keyring) -> None:
    add(backend, keyring, WORDS)
    for secret in (Passphrase("wrong"), RecoveryCode(new_recovery_code())):
        with pytest.raises(WrongSecretError, match=secret.kind.replace("-", " ")):
            unlock(backend, keyring.repository_id, secret, limits=CHEAP_LIMITS)


def test_a_slot_of_another_repository_does_not_open(
    backend: MemoryBackend, keyring: Keyring
) -> None:
    add(backend, create_keyring(), WORDS)
    with pytest.raises(WrongSecretError):
        unlock(backend, keyring.repository_id, WORDS, limits=CHEAP_LIMITS)


def test_the_newest_epoch_wins(backend: MemoryBackend, keyring: Keyring) -> None:
    newer = begin_epoch(keyring)
    add(backend, newer, WORDS)
    add(backend, keyring, WORDS)
    assert unlock(backend, keyring.repository_id, WORDS, limits=CHEAP_LIMITS) == newer


def test_a_removed_slot_no_longer_opens(backend: MemoryBackend, keyring: Keyring) -> None:
    code = RecoveryCode(new_recovery_code())
    slot_id = add(backend, keyring, WORDS)
    add(backend, keyring, code)
    remove_slot(backend, slot_id)
    with pytest.raises(WrongSecretError):
        unlock(backend, keyring.repository_id, WORDS, limits=CHEAP_LIMITS)
    assert unlock(backend, keyring.repository_id, code) == keyring


def test_the_last_slot_stays(backend: MemoryBackend, keyring: Keyring) -> None:
    slot_id = add(backend, keyring, WORDS)
    replace(backend, add(backend, keyring, WORDS), b"damaged")
    with pytest.raises(StoreError, match="last key slot"):
        remove_slot(backend, slot_id)
    with pytest.raises(ObjectNotFoundError):
        remove_slot(backend, "0" * 32)
    assert unlock(backend, keyring.repository_id, WORDS, limits=CHEAP_LIMITS) == keyring


def test_any_changed_byte_of_a_slot_is_damage_not_a_wrong_secret(
    backend: MemoryBackend, keyring: Keyring
) -> None:
    slot_id = add(backend, keyring, RecoveryCode(code := new_recovery_code()))
    whole = backend.get(f"keys/{slot_id}")
    for position in range(len(whole)):
        changed = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        replace(backend, slot_id, changed)
        with pytest.raises(DamagedError, match=slot_id):
            unlock(backend, keyring.repository_id, RecoveryCode(code))


def test_a_forged_byte_under_a_fitting_name_does_not_open(
    backend: MemoryBackend, keyring: Keyring
) -> None:
    code = RecoveryCode(new_recovery_code())
    slot_id = add(backend, keyring, code)
    whole = backend.get(f"keys/{slot_id}")
    for position in range(len(whole)):
        forged = MemoryBackend()
        forged.put_new(f"keys/{slot_id}", [whole])
        changed = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        replace(forged, slot_id, changed, rename=True)
        with pytest.raises(StoreError):
            unlock(forged, keyring.repository_id, code)


def test_a_damaged_slot_does_not_hide_a_good_one(backend: MemoryBackend, keyring: Keyring) -> None:
    replace(backend, add(backend, keyring, WORDS), b"damaged")
    add(backend, keyring, WORDS)
    assert unlock(backend, keyring.repository_id, WORDS, limits=CHEAP_LIMITS) == keyring
    with pytest.raises(WrongSecretError) as caught:
        unlock(backend, keyring.repository_id, Passphrase("wrong"), limits=CHEAP_LIMITS)
    assert "damaged" in caught.value.hint


@pytest.mark.parametrize(
    "parameters",
    [
        KdfParameters(memory_kib=8, passes=3, lanes=1),
        KdfParameters(memory_kib=64 * 1024, passes=1, lanes=1),
        KdfParameters(memory_kib=1 << 40, passes=3, lanes=1),
        KdfParameters(memory_kib=64 * 1024, passes=1 << 31, lanes=1),
        KdfParameters(memory_kib=64 * 1024, passes=3, lanes=1000),
        KdfParameters(memory_kib=1024 * 1024, passes=60, lanes=1),
    ],
)
def test_a_slot_that_asks_for_too_little_or_too_much_is_not_obeyed(
    backend: MemoryBackend, keyring: Keyring, parameters: KdfParameters
) -> None:
    slot_id = add(backend, keyring, WORDS)
    whole = backend.get(f"keys/{slot_id}")
    weak = whole.replace(msgspec.json.encode(CHEAP), msgspec.json.encode(parameters))
    length = int.from_bytes(whole[5:9], "big") + len(weak) - len(whole)
    replace(backend, slot_id, weak[:5] + length.to_bytes(4, "big") + weak[9:], rename=True)
    with pytest.raises(LimitExceededError):
        unlock(backend, keyring.repository_id, WORDS)
    with pytest.raises(LimitExceededError):
        add_slot(backend, keyring, WORDS, kdf=parameters)


def test_a_passphrase_slot_never_skips_argon2(backend: MemoryBackend, keyring: Keyring) -> None:
    slot_id = add(backend, keyring, WORDS)
    whole = backend.get(f"keys/{slot_id}")
    cut = whole.replace(b',"argon2id":' + msgspec.json.encode(CHEAP), b"")
    length = int.from_bytes(whole[5:9], "big") + len(cut) - len(whole)
    replace(backend, slot_id, cut[:5] + length.to_bytes(4, "big") + cut[9:], rename=True)
    with pytest.raises(DamagedError, match="its kind forbids"):
        unlock(backend, keyring.repository_id, WORDS)


def test_the_default_parameters_pass_the_default_limits() -> None:
    KdfLimits().check(KdfParameters())


def test_a_flood_of_slots_is_not_obeyed(backend: MemoryBackend, keyring: Keyring) -> None:
    for number in range(MAX_SLOTS + 1):
        backend.put_new(f"keys/{number:032x}", [b"x"])
    with pytest.raises(LimitExceededError, match="more than 64"):
        unlock(backend, keyring.repository_id, KeyFile(b""))


@pytest.mark.parametrize("size", [0, 3, 9, 70_000])
def test_nonsense_in_a_slots_place_is_damage(
    backend: MemoryBackend, keyring: Keyring, size: int
) -> None:
    replace(backend, "0" * 32, b"z" * size, rename=True)
    with pytest.raises(DamagedError):
        unlock(backend, keyring.repository_id, WORDS)


def test_no_secret_is_in_a_slot(backend: MemoryBackend, keyring: Keyring) -> None:
    add(backend, keyring, WORDS)
    stored = b"".join(backend.get(stat.key) for stat in backend.list(""))
    assert WORDS.text.encode() not in stored
    for secret in (*keyring.epochs.values(), keyring.chunk_id_key):
        assert secret not in stored
