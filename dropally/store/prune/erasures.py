"""What legal erasures ask of whoever frees space, and when they are done."""

from collections.abc import Callable

from dropally.store.errors import ConflictError, ObjectNotFoundError
from dropally.store.prune.marks import Marks
from dropally.store.prune.options import PruneReport
from dropally.store.prune.plan import PackFacts, PrunePlan
from dropally.store.prune.rewriting import is_alive
from dropally.store.repository import RepositoryCore
from dropally.store.snapshot import OpenErasure

_TRIES = 8


def find_stale(
    repository: RepositoryCore, marks: Marks, keep: Callable[[], None]
) -> frozenset[bytes]:
    """Packs with a record of a content that is gone: it tells the hash of what was erased.

    Raises `ConflictError` while writers keep merging the index.
    """
    stale: set[bytes] = set()
    looked_at: set[bytes] = set()
    for _ in range(_TRIES):
        names = set(repository.index.segment_names()) - looked_at
        if not names:
            return frozenset(stale)
        for name in names:
            keep()
            stale.update(_stale_in(repository, name, marks))
        looked_at |= names
    raise ConflictError("writers keep merging the index; try again later", retryable=True)


def _stale_in(repository: RepositoryCore, name: bytes, marks: Marks) -> list[bytes]:
    try:
        segment = repository.index.read_segment(name)
    except ObjectNotFoundError:
        return []  # merged into another since it was listed: that one is looked at next
    return [
        pack.name
        for pack in segment.packs
        if any(not is_alive(record, marks) for record in pack.directory.records)
    ]


def note_leaving(repository: RepositoryCore, plan: PrunePlan) -> None:
    """Note for each erasure which packs go now; before they do, so that no crash loses a name."""
    for one in repository.erasures.open():
        names = [pack.name for pack in plan.delete if _is_before(pack, one)]
        if names:
            repository.erasures.note_removed(one.items, names)


def settle(repository: RepositoryCore, plan: PrunePlan, report: PruneReport) -> None:
    """Say of each erasure that it is done, once nothing is left that may hold any of it."""
    deleted = {pack.name for pack in plan.delete}
    for one in repository.erasures.open():
        is_held = any(pack.name not in deleted and _is_before(pack, one) for pack in plan.erased)
        if is_held or not one.is_replaced:
            continue
        # Before it is said to be done: the hash of what was erased is in no pack any more.
        repository.index.forget_erased()
        repository.erasures.finish(one.items, repository.clock())
        report.open_erasures -= 1
        report.done_erasures.append(one.items.erasure)


def _is_before(pack: PackFacts, erasure: OpenErasure) -> bool:
    return pack.modified is not None and pack.modified <= erasure.since
