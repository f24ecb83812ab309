"""A backup that is repeated for what went wrong by one cause: whom it is about."""

import sqlite3
from collections.abc import Sequence

from dropally.catalog import job_details, jobs
from dropally.catalog.entity_runs import RunTarget
from dropally.catalog.job_details import KEPT_ITEMS
from dropally.catalog.jobs import JobRow


def failed_by_cause(
    connection: sqlite3.Connection, row: JobRow, found: Sequence[RunTarget]
) -> list[RunTarget]:
    """Those of `found` with an item that failed by `row.retry_cause` in the job that it repeats.

    Where the items are not all known (a job keeps the first thousand), or lie in a folder that is
    nobody's own, nobody is left out here: a file too many costs little, one too few is not backed up.
    """
    before = jobs.job_by_id(connection, row.retry_of)
    if before is None:
        return list(found)
    problems = job_details.problems_after(connection, before.number, 0, KEPT_ITEMS, row.retry_cause)
    if row.retry_cause in job_details.partly_kept(connection, before.number):
        return list(found)
    items = [problem.item for problem in problems]
    owners = [[one for one in found if _is_of(item, one)] for item in items]
    if not all(owners):
        return list(found)
    wanted = {target.id for some in owners for target in some}
    return [target for target in found if target.id in wanted]


def _is_of(item: str, target: RunTarget) -> bool:
    """Items are named `NAME:/PATH`, or NAME where nothing of it could be read."""
    return item == target.name or item.startswith(f"{target.name}:")
