import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError, StateError
from dropally.common.errors import ConflictError, DeniedError, NotFoundError
from dropally.store import (
    KeyFile,
    Passphrase,
    RecoveryCode,
    Secret,
    WrongSecretError,
    new_recovery_code,
    open_repository,
)
from dropally.store.backend import LocalBackend
from dropally.store.keys import SlotInfo, list_slots
from dropally.upkeep import key_slots, repository_keys, storage_list
from tests.upkeep.appliance import Upkeep

WORDS = "correct horse battery staple"


def slots(upkeep: Upkeep) -> list[SlotInfo]:
    with upkeep.ctx.storages.repository("main") as repository:
        return list_slots(repository.backend)


def slot_of(upkeep: Upkeep, kind: str) -> str:
    return next(slot.slot_id for slot in slots(upkeep) if slot.kind == kind)


def epoch_by(upkeep: Upkeep, secret: Secret) -> int:
    """The epoch in which somebody with this secret alone would write."""
    location = upkeep.ctx.storages.definition("main").location
    backend = LocalBackend(Path(location.removeprefix("file://")))
    repository = open_repository(backend, secret, clock=upkeep.ctx.now)
    repository.close()
    return repository.keyring.current_epoch


def again(upkeep: Upkeep) -> Actor:
    """The administrator, who has just proved again to be that."""
    return upkeep.people.sign_in()


@pytest.fixture
def code(upkeep: Upkeep) -> str:
    return str(repository_keys.create(upkeep.ctx, upkeep.admin, "main").recovery_code)


def test_a_passphrase_opens_the_repository_until_it_is_removed(upkeep: Upkeep, code: str) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    made = key_slots.add_passphrase(ctx, admin, "main", WORDS, "in the safe")
    assert epoch_by(upkeep, Passphrase(WORDS)) == 1
    view = storage_list.get_storage(ctx, admin, "main")
    assert (made.slot_id, "in the safe") in [(one.slot_id, one.label) for one in view.key_slots]
    key_slots.remove(ctx, admin, "main", made.slot_id)
    with pytest.raises(WrongSecretError):
        epoch_by(upkeep, Passphrase(WORDS))
    assert epoch_by(upkeep, RecoveryCode(code)) == 1


def test_a_key_file_is_shown_once_and_may_replace_another(
    upkeep: Upkeep, code: str, tmp_path: Path
) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    first = key_slots.add_key_file(ctx, admin, "main", "branch office")
    assert first.key_file not in repr(first)
    second = key_slots.add_key_file(ctx, admin, "main", "branch office", replaces=first.slot_id)
    assert epoch_by(upkeep, KeyFile(second.key_file.encode())) == 1
    with pytest.raises(WrongSecretError):
        epoch_by(upkeep, KeyFile(first.key_file.encode()))
    assert not [path for path in ctx.data_folder.rglob("key") if path.is_file()]


def test_what_makes_no_sense_is_refused(upkeep: Upkeep, code: str) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    with pytest.raises(FieldsError, match="12 characters"):
        key_slots.add_passphrase(ctx, admin, "main", "short", "")
    with pytest.raises(FieldsError, match="one line"):
        key_slots.add_key_file(ctx, admin, "main", "two\nlines")
    with pytest.raises(NotFoundError):
        key_slots.remove(ctx, admin, "main", "0" * 32)


def test_the_appliance_and_the_last_code_keep_their_slots(upkeep: Upkeep, code: str) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    with pytest.raises(StateError, match="appliance itself"):
        key_slots.remove(ctx, admin, "main", slot_of(upkeep, "key-file"))
    with pytest.raises(StateError, match="lost with this machine"):
        key_slots.remove(ctx, admin, "main", slot_of(upkeep, "recovery-code"))
    assert len(slots(upkeep)) == 2


def test_new_keys_are_opened_by_what_was_given_and_by_nothing_else(
    upkeep: Upkeep, code: str
) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    key_slots.add_passphrase(ctx, admin, "main", WORDS, "kept")
    left_out = key_slots.add_key_file(ctx, admin, "main", "not kept")
    made = key_slots.rotate(ctx, admin, "main", code.lower(), (WORDS,))
    assert dataclasses.astuple(made) == (2, 3, 0)
    assert epoch_by(upkeep, RecoveryCode(code)) == epoch_by(upkeep, Passphrase(WORDS)) == 2
    with pytest.raises(WrongSecretError):
        epoch_by(upkeep, KeyFile(left_out.key_file.encode()))
    # It was closed for that; looking at the storage opens it again.
    assert storage_list.get_storage(ctx, admin, "main").repository is not None
    with ctx.storages.repository("main") as repository:
        assert repository.keyring.current_epoch == 2
    assert {slot.label for slot in slots(upkeep)} == {"", "kept"}


def test_what_was_written_under_older_keys_stays_readable(upkeep: Upkeep, code: str) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    contents = []
    for number in range(3):
        with (
            ctx.storages.repository("main") as repository,
            repository.writer(note="test") as writer,
        ):
            contents.append(writer.add([b"written under keys %d" % number]))
        key_slots.rotate(ctx, admin, "main", code)
    with ctx.storages.repository("main") as repository, repository.reader() as reader:
        read = [b"".join(reader.read(content)) for content in contents]
    assert read == [b"written under keys %d" % number for number in range(3)]


def test_new_keys_need_the_right_code_and_a_quiet_storage(upkeep: Upkeep, code: str) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    wrong = new_recovery_code()
    for given in (wrong, "mistyped"):
        with pytest.raises(DeniedError, match="nothing was changed"):
            key_slots.rotate(ctx, admin, "main", given)
    location = ctx.storages.definition("main").location
    backend = LocalBackend(Path(location.removeprefix("file://")))
    elsewhere = open_repository(backend, RecoveryCode(code), clock=ctx.now)
    with elsewhere.writer(note="another machine"):
        with pytest.raises(ConflictError, match="another machine"):
            key_slots.rotate(ctx, admin, "main", code)
        upkeep.clock.advance(timedelta(hours=1).total_seconds())
        # One that says nothing for so long is gone, and holds nobody up.
        assert key_slots.rotate(ctx, again(upkeep), "main", code).epoch == 2
    elsewhere.close()


def test_new_keys_wait_for_no_job(upkeep: Upkeep, code: str) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    with ctx.storages.repository("main"), pytest.raises(ConflictError, match="jobs are using"):
        key_slots.rotate(ctx, admin, "main", code)
    assert key_slots.rotate(ctx, admin, "main", code).epoch == 2
