"""Secrets that stand for a person: made from the system's randomness, kept as hashes.

A token has 256 random bits, so one round of SHA-256 is enough to store it: there is nothing to
guess from the hash. Its prefix lets people and secret scanners see what leaked.
"""

import base64
import hashlib
import hmac
import secrets

_TOKEN_BYTES = 32
_LONGEST_TOKEN = 200


class SecretText(str):
    """A text that does not show itself in a repr, and so in no traceback and no debug log."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "SecretText(***)"


def new_token(prefix: str) -> SecretText:
    """`prefix` and 256 random bits, fit for URLs, cookies and headers."""
    return SecretText(prefix + secrets.token_urlsafe(_TOKEN_BYTES))


def token_hash(token: str) -> bytes:
    """What is stored and looked up. Never fails; a text that no token can be gets its hash too."""
    return hashlib.sha256(token[:_LONGEST_TOKEN].encode("utf-8", "surrogatepass")).digest()


def equal_secrets(one: str, other: str) -> bool:
    """Compare in a time that tells nothing about where the texts differ, or how long they are."""
    return hmac.compare_digest(token_hash(one), token_hash(other))


def spoken_code(groups: int) -> SecretText:
    """Groups of four letters that people can read aloud and type: 20 random bits a group.

    The alphabet of RFC 4648 base32 has no 0, 1, 8 and 9, which look like letters.
    """
    letters = base64.b32encode(secrets.token_bytes(-(-groups * 20 // 8))).decode()[: groups * 4]
    return SecretText("-".join(letters[n : n + 4] for n in range(0, len(letters), 4)))


def typed_code(text: str) -> str:
    """A spoken code as somebody typed it, in the form it is compared in."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return letters.replace("0", "O").replace("1", "I").replace("8", "B")
