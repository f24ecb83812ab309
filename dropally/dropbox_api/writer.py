"""What every write needs: in whose name, relative to what, and one commit at a time.

Dropbox takes a lock on a namespace for each write and refuses the second writer, so the commits
of one namespace queue up here instead of there.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from dropally.common.errors import CancelledError, DeniedError
from dropally.dropbox_api import routes
from dropally.dropbox_api.errors import IdentityRefusedError, RouteError
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.identity import Identity

T = TypeVar("T")
_LOCK_POLL_S = 0.25
# A commit of a thousand files may take minutes to be answered.
_WRITE_TIMEOUT_S = 300.0
# What was just written may not be visible to the next read at once.
_SETTLE_TRIES = 4
# Refusals that pass: another writer holds the namespace.
_BAD_MOMENT = "too_many_write_operations"
_MOMENTS_S = (0.5, 1.0, 2.0, 4.0)
_SETTLE_PAUSE_S = 0.5


class NamespaceWriter:
    """The way to write into one namespace; shared by all threads that do."""

    def __init__(
        self,
        gateway: Gateway,
        namespace_id: str,
        identities: Sequence[Identity],
        commit_lock: threading.Lock,
        cancelled: threading.Event,
    ) -> None:
        self.gateway = gateway
        self.namespace_id = namespace_id
        self.cancelled = cancelled
        self._identities = tuple(identities)
        self._commit_lock = commit_lock

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Be the namespace's only committer for the block. Raises CancelledError."""
        while not self._commit_lock.acquire(timeout=_LOCK_POLL_S):
            if self.cancelled.is_set():
                raise CancelledError("Stopped while waiting to write to Dropbox.")
        try:
            yield
        finally:
            self._commit_lock.release()

    def call(
        self,
        route: routes.Route,
        arg: Any,
        identity: Identity,
        *,
        body: bytes | None = None,
        repeatable: bool = True,
    ) -> Any:
        """One call in the namespace; see `Gateway.call`.

        Refusals that only say that this is a bad moment are waited out.
        """
        for pause_s in (*_MOMENTS_S, None):
            try:
                return self.gateway.call(
                    route,
                    arg,
                    identity,
                    self.cancelled,
                    root=self.namespace_id,
                    body=body,
                    timeout_s=_WRITE_TIMEOUT_S,
                    repeatable=repeatable,
                )
            except RouteError as error:
                if pause_s is None or not error.tag.endswith(_BAD_MOMENT):
                    raise
                self.pause(pause_s)
        raise AssertionError("unreachable: the last round raises")

    def in_some_name(self, action: Callable[[Identity], T]) -> T:
        """Act in the first name that Dropbox accepts. Raises DeniedError when there is none."""
        refused: DeniedError = DeniedError(
            f"Nobody of the team may write to namespace {self.namespace_id}.",
            hint="Restore to another place, or make a member an editor of the folder.",
        )
        for identity in self._identities:
            try:
                return action(identity)
            except IdentityRefusedError as error:
                refused = error
        raise refused

    def entry_at(self, path: str, identity: Identity) -> dict[str, Any] | None:
        """What is at `path` now, None if nothing is."""
        try:
            entry: dict[str, Any] = self.call(routes.GET_METADATA, {"path": path}, identity)
        except RouteError as error:
            if error.tag.endswith("not_found"):
                return None
            raise
        return entry

    def settled(self, look: Callable[[], T | None]) -> T | None:
        """Look a few times for something that was just written."""
        for _ in range(_SETTLE_TRIES):
            found = look()
            if found is not None:
                return found
            self.pause(_SETTLE_PAUSE_S)
        return None

    def pause(self, seconds: float) -> None:
        """Wait a moment. Raises CancelledError."""
        if self.gateway.clock.wait(self.cancelled, seconds):
            raise CancelledError("Stopped while writing to Dropbox.")
