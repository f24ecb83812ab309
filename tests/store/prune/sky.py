"""What all actors of a simulation share: the store's clock, its objects, and the dice."""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dropally.store import BackendUnavailableError, BytesLike, MemoryBackend, StoreError
from dropally.store.backend import ObjectStat, Version
from tests.store.samples import START

LAGGING = ("snapshots/", "points/", "sessions/", "condemned/", "index/")
_CHECKED = ("snapshots/", "packs/", "index/")


@dataclass(slots=True)
class Sky:
    """One storage, its time, and what it does to those who use it."""

    rng: random.Random
    now: datetime = START
    uptime: timedelta = timedelta(0)
    """What the machines' own clocks count, which never run back."""
    lag: timedelta = timedelta(0)
    fault_share: float = 0.0
    calm: bool = False
    inner: MemoryBackend = field(init=False)
    put_at: dict[str, datetime] = field(default_factory=dict)
    gone_at: dict[str, tuple[datetime, ObjectStat]] = field(default_factory=dict)
    changes: int = 0
    """How often something changed that decides whether snapshots read back."""

    def __post_init__(self) -> None:
        self.inner = MemoryBackend(lambda: self.now)

    def pass_time(self, passed: timedelta) -> None:
        """Also back, as when a clock is set right."""
        self.now += passed
        self.uptime += max(passed, timedelta(0))

    @contextlib.contextmanager
    def calmed(self) -> Iterator[None]:
        """Meanwhile nobody else acts, no answer is lost, and listings are up to date."""
        before, self.calm = self.calm, True
        try:
            yield
        finally:
            self.calm = before

    def note(self, key: str) -> None:
        """An object was put or deleted."""
        self.changes += key.startswith(_CHECKED)


class SkyBackend:
    """One actor's way to the objects."""

    location = "simulated"

    def __init__(self, sky: Sky, hook: Callable[[], None]) -> None:
        """`hook` is called before each operation: others may act."""
        self._sky = sky
        self._hook = hook

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._before()
        self._sky.inner.put_new(key, parts)
        self._sky.put_at[key] = self._sky.now
        self._sky.note(key)
        self._after()

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        self._before()
        return self._sky.inner.get(key, offset, length)

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        self._before()
        return self._sky.inner.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As it was some minutes ago, for what is not packs."""
        self._before()
        sky = self._sky
        found = sky.inner.list(prefix)
        if sky.calm or not sky.lag or not prefix.startswith(LAGGING):
            return found
        since = sky.now - sky.lag
        shown = {stat.key: stat for stat in found if sky.put_at.get(stat.key, START) <= since}
        for key, (gone, stat) in sky.gone_at.items():
            if gone > since and key.startswith(prefix):
                shown.setdefault(key, stat)
        return iter([shown[key] for key in sorted(shown)])

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._before()
        with contextlib.suppress(StoreError):
            self._sky.gone_at[key] = (self._sky.now, self._sky.inner.stat(key))
        self._sky.inner.delete(key)
        self._sky.note(key)
        self._after()

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        self._before()
        return self._sky.inner.read_version(key)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        self._before()
        done = self._sky.inner.swap(key, data, expected)
        self._sky.put_at.setdefault(key, self._sky.now)
        self._after()
        return done

    def close(self) -> None:
        """Nothing to let go of."""

    def _before(self) -> None:
        if not self._sky.calm:
            self._hook()

    def _after(self) -> None:
        """The answer may be lost."""
        sky = self._sky
        if not sky.calm and sky.rng.random() < sky.fault_share:
            raise BackendUnavailableError("the answer was lost (simulated)")
