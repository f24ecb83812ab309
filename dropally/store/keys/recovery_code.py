"""The recovery code: 160 random bits and a checksum, for paper and a tired reader.

Crockford's base 32 (no I, L, O, U), 40 characters in 8 groups of 5: 20 secret bytes, then the
first 5 bytes of their SHA-256 under a label. A typing mistake passes once in 2^40.
"""

import hashlib
import os

from dropally.store.errors import WrongSecretError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SECRET_BYTES = 20
_CHECKSUM_BYTES = 5
_CHARACTERS = (_SECRET_BYTES + _CHECKSUM_BYTES) * 8 // 5
_GROUP = 5


def new_recovery_code() -> str:
    """A fresh code, in groups joined by hyphens."""
    secret = os.urandom(_SECRET_BYTES)
    number = int.from_bytes(secret + _checksum(secret), "big")
    characters = [_ALPHABET[number >> 5 * i & 31] for i in reversed(range(_CHARACTERS))]
    text = "".join(characters)
    return "-".join(text[i : i + _GROUP] for i in range(0, _CHARACTERS, _GROUP))


def parse_recovery_code(text: str) -> bytes:
    """The 20 secret bytes; case, spaces, hyphens, and O for 0 or I and L for 1 do not matter.

    Raises `WrongSecretError` naming what is wrong with the code, never the code.
    """
    plain = "".join(text.split()).replace("-", "").upper().translate(_LOOK_ALIKES)
    if len(plain) != _CHARACTERS:
        raise _mistyped(f"it has {len(plain)} characters, not {_CHARACTERS}")
    number = 0
    for position, character in enumerate(plain):
        value = _ALPHABET.find(character)
        if value < 0:
            raise _mistyped(f"group {position // _GROUP + 1} holds a character no code has")
        number = number << 5 | value
    data = number.to_bytes(_SECRET_BYTES + _CHECKSUM_BYTES, "big")
    secret, checksum = data[:_SECRET_BYTES], data[_SECRET_BYTES:]
    if checksum != _checksum(secret):
        raise _mistyped("its checksum does not fit")
    return secret


def _checksum(secret: bytes) -> bytes:
    return hashlib.sha256(b"dropally recovery code" + secret).digest()[:_CHECKSUM_BYTES]


def _mistyped(why: str) -> WrongSecretError:
    return WrongSecretError(
        f"the recovery code was mistyped: {why}", hint="Compare it with the print, group by group."
    )
