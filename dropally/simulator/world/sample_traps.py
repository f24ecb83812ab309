"""Names and shapes on which backups have failed elsewhere, all together in one folder."""

import unicodedata
from collections.abc import Iterator
from typing import Final

FOLDER: Final = "/Names to trip over"

_ODD_NAMES: Final = (
    "🎉 party plan.txt",
    "👩‍👩‍👧‍👦 family.txt",  # joined by zero-width joiners
    "Grüße aus Österreich.txt",
    "Straße und STRASSE.txt",
    "ΣΊΣΥΦΟΣ.txt",  # ends in a sigma that Unicode lower-cases to another letter than Dropbox does
    "İstanbul.txt",
    "Kelvin \u212a.txt",
    "\ua64a is not lowered.txt",
    "ﬁrst ligature.txt",
    "שלום.txt",
    "مرحبا.txt",
    "日本語のファイル.txt",
    "100% & more + a=b #1?.txt",
    "quote ' and \" and `.txt",
    "semi;colon, comma.txt",
    "-rf.txt",
    "~tilde.txt",
    ".hidden",
    " leading space.txt",
    "ends with a dot.",
    "no extension",
    "two  spaces.txt",
    "CON.txt",
    "a:b<c>d|e.txt",
    "%2e%2e%2fescape.txt",
    "{braces} [brackets].txt",
    "tab\there.txt",
)


def trap_files() -> Iterator[tuple[str, bytes]]:
    """Path and content of each file in the folder of traps."""
    for name in _ODD_NAMES:
        yield f"{FOLDER}/{name}", f"The name of this file is {name!r}.\n".encode()
    decomposed = unicodedata.normalize("NFD", "Café Ångström.txt")
    yield f"{FOLDER}/{decomposed}", b"Sent decomposed, kept composed.\n"
    yield f"{FOLDER}/{'long name ' * 25}x.txt", b"255 characters.\n"
    yield f"{FOLDER}/{'🐘' * 127}", b"127 characters that count twice.\n"
    yield f"{FOLDER}/Case/README.txt", b"Upper.\n"
    yield f"{FOLDER}/Case/sub/ReadMe.TXT", b"Mixed.\n"
    yield f"{FOLDER}/case too/readme.txt", b"Lower.\n"
    yield f"{FOLDER}/empty file.txt", b""
    deep = "/".join(f"level {level:02}" for level in range(1, 41))
    yield f"{FOLDER}/{deep}/bottom.txt", b"Forty folders down.\n"


EMPTY_FOLDERS: Final = (
    f"{FOLDER}/empty folder",
    f"{FOLDER}/empty folders inside/one/two",
    f"{FOLDER}/📁",
)
