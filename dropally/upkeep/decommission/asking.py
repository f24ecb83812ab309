"""Asking for the end, approving it, and taking it back."""

import sqlite3
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import decommissions, holds
from dropally.catalog.decommissions import DecommissionRow, DecommissionState
from dropally.common.errors import DeniedError
from dropally.common.ids import new_id
from dropally.notify import mails
from dropally.notify.telling import tell_administrators
from dropally.upkeep.context import UpkeepContext

SENTENCE = "I approve the removal of all backups and keys of this appliance"
GRACE = timedelta(days=7)
DECOMMISSION = "decommission"
_WHILE_COUNTING = frozenset({"restore", "export", DECOMMISSION})


class StorageReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one storage. `retained_*`: what it would not delete, and until when at least.

    `keys_destroyed`: nothing of the key slots is left, not even a version that is locked.

    `is_begun`: the repository was there when its end began. `trouble`: why it is not done; it is
    tried again within the hour.
    """

    storage_id: str
    location: str
    is_begun: bool = False
    keys_destroyed: bool = False
    deleted_objects: int = 0
    deleted_bytes: int = 0
    retained_objects: int = 0
    retained_bytes: int = 0
    retained_until: datetime | None = None
    is_done: bool = False
    trouble: str = ""


class DecommissionView(msgspec.Struct, frozen=True, kw_only=True):
    """How the appliance's end stands.

    `sentence` is what has to be approved, word by word. `needs_second`: another administrator has
    to approve as well. `counting`: until `due` it can be taken back, and nothing but restores and
    exports runs; `erasing` and `done` cannot be taken back.
    """

    state: DecommissionState | Literal["none"]
    sentence: str
    needs_second: bool
    asked_by: str = ""
    asked: datetime | None = None
    approved_by: str = ""
    due: datetime | None = None
    ended: datetime | None = None
    report: list[StorageReport] = []


def get_decommission(ctx: UpkeepContext, actor: Actor) -> DecommissionView:
    """How it stands. Raises ForbiddenError."""
    require(ctx.auth, actor, Verb.STATUS_READ)
    with ctx.auth.read() as connection:
        return _view(ctx, decommissions.current(connection))


def request(ctx: UpkeepContext, actor: Actor, approval: str) -> DecommissionView:
    """Begin the countdown, or wait for a second administrator.

    Raises ForbiddenError, FieldsError, StateError `held`, `decommissioning`.
    """
    require(ctx.auth, actor, Verb.APPLIANCE_DECOMMISSION)
    if approval.strip() != SENTENCE:
        raise FieldsError([("approval", f"approve this sentence: {SENTENCE}")])
    now = ctx.now()
    with ctx.auth.write() as connection:
        if decommissions.current(connection) is not None:
            raise _under_way()
        refuse_if_held(connection, now)
        row_id = new_id("dec_")
        decommissions.insert(connection, row_id, actor.label, actor.id, now)
        _record(connection, ctx, actor, "Taking the appliance out of service was asked for.")
        if not ctx.settings().second_approver:
            _start(connection, ctx, actor, row_id)
        view = _view(ctx, decommissions.current(connection))
    tell_change(ctx)
    return view


def approve(ctx: UpkeepContext, actor: Actor) -> DecommissionView:
    """The second administrator agrees; the countdown begins.

    Raises ForbiddenError, DeniedError for whoever asked, StateError where nothing waits.
    """
    require(ctx.auth, actor, Verb.APPLIANCE_DECOMMISSION)
    with ctx.auth.write() as connection:
        row = decommissions.current(connection)
        if row is None or row.state != "awaiting_approval":
            raise StateError("nothing_to_approve", "nothing waits for approval")
        if row.asked_by_id == actor.id:
            raise DeniedError(
                "who asked cannot approve as well", hint="ask another administrator to approve"
            )
        refuse_if_held(connection, ctx.now())
        _start(connection, ctx, actor, row.id)
        view = _view(ctx, decommissions.current(connection))
    tell_change(ctx)
    return view


def reactivate(ctx: UpkeepContext, actor: Actor) -> DecommissionView:
    """Take it back. Raises ForbiddenError, StateError where it is too late, or nothing to take."""
    require(ctx.auth, actor, Verb.APPLIANCE_DECOMMISSION)
    now = ctx.now()
    with ctx.auth.write() as connection:
        row = decommissions.current(connection)
        if row is None or row.state not in {"awaiting_approval", "counting"}:
            raise StateError(
                "not_counting",
                "there is nothing to take back"
                if row is None
                else "it is too late: the keys are destroyed",
            )
        decommissions.take_back(connection, row.id, actor.label, now)
        _record(connection, ctx, actor, "The appliance was reactivated; nothing was destroyed.")
        view = _view(ctx, decommissions.current(connection))
    tell_change(ctx)
    return view


def refuse_job(connection: sqlite3.Connection, kind: str) -> None:
    """Raise StateError `decommissioning` for a job that must not begin any more."""
    row = decommissions.current(connection)
    if row is None or row.state == "awaiting_approval" or kind == DECOMMISSION:
        return
    if row.state == "counting" and kind in _WHILE_COUNTING:
        return
    raise _under_way()


def refuse_if_held(connection: sqlite3.Connection, now: datetime) -> None:
    """Raise StateError `held` while a legal hold is in force."""
    reasons = [
        row.reason for row in holds.all_holds(connection) if row.until is None or now < row.until
    ]
    if reasons:
        raise StateError(
            "held",
            f"a legal hold keeps backups: {'; '.join(reasons)}",
            hint="release the hold first, if the law allows that",
        )


def _start(connection: sqlite3.Connection, ctx: UpkeepContext, actor: Actor, row_id: str) -> None:
    now = ctx.now()
    decommissions.start(connection, row_id, actor.label, now, now + GRACE)
    _record(
        connection,
        ctx,
        actor,
        f"The appliance is taken out of service on {now + GRACE:%Y-%m-%d %H:%M} UTC unless it is"
        " reactivated before.",
    )
    tell(connection, ctx, actor.label, now + GRACE)


def tell(connection: sqlite3.Connection, ctx: UpkeepContext, by: str, due: datetime) -> None:
    """A mail to every administrator: what is about to happen, and how it is taken back."""
    base = ctx.auth.base_url
    link = f"{base}/settings/appliance" if base else ""
    tell_administrators(
        connection, ctx.auth, mails.decommission_notice(by=by, gone_at=due, link=link)
    )


def _view(ctx: UpkeepContext, row: DecommissionRow | None) -> DecommissionView:
    needs_second = ctx.settings().second_approver
    if row is None:
        return DecommissionView(state="none", sentence=SENTENCE, needs_second=needs_second)
    return DecommissionView(
        state=row.state,
        sentence=SENTENCE,
        needs_second=needs_second,
        asked_by=row.asked_by,
        asked=row.asked,
        approved_by=row.approved_by,
        due=row.due,
        ended=row.ended,
        report=msgspec.json.decode(row.report, type=list[StorageReport]),
    )


def _under_way() -> StateError:
    return StateError(
        "decommissioning",
        "the appliance is being taken out of service: nothing is backed up or kept up any more",
        hint="reactivate it in the console, or by `dropally self reactivate`, if there is time left",
    )


def _record(
    connection: sqlite3.Connection, ctx: UpkeepContext, actor: Actor, sentence: str
) -> None:
    audit.record(connection, ctx.now(), actor, audit.Activity.BACKUP_DELETED, sentence)


def tell_change(ctx: UpkeepContext) -> None:
    """Whoever looks on sees how it stands now. To be called after the commit."""
    ctx.events.publish("decommission_changed", {}, needs=Verb.STATUS_READ)
