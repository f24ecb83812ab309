"""From a path as people type it to the path as Dropbox's server lower-cased it.

Only the server knows its rules for lower case, and names that look alike may differ in normal
form. So guesses are tried first, which are right nearly always; then the names in the folder are
compared one by one.
"""

import unicodedata
from collections.abc import Iterator

from dropally.catalog.listing import PageMark
from dropally.catalog.member_view import MemberView


def find_typed(view: MemberView, typed: str) -> str | None:
    """The stored path of what was typed ("" for the root); None if nothing there fits.

    A name that exists just as typed wins over one that differs in case or normal form.
    """
    path = ""
    for name in typed.split("/"):
        if not name:
            continue
        key = _find_key(view, path, name)
        if key is None:
            return None
        path = f"{path}/{key}"
    return path


def _find_key(view: MemberView, folder: str, name: str) -> str | None:
    for guess in _guesses(name):
        if view.get(f"{folder}/{guess}") is not None:
            return guess
    wanted = _folded(name)
    return next((key for key, shown in _names(view, folder) if _folded(shown) == wanted), None)


def _guesses(name: str) -> list[str]:
    """Possible keys, the likeliest first; each once."""
    forms = (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))
    return list(dict.fromkeys(form.lower() for form in forms))


def _names(view: MemberView, folder: str) -> Iterator[tuple[str, str]]:
    mark: PageMark | None = None
    while page := view.list_folder(folder, after=mark):
        yield from ((row.key, row.state.name) for row in page)
        mark = page[-1].mark


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
