"""Asking for a restore: where to, who may, what it would do, and the job that does it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.connections import uploads_in
from dropally.catalog.jobs import JobRow
from dropally.jobs import restore
from dropally.jobs.context import JobContext
from dropally.jobs.restore import RestorePlan, RestoreWork
from dropally.recovery import asking, selections
from dropally.recovery.asking import Asked
from dropally.recovery.context import RecoveryContext
from dropally.recovery.entities import RecoverableEntity

PLAN_KEPT = timedelta(minutes=15)
"""So long a shown plan is carried out as it was shown: what is in Dropbox changes meanwhile."""

Mode = Literal["new-folder", "in-place"]
Conflict = Literal["duplicate", "skip", "replace"]
_LONGEST_NAME = 200
_REFUSED_NAME = re.compile(r'[/\\\x00-\x1f<>:"|?*]')


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted. An empty target means where each item came from.

    Mode `new-folder` makes a folder in the target and changes nothing else; `in-place` puts items
    where they were, or into the target's path. `conflict` counts in place only.
    """

    selection_id: str
    target_entity_id: str = ""
    target_path: str = ""
    mode: Mode = "new-folder"
    conflict: Conflict | None = None
    folder_name: str = ""


class RestoreParams(msgspec.Struct, frozen=True, kw_only=True):
    """What the job is given: the request with everything decided."""

    selection_id: str
    target_entity_id: str
    target_path: str
    destination: str
    mode: Mode
    conflict: Conflict
    folder_name: str
    plan_id: str = ""


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore would do; nothing has been changed. Counts are of files unless they say else.

    `upload_calls` count against the plan's monthly limit (`upload_limit`, null: none is known), of
    which Dropally has used `uploads_used` this month; other apps of the team use it, too.
    """

    plan_id: str
    sentence: str
    destination: str
    mode: Mode
    conflict: Conflict
    files: int
    folders: int
    size_bytes: int
    conflicts: int
    identical: int
    skipped: int
    from_history: int
    copies: int
    uploads: int
    upload_bytes: int
    impossible: int
    upload_calls: int
    other_calls: int
    upload_limit: int | None
    uploads_used: int


def plan(ctx: RecoveryContext, actor: Actor, request: RestoreRequest) -> PlanView:
    """The dry run (F95): the numbers of the real one. It can take as long as looking at the target.

    Raises NotFoundError, FieldsError, ForbiddenError, UsageError.
    """
    asked, params = _decide(ctx, actor, request)
    with ctx.auth.write() as connection:
        plan_id = selections.freeze(
            connection, ctx, actor, request.selection_id, asking.encode(params), PLAN_KEPT
        )
    work = restore_work(ctx, asked, params, log_name=plan_id)
    made = restore.open_restore(JobContext(clock=ctx.auth.clock), work)
    with ctx.auth.read() as connection:
        used = uploads_in(connection, asked.team_id, ctx.now().strftime("%Y-%m"))
    return _view(plan_id, asked, params, made, used)


def start(ctx: RecoveryContext, actor: Actor, request: RestoreRequest) -> JobRow:
    """Submit a restore. Raises as `plan`."""
    asked, params = _decide(ctx, actor, request)
    return _submit(ctx, actor, asked, params, request.selection_id)


def start_planned(ctx: RecoveryContext, actor: Actor, plan_id: str) -> JobRow:
    """Submit the restore that was planned; it does what the plan said. Raises as `plan`."""
    with ctx.auth.read() as connection:
        text = asking.read_request(connection, ctx, actor, plan_id)
    params = msgspec.json.decode(text, type=RestoreParams)
    asked = asking.read_frozen(ctx, plan_id)
    _check_rights(ctx, actor, asked, params)
    return _submit(ctx, actor, asked, msgspec.structs.replace(params, plan_id=plan_id), plan_id)


def restore_work(
    ctx: RecoveryContext, asked: Asked, params: RestoreParams, *, log_name: str
) -> RestoreWork:
    """The work unit. Raises NotFoundError when the link to Dropbox is gone."""
    target = _target(ctx, params)
    return RestoreWork(
        repository=ctx.storages.handle(asked.storage_id),
        team=ctx.teams.handle(asked.team_id),
        group=asked.team_id,
        addresses=(),
        log_dir=ctx.folder("restore"),
        target=f"ns:{target.namespace}:{params.target_path or '/'}" if target else "",
        mode=params.mode,
        conflict=params.conflict,
        folder_name=params.folder_name,
        chosen=asked.chosen,
        log_name=log_name,
        keep_log=True,
    )


# -- what is wanted ----------------------------------------------------------------------------


def _decide(
    ctx: RecoveryContext, actor: Actor, request: RestoreRequest
) -> tuple[Asked, RestoreParams]:
    asked = asking.read_asked(ctx, actor, request.selection_id, lambda _: Verb.CONTENT_BROWSE)
    target = ctx.entities.get(request.target_entity_id) if request.target_entity_id else None
    settings = ctx.settings()
    stamp = ctx.now().strftime("%Y-%m-%d %H-%M")
    name = request.folder_name.strip() or settings.restored_folder.replace("{date}", stamp)
    _check_fields(request, asked, target, name)
    path = "".join(f"/{part}" for part in request.target_path.split("/") if part)
    if target is None and path:
        target = next(iter(asked.entities.values()))
    inside = f"{path}/{name}" if request.mode == "new-folder" else path
    params = RestoreParams(
        selection_id=request.selection_id,
        target_entity_id=target.id if target else "",
        target_path=path,
        destination=_described(asked, target, inside, request.mode),
        mode=request.mode,
        conflict=request.conflict or settings.inplace_conflict,
        folder_name=name,
    )
    _check_rights(ctx, actor, asked, params)
    return asked, params


def _check_fields(
    request: RestoreRequest, asked: Asked, target: RecoverableEntity | None, name: str
) -> None:
    problems: list[tuple[str, str]] = []
    gone = sorted(entity.name for entity in asked.entities.values() if entity.is_archived)
    if target is None and gone:
        problems.append(
            ("target_entity_id", f"{gone[0]} has left the team: choose where to restore to")
        )
    if target is None and request.target_path and len(asked.entities) > 1:
        problems.append(("target_entity_id", "is needed: the items are of several owners"))
    if target is not None and target.is_archived:
        problems.append(("target_entity_id", f"{target.name} has left the team"))
    if target is not None and target.team_id != asked.team_id:
        problems.append(("target_entity_id", f"{target.name} belongs to another team"))
    if {".", ".."} & set(request.target_path.split("/")):
        problems.append(("target_path", "contains a part . or .."))
    if request.mode == "new-folder" and _is_bad_name(name):
        problems.append(("folder_name", "cannot be the name of a folder in Dropbox"))
    if problems:
        raise FieldsError(problems)


def _is_bad_name(name: str) -> bool:
    return (
        len(name) > _LONGEST_NAME
        or name in {".", ".."}
        or name.endswith((".", " "))
        or _REFUSED_NAME.search(name) is not None
    )


def _described(asked: Asked, target: RecoverableEntity | None, inside: str, mode: Mode) -> str:
    """Where to, for people."""
    if target is None and mode == "in-place":
        return "where it was"
    return f"{target.name if target else asked.names}:{inside or '/'}"


def _target(ctx: RecoveryContext, params: RestoreParams) -> RecoverableEntity | None:
    return ctx.entities.get(params.target_entity_id) if params.target_entity_id else None


def rights_for(
    places: Mapping[str, Place], target: Place | None, params: RestoreParams
) -> list[tuple[Verb, Place]]:
    """What restoring entities (id -> place) needs, and where.

    To its owner is one right; to anybody else is another, which is needed in both places.
    """
    is_replacing = params.mode == "in-place" and params.conflict == "replace"
    rights: list[tuple[Verb, Place]] = []
    for entity_id, place in places.items():
        if target is None or target.entity_id == entity_id:
            rights.append((Verb.RESTORE_TO_OWNER, place))
        else:
            rights += [(Verb.RESTORE_ELSEWHERE, place), (Verb.RESTORE_ELSEWHERE, target)]
        if is_replacing:
            rights.append((Verb.RESTORE_REPLACE, target or place))
    return list(dict.fromkeys(rights))


def _check_rights(ctx: RecoveryContext, actor: Actor, asked: Asked, params: RestoreParams) -> None:
    places = {entity.id: entity.place for entity in asked.entities.values()}
    target = _target(ctx, params)
    for verb, place in rights_for(places, target.place if target else None, params):
        require(ctx.auth, actor, verb, place)


def _submit(
    ctx: RecoveryContext, actor: Actor, asked: Asked, params: RestoreParams, selection_id: str
) -> JobRow:
    target = _target(ctx, params)
    owners = [target] if target else asked.entities.values()
    with ctx.auth.write() as connection:
        row = asking.submit(
            connection,
            ctx,
            actor,
            asked,
            "restore",
            selection_id,
            params,
            # Dropbox takes one writer of a folder at a time.
            locks=tuple(sorted(f"restore:{owner.namespace}" for owner in owners)),
            destination=params.destination,
        )
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.RESTORE_REQUESTED,
            f"A restore of {asked.names} to {params.destination} was requested.",
            service="dropbox",
            task=asked.task_name,
            target=row.id,
            details={
                "files": asked.totals.files,
                "bytes": asked.totals.size_bytes,
                "mode": params.mode,
                "conflict": params.conflict,
            },
        )
    ctx.runner.wake()
    return row


def _view(
    plan_id: str, asked: Asked, params: RestoreParams, made: RestorePlan, uploads_used: int
) -> PlanView:
    return PlanView(
        plan_id=plan_id,
        sentence=f"You are about to restore items from the archive of {asked.names}",
        destination=params.destination,
        mode=params.mode,
        conflict=params.conflict,
        files=made.items,
        folders=made.folders,
        size_bytes=made.bytes,
        conflicts=made.conflicts,
        identical=made.identical,
        skipped=made.skipped,
        from_history=made.revisions,
        copies=made.copies,
        uploads=made.uploads,
        upload_bytes=made.upload_bytes,
        impossible=made.impossible,
        upload_calls=made.upload_calls,
        other_calls=made.other_calls,
        upload_limit=made.upload_limit,
        uploads_used=uploads_used,
    )
