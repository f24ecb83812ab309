"""What a virtual team is made of: `virtual:members=20,files=1000000,seed=7,size=1K-64K,...`."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from dropally.common.errors import UsageError

_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE: Final = re.compile(r"(\d+)([KMGT]?)")


class VirtualSpec(msgspec.Struct, frozen=True):
    """The settings of a virtual team; all content follows from them."""

    members: int = 1
    files: int = 1000
    folders: int = 40
    """Files in a folder, on average."""
    seed: int = 1
    min_size: int = 1024
    max_size: int = 64 * 1024
    dup: float = 0.0
    """Share of the files whose content another file has too."""
    team_folders: int = 0
    large_count: int = 0
    large_size: int = 0
    """Size in bytes of each of the `large_count` big files that are added."""
    ns: bool = False
    """All files in the first member's home, instead of spread over homes and team folders."""
    shared_folders: int = 0
    """Each belongs to one member and lies in two more homes, as far as there are any."""

    @property
    def distinct(self) -> int:
        """How many different contents the ordinary files have."""
        return max(1, round(self.files * (1 - self.dup)))


class VirtualPart(msgspec.Struct, frozen=True, kw_only=True):
    """One namespace's share of a virtual team; saved with the namespace."""

    spec: VirtualSpec
    number: int
    """Tells the virtual namespaces of a team apart."""
    first_file: int
    """Files are numbered across the team, so that equal contents turn up in several namespaces."""
    file_count: int
    large_count: int = 0
    author: str = ""
    """Account id of who wrote the files."""


def format_part(part: VirtualPart) -> str:
    """The text under which a part is saved."""
    return msgspec.json.encode(part).decode()


def parse_part(text: str) -> VirtualPart:
    """The reverse of `format_part`."""
    return msgspec.json.decode(text, type=VirtualPart)


def parse_spec(text: str) -> VirtualSpec:
    """Read the part behind `virtual:`. Raises UsageError naming the key that is wrong."""
    values: dict[str, object] = {}
    for item in filter(None, text.split(",")):
        key, equals, value = item.partition("=")
        if not equals or key not in _READERS:
            known = ", ".join(_READERS)
            raise UsageError(f"A virtual team has no setting {key!r}.", hint=f"Settings: {known}.")
        try:
            values.update(_READERS[key](value))
        except ValueError as error:
            raise UsageError(
                f"{key}={value} makes no sense: {error}", hint=f"Example: {_EXAMPLES[key]}."
            ) from error
    return VirtualSpec(**values)  # type: ignore[arg-type]  # the readers give each field its type


def parse_size(text: str) -> int:
    """`64K` -> 65536. Raises ValueError."""
    match = _SIZE.fullmatch(text.upper())
    if match is None:
        raise ValueError("a size is a number with K, M, G or T after it")
    return int(match[1]) * _UNITS[match[2]]


def _count(name: str, least: int) -> Callable[[str], dict[str, object]]:
    def read(text: str) -> dict[str, object]:
        value = int(text)
        if value < least:
            raise ValueError(f"it must be at least {least}")
        return {name: value}

    return read


def _size_range(text: str) -> dict[str, object]:
    low, dash, high = text.partition("-")
    least, most = parse_size(low), parse_size(high if dash else low)
    if least > most:
        raise ValueError("the smaller size comes first")
    return {"min_size": least, "max_size": most}


def _ratio(text: str) -> dict[str, object]:
    value = float(text)
    if not 0 <= value < 1:
        raise ValueError("it must be from 0 to below 1")
    return {"dup": value}


def _large(text: str) -> dict[str, object]:
    count, cross, size = text.lower().partition("x")
    if not cross:
        raise ValueError("it is a count, an x and a size")
    return {"large_count": int(count), "large_size": parse_size(size)}


def _one_namespace(text: str) -> dict[str, object]:
    if text not in ("0", "1"):
        raise ValueError("it is 0 or 1")
    return {"ns": text == "1"}


_READERS = {
    "members": _count("members", 1),
    "files": _count("files", 0),
    "folders": _count("folders", 1),
    "seed": _count("seed", 0),
    "size": _size_range,
    "dup": _ratio,
    "team_folders": _count("team_folders", 0),
    "shared_folders": _count("shared_folders", 0),
    "large": _large,
    "ns": _one_namespace,
}
_EXAMPLES = {
    "members": "members=20",
    "files": "files=1000000",
    "folders": "folders=40 (files in a folder, on average)",
    "seed": "seed=7",
    "size": "size=1K-64K",
    "dup": "dup=0.3",
    "team_folders": "team_folders=3",
    "shared_folders": "shared_folders=15",
    "large": "large=2x5G",
    "ns": "ns=1",
}
