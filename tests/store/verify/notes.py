"""Notes in a repository about what is no more."""

from datetime import datetime

from dropally.store import Repository
from dropally.store.snapshot import ErasedItems, Exclusion


def add_erasure(repository: Repository, at: datetime) -> None:
    """Note that something was erased, and that it is passed over."""
    found = repository.erasures
    found.begin(ErasedItems(erasure="er_1", source="ns:2", at=at))
    found.exclude(
        Exclusion(
            id="ex_1",
            source="ns:2",
            erasure="er_1",
            kind="file",
            item_id="id:1",
            places=[found.place("/gone")],
            since=at,
        )
    )
