"""The three things that open a repository, as the admin holds them."""

import base64
import hashlib
import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from dropally.store.errors import StoreError, WrongSecretError
from dropally.store.keys.recovery_code import parse_recovery_code

SecretKind = Literal["passphrase", "key-file", "recovery-code"]

_KEY_FILE_MAGIC = "dropally-key-file-1"
_KEY_FILE_SECRET_BYTES = 32
_KEY_FILE_MAX_BYTES = 4096
_CHECKSUM_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Words that a person remembers; stretched by Argon2id."""

    text: str = field(repr=False)
    kind: ClassVar[SecretKind] = "passphrase"

    def material(self) -> bytes:
        """UTF-8 of the NFC form: the same words typed on another system are the same secret."""
        if not self.text:
            raise StoreError("an empty passphrase protects nothing", hint="Choose a longer one.")
        return unicodedata.normalize("NFC", self.text).encode()


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file of random bytes (or its content), for start without anybody present."""

    source: Path | bytes = field(repr=False)
    kind: ClassVar[SecretKind] = "key-file"

    def material(self) -> bytes:
        """The 32 secret bytes. Raises `WrongSecretError` when it is no key file."""
        if isinstance(self.source, bytes):
            return _parse_key_file(self.source, "the key file given")
        try:
            with self.source.open("rb") as file:
                return _parse_key_file(file.read(_KEY_FILE_MAX_BYTES), str(self.source))
        except OSError as error:
            raise WrongSecretError(
                f"cannot read the key file {self.source}: {error.strerror}",
                hint="Check the path and who may read it.",
            ) from error


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """The code that was printed when the repository was made."""

    text: str = field(repr=False)
    kind: ClassVar[SecretKind] = "recovery-code"

    def material(self) -> bytes:
        """The 20 secret bytes. Raises `WrongSecretError` when it was mistyped."""
        return parse_recovery_code(self.text)


Secret = Passphrase | KeyFile | RecoveryCode


def new_key_file(path: Path) -> KeyFile:
    """Write a new key file that only its owner reads. Raises `StoreError`; never replaces one."""
    secret = base64.b32encode(os.urandom(_KEY_FILE_SECRET_BYTES)).decode().rstrip("=").lower()
    text = f"{_KEY_FILE_MAGIC}\n{secret}\n{_checksum(secret)}\n"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise StoreError(
            f"{path} exists already, and a key file is never replaced",
            hint="Choose another path.",
        ) from error
    except OSError as error:
        raise StoreError(f"cannot write the key file {path}: {error.strerror}") from error
    return KeyFile(path)


def _parse_key_file(content: bytes, name: str) -> bytes:
    lines = content.decode("ascii", "replace").split()
    if len(lines) != 3 or lines[0] != _KEY_FILE_MAGIC or _checksum(lines[1]) != lines[2]:
        raise WrongSecretError(
            f"{name} is not a key file, or was changed",
            hint="Use the key file that was written when its key slot was added.",
        )
    return base64.b32decode(lines[1].upper() + "=" * (-len(lines[1]) % 8))


def _checksum(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:_CHECKSUM_CHARACTERS]
