"""Addresses as admins type them, and which restore point a date means."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from dropally.common.errors import NotFoundError, UsageError
from dropally.jobs.address import Address, choose_point, nearest_names, parse_address


@dataclass(frozen=True)
class Point:
    id: str
    time: datetime


POINTS = [
    Point("aaaa0001", datetime(2026, 11, 20, 3, 0, tzinfo=UTC)),
    Point("bbbb0002", datetime(2026, 11, 21, 3, 0, 0, 500, tzinfo=UTC)),
    Point("cccc0003", datetime(2026, 11, 22, 3, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ann@example.com", Address("ann@example.com", "latest", "/")),
        ("ann@example.com:/A/b c.txt", Address("ann@example.com", "latest", "/A/b c.txt")),
        ("ann@example.com@-2:/", Address("ann@example.com", "-2", "/")),
        ("ann@example.com@latest:/x/", Address("ann@example.com", "latest", "/x")),
        ("Team Folder@2026-11-20:/x", Address("Team Folder", "2026-11-20", "/x")),
        ("Team Folder@2026-11-20T14:03:/x", Address("Team Folder", "2026-11-20T14:03", "/x")),
        ("Team Folder@bbbb0002:/x", Address("Team Folder", "bbbb0002", "/x")),
        ("ns:12345:/x", Address("ns:12345", "latest", "/x")),
        ("ns:12345", Address("ns:12345", "latest", "/")),
        ("R@D and more:/x:/y", Address("R@D and more", "latest", "/x:/y")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", ":/x", "@latest:/x", "ann:/a/../b", "ann:/./b"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("latest", "cccc0003"),
        ("-0", "cccc0003"),
        ("-2", "aaaa0001"),
        ("2026-11-20", "aaaa0001"),
        ("2026-11-21", "bbbb0002"),
        ("2026-11-21T02:59", "aaaa0001"),
        ("2026-11-21T03:00:00", "bbbb0002"),
        ("2026-11-21T04:00:00+01:00", "bbbb0002"),
        ("2030-01-01", "cccc0003"),
        ("bbbb0002", "bbbb0002"),
    ],
)
def test_f4_a_date_means_the_last_point_not_after_it(date: str, expected: str) -> None:
    assert choose_point(POINTS, date).id == expected


@pytest.mark.parametrize("date", ["-3", "2026-11-19", "dddd0004"])
def test_an_unknown_date_names_the_nearest_point(date: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        choose_point(POINTS, date)
    assert "2026-11-2" in caught.value.hint


def test_no_point_at_all() -> None:
    with pytest.raises(NotFoundError, match="no restore point yet"):
        choose_point([], "latest")


def test_similar_names_are_offered() -> None:
    assert nearest_names("anne@example.com", ["ann@example.com", "bob@x.org"]) == (
        "did you mean ann@example.com?"
    )
    assert "there are: a, b" in nearest_names("zzz", ["b", "a"])
