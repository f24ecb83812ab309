"""Durations, sizes, shares, addresses and plans: read, refused, shown as they are read."""

from collections.abc import Callable
from typing import Any

import pytest
from dropally.common.errors import UsageError
from dropally.config import network, quantities, times
from dropally.config.quantities import Reserve, TryRate
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("parse", "written", "value"),
    [
        (quantities.parse_size, "1", 1),
        (quantities.parse_size, "1.5 KiB", 1536),
        (quantities.parse_size, "2mb", 2 << 20),
        (quantities.parse_size, 5, 5),
        (quantities.parse_duration, "30m", 1800),
        (quantities.parse_duration, "1h30m", 5400),
        (quantities.parse_duration, "2w", 14 * 86400),
        (quantities.parse_duration, "90", 90),
        (quantities.parse_duration, 90, 90),
        (quantities.parse_share, "5%", 0.05),
        (quantities.parse_share, 0.05, 0.05),
        (quantities.parse_reserve, "5%", Reserve(share=0.05)),
        (quantities.parse_reserve, "20GiB", Reserve(size_bytes=20 << 30)),
        (quantities.parse_try_rate, "5/5m", TryRate(5, 300)),
        (times.parse_time, "3:00", "03:00"),
        (times.parse_zone, "Europe/Berlin", "Europe/Berlin"),
        (network.parse_host, "Backup.Example.COM", "backup.example.com"),
        (network.parse_host, "[::1]", "::1"),
        (network.parse_base_url, "https://example.com/backup/", "https://example.com/backup"),
        (network.parse_base_url, "", ""),
    ],
)
def test_what_people_write(parse: Callable[[object], Any], written: object, value: object) -> None:
    assert parse(written) == value


@pytest.mark.parametrize(
    ("parse", "written"),
    [
        (quantities.parse_size, "lots"),
        (quantities.parse_size, -1),
        (quantities.parse_size, True),
        (quantities.parse_duration, "5 months"),
        (quantities.parse_duration, ""),
        (quantities.parse_duration, 1.5),
        (quantities.parse_share, "120%"),
        (quantities.parse_share, "much"),
        (quantities.parse_reserve, "a bit"),
        (quantities.parse_try_rate, "5"),
        (times.parse_time, "24:00"),
        (times.parse_zone, "Europe/Atlantis"),
        (times.parse_zone, "../etc/passwd"),
        (times.parse_upkeep_plan, "monthly"),
        (times.parse_upkeep_plan, "weekly 06:00"),
        (network.parse_listen, "8480"),
        (network.parse_listen, "::1:8480"),
        (network.parse_listen, "[localhost]:8480"),
        (network.parse_listen, "0.0.0.0:99999"),
        (network.parse_listen, "unix:relative"),
        (network.parse_network, "10.0.0.1/8"),
        (network.parse_host, "example.com:8480"),
        (network.parse_host, "a b"),
        (network.parse_base_url, "backup.example.com"),
        (network.parse_base_url, "https://user@example.com"),
        (network.parse_base_url, "https://example.com/?x"),
        (network.parse_base_url, "https://[::1"),
        (network.parse_base_url, 3),
    ],
)
def test_what_is_refused(parse: Callable[[object], Any], written: object) -> None:
    with pytest.raises(UsageError, match="must"):
        parse(written)


@given(st.integers(min_value=0, max_value=1 << 50))
def test_numbers_are_shown_as_they_are_read(number: int) -> None:
    assert quantities.parse_size(quantities.show_size(number)) == number
    assert quantities.parse_duration(quantities.show_duration(number)) == number


@given(st.integers(min_value=0, max_value=10_000))
def test_shares_are_shown_as_they_are_read(number: int) -> None:
    share = number / 10_000
    assert quantities.parse_share(quantities.show_share(share)) == pytest.approx(share)


@pytest.mark.parametrize("text", ["0.0.0.0:8480", "[::]:8480", "localhost:0", "unix:/run/d.sock"])
def test_listen_addresses_are_shown_as_they_are_read(text: str) -> None:
    assert str(network.parse_listen(text)) == text


def test_the_space_that_stays_free() -> None:
    assert Reserve(share=0.05).of(1000) == 50
    assert Reserve(size_bytes=7).of(1000) == 7


@pytest.mark.parametrize("text", ["off", "daily 02:00", "weekly sun 06:00"])
def test_upkeep_plans_are_shown_as_they_are_read(text: str) -> None:
    assert str(times.parse_upkeep_plan(text)) == text
