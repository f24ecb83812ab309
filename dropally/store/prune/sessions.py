"""Which writers are at work, and which only seem to be."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from dropally.store.backend import Backend, ObjectStat
from dropally.store.errors import DamagedError, NewerFormatError, ObjectNotFoundError
from dropally.store.keys import Keyring
from dropally.store.prune.options import PruneOptions
from dropally.store.snapshot import read_session
from dropally.store.snapshot.session import PREFIX


@dataclass(frozen=True, slots=True)
class LivingSession:
    """A writer that may still commit. `started` None: its session cannot be read."""

    id: str
    note: str
    started: datetime | None
    generation: int


@dataclass(slots=True)
class Sessions:
    """All writers at one moment. `over` are the keys of sessions that hold up nothing."""

    living: list[LivingSession] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def blocking(self, generation: int) -> list[LivingSession]:
        """Writers that may have come to rely on packs before these were condemned."""
        return [one for one in self.living if one.generation < generation]

    def oldest_start(self) -> datetime | None:
        """When the first of the living began; the beginning of time if that cannot be told."""
        starts = [one.started for one in self.living]
        known = [start for start in starts if start is not None]
        if len(known) < len(starts):
            return datetime.min.replace(tzinfo=UTC)
        return min(known, default=None)


def list_sessions(
    backend: Backend, keyring: Keyring, now: datetime, options: PruneOptions
) -> Sessions:
    """Every session is living until it is too old, by the backend's clock, be it readable or not."""
    found = Sessions()
    for stat in backend.list(PREFIX):
        try:
            _sort_in(found, backend, keyring, stat, now, options)
        except ObjectNotFoundError:
            continue  # ended since it was listed
    return found


def _sort_in(
    found: Sessions,
    backend: Backend,
    keyring: Keyring,
    stat: ObjectStat,
    now: datetime,
    options: PruneOptions,
) -> None:
    name = stat.key.removeprefix(PREFIX)
    modified = backend.stat(stat.key).modified  # a listing may be older than the last heartbeat
    age = now - modified
    try:
        record, _ = read_session(backend, keyring, stat.key)
    except (DamagedError, NewerFormatError) as error:
        if age > options.session_age:
            found.over.append(stat.key)
            found.problems.append(f"the session {name} cannot be read, and was set aside: {error}")
        else:
            found.living.append(LivingSession(name, "a session that cannot be read", None, 0))
        return
    if age > (options.settle if record.ended else options.session_age):
        found.over.append(stat.key)
    else:
        found.living.append(LivingSession(name, record.note, record.started, record.generation))
