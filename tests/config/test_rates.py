"""Limits by the hour, as people write them."""

from datetime import time

import pytest
from dropally.common.errors import UsageError
from dropally.config.rates import parse_rate_window, show_rate_window
from dropally.store.backend import RateWindow


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("20MiB", RateWindow(20 << 20)),
        ("20MiB/s", RateWindow(20 << 20)),
        ("08:00-18:00 4MiB", RateWindow(4 << 20, begin=time(8), end=time(18))),
        ("mon-fri 08:00-18:00 4MiB", RateWindow(4 << 20, frozenset(range(5)), time(8), time(18))),
        ("sat,sun off", RateWindow(0, frozenset({5, 6}))),
        ("fri-mon 1G", RateWindow(1 << 30, frozenset({4, 5, 6, 0}))),
    ],
)
def test_windows_are_read_and_shown(text: str, window: RateWindow) -> None:
    assert parse_rate_window(text) == window
    assert parse_rate_window(show_rate_window(window)) == window


@pytest.mark.parametrize(
    "text", ["", "fast", "mon-xyz 4MiB", "08:00 4MiB", "25:00-26:00 4MiB", "1", 7, "mon 8 9 4MiB"]
)
def test_what_is_no_limit_says_how_one_looks(text: object) -> None:
    with pytest.raises(UsageError, match="must be"):
        parse_rate_window(text)
