"""Names that any disk takes, from which the Dropbox name can be told again.

Dropbox takes names that a local file system may not: "." as a letter's case apart, reserved
names, 255 characters of four bytes each. And a repository in wrong hands may hold any name at all.
What must change is escaped as `%` and two hex digits; a name that would clash with a neighbour gets
`%~2` before its ending; no name at all becomes `%~1`. A `%` that could be mistaken for an escape is
itself escaped, so `original_name` gives back what Dropbox has.
"""

import hashlib
import re
import unicodedata

PARTIAL = ".dropally-partial"
"""How the files begin that an export is writing: no exported file is ever called so."""
_LONGEST_BYTES = 240  # of the usual 255, with room left for `%~2` and a second ending
_AMBIGUOUS = re.compile(r"%(?=[0-9A-Fa-f]{2}|~)")
_ESCAPED = re.compile(r"%~\d+|((?:%[0-9A-Fa-f]{2})+)")
_NATIVE = frozenset("/\0")
_PORTABLE = frozenset('/\0<>:"|?*\\') | frozenset(map(chr, range(1, 32)))
# Windows takes these for devices whatever stands behind a dot, spaces before it included
# (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
_DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\..*)?",
    re.IGNORECASE,
)
_NAMELESS = "%~1"


def safe_name(name: str, *, portable: bool) -> str:
    """The name as one path component that cannot climb out of its folder.

    With `portable` also one that Windows takes. Names of more than 240 bytes are cut, with a hash
    of the whole in place of the rest: those alone cannot be told back from the name.
    """
    escaped = _AMBIGUOUS.sub("%25", name) or _NAMELESS
    refused = _PORTABLE if portable else _NATIVE
    escaped = "".join(_escape(letter) if letter in refused else letter for letter in escaped)
    if escaped in {".", ".."}:
        escaped = escaped.replace(".", "%2E")
    if escaped.startswith(PARTIAL):
        escaped = _escape(escaped[0]) + escaped[1:]
    if portable:
        escaped = _for_windows(escaped)
    encoded = escaped.encode("utf-8", "surrogateescape")
    return escaped if len(encoded) <= _LONGEST_BYTES else _shortened(escaped)


def original_name(name: str) -> str:
    """What `safe_name` and `numbered` made, undone."""
    return _ESCAPED.sub(_unescape, name)


def numbered(name: str, number: int) -> str:
    """The name for the second, third, ... file that would otherwise be called the same."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}%~{number}.{ending}" if dot and stem else f"{name}%~{number}"


def clash_key(name: str) -> str:
    """Equal for names that some file systems take for one: by case, or by normal form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _escape(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def _unescape(matched: re.Match[str]) -> str:
    if matched[1] is None:
        return ""
    return bytes.fromhex(matched[1].replace("%", "")).decode("utf-8", "replace")


def _for_windows(name: str) -> str:
    if name.endswith((" ", ".")):
        name = name[:-1] + _escape(name[-1])
    return _escape(name[0]) + name[1:] if _DEVICES.fullmatch(name) else name


def _shortened(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, ending = name, ""
    room = _LONGEST_BYTES - len(digest) - len(ending.encode()) - 3
    cut = stem.encode()[:room].decode("utf-8", "ignore")
    return f"{cut}~{digest}{'.' if ending else ''}{ending}"
