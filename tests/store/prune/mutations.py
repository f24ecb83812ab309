"""Faults of the kind that somebody might make in the algorithm: the simulation must catch each.

Each takes one of the reasons away for which freeing space is safe beside writers at work.
"""

from collections.abc import Callable
from datetime import datetime

import pytest
from dropally.store.backend import Backend
from dropally.store.errors import ConflictError
from dropally.store.index import ChunkIndex, CondemnedPack
from dropally.store.keys import Keyring
from dropally.store.prune import PruneOptions, run
from dropally.store.prune.lease import backend_time
from dropally.store.prune.plan import PackFacts, Planner
from dropally.store.prune.rewriting import Rewriter
from dropally.store.prune.sessions import LivingSession, Sessions, list_sessions
from dropally.store.snapshot import Session
from dropally.store.writer import Writer

Patch = pytest.MonkeyPatch


def prune_does_not_wait_for_writers(patch: Patch) -> None:
    """Those at work since before packs were condemned may have come to rely on them."""
    patch.setattr(Sessions, "blocking", lambda _sessions, _generation: [])


def writers_use_what_is_condemned(patch: Patch) -> None:
    """They say that they heed the list, and find chunks in condemned packs all the same."""

    def number_nothing(index: ChunkIndex) -> None:
        index._condemned_nos = frozenset(index._avoided)

    patch.setattr(ChunkIndex, "_number_condemned", number_nothing)


def writers_trust_what_is_recorded(patch: Patch) -> None:
    """A record of a content outlives its chunks."""
    patch.setattr(ChunkIndex, "_is_whole", lambda *_: True)


def there_is_no_time_of_grace(patch: Patch) -> None:
    """A snapshot may be there and not be listed yet."""

    def may_go(planner: Planner, condemned: CondemnedPack) -> bool:
        return not planner._sessions.blocking(condemned.generation)

    patch.setattr(Planner, "_may_go", may_go)


def what_is_condemned_is_not_looked_at_again(patch: Patch) -> None:
    """A snapshot that came since may refer to it."""
    add = Planner._add_condemned

    def add_as_dead(planner: Planner, pack: PackFacts, condemned: CondemnedPack) -> None:
        facts = {name: getattr(pack, name) for name in PackFacts.__slots__}
        add(planner, PackFacts(**{**facts, "live_bytes": 0}), condemned)

    patch.setattr(Planner, "_add_condemned", add_as_dead)


def a_writer_that_was_declared_dead_commits(patch: Patch) -> None:
    """Without a look at its own session, before and after."""
    refresh = Session.refresh

    def revive(session: Session) -> None:
        try:
            refresh(session)
        except ConflictError:
            session._version = None
            refresh(session)

    patch.setattr(Session, "refresh", revive)
    patch.setattr(Session, "confirm", lambda _session: None)


def sessions_are_looked_at_after_the_walk(patch: Patch) -> None:
    """Who commits and ends in between is in neither."""

    class LateSessions(Sessions):
        look: Callable[[], Sessions]

        def blocking(self, generation: int) -> list[LivingSession]:
            self.living = self.look().living
            return super().blocking(generation)

    def look_later(
        backend: Backend, keyring: Keyring, _now: datetime, options: PruneOptions
    ) -> Sessions:
        sessions = LateSessions()
        sessions.look = lambda: list_sessions(backend, keyring, backend_time(backend), options)
        return sessions

    patch.setattr(run, "list_sessions", look_later)


def a_writer_that_ended_is_gone_at_once(patch: Patch) -> None:
    """Its snapshots may not be listed yet, and nothing else says that it relied on packs."""
    end = Session.end

    def end_at_once(session: Session, *, linger: bool) -> None:
        del linger
        end(session)

    patch.setattr(Session, "end", end_at_once)


def writers_build_on_what_was_forgotten(patch: Patch) -> None:
    """The files that stay as they were are in packs that go, though the tree's root may stay."""
    patch.setattr(Writer, "_check_parent", lambda _writer, _parent: None)


def what_is_written_anew_is_not_made_durable(patch: Patch) -> None:
    """The old packs go, and the last new one never came."""
    patch.setattr(Rewriter, "finish", lambda _rewriter: None)


MUTATIONS = (
    prune_does_not_wait_for_writers,
    writers_use_what_is_condemned,
    writers_trust_what_is_recorded,
    there_is_no_time_of_grace,
    what_is_condemned_is_not_looked_at_again,
    a_writer_that_was_declared_dead_commits,
    sessions_are_looked_at_after_the_walk,
    a_writer_that_ended_is_gone_at_once,
    writers_build_on_what_was_forgotten,
    what_is_written_anew_is_not_made_durable,
)
