"""Local indexes that begin as a copy of another: what a machine has that was here before."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dropally.store import Repository
from dropally.store.index import IndexCache


def index_of(repository: Repository) -> bytes:
    """All that a repository's local index holds."""
    with repository.index._cache._reading() as db:
        return db.serialize()


@contextmanager
def index_from(copy: bytes) -> Iterator[None]:
    """Indexes that are opened meanwhile begin as this copy; b"" for empty ones."""
    if not copy:
        yield
        return

    def prepare(_cache: IndexCache, db: sqlite3.Connection) -> None:
        db.deserialize(copy)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndexCache, "_prepare", prepare)
        yield
