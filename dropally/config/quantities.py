"""Durations, sizes and shares: as people write them, and as the program counts."""

import re
from dataclasses import dataclass

from dropally.common.errors import UsageError

_NUMBER = r"(\d+(?:\.\d+)?)\s*"
_SIZE = re.compile(_NUMBER + r"(B|[KMGT]i?B?)?", re.IGNORECASE)
_SHARE = re.compile(_NUMBER + "%")
_DURATION_PART = re.compile(r"(\d+)\s*(w|d|h|m|s)\s*")
_FACTORS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SECONDS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Reserve:
    """An amount of a disk that stays free: a share of it (0 to 1), or a number of bytes."""

    share: float = 0.0
    size_bytes: int = 0

    def of(self, total_bytes: int) -> int:
        """Bytes to keep free on a disk of this size."""
        return self.size_bytes or int(self.share * total_bytes)


@dataclass(frozen=True)
class TryRate:
    """So many tries within so many seconds."""

    tries: int
    window_s: int


def parse_size(value: object) -> int:
    """`"256MiB"`, `"1G"` or a number of bytes -> bytes. K, M, G and T are powers of 1024."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    matched = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is None:
        raise UsageError('must be a size such as "256MiB" or "1GiB"')
    unit = (matched[2] or "").upper().rstrip("B").rstrip("I")
    return int(float(matched[1]) * _FACTORS[unit])


def show_size(size_bytes: int) -> str:
    """Bytes -> the text that `parse_size` reads back to exactly them."""
    for unit in ("T", "G", "M", "K"):
        if size_bytes and size_bytes % _FACTORS[unit] == 0:
            return f"{size_bytes // _FACTORS[unit]}{unit}iB"
    return f"{size_bytes}B"


def parse_duration(value: object) -> int:
    """`"30m"`, `"7d"`, `"1h30m"` or a number of seconds -> seconds."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.isascii() and text.isdigit():
        return int(text)
    parts = _DURATION_PART.findall(text)
    if not parts or _DURATION_PART.sub("", text):
        raise UsageError('must be a duration such as "30m", "72h" or "7d"')
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def show_duration(seconds: int) -> str:
    """Seconds -> the shortest text of one unit; weeks and whole days over 3 as days."""
    if seconds % 86400 == 0 and seconds > 3 * 86400:
        return f"{seconds // 86400}d"
    for unit in ("h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def parse_share(value: object) -> float:
    """`"5%"` or `0.05` -> 0.05."""
    text = value.strip() if isinstance(value, str) else ""
    matched = _SHARE.fullmatch(text)
    if matched:
        share = float(matched[1]) / 100
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = float(value)
    else:
        try:
            share = float(text)
        except ValueError:
            share = -1.0
    if not 0 <= share <= 1:
        raise UsageError('must be a share such as "5%" or 0.05')
    return share


def show_share(share: float) -> str:
    """0.05 -> `"5%"`."""
    return f"{share * 100:.10g}%"


def parse_reserve(value: object) -> Reserve:
    """`"5%"` of a disk, or a size such as `"20GiB"`."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return Reserve(share=parse_share(value))
    try:
        return Reserve(size_bytes=parse_size(value))
    except UsageError:
        raise UsageError('must be a share such as "5%" or a size such as "20GiB"') from None


def show_reserve(reserve: Reserve) -> str:
    """The text that `parse_reserve` reads back."""
    return show_size(reserve.size_bytes) if reserve.size_bytes else show_share(reserve.share)


def parse_try_rate(value: object) -> TryRate:
    """`"5/5m"` -> five tries within five minutes."""
    tries, slash, window = value.partition("/") if isinstance(value, str) else ("", "", "")
    if not slash or not tries.strip().isascii() or not tries.strip().isdigit():
        raise UsageError('must be tries per time, such as "5/5m"')
    return TryRate(int(tries), parse_duration(window))


def show_try_rate(rate: TryRate) -> str:
    """The text that `parse_try_rate` reads back."""
    return f"{rate.tries}/{show_duration(rate.window_s)}"
