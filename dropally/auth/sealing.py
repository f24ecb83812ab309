"""Keeping what must be had again (seeds of one-time codes, mails with links) out of plain sight.

`dropally.db` is copied, mailed to support and read with tools; the key lies in a file beside it
and goes into the sealed self-backup only. AES-256-GCM; the purpose is authenticated, so that a
sealed value is of no use in another row.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dropally.common.errors import DeniedError

FILE_NAME = "people.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class Sealer:
    """Seals and opens small values."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, value: bytes, purpose: str) -> bytes:
        """Encrypt for one purpose."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Decrypt. Raises DeniedError if the key or purpose is another, or a bit has changed."""
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise DeniedError(
                "a sealed value cannot be opened: the key file is not the one it was sealed with",
                hint=f"put back {FILE_NAME} from the same self-backup as dropally.db; if it is"
                " lost, `dropally user disable-2fa` lets people in again",
            ) from error


def open_sealer(data_folder: Path) -> Sealer:
    """The appliance's own sealer; its key is made at first use, for its owner's eyes only.

    Raises DeniedError when the file cannot be read or is not a key.
    """
    path = data_folder / FILE_NAME
    write_private_once(path, secrets.token_bytes(_KEY_BYTES))
    try:
        key = path.read_bytes()
    except OSError as error:
        raise DeniedError(f"{path} cannot be read: {error.strerror}") from error
    if len(key) != _KEY_BYTES:
        raise DeniedError(f"{path} is no key", hint="put it back from the self-backup")
    return Sealer(key)


def write_private_once(path: Path, content: bytes) -> None:
    """Make a file that only its owner can read (0600), whole or not at all; keep one that is there.

    Raises DeniedError when the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            return
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(draft, path)  # unlike rename, never replaces what another process made
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise DeniedError(
            f"{path} cannot be written: {error.strerror}", hint="check the folder's owner and mode"
        ) from error
