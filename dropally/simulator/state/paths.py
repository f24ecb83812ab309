"""Names and paths as Dropbox compares them.

Paths inside a namespace are `""` for its root or `/a/b`. Two names are the same when their
normal form is: Unicode NFC, then lower-cased character by character the way Dropbox's servers
do, which is how Python 2.5 did it (Unicode 4.1, simple mappings): final sigma becomes an
ordinary sigma, and cased letters that joined Unicode later stay as they are.
"""

import unicodedata
from collections.abc import Iterator

# Cased letters of Unicode 4.0 and 4.1; what was there before is asked of the 3.2 database.
_ADDED_BY_4_1 = (
    range(0x0241, 0x0242),
    range(0x023B, 0x023E),
    range(0x03F7, 0x03FB),
    range(0x04F6, 0x04F7),
    range(0x10A0, 0x10C6),
    range(0x2C00, 0x2C2F),
    range(0x2C80, 0x2CE3),
    range(0x10426, 0x10428),
)
_SPECIAL = {0x0130: "i", 0x0241: "\u0294"}  # mapped otherwise, or to more than one character, today

MAX_NAME_UTF16 = 255
IGNORED_NAMES = frozenset(
    ["desktop.ini", "thumbs.db", ".ds_store", "icon\r", ".dropbox", ".dropbox.attr"]
)


def _lower_table() -> dict[int, str]:
    old = unicodedata.ucd_3_2_0
    table = {
        code: chr(code).lower()
        for code in range(0x80, 0x20000)
        if chr(code).lower() != chr(code)
        and (old.category(chr(code)) != "Cn" or any(code in added for added in _ADDED_BY_4_1))
    }
    one_to_one = {code: low for code, low in table.items() if len(low) == 1}
    return one_to_one | _SPECIAL | {code: chr(code + 32) for code in range(0x41, 0x5B)}


_LOWER = _lower_table()


def lower(text: str) -> str:
    """The form under which names and paths are compared; `path_lower` in every answer."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).translate(_LOWER)


def compose(text: str) -> str:
    """The form in which names are kept: NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean(path: str) -> str:
    """`//Docs/` -> `/Docs`; the root is `""`."""
    parts = [part for part in path.split("/") if part]
    return "/" + "/".join(parts) if parts else ""


def parent_of(path: str) -> str:
    """`/a/b` -> `/a`; `/a` -> `""`."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """`/a/b` -> `b`."""
    return path.rpartition("/")[2]


def ancestors(path: str) -> Iterator[str]:
    """`/a/b/c` -> `/a`, `/a/b`: every folder above, from the top, without the root."""
    at = path.find("/", 1)
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)


def within(path: str, folder: str) -> bool:
    """Whether `path` is the folder itself, or below it."""
    return not folder or path == folder or path.startswith(folder + "/")


def is_allowed_name(name: str) -> bool:
    """Whether a file or folder may have this name (`WriteError.disallowed_name` if not)."""
    if lower(name) in IGNORED_NAMES or name in (".", ".."):
        return False
    return len(name.encode("utf-16-le")) // 2 <= MAX_NAME_UTF16


def is_well_formed(path: str) -> bool:
    """Whether the path can exist at all (`malformed_path` if not)."""
    if "\\" in path or "\x00" in path or "\x7f" in path:
        return False
    return not any(part.endswith(" ") for part in path.split("/"))


def numbered(name: str, number: int, label: str = "{0} ({1})") -> str:
    """The next free-name candidate: `report.txt`, 2 -> `report (2).txt`."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    return label.format(stem, number) + dot + extension
