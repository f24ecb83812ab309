"""Folders, versions, differences and contents as the commands ask for them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dropally.common.errors import NotFoundError, UsageError
from dropally.jobs import browse
from dropally.jobs.address import parse_address
from dropally.store import Reader, Repository
from tests.jobs.appliance import ADMIN, Appliance


@contextmanager
def reading(appliance: Appliance) -> Iterator[tuple[Repository, Reader, str]]:
    with appliance.app.open_repository() as repository, repository.reader() as reader:
        yield repository, reader, appliance.app.group(repository)


def test_versions_of_a_file_that_is_deleted_by_now(appliance: Appliance) -> None:
    for text in ("one", "two", "three"):
        appliance.put("/Docs/a.txt", text)
        appliance.backup()
    appliance.edit({"op": "delete", "path": "/Docs/a.txt"})
    appliance.backup()
    with reading(appliance) as (repository, reader, group):
        address = parse_address(f"{ADMIN}:/Docs/A.TXT")
        versions = browse.file_versions(repository, reader, group, address)
        texts = [
            b"".join(
                browse.read_file(
                    repository,
                    reader,
                    group,
                    parse_address(f"{ADMIN}@{version.point}:/docs/a.txt"),
                )
            )
            for version in versions
        ]
    assert texts == [b"three", b"two", b"one"]


def test_differences_cross_into_shared_folders(appliance: Appliance) -> None:
    appliance.put("/Shared/x.txt", "x")
    appliance.edit({"op": "share", "path": "/Shared"})
    appliance.put("/a.txt", "a")
    appliance.put("/b.txt", "b")
    appliance.backup()
    appliance.put("/a.txt", "changed")
    appliance.put("/c.txt", "new")
    appliance.edit({"op": "delete", "path": "/b.txt"})
    appliance.put("/Shared/y.txt", "y")
    appliance.backup()
    with reading(appliance) as (repository, reader, group):
        older, newer = parse_address(f"{ADMIN}@-1"), parse_address(ADMIN)
        found = {
            (difference.change, difference.path)
            for difference in browse.differences(repository, reader, group, older, newer)
        }
    assert found == {
        ("changed", "/a.txt"),
        ("removed", "/b.txt"),
        ("added", "/c.txt"),
        ("added", "/Shared/y.txt"),
    }


def test_listing_a_folder(appliance: Appliance) -> None:
    appliance.put("/Docs/Deep/a.txt", "a")
    appliance.put("/Docs/b.txt", "b")
    appliance.backup()
    with reading(appliance) as (repository, reader, group):

        def names(text: str, *, recursive: bool = False) -> list[str]:
            address = parse_address(text)
            found = browse.list_folder(repository, reader, group, address, recursive=recursive)
            return [item.path for item in found]

        assert names(f"{ADMIN}:/docs") == ["/b.txt", "/Deep"]
        assert sorted(names(f"{ADMIN}:/docs", recursive=True)) == ["/Deep", "/Deep/a.txt", "/b.txt"]
        assert names(f"{ADMIN}:/Docs/b.txt") == ["/Docs/b.txt"]
        assert names(f"ns:{appliance.home()}") == ["/Docs"]
        with pytest.raises(NotFoundError):
            names(f"{ADMIN}:/Docs/b.txt/c")
        with pytest.raises(UsageError):
            list(browse.read_file(repository, reader, group, parse_address(f"{ADMIN}:/Docs")))


def test_a_renamed_member_keeps_the_history(appliance: Appliance) -> None:
    """F37: the member is the same after a new address."""
    appliance.put("/a.txt", "one")
    appliance.backup()
    appliance.edit({"op": "rename_member", "member": ADMIN, "email": "new@hollenberg.example"})
    appliance.put("/a.txt", "two", member="new@hollenberg.example")
    appliance.backup()
    with reading(appliance) as (repository, reader, group):
        address = parse_address("new@hollenberg.example:/a.txt")
        assert len(browse.file_versions(repository, reader, group, address)) == 2
