"""Copy what a replica lacks, heads last, each object checked on the way.

What was listed first refers to nothing that was not listed after it, so a replica is whole whenever
a run ends, and at worst holds packs without a snapshot when it is cut short. The next run goes on
with what is missing: the listings of both sides are all the state there is.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec

from dropally.store.backend import Backend, ObjectStat
from dropally.store.errors import (
    AlreadyExistsError,
    DamagedError,
    ObjectNotFoundError,
    StoreError,
)
from dropally.store.replicate.listing import (
    CONFIG,
    IN_ORDER,
    compare,
    differing,
    is_right,
    vanished,
)

TRANSFERS = 4
_MOST_AHEAD_BYTES = 256 * 1024 * 1024
# Packs that prune rewrote meanwhile are found by looking again; this often at most.
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class ReplicationPlan:
    """What a run would copy (and remove)."""

    objects: int
    size_bytes: int
    removed_objects: int = 0
    removed_bytes: int = 0


@dataclass
class Replication:
    """What a run did. `damaged`: keys that are damaged at the source; the replica lacks them."""

    planned: ReplicationPlan = field(default_factory=lambda: ReplicationPlan(0, 0))
    objects: int = 0
    size_bytes: int = 0
    removed_objects: int = 0
    replaced_objects: int = 0
    damaged: list[str] = field(default_factory=list)


Progress = Callable[[Replication], None]


def plan_replication(
    source: Backend, target: Backend, *, remove_vanished: bool = False
) -> ReplicationPlan:
    """What `replicate` would do now: two listings. Raises as it does."""
    _check_pair(source, target)
    return _plan(source, target, remove_vanished=remove_vanished)


def replicate(
    source: Backend,
    target: Backend,
    *,
    remove_vanished: bool = False,
    transfers: int = TRANSFERS,
    check: Callable[[], None] = lambda: None,
    progress: Progress = lambda done: None,
) -> Replication:
    """Make `target` hold what `source` holds; only what differs is copied.

    With `remove_vanished`, what the source no longer has is removed at the end, heads first; but
    nothing from a target that holds newer snapshots: then the source is the one that lost some.
    `check` is called in the caller's thread between objects; what it raises ends the run.
    Raises `StoreError` when the target holds another repository, and what the backends raise.
    """
    _check_pair(source, target)
    run = _Run(source, target, transfers, check, progress)
    run.done.planned = _plan(source, target, remove_vanished=remove_vanished)
    run.copy()
    if remove_vanished:
        run.remove()
    return run.done


class _Run:
    def __init__(
        self,
        source: Backend,
        target: Backend,
        transfers: int,
        check: Callable[[], None],
        progress: Progress,
    ) -> None:
        self.done = Replication()
        self._source = source
        self._target = target
        self._transfers = transfers
        self._check = check
        self._progress = progress
        self._damaged: set[str] = set()

    def copy(self) -> None:
        """Write what is referred to before what refers to it; the config at last: it opens.

        What refers is listed first, so that nothing it needs appears only after the listing.
        """
        points, snapshots = list(self._differing("points/")), list(self._differing("snapshots/"))
        with ThreadPoolExecutor(self._transfers, thread_name_prefix="replicate") as pool:
            for prefix in ("epochs/", "keys/", "condemned/", "lost/"):
                self._copy_all(pool, self._differing(prefix))
            for _ in range(_ROUNDS):
                if not self._copy_body(pool):
                    break
            else:
                raise StoreError(
                    "the source loses objects as fast as they are copied",
                    hint="Wait until space has been freed there, then run again.",
                )
            self._copy_all(pool, snapshots)
            self._copy_all(pool, points)
            for prefix in ("wanted/", "excluded/"):
                self._copy_all(pool, self._differing(prefix))
            self._copy_erased(pool)
        self._copy_config()
        self.done.damaged = sorted(self._damaged)

    def _copy_erased(self, pool: ThreadPoolExecutor) -> None:
        """What was replaced for a legal erasure has the key it had: compare the bytes."""
        news = list(self._differing("erased/"))
        sources = sorted({stat.key.split("/")[1] for stat in news})
        prefixes = [f"snapshots/{source}/" for source in sources]
        for prefix in [*prefixes, "points/"] if sources else []:
            replaced = (
                here
                for here, there in compare(self._source.list(prefix), self._target.list(prefix))
                if here is not None and there is not None and self._differs(here.key)
            )
            self._copy_all(pool, replaced)
        self._copy_all(pool, news)

    def _differs(self, key: str) -> bool:
        self._check()
        try:
            return self._source.get(key) != self._target.get(key)
        except ObjectNotFoundError:
            return False  # forgotten since it was listed
        except DamagedError:
            return True

    def _copy_body(self, pool: ThreadPoolExecutor) -> int:
        """Packs and what goes with them; how many objects went away meanwhile.

        Then packs were rewritten or segments merged, and the others must be looked for.
        """
        segments = list(self._differing("index/"))
        gone = self._copy_all(pool, self._differing("packs/"))
        self._copy_all(pool, self._differing("parity/"))
        return gone + self._copy_all(pool, segments)

    def remove(self) -> None:
        """What left the source leaves the target, what refers before what is referred to."""
        if next(self._source.list("snapshots/"), None) is None:
            raise StoreError(
                "the source holds no snapshot: the replica is left as it is",
                hint="Look at the source first. An empty source must not empty its replica.",
            )
        for prefix in ("snapshots/", "points/"):
            self._refuse_newer(prefix)
        for prefix in reversed(IN_ORDER):
            for stat in list(vanished(self._source, self._target, prefix)):
                self._check()
                self._target.delete(stat.key)
                self.done.removed_objects += 1
        self._progress(self.done)

    def _refuse_newer(self, prefix: str) -> None:
        """Keys of one owner are in the order of time. An owner that is gone was deleted as a whole."""
        newest = {_owner(stat.key): stat.key for stat in self._source.list(prefix)}
        for stat in vanished(self._source, self._target, prefix):
            if stat.key > newest.get(_owner(stat.key), stat.key):
                raise StoreError(
                    f"{self._target.location} holds newer restore points than"
                    f" {self._source.location}: nothing was removed there",
                    hint="Find out why the source lacks them, before its copy loses them, too.",
                )

    def _differing(self, prefix: str) -> Iterator[ObjectStat]:
        for stat in differing(self._source, self._target, prefix):
            if stat.key not in self._damaged:
                yield stat

    def _copy_all(self, pool: ThreadPoolExecutor, stats: Iterable[ObjectStat]) -> int:
        """Copy; how many objects were gone from the source when their turn came."""
        gone = 0
        ahead: list[tuple[ObjectStat, Future[str]]] = []
        ahead_bytes = 0
        for stat in stats:
            self._check()
            while ahead and (
                len(ahead) >= 2 * self._transfers
                or ahead_bytes + stat.size_bytes > _MOST_AHEAD_BYTES
            ):
                done, outcome = ahead.pop(0)
                ahead_bytes -= done.size_bytes
                gone += self._note(done, outcome.result())
            ahead.append((stat, pool.submit(self._copy_one, stat)))
            ahead_bytes += stat.size_bytes
        for done, outcome in ahead:
            gone += self._note(done, outcome.result())
        return gone

    def _note(self, stat: ObjectStat, outcome: str) -> int:
        if outcome == "gone":
            return 1
        if outcome == "damaged":
            self._damaged.add(stat.key)
            return 0
        self.done.objects += 1
        self.done.size_bytes += stat.size_bytes
        self.done.replaced_objects += outcome == "replaced"
        self._progress(self.done)
        return 0

    def _copy_one(self, stat: ObjectStat) -> str:
        try:
            data = self._source.get(stat.key)
        except ObjectNotFoundError:
            return "gone"
        except DamagedError:
            return "damaged"
        if not is_right(stat.key, data):
            return "damaged"
        try:
            self._target.put_new(stat.key, [data])
        except AlreadyExistsError:
            return self._replace(stat.key, data)
        return "copied"

    def _replace(self, key: str, data: bytes) -> str:
        """An object of the target that is not what it must be makes room for one that is."""
        if self._target.get(key) == data:
            return "copied"  # our own put, whose answer was lost
        self._target.delete(key)
        self._target.put_new(key, [data])
        return "replaced"

    def _copy_config(self) -> None:
        data = self._source.get(CONFIG)
        try:
            self._target.put_new(CONFIG, [data])
        except AlreadyExistsError:
            if self._target.get(CONFIG) == data:
                return
            self._replace(CONFIG, data)
        self.done.objects += 1
        self.done.size_bytes += len(data)


def _owner(key: str) -> str:
    return key.rpartition("/")[0]


def _check_pair(source: Backend, target: Backend) -> None:
    """Raise unless the target is empty, a replica of the source, or one that was begun."""
    config = source.get(CONFIG)
    ours = {stat.key for stat in source.list("keys/")}
    theirs = {stat.key for stat in target.list("keys/")}
    try:
        other: bytes | None = target.get(CONFIG)
    except ObjectNotFoundError:
        other = None
    is_same = other is None or _repository_id(other) == _repository_id(config)
    # A slot belongs to one repository, so a common one says more than a damaged config.
    if not (ours & theirs or (is_same and not theirs)):
        raise StoreError(
            f"{target.location} holds another repository than {source.location}",
            hint="Choose an empty place for the replica.",
        )


def _repository_id(config: bytes) -> object:
    """The id in a config's first line; None when it cannot be read."""
    try:
        return msgspec.json.decode(config.partition(b"\n")[0])["repository_id"]
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError):
        return None


def _plan(source: Backend, target: Backend, *, remove_vanished: bool) -> ReplicationPlan:
    copied = [stat.size_bytes for prefix in IN_ORDER for stat in differing(source, target, prefix)]
    removed = (
        [stat.size_bytes for prefix in IN_ORDER for stat in vanished(source, target, prefix)]
        if remove_vanished
        else []
    )
    return ReplicationPlan(len(copied), sum(copied), len(removed), sum(removed))
