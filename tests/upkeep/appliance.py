"""An appliance with storages, for the tests: real database, real repositories, real jobs."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from dropally.auth.actors import Actor
from dropally.catalog.jobs import JobRow
from dropally.common.clock import ManualClock, SystemClock
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storage_definition import StorageDefinition
from dropally.jobs.storages import Storages
from dropally.store import KeyFile, Secret, new_key_file
from dropally.store.keys.kdf import KdfParameters
from dropally.upkeep.context import ConfigEntry, UpkeepContext, UpkeepSettings
from dropally.upkeep.kinds import register_kinds
from dropally.upkeep.stored_storages import all_definitions
from tests.auth.appliance import PASSWORD
from tests.auth.appliance import Appliance as People
from tests.auth.appliance import opened as opened_people

SOON_S = 90.0
STRETCH = "dropally.store.keys.slots.stretch_passphrase"
CONFIG = [
    ConfigEntry("server.listen", '["0.0.0.0:8480"]', "default"),
    ConfigEntry("notify.smtp.password", "***", "environment"),
]


@dataclass
class Upkeep:
    """The opened parts, and short ways to what tests do often."""

    ctx: UpkeepContext
    people: People
    root: Path
    keep: int = 14
    parity: bool = False
    replicas: tuple[tuple[str, str], ...] = ()
    second_approver: bool = False
    _admin: Actor | None = None

    @property
    def clock(self) -> ManualClock:
        return self.people.clock

    @property
    def admin(self) -> Actor:
        """The administrator, signed in a moment ago."""
        if self._admin is None:
            self._admin = self.people.set_up()
        return self._admin

    def finish(self, row: JobRow) -> JobRow:
        """Wait for a job's end."""
        clock, deadline_s = SystemClock(), SystemClock().monotonic() + SOON_S
        never = threading.Event()
        while not (row := self.ctx.runner.get(row.id)).is_finished:
            assert clock.monotonic() < deadline_s, f"{row.title} does not end"
            clock.wait(never, 0.005)
        return row

    def result(self, row: JobRow) -> dict[str, Any]:
        """What a finished job left for whoever goes on."""
        found: dict[str, Any] = msgspec.json.decode(row.result)
        return found


def quick_stretch(material: bytes, salt: bytes, _costs: KdfParameters) -> bytes:
    """In the place of STRETCH, which takes a third of a second on purpose (the store's tests)."""
    return hashlib.sha256(salt + material).digest()


def local(root: Path, storage_id: str = "main", **more: object) -> StorageDefinition:
    """A storage in a folder of the test's own."""
    return StorageDefinition(
        storage_id,
        "local",
        str(root / storage_id),
        min_free_share=0.0,
        **more,  # type: ignore[arg-type]  # named by the test
    )


@contextmanager
def opened(
    root: Path, configured: Sequence[StorageDefinition] | None = None, *, password: str = PASSWORD
) -> Iterator[Upkeep]:
    """An appliance in this folder: `root/data`, and storages beside it."""
    data, key_file = root / "data", root / "data" / "repository.key"

    @contextmanager
    def new_secret() -> Iterator[tuple[Secret, Path | None]]:
        yield (KeyFile(key_file) if key_file.exists() else new_key_file(key_file)), key_file

    with opened_people(data) as people:
        definitions, default_id = all_definitions(
            people.ctx, [local(root)] if configured is None else configured
        )
        storages = Storages(
            definitions,
            secret=lambda: KeyFile(key_file),
            data_dir=data,
            cache_dir=root / "cache",
            clock=people.clock,
            default_id=default_id,
        )
        events = EventBus(people.clock)
        runner = JobRunner(people.ctx.database, people.clock, events)
        ctx = UpkeepContext(
            auth=people.ctx,
            storages=storages,
            runner=runner,
            events=events,
            data_folder=data,
            key_file=key_file,
            new_secret=new_secret,
            settings=lambda: UpkeepSettings(
                self_backup_keep=made.keep,
                parity=made.parity,
                replicas=made.replicas,
                second_approver=made.second_approver,
            ),
            show_config=lambda: CONFIG,
        )
        made = Upkeep(ctx, people, root)
        register_kinds(ctx)
        runner.start()
        try:
            yield made
        finally:
            runner.stop()
            storages.close()
            events.close()
