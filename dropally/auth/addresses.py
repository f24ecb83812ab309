"""E-mail addresses as people write them, and as they are compared."""

import re
import unicodedata

_LONGEST = 254  # RFC 5321, 4.5.3.1
_ADDRESS = re.compile(
    r"[^\s@<>(),;:\"\\\[\]]+@[^\s@<>(),;:\"\\\[\]]+\.[^\s@.<>(),;:\"\\\[\]]+|[^\s@]+@localhost"
)


def email_key(email: str) -> str:
    """The form in which two spellings of one address are equal. Any text has one."""
    storable = email.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFKC", storable).strip().casefold()


def email_problem(email: str) -> str:
    """What is wrong with an address, "" if it will do. Whether it exists, only a mail can tell."""
    text = email.strip()
    if not text:
        return "is required"
    # Control characters would reach a mail's header.
    if len(text) > _LONGEST or not text.isprintable() or not _ADDRESS.fullmatch(text):
        return "is not an e-mail address"
    return ""
