"""Items that are erased from a storage, and space that is freed at once: for tests of what is left."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropally.catalog.erasures import ErasureRow, insert_erasure, note_erased
from dropally.store import Repository
from dropally.store.erase import Choice, erase, find_places
from dropally.store.prune import LockedUntil, PruneOptions, PruneReport, prune
from tests.store.erase.world import SOURCE, scratch_in
from tests.upkeep.appliance import Upkeep

JANE = "/people/jane.txt"
FILES = {JANE: b"what Jane asks to be forgotten " * 300, "/kept.txt": b"this stays " * 300}
_AT_ONCE = PruneOptions(grace=timedelta(0), min_age=timedelta(0), settle=timedelta(0))
ERASURE = "era_1"


def catch_up(upkeep: Upkeep) -> None:
    """The bucket's clock is this machine's, by the second; what is erased now is older than now."""
    late = datetime.now(UTC) - upkeep.clock.now()  # noqa: TID251
    upkeep.clock.advance(late.total_seconds() + 1)


def erase_jane(upkeep: Upkeep, repository: Repository, storage_id: str, folder: Path) -> None:
    """What the job does, but for the appliance's own records of her."""
    ctx, scratch = upkeep.ctx, scratch_in(folder)
    row = ErasureRow(
        id=ERASURE,
        state="erasing",
        storage_id=storage_id,
        team_id="team",
        namespace=SOURCE,
        task_id="task",
        entity_id="entity",
        entity_name="Jane",
        reason="request 17",
        asked_by="an administrator",
        job_id="job",
        asked=ctx.now(),
    )

    def step(_phase: str, _done: int) -> None:
        """Nobody watches."""

    choice = Choice(paths=frozenset([JANE]))
    places = find_places(repository, SOURCE, choice, scratch=scratch, step=step)
    erase(repository, SOURCE, places, erasure=ERASURE, now=ctx.now(), scratch=scratch, step=step)
    with ctx.auth.write() as connection:
        insert_erasure(connection, row)
        note_erased(connection, ERASURE, "{}", ctx.now())


def free_twice(
    repository: Repository, locked_until: LockedUntil = lambda _name: None
) -> PruneReport:
    """Condemn and delete; nobody waits a day here."""
    prune(repository, _AT_ONCE, locked_until=locked_until)
    return prune(repository, _AT_ONCE, locked_until=locked_until)
