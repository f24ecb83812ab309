"""Who can open the repository, and the keys that follow from it."""

from dropally.store.keys.kdf import KdfLimits, KdfParameters
from dropally.store.keys.keyring import Keyring, Sealer, begin_epoch, create_keyring
from dropally.store.keys.recovery_code import new_recovery_code
from dropally.store.keys.rotation import Rotation, change_secret, rotate_keys
from dropally.store.keys.sealing import bind, derive_key, open_sealed, seal
from dropally.store.keys.secret import KeyFile, Passphrase, RecoveryCode, Secret, new_key_file
from dropally.store.keys.slots import (
    SlotInfo,
    add_slot,
    check_slots,
    list_slots,
    open_slots,
    remove_slot,
    unlock,
)

__all__ = [
    "KdfLimits",
    "KdfParameters",
    "KeyFile",
    "Keyring",
    "Passphrase",
    "RecoveryCode",
    "Rotation",
    "Sealer",
    "Secret",
    "SlotInfo",
    "add_slot",
    "begin_epoch",
    "bind",
    "change_secret",
    "check_slots",
    "create_keyring",
    "derive_key",
    "list_slots",
    "new_key_file",
    "new_recovery_code",
    "open_sealed",
    "open_slots",
    "remove_slot",
    "rotate_keys",
    "seal",
    "unlock",
]
