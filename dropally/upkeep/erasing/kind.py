"""The job of kind `erase`: look, and if it is no dry run, take items out of everything.

Stopped anywhere, another attempt goes on: what is to go was noted, sealed, before anything was
replaced, and each step may be done twice.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from dropally.auth import actors
from dropally.auth.verbs import Verb
from dropally.catalog import erasures, jobs
from dropally.catalog.scrubbing import Names, count_in_audit
from dropally.common.errors import TryLaterError, UsageError
from dropally.common.ids import new_id
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.store import Repository
from dropally.store.erase import Places, Shared, Trace, erase, find_places, find_shared, trace
from dropally.store.snapshot import Exclusion
from dropally.upkeep import pruning
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing import traces
from dropally.upkeep.erasing.asking import ERASE, held_by, refuse_if_held
from dropally.upkeep.erasing.facts import ErasureFacts, ErasurePreview, SharedItem
from dropally.upkeep.erasing.orders import (
    EraseOrder,
    EraseParams,
    open_order,
    open_places,
    seal_places,
)
from dropally.upkeep.erasing.replicas import known_replicas
from dropally.upkeep.rebuild import RebuildKind
from dropally.upkeep.self_backup import renewing

_FOLDER = "erase"
_PHASES = {"pages": "read", "snapshots": "read", "points": "erase", "replace": "erase"}
"""What the store says of its steps, in the words of jobs."""


class EraseKind:
    """Erases items of one namespace from one storage."""

    name = ERASE
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Raises StateError `held`, TryLaterError while somebody restores, the store's errors."""
        params = job.params(EraseParams)
        job.clear_problems()
        order = open_order(self._ctx.auth, params.order) if params.order else EraseOrder()
        with (
            self._scratch() as scratch,
            self._ctx.storages.repository(params.storage_id) as repository,
        ):
            work = _Work(self._ctx, job, params, order, repository, scratch)
            return work.erase() if params.erasure_id else work.preview()

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        folder = self._ctx.data_folder / _FOLDER / new_id("")
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class _Work:
    """One attempt."""

    def __init__(
        self,
        ctx: UpkeepContext,
        job: RunningJob,
        params: EraseParams,
        order: EraseOrder,
        repository: Repository,
        scratch: Path,
    ) -> None:
        self._ctx = ctx
        self._job = job
        self._params = params
        self._order = order
        self._repository = repository
        self._scratch = scratch

    def preview(self) -> JobOutcome:
        """What would be erased, and what shares its bytes."""
        places = self._find_places()
        found = self._trace(places)
        shared = self._find_shared(places)
        view = ErasurePreview(
            places=len(places.paths) if found.snapshots else 0,
            points=len(found.points),
            snapshots=len(found.snapshots),
            files=found.files,
            versions=found.versions,
            bytes=found.bytes,
            oldest=min(found.points, default=None),
            newest=max(found.points, default=None),
            is_in_dropbox=found.is_in_newest,
            shared_items=shared.items,
            shared_bytes=shared.bytes,
            shared=[SharedItem(*one) for one in shared.named],
            held_by=held_by(self._ctx, self._params.storage_id, self._params.team_id, found.points),
        )
        result: dict[str, object] = msgspec.to_builtins(view)
        summary = {"points": view.points, "versions": view.versions, "bytes": view.bytes}
        return JobOutcome("succeeded", summary, result)

    def erase(self) -> JobOutcome:
        """Repository first, then what the appliance knows, then the space."""
        if self._params.order:
            self._erase_items()
        facts = self._facts()
        self._ctx.auth.database.compact()
        RebuildKind(self._ctx).begin_anew(self._job, self._params.storage_id)
        facts = self._renew_self_backups(facts)
        self._finish(facts)
        summary = {"points": facts.points, "versions": facts.versions, "bytes": facts.bytes}
        return JobOutcome("succeeded", summary, {"erasure_id": self._params.erasure_id})

    def _erase_items(self) -> None:
        """All that has to know what is erased; in the end nobody does any more."""
        places = self._noted_places()
        self._refuse_readers()
        facts = self._facts()
        if not facts.items:
            facts = self._look(places)
        rule_ids = self._exclude(places) if self._order.exclude else []
        done = erase(
            self._repository,
            self._params.namespace,
            places,
            erasure=self._params.erasure_id,
            now=self._ctx.now(),
            scratch=self._folder("erase"),
            step=self._step,
        )
        if not self._order.exclude:
            self._repository.lost_and_wanted.want(self._params.namespace, [], everything=True)
        facts = msgspec.structs.replace(facts, rule_ids=rule_ids, set_aside=done.set_aside)
        self._scrub(places, facts)

    def _scrub(self, places: Places, facts: ErasureFacts) -> None:
        ctx, params = self._ctx, self._params
        traces.forget_stage(ctx, params, self._repository)
        deleted = traces.delete_downloads(ctx, params.storage_id)
        names = Names(places.paths, [path.rpartition("/")[2] for path in places.paths])
        records = traces.scrub_records(ctx, names)
        facts = msgspec.structs.replace(
            facts,
            downloads=facts.downloads + deleted,
            records=facts.records + records,
            audit_rows=count_in_audit(ctx.auth.database, names),
        )
        forgotten = msgspec.json.encode(msgspec.structs.replace(params, order="")).decode()
        with ctx.auth.write() as connection:
            self._save(connection, facts)
            erasures.forget_order(connection, params.erasure_id, forgotten)

    # -- looking -------------------------------------------------------------------------------

    def _facts(self) -> ErasureFacts:
        with self._ctx.auth.read() as connection:
            row = erasures.erasure_by_id(connection, self._params.erasure_id)
        if row is None:
            raise UsageError(f"there is no erasure {self._params.erasure_id}")
        return msgspec.json.decode(row.facts, type=ErasureFacts)

    def _save(self, connection: sqlite3.Connection, facts: ErasureFacts) -> None:
        encoded = msgspec.json.encode(facts).decode()
        erasures.save_facts(connection, self._params.erasure_id, encoded)

    def _noted_places(self) -> Places:
        """Where the items lie, as the first attempt found it."""
        with self._ctx.auth.read() as connection:
            sealed = erasures.places_of(connection, self._params.erasure_id)
        return open_places(self._ctx.auth, sealed) if sealed else self._find_places()

    def _look(self, places: Places) -> ErasureFacts:
        """Count, refuse what is held, and note both before anything is replaced."""
        found = self._trace(places)
        if not found.snapshots:
            raise UsageError(
                "no restore point has any of these items",
                hint="look up their paths in a restore point, or try a dry run",
            )
        refuse_if_held(self._ctx, self._params.storage_id, self._params.team_id, found.points)
        shared = self._find_shared(places)
        facts = ErasureFacts(
            items=sorted(self._repository.erasures.place(path).hex() for path in places.paths),
            points=len(found.points),
            snapshots=len(found.snapshots),
            files=found.files,
            versions=found.versions,
            bytes=found.bytes,
            oldest=min(found.points, default=None),
            newest=max(found.points, default=None),
            shared_items=shared.items,
            shared_bytes=shared.bytes,
            replicas=sorted(known_replicas(self._ctx, self._params.storage_id, self._repository)),
            kind=self._ctx.storages.definition(self._params.storage_id).kind,
        )
        with self._ctx.auth.write() as connection:
            erasures.save_places(
                connection, self._params.erasure_id, seal_places(self._ctx.auth, places)
            )
            self._save(connection, facts)
        return facts

    def _find_shared(self, places: Places) -> Shared:
        """What else needs bytes of the items."""
        return find_shared(
            self._repository,
            self._params.namespace,
            places,
            scratch=self._folder("shared"),
            step=self._step,
        )

    def _find_places(self) -> Places:
        return find_places(
            self._repository,
            self._params.namespace,
            self._order.choice(),
            scratch=self._folder("places"),
            step=self._step,
        )

    def _trace(self, places: Places) -> Trace:
        return trace(
            self._repository,
            self._params.namespace,
            places,
            scratch=self._folder("trace"),
            step=self._step,
        )

    def _refuse_readers(self) -> None:
        with self._ctx.auth.read() as connection:
            titles = [
                job.title
                for job in jobs.in_progress(connection)
                if job.kind in {"restore", "export"} and job.storage_id == self._params.storage_id
            ]
        if titles:
            raise TryLaterError(
                f"something is being read from the storage: {titles[0]}",
                hint="wait for its end, then try again",
            )

    # -- doing ---------------------------------------------------------------------------------

    def _exclude(self, places: Places) -> list[str]:
        """Rules for the items themselves; before they go, so that no backup slips in between."""
        erasures_of = self._repository.erasures
        namespace = self._params.namespace
        known = [
            rule
            for rule in erasures_of.exclusions(namespace).values()
            if rule.erasure == self._params.erasure_id
        ]
        if known:
            return sorted(rule.id for rule in known)
        hashes = [erasures_of.place(path) for path in places.paths]
        made = []
        for item_id in sorted(places.item_ids) or [""]:
            rule = Exclusion(
                id=new_id("exc_"),
                source=namespace,
                erasure=self._params.erasure_id,
                kind="item" if item_id else "path",
                item_id=item_id,
                places=hashes,
                since=self._ctx.now(),
            )
            erasures_of.exclude(rule)
            made.append(rule.id)
        return made

    def _renew_self_backups(self, facts: ErasureFacts) -> ErasureFacts:
        went, troubles = renewing.renew(
            self._ctx, self._folder("self-backup"), self._params.erasure_id
        )
        for storage_id, error in troubles:
            self._job.problem(
                "Self-backups from before the erasure stay", storage_id, str(error), error.hint
            )
        return msgspec.structs.replace(facts, self_backups=facts.self_backups + went)

    def _finish(self, facts: ErasureFacts) -> None:
        with self._ctx.auth.write() as connection:
            erasures.note_erased(
                connection,
                self._params.erasure_id,
                msgspec.json.encode(facts).decode(),
                self._ctx.now(),
            )
        self._ctx.events.publish(
            "storage_changed", {"storage_id": self._params.storage_id}, needs=Verb.STORAGE_READ
        )
        pruning.request_prune(self._ctx, actors.scheduler(), self._params.storage_id)

    def _step(self, phase: str, done: int) -> None:
        self._job.context.check()
        self._job.context.phase(_PHASES.get(phase, phase), "entries").add(done)

    def _folder(self, name: str) -> Path:
        folder = self._scratch / name
        folder.mkdir(exist_ok=True)
        return folder
