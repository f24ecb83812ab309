"""Moving a storage to another place: replicate, read back, switch.

The storage keeps its name, its tasks and its catalog; only where it lies changes. The place it
leaves is kept under the other storage's name until somebody removes it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from dropally.auth import audit
from dropally.auth.actors import scheduler
from dropally.auth.verbs import Verb
from dropally.catalog import connections, storages, tasks
from dropally.common.errors import ConflictError
from dropally.jobs.runner import UPKEEP, Initiator, JobOutcome, JobRequest, RunningJob
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store.replicate import plan_replication
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.proving.moving import await_file, lines_for_file
from dropally.upkeep.proving.params import MigrateParams
from dropally.upkeep.proving.replicating import copy, outcome, planned, read_back
from dropally.upkeep.stored_storages import row_of

if TYPE_CHECKING:
    from dropally.jobs.runner.request import InitiatorKind


class MigrateKind:
    """Copies and reads back while backups go on; then asks for the switch, which they wait for."""

    name = "migrate"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Copy, compare, and put the switch into the queue."""
        params = job.params(MigrateParams)
        job.clear_problems()
        with (
            self._ctx.storages.backend(params.storage_id) as source,
            self._ctx.storages.backend(params.target) as target,
        ):
            if params.dry_run:
                return planned(source, target)
            done = copy(job, source, target)
            wrong = read_back(job, source, target)
        found = outcome(job, done, wrong)
        if found.status != "succeeded":
            return replace(found, hint="heal the source first; nothing was switched")
        row = self._ctx.runner.submit(self._switch_request(job, params))
        job.context.note("The copy is whole. Next: the switch, once running backups have ended.")
        return replace(
            found,
            result={"switch_job": row.id},
            hint=f"the switch waits for running backups: dropally job watch {row.id}",
        )

    def _switch_request(self, job: RunningJob, params: MigrateParams) -> JobRequest:
        asked = job.row
        return JobRequest(
            kind=SwitchKind.name,
            title=f"Switch storage {params.storage_id} to the place of {params.target}",
            params=params,
            initiator=Initiator(
                cast("InitiatorKind", asked.initiator_kind),  # the table's own CHECK
                asked.initiator_id,
                asked.initiator_name,
            ),
            storage_id=params.storage_id,
            locks=tuple(sorted({*self._writers(params.storage_id), *_maintenance(params)})),
            priority=UPKEEP,
            dedupe=f"switch:{params.storage_id}",
            service="appliance",
        )

    def _writers(self, storage_id: str) -> set[str]:
        """The locks of all jobs that write to the storage."""
        with self._ctx.auth.read() as connection:
            teams = {row.id: row.team_id for row in connections.all_connections(connection)}
            used = {
                row.connection_id
                for connection_id in teams
                for row in tasks.tasks_of_connection(connection, connection_id)
                if row.storage_id == storage_id
            }
        return {"self-backup", *(f"team-backup:{storage_id}/{teams[one]}" for one in used)}


class SwitchKind:
    """Copies what came last and exchanges the two places. No backup runs meanwhile."""

    name = "switch"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Copy the last objects, look that none is missing, exchange."""
        params = job.params(MigrateParams)
        job.clear_problems()
        place = self._ctx.storages.definition(params.target).location
        if job.state == place.encode():  # stopped between the exchange and the job's end
            self._ctx.storages.definition(params.storage_id)
            return JobOutcome("succeeded", {"location": place, "kept_as": params.target})
        with (
            self._ctx.storages.backend(params.storage_id) as source,
            self._ctx.storages.backend(params.target) as target,
        ):
            done = copy(job, source, target)
            left = plan_replication(source, target)
        if done.damaged or left.objects:
            raise ConflictError(
                "still_differs",
                f"{left.objects} objects are missing in the new place; nothing was switched",
                hint="run the migration again",
            )
        old = self._ctx.storages.definition(params.storage_id)
        if old.origin != "console":
            return self._await_file(job, params, done.objects)
        job.set_state(old.location.encode())
        self._exchange(job, params)
        new = self._ctx.storages.definition(params.storage_id)
        job.context.note(f"{old.id} lies at {new.location} now; {params.target} at {old.location}")
        return JobOutcome(
            "succeeded",
            {"location": new.location, "objects": done.objects, "kept_as": params.target},
        )

    def _await_file(self, job: RunningJob, params: MigrateParams, objects: int) -> JobOutcome:
        here = self._ctx.storages.definition(params.storage_id)
        there = self._ctx.storages.definition(params.target)
        await_file(self._ctx, here, there)
        lines = lines_for_file(here.id, there)
        job.context.note(
            f"All of {here.id} is at {there.location} now, and backups wait. Put this into"
            f" dropally.toml in place of the lines of {here.id}, take those of {there.id} away, and"
            f" restart Dropally within a day:\n{lines}"
        )
        return JobOutcome(
            "succeeded",
            {"location": here.location, "objects": objects},
            result={"location": there.location, "lines": lines},
            hint=f"write the lines that `dropally storage show {here.id}` tells into dropally.toml,"
            " and restart Dropally within a day",
        )

    def _exchange(self, job: RunningJob, params: MigrateParams) -> None:
        ctx = self._ctx
        here = ctx.storages.definition(params.storage_id)
        there = ctx.storages.definition(params.target)
        moved, kept = _with_place_of(here, there), _with_place_of(there, here)
        with ctx.auth.write() as connection:
            for one in (moved, kept):
                storages.put_storage(connection, row_of(one, ctx.auth.sealer), ctx.now())
            audit.record(
                connection,
                ctx.now(),
                scheduler(),
                audit.Activity.SETTINGS_CHANGED,
                f"Storage {here.id} moved from {here.location} to {there.location}.",
                target=here.id,
                details={"from": here.location, "to": there.location, "job": job.id},
            )
        for one in (moved, kept):
            ctx.storages.put(one)
            ctx.events.publish("storage_changed", {"storage_id": one.id}, needs=Verb.STORAGE_READ)


def _with_place_of(storage: StorageDefinition, place: StorageDefinition) -> StorageDefinition:
    return replace(
        storage,
        kind=place.kind,
        location=place.location,
        options=place.options,
        region_label=place.region_label,
        min_free_bytes=place.min_free_bytes,
        min_free_share=place.min_free_share,
    )


def _maintenance(params: MigrateParams) -> set[str]:
    return {f"maintenance:{params.storage_id}", f"maintenance:{params.target}"}
