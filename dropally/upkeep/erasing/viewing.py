"""Erasures and their certificates, and what is never backed up again: for people."""

from datetime import datetime
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import EVERYTHING, Actor, Place
from dropally.auth.guard import require
from dropally.auth.permissions import allowed, reach_of
from dropally.auth.verbs import Verb
from dropally.catalog import erasures, people
from dropally.catalog.erasures import ErasureRow, ErasureState
from dropally.common.errors import NotFoundError
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.asking import find_entity
from dropally.upkeep.erasing.certificate import CertificateFacts, as_text
from dropally.upkeep.erasing.facts import ErasureFacts
from dropally.upkeep.erasing.page import as_pdf

CertificateFormat = Literal["json", "pdf", "text"]


class ErasureView(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure, which is its certificate as well: `state` tells how far it is.

    `erasing`: the job works on it; `open`: no restore point has it, its bytes leave the storage when
    space is freed; `complete`: they have left. `removed_packs` are the packs that went for it.
    """

    id: str
    state: ErasureState
    storage_id: str
    task_id: str
    entity_id: str
    entity_name: str
    reason: str
    asked_by: str
    job_id: str
    asked: datetime
    erased: datetime | None
    completed: datetime | None
    found: ErasureFacts
    removed_packs: list[str]


class ExclusionView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule by which backups pass over an item: by its id in Dropbox, and by path.

    The path itself is not kept; `erasure_id` names the certificate that says what it was for.
    `kind` is `damaged` for a rule that cannot be read: nothing of its member or folder is backed up
    until it is taken away.
    """

    id: str
    kind: str
    erasure_id: str
    item_id: str
    places: int
    since: datetime


def list_erasures(ctx: UpkeepContext, actor: Actor) -> list[ErasureView]:
    """Those of which the actor may know, the newest first. Raises ForbiddenError."""
    if any(reach.is_empty for reach in reach_of(actor, Verb.TASK_READ)):
        require(ctx.auth, actor, Verb.TASK_READ)
    with ctx.auth.read() as connection:
        rows = erasures.all_erasures(connection)
    return [
        _view(row)
        for row in rows
        if allowed(actor, Verb.TASK_READ, Place(row.task_id, row.entity_id)).is_allowed
    ]


def get_erasure(ctx: UpkeepContext, actor: Actor, erasure_id: str) -> ErasureView:
    """One of them. Raises ForbiddenError, NotFoundError."""
    return _view(_find(ctx, actor, erasure_id))


def make_certificate(
    ctx: UpkeepContext, actor: Actor, erasure_id: str, form: CertificateFormat
) -> bytes:
    """The certificate as it stands now. Raises ForbiddenError, NotFoundError."""
    row = _find(ctx, actor, erasure_id)
    view = _view(row)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(view), indent=2)
    with ctx.auth.read() as connection:
        organisation = people.organisation(connection)
    facts = CertificateFacts(
        id=row.id,
        organisation=organisation.name if organisation else "",
        state=row.state,
        entity_name=row.entity_name,
        storage=row.storage_id,
        reason=row.reason,
        asked_by=row.asked_by,
        asked=row.asked,
        erased=row.erased,
        completed=row.completed,
        found=view.found,
        removed_packs=view.removed_packs,
    )
    return as_pdf(facts) if form == "pdf" else as_text(facts).encode()


def list_exclusions(ctx: UpkeepContext, actor: Actor, entity_id: str) -> list[ExclusionView]:
    """What backups of an entity pass over. Raises ForbiddenError, NotFoundError, the store's errors."""
    entity, task, _ = find_entity(ctx, actor, entity_id, Verb.TASK_READ)
    with ctx.storages.repository(task.storage_id) as repository:
        rules = repository.erasures.exclusions(entity.namespace).values()
    return [
        ExclusionView(
            id=rule.id,
            kind=rule.kind,
            erasure_id=rule.erasure,
            item_id=rule.item_id,
            places=len(rule.places),
            since=rule.since,
        )
        for rule in sorted(rules, key=lambda rule: (rule.since, rule.id))
    ]


def remove_exclusion(ctx: UpkeepContext, actor: Actor, entity_id: str, rule_id: str) -> None:
    """Let an item be backed up again; the next backup lists everything to find it.

    Raises ForbiddenError, NotFoundError, the store's errors.
    """
    entity, task, _ = find_entity(ctx, actor, entity_id, Verb.ERASE)
    with ctx.storages.repository(task.storage_id) as repository:
        if rule_id not in repository.erasures.exclusions(entity.namespace):
            raise NotFoundError(f"there is no rule {rule_id} for {entity.name}")
        repository.lost_and_wanted.want(entity.namespace, [], everything=True)
        repository.erasures.include(rule_id)
    with ctx.auth.write() as connection:
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"An erased item of {entity.name} may be backed up again.",
            service="dropbox",
            task=task.name,
            target=rule_id,
        )


def _find(ctx: UpkeepContext, actor: Actor, erasure_id: str) -> ErasureRow:
    with ctx.auth.read() as connection:
        row = erasures.erasure_by_id(connection, erasure_id)
    place = Place(row.task_id, row.entity_id) if row else EVERYTHING
    require(ctx.auth, actor, Verb.TASK_READ, place)
    if row is None:
        raise NotFoundError(f"there is no erasure {erasure_id}")
    return row


def _view(row: ErasureRow) -> ErasureView:
    return ErasureView(
        id=row.id,
        state=row.state,
        storage_id=row.storage_id,
        task_id=row.task_id,
        entity_id=row.entity_id,
        entity_name=row.entity_name,
        reason=row.reason,
        asked_by=row.asked_by,
        job_id=row.job_id,
        asked=row.asked,
        erased=row.erased,
        completed=row.completed,
        found=msgspec.json.decode(row.facts, type=ErasureFacts),
        removed_packs=msgspec.json.decode(row.removed, type=list[str]),
    )
