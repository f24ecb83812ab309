from collections.abc import Callable

import pytest
from dropally.store.backend import FaultyBackend, MemoryBackend
from dropally.store.backend.faulty import Call, Fault, SimulatedCrash
from dropally.store.errors import ObjectNotFoundError, StoreError, WrongSecretError
from dropally.store.keys import (
    KeyFile,
    Keyring,
    Passphrase,
    RecoveryCode,
    Secret,
    add_slot,
    change_secret,
    create_keyring,
    list_slots,
    new_key_file,
    new_recovery_code,
    remove_slot,
    rotate_keys,
    unlock,
)
from tests.store.keys.kdf_for_tests import CHEAP, CHEAP_LIMITS

CODE = RecoveryCode(new_recovery_code())
WORDS = Passphrase("correct horse battery staple")
OTHER = Passphrase("somebody who has left")
KEYRING = create_keyring()
REPOSITORY = KEYRING.repository_id


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    return new_key_file(tmp_path_factory.mktemp("keys") / "key")


def add(backend: MemoryBackend, secret: Secret, label: str = "") -> str:
    return add_slot(backend, KEYRING, secret, kdf=CHEAP, limits=CHEAP_LIMITS, label=label)


def opened(backend: MemoryBackend, secret: Secret) -> Keyring:
    return unlock(backend, REPOSITORY, secret, limits=CHEAP_LIMITS)


def with_slots(*secrets: Secret) -> MemoryBackend:
    backend = MemoryBackend()
    for secret in secrets:
        add(backend, secret, label=f"the {secret.kind}")
    return backend


def rotate(backend: MemoryBackend | FaultyBackend, *secrets: Secret) -> Keyring:
    made = rotate_keys(backend, REPOSITORY, secrets, kdf=CHEAP, limits=CHEAP_LIMITS)
    assert not made.staying
    return made.keyring


def crash_points(
    prepare: Callable[[], MemoryBackend], act: Callable[[FaultyBackend], object]
) -> list[MemoryBackend]:
    """What each death leaves, before and after every single operation."""
    counting = FaultyBackend(prepare())
    act(counting)
    left = []
    for number in range(1, len(counting.calls) + 1):
        for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
            backend = prepare()
            with pytest.raises(SimulatedCrash):
                act(FaultyBackend(backend, {number: fault}))
            left.append(backend)
    assert len(left) >= 4
    return left


def test_a_new_epoch_keeps_what_was_and_shuts_out_whoever_was_not_named(key_file: KeyFile) -> None:
    backend = with_slots(key_file, CODE, OTHER)
    fresh = rotate(backend, key_file, CODE)
    assert fresh.current_epoch == 2
    assert fresh.epochs[1] == KEYRING.epochs[1]
    assert fresh.chunk_id_key == KEYRING.chunk_id_key
    assert opened(backend, key_file) == opened(backend, CODE) == fresh
    with pytest.raises(WrongSecretError):
        opened(backend, OTHER)
    labels = {slot.label for slot in list_slots(backend)}
    assert labels == {"the key-file", "the recovery-code"}


def test_a_mistyped_secret_changes_nothing(key_file: KeyFile) -> None:
    backend = with_slots(key_file, CODE)
    before = [stat.key for stat in backend.list("")]
    with pytest.raises(WrongSecretError):
        rotate(backend, key_file, WORDS)
    assert [stat.key for stat in backend.list("")] == before
    with pytest.raises(StoreError, match="lock everybody out"):
        rotate(backend)


def test_rotation_stopped_anywhere_locks_nobody_out(key_file: KeyFile) -> None:
    def act(backend: FaultyBackend) -> None:
        rotate(backend, key_file, CODE, WORDS)

    for backend in crash_points(lambda: with_slots(key_file, CODE, WORDS), act):
        unattended = opened(backend, key_file)
        for secret in (CODE, WORDS):
            by_person = opened(backend, secret)
            # What the appliance writes now, everybody can read; and all that was written before.
            now = unattended.current_epoch
            assert by_person.epochs[now] == unattended.epochs[now]
            assert by_person.epochs[1] == KEYRING.epochs[1]
        fresh = rotate(backend, key_file, CODE, WORDS)
        assert len(list_slots(backend)) == 3
        assert all(opened(backend, one) == fresh for one in (key_file, CODE, WORDS))
        assert unattended.epochs.items() <= fresh.epochs.items()


def test_numbers_of_interrupted_epochs_are_never_given_again(key_file: KeyFile) -> None:
    backend = with_slots(key_file, CODE)

    def before_the_key_file(call: Call) -> Fault | None:
        slots = sum(one.operation == "put_new" for one in faulty.calls)
        return Fault.CRASH_BEFORE if call.operation == "put_new" and slots == 3 else None

    faulty = FaultyBackend(backend, before_the_key_file)
    with pytest.raises(SimulatedCrash):
        rotate(faulty, key_file, CODE)
    assert sorted(opened(backend, CODE).epochs) == [1, 2]
    assert sorted(opened(backend, key_file).epochs) == [1]
    # Not even by somebody who does not see the slot that was left.
    fresh = rotate(backend, key_file)
    assert sorted(fresh.epochs) == [1, 3]


def test_two_rotations_at_once_end_with_keys_that_know_each_other(key_file: KeyFile) -> None:
    backend = with_slots(key_file, CODE)
    state = {"inner": False}

    def meanwhile(call: Call) -> Fault | None:
        if call.operation == "put_new" and call.key.startswith("keys/") and not state["inner"]:
            state["inner"] = True
            rotate(backend, key_file, CODE)
        return None

    made = rotate_keys(
        FaultyBackend(backend, meanwhile),
        REPOSITORY,
        [key_file, CODE],
        kdf=CHEAP,
        limits=CHEAP_LIMITS,
    )
    for secret in (key_file, CODE):
        found = opened(backend, secret)
        assert found.epochs[2]
        assert made.keyring.epochs.items() <= found.epochs.items()


def test_a_storage_that_denies_deletion_is_told_of(key_file: KeyFile) -> None:
    backend = with_slots(key_file, CODE)
    old = {slot.slot_id for slot in list_slots(backend)}

    def deny(call: Call) -> Fault | None:
        return Fault.DENIED if call.operation == "delete" else None

    made = rotate_keys(
        FaultyBackend(backend, deny), REPOSITORY, [key_file, CODE], limits=CHEAP_LIMITS
    )
    assert set(made.staying) == old
    assert made.removed == ()
    assert opened(backend, key_file) == opened(backend, CODE) == made.keyring


def test_adding_a_slot_stopped_anywhere_locks_nobody_out(key_file: KeyFile) -> None:
    for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
        backend = with_slots(key_file, WORDS)
        with pytest.raises(SimulatedCrash):
            add_slot(FaultyBackend(backend, {1: fault}), KEYRING, CODE)
        assert opened(backend, key_file) == opened(backend, WORDS) == KEYRING


def test_removing_a_slot_stopped_anywhere_locks_nobody_out(key_file: KeyFile) -> None:
    def act(backend: FaultyBackend) -> None:
        remove_slot(backend, slot_of(backend, WORDS))

    for backend in crash_points(lambda: with_slots(key_file, WORDS), act):
        assert opened(backend, key_file) == KEYRING


def test_changing_a_slot_stopped_anywhere_leaves_the_old_secret_or_the_new(
    key_file: KeyFile,
) -> None:
    def act(backend: FaultyBackend) -> None:
        old = slot_of(backend, WORDS)
        change_secret(backend, KEYRING, old, OTHER, kdf=CHEAP, limits=CHEAP_LIMITS)

    for backend in crash_points(lambda: with_slots(key_file, WORDS), act):
        assert opened(backend, key_file) == KEYRING
        assert _opens(backend, WORDS) or _opens(backend, OTHER)


def slot_of(backend: FaultyBackend, secret: Secret) -> str:
    return next(slot for slot in list_slots(backend) if slot.kind == secret.kind).slot_id


def _opens(backend: MemoryBackend, secret: Secret) -> bool:
    try:
        return opened(backend, secret) == KEYRING
    except WrongSecretError:
        return False


def test_changing_a_slot_that_is_not_there_writes_nothing(key_file: KeyFile) -> None:
    backend = with_slots(key_file)
    with pytest.raises(ObjectNotFoundError):
        change_secret(backend, KEYRING, "0" * 32, CODE)
    assert len(list_slots(backend)) == 1
