"""What is to become of each pack: a pure function of what is known about it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dropally.store.index import CondemnedPack, Generation
from dropally.store.pack import PackKind
from dropally.store.prune.options import LockedUntil, PruneOptions, PruneReport
from dropally.store.prune.sessions import Sessions

# A writer's own clock says when it began.
_START_SLACK = timedelta(minutes=10)
_SMALL_PART = 4


@dataclass(frozen=True, slots=True)
class PackFacts:
    """A pack, as the index and the listing know it. None: not indexed, or not on the backend.

    Bytes: `stored_bytes` on the backend, `live_bytes` of `total_bytes` when plain.
    """

    name: bytes
    number: int | None
    kind: PackKind | None
    epoch: int
    stored_bytes: int
    total_bytes: int
    live_bytes: int
    modified: datetime | None

    @property
    def dead_share(self) -> float:
        """0 to 1; a pack of records only is dead."""
        return 1 - self.live_bytes / self.total_bytes if self.total_bytes else 1.0


@dataclass(frozen=True, slots=True)
class Erasing:
    """What legal erasures ask for: nothing dead may stay in packs that are no newer than `since`.

    `stale`: packs that hold records of contents that are gone, whatever else lives in them.
    """

    since: datetime | None = None
    stale: Container[bytes] = frozenset()

    def concerns(self, pack: PackFacts, since: datetime | None = None) -> bool:
        """Whether the pack may hold something erased (before another moment)."""
        newest = since or self.since
        return (
            newest is not None
            and pack.modified is not None
            and pack.modified <= newest
            and (pack.dead_share > 0 or pack.name in self.stale)
        )


@dataclass(slots=True)
class PrunePlan:
    """Packs by what is to be done with them. `carried` is what of the last list goes on."""

    delete: list[PackFacts] = field(default_factory=list)
    drop: list[PackFacts] = field(default_factory=list)
    rewrite: list[PackFacts] = field(default_factory=list)
    unindex: list[bytes] = field(default_factory=list)
    """Named by segments though they are gone: a merge of segments brought them back."""
    carried: dict[bytes, CondemnedPack] = field(default_factory=dict)
    erased: list[PackFacts] = field(default_factory=list)
    """Packs that may hold something erased."""


class Planner:
    """Takes pack after pack in the order of their names; `finish` gives the plan."""

    def __init__(
        self,
        state: Generation,
        sessions: Sessions,
        now: datetime,
        options: PruneOptions,
        *,
        pack_bytes: int,
        epoch: int,
        report: PruneReport,
        erasing: Erasing | None = None,
        locked_until: LockedUntil = lambda _name: None,
    ) -> None:
        """`now` by the backend's clock; `epoch` is the newest key epoch.

        `locked_until` is asked for packs that could go otherwise.
        """
        self._erasing = erasing or Erasing()
        self._condemned = {pack.name: pack for pack in state.packs}
        self._next = state.number + 1
        self._sessions = sessions
        self._now = now
        self._options = options
        self._small_bytes = pack_bytes // _SMALL_PART
        self._epoch = epoch
        self._report = report
        self._locked_until = locked_until
        self._plan = PrunePlan()
        self._small: dict[PackKind, list[PackFacts]] = {kind: [] for kind in PackKind}
        self._young_from = _young_from(sessions, now, options)
        self._blocking: set[str] = set()

    def add_all(self, packs: Iterable[PackFacts]) -> None:
        """All packs that are indexed, on the backend, or both."""
        for pack in packs:
            condemned = self._condemned.pop(pack.name, None)
            if pack.modified is not None:
                self._report.packs += 1
                self._report.stored_bytes += pack.stored_bytes
            if self._erasing.concerns(pack) or (condemned is None and pack.number is None):
                self._plan.erased.append(pack)
            if condemned is not None:
                self._add_condemned(pack, condemned)
            elif pack.number is not None:
                self._add(pack)

    def finish(self) -> PrunePlan:
        """The plan, within the budget for writing anew."""
        for condemned in self._condemned.values():
            self._add_gone(condemned)
        for packs in self._small.values():
            if len(packs) >= self._options.small_packs:
                self._plan.rewrite.extend(packs)
        self._plan.rewrite = list(self._within_budget())
        self._report.blocking_sessions = sorted(self._blocking)
        return self._plan

    def _add(self, pack: PackFacts) -> None:
        """A pack that is not condemned."""
        if self._is_young(pack) and not self._erasing.concerns(pack):
            self._report.young_packs += pack.dead_share > 0
        elif pack.live_bytes == 0:
            self._plan.drop.append(pack)
        elif self._is_wasteful(pack):
            self._plan.rewrite.append(pack)
        elif pack.kind is not None and pack.stored_bytes < self._small_bytes:
            self._small[pack.kind].append(pack)

    def _add_condemned(self, pack: PackFacts, condemned: CondemnedPack) -> None:
        carried = condemned
        if pack.modified is None:
            # Gone from the backend, and named by a segment still: a merge had read the old one.
            self._plan.unindex.append(pack.name)
            carried = CondemnedPack(condemned.name, condemned.generation, condemned.since)
        elif pack.live_bytes:
            self._report.revived_packs += 1
            if self._is_wasteful(pack):
                self._plan.rewrite.append(pack)
            else:
                return
        elif self._may_go(condemned) and not self._is_locked(pack):
            self._plan.delete.append(pack)
        else:
            self._report.waiting_packs += 1
            self._report.waiting_bytes += pack.stored_bytes
        self._plan.carried[pack.name] = carried

    def _is_locked(self, pack: PackFacts) -> bool:
        """Deleting would free nothing: a bucket keeps what is locked, hidden behind a marker."""
        until = self._locked_until(pack.name)
        if until is None or until <= self._now:
            return False
        report = self._report
        report.locked_packs += 1
        report.locked_bytes += pack.stored_bytes
        report.locked_until = max(until, report.locked_until or until)
        report.next_deletion = min(until, report.next_deletion or until)
        return True

    def _add_gone(self, condemned: CondemnedPack) -> None:
        """Neither indexed nor on the backend. Forgotten once no writer can bring it back."""
        if not condemned.gone_at:
            condemned = CondemnedPack(
                condemned.name, condemned.generation, condemned.since, self._next
            )
        elif not self._sessions.blocking(condemned.gone_at):
            return
        self._plan.carried[condemned.name] = condemned

    def _may_go(self, condemned: CondemnedPack) -> bool:
        """The time of grace is over, and all who may rely on the pack have ended."""
        ripe = (condemned.since or self._now) + self._options.grace
        blocking = self._sessions.blocking(condemned.generation)
        if ripe > self._now:
            earliest = self._report.next_deletion
            self._report.next_deletion = min(ripe, earliest or ripe)
        self._blocking.update(f"{one.note} ({one.id})" for one in blocking)
        return ripe <= self._now and not blocking

    def _is_young(self, pack: PackFacts) -> bool:
        return pack.modified is None or pack.modified > self._young_from

    def _is_wasteful(self, pack: PackFacts) -> bool:
        is_old = self._options.reencrypt and pack.epoch < self._epoch
        is_erased = self._erasing.concerns(pack)
        return is_old or is_erased or pack.dead_share > self._options.dead_share

    def _within_budget(self) -> Iterable[PackFacts]:
        """The packs with most to gain, for no more written bytes than allowed."""
        left = self._options.rewrite_bytes or float("inf")
        for pack in sorted(self._plan.rewrite, key=lambda one: one.dead_share, reverse=True):
            written = pack.stored_bytes * (1 - pack.dead_share)
            if written <= left or self._erasing.concerns(pack):
                left -= written
                yield pack


def _young_from(sessions: Sessions, now: datetime, options: PruneOptions) -> datetime:
    """Packs that came after this may belong to a backup that has not committed yet."""
    started = sessions.oldest_start()
    oldest = now - options.min_age
    if started is None or started.year <= 1:
        return oldest if started is None else started
    return min(oldest, started - _START_SLACK)
