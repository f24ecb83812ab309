"""Test connection: what a storage can do, or in one sentence why it cannot be used. Quick."""

import contextlib
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.common.clock import Clock
from dropally.jobs.storage_definition import StorageDefinition, StorageKind
from dropally.store import (
    BackendUnavailableError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    StoreFullError,
)
from dropally.store.backend import (
    Backend,
    Capabilities,
    open_backend,
    open_object_lock,
    probe_backend,
)
from dropally.store.backend.probing import PREFIX
from dropally.store.repository.config import KEY as CONFIG_KEY
from dropally.upkeep.context import UpkeepContext

DEADLINE_S = 9.0
LARGEST_SKEW_S = 120.0

Cause = Literal[
    "",
    "access_denied",
    "bucket_missing",
    "certificate",
    "folder_missing",
    "full",
    "invalid",
    "name_unknown",
    "no_answer",
    "refused",
    "unreachable",
    "unsuitable",
]
# What the clients of buckets and the operating system say, in the order in which it is looked for.
_WORDS: tuple[tuple[str, Cause], ...] = (
    ("nosuchbucket", "bucket_missing"),
    ("containernotfound", "bucket_missing"),
    ("bucket does not exist", "bucket_missing"),
    ("certificate", "certificate"),
    ("server is not known", "name_unknown"),
    ("connection refused", "refused"),
    ("accessdenied", "access_denied"),
    ("invalidaccesskeyid", "access_denied"),
    ("signaturedoesnotmatch", "access_denied"),
    ("authenticationfailed", "access_denied"),
    ("forbidden", "access_denied"),
)


@dataclass(frozen=True)
class Trial:
    """How a test went. `cause` is "" if the storage can be used; `detail` and `hint` say more.

    Of a folder also the room on its disk, and whether that is another disk than the appliance's
    data lies on; None for buckets.
    """

    location: str
    cause: Cause = ""
    detail: str = ""
    hint: str = ""
    shortcomings: tuple[str, ...] = ()
    has_repository: bool = False
    duration_s: float = 0.0
    free_bytes: int | None = None
    total_bytes: int | None = None
    is_own_disk: bool | None = None

    @property
    def is_ok(self) -> bool:
        """True if a repository can be kept there."""
        return not self.cause


@dataclass
class _Found:
    """What the thread that asks has found so far."""

    capabilities: Capabilities | None = None
    has_repository: bool = False
    skew_s: float = 0.0
    lock: str = ""
    error: StoreError | None = None
    done: threading.Event = field(default_factory=threading.Event)


def run_trial(ctx: UpkeepContext, actor: Actor, definition: StorageDefinition) -> Trial:
    """Put, get, list, compare and delete small objects below `probe/`; nothing else is touched.

    Never takes longer than 10 s. Raises ForbiddenError.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    trial = try_storage(definition, ctx.auth.clock)
    return _with_room(trial, ctx) if trial.is_ok and definition.kind == "local" else trial


def _with_room(trial: Trial, ctx: UpkeepContext) -> Trial:
    folder = Path(trial.location)
    try:
        usage = shutil.disk_usage(folder)
        is_own = folder.stat().st_dev != ctx.data_folder.stat().st_dev
    except OSError:
        return trial  # it went away since; the next look says so
    return replace(trial, free_bytes=usage.free, total_bytes=usage.total, is_own_disk=is_own)


def try_storage(
    definition: StorageDefinition, clock: Clock, deadline_s: float = DEADLINE_S
) -> Trial:
    """The test itself."""
    begun = clock.monotonic()
    found = _Found()
    # An address that swallows packets answers nothing until the client gives up, long after us.
    asking = threading.Thread(
        target=_ask, args=(definition, found, clock.now), name="storage-trial", daemon=True
    )
    asking.start()
    is_done = found.done.wait(deadline_s)
    duration_s = clock.monotonic() - begun
    if not is_done:
        return Trial(
            definition.location,
            "no_answer",
            f"{definition.location} did not answer within {deadline_s:g} s",
            "check the endpoint, the network and firewalls on the way",
            duration_s=duration_s,
        )
    if found.error is not None:
        cause = cause_of(found.error, definition.kind)
        return Trial(
            definition.location, cause, str(found.error), found.error.hint, duration_s=duration_s
        )
    return _judged(definition, found, duration_s)


def _ask(definition: StorageDefinition, found: _Found, now: Callable[[], datetime]) -> None:
    try:
        # A test does not try again: the first failure is the answer.
        backend = open_backend(definition.location, definition.options, wait=lambda _seconds: True)
        try:
            found.capabilities = probe_backend(backend)
            found.has_repository = _has_repository(backend)
            found.skew_s = _clock_skew(backend, now)
            found.lock = _lock_shortcoming(definition, now)
        finally:
            backend.close()
    except StoreError as error:
        found.error = error
    finally:
        found.done.set()


def _has_repository(backend: Backend) -> bool:
    try:
        backend.stat(CONFIG_KEY)
    except ObjectNotFoundError:
        return False
    return True


def _clock_skew(backend: Backend, now: Callable[[], datetime]) -> float:
    """Seconds between the storage's clock and ours, by an object that was just written."""
    key = f"{PREFIX}{secrets.token_hex(16)}-clock"
    before = now()
    backend.put_new(key, [b"what time is it?"])
    try:
        skew = backend.stat(key).modified - before
    finally:
        with contextlib.suppress(ReadOnlyError):
            backend.delete(key)
    return abs(skew.total_seconds())


def _lock_shortcoming(definition: StorageDefinition, now: Callable[[], datetime]) -> str:
    """What the bucket lacks of the object lock that is wished for; "" for nothing."""
    wish = definition.options.get("object_lock")
    if not wish:
        return ""
    with contextlib.closing(
        open_object_lock(
            definition.location, definition.options, now=now, wait=lambda _seconds: True
        )
    ) as locks:
        try:
            rule = locks.rule()
        except ReadOnlyError:
            return "Whether it has object lock could not be asked: the credentials may not."
    if not rule.is_enabled:
        return f"It has no object lock, so nothing can be locked as wished for ({wish})."
    if not rule.days:
        return "It has no default retention: what is new lies open until the next daily run."
    return ""


def _judged(definition: StorageDefinition, found: _Found, duration_s: float) -> Trial:
    known = found.capabilities
    shortcomings = tuple(known.shortcomings()) if known else ()
    if found.skew_s > LARGEST_SKEW_S:
        said = f"Its clock and this machine's differ by {found.skew_s:.0f} s: let NTP set both."
        shortcomings += (f"{said} S3 refuses requests from 15 minutes on.",)
    if found.lock:
        shortcomings += (found.lock,)
    is_fit = known is not None and known.create_only and known.ranges and known.lists_at_once
    return Trial(
        definition.location,
        "" if is_fit else "unsuitable",
        "" if is_fit else " ".join(shortcomings),
        "" if is_fit else "choose another place for the repository",
        shortcomings,
        found.has_repository,
        duration_s,
    )


def cause_of(error: StoreError, kind: StorageKind) -> Cause:
    """One word for what is in the way."""
    said = str(error).replace(" ", "").lower() + " " + str(error).lower()
    for word, cause in _WORDS:
        if word in said:
            return cause
    kinds: tuple[tuple[type[StoreError], Cause], ...] = (
        (ReadOnlyError, "access_denied"),
        (StoreFullError, "full"),
        (ObjectNotFoundError, "folder_missing" if kind == "local" else "bucket_missing"),
        (BackendUnavailableError, "unreachable"),
    )
    return next((cause for found, cause in kinds if isinstance(error, found)), "invalid")
