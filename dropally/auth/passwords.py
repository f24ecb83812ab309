"""Passwords: which are good enough, and how they are kept.

Argon2id with a salt each (RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes).
Hashing takes that much memory on purpose, so only a few run at once. The rules follow NIST SP
800-63B: length and no well-known or personal words, no demand for digits or signs.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST_PASSWORD = 256
_AT_ONCE = 2
_WORD = re.compile(r"\w+")
_SHORTEST_WORD = 3
# Parts of passwords that every list of leaked ones begins with.
_WELL_KNOWN = (
    "password",
    "passwort",
    "kennwort",
    "motdepasse",
    "letmein",
    "welcome",
    "qwerty",
    "qwertz",
    "azerty",
    "iloveyou",
    "administrator",
    "changeme",
    "trustno",
    "abc123",
    "dropally",
    "dropbox",
)


class PasswordHasher:
    """Makes and checks the stored form of passwords. Safe for threads; slow on purpose."""

    def __init__(
        self,
        *,
        memory_kib: int = 64 << 10,
        passes: int = 3,
        lanes: int = 4,
        at_once: int = _AT_ONCE,
    ) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=lanes
        )
        self._slots = threading.BoundedSemaphore(at_once)
        # As costly to check as a real one, and nobody's.
        self._nobodys = f"$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${'A' * 22}${'A' * 43}"

    def hash(self, password: str) -> str:
        """The form to store."""
        with self._slots:
            return self._argon2.hash(_as_bytes(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """True if it is this password. Without a stored one (unknown account) it takes as long."""
        with self._slots:
            try:
                self._argon2.verify(stored or self._nobodys, _as_bytes(password[:LONGEST_PASSWORD]))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None and len(password) <= LONGEST_PASSWORD

    def is_outdated(self, stored: str) -> bool:
        """True if it was made with other costs than those of today."""
        return self._argon2.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """The same letters whatever the keyboard composed them of (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _as_bytes(password: str) -> bytes:
    # JSON can carry half of a surrogate pair, which UTF-8 proper cannot.
    return _normal(password).encode("utf-8", "surrogatepass")


def weakness(password: str, *, at_least: int, personal: Iterable[str] = ()) -> str:
    """What makes a password too weak, in words for its owner; "" if it will do.

    `personal` are texts an attacker would try first: name, address, organisation.
    """
    if len(password) < at_least:
        return f"must have at least {at_least} characters"
    if len(password) > LONGEST_PASSWORD:
        return f"must have at most {LONGEST_PASSWORD} characters"
    folded = _normal(password).casefold()
    if len(set(folded)) < 5:
        return "repeats the same few characters"
    if _is_sequence(folded):
        return "is a row of neighbouring characters"
    return _mostly_known(folded, at_least // 2 + 1, personal)


def _mostly_known(folded: str, needed: int, personal: Iterable[str]) -> str:
    """Known words may be part of a password, but something else has to be left without them."""
    left, found = folded, ""
    for word in sorted({*_WELL_KNOWN, *_words_of(personal)}, key=len, reverse=True):
        if word in left:
            left, found = left.replace(word, ""), found or word
    return f"is little more than {found!r}, which is tried first" if len(left) < needed else ""


def _words_of(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for word in _WORD.findall(_normal(text).casefold()):
            if len(word) >= _SHORTEST_WORD:
                yield word


def _is_sequence(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(steps) == 1 or text in "1234567890" * 4


def strength(password: str, *, at_least: int, personal: Iterable[str] = ()) -> int:
    """0 (refused) to 4 (very good), for the bar beside the field. Length is what counts most."""
    if weakness(password, at_least=at_least, personal=personal):
        return 0
    kinds = sum(
        any(test(letter) for letter in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    )
    beyond = len(password) - at_least
    return min(4, 1 + (beyond >= 4) + (beyond >= 10) + (kinds >= 3))
