"""A whole year of a team's life beside the whole appliance, every night backed up and compared.

    python -m bench.year --days 365 --edits 25

Prints how long nights take and how much the repository holds; stops at the first restore point that is
not what was in Dropbox that night, and if a catalog built anew differs from the one that grew.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import structlog
from dropally.common.clock import ManualClock
from dropally.simulator import start_simulator
from tests.e2e.catalogs import rebuilt_rows, rows_of
from tests.e2e.happenings import live
from tests.e2e.whole import create_repository, opened_whole
from tests.e2e.year import Year


def main() -> None:
    """Live it, look back, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--edits", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--team", default="sample")
    parser.add_argument("--every", type=int, default=1, help="compare every so-many-th point")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, structlog.testing.capture_logs():
        _live(given, Path(folder))


def _live(given: argparse.Namespace, root: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 1, 9, 0, tzinfo=UTC))
    with (
        start_simulator(team=given.team) as simulator,
        opened_whole(root / "appliance", simulator, clock) as whole,
    ):
        create_repository(whole)
        year = Year(whole, seed=given.seed, edits_a_day=given.edits)
        began = time.perf_counter()
        live(year, given.days)
        lived_s = time.perf_counter() - began
        backups = [job for night in year.nights for job in night.backups]
        spans = [
            (job.ended - job.started).total_seconds()
            for job in backups
            if job.ended and job.started
        ]
        print(
            f"{given.days} days, {year.people.done:,} edits, {len(backups)} runs: {year.outcomes()}"
        )
        print(f"lived in {lived_s:.0f} s ({lived_s / given.days:.2f} s a day, people and simulator")
        print(f"included); a run took {median(spans):.2f} s on the appliance's clock (median)")
        calls = simulator.control.metrics()
        print(f"calls to Dropbox: {sum(calls['calls_by_route'].values()):,}, ", end="")
        print(f"while told to wait: {calls['calls_while_told_to_wait']}")
        print(f"repository: {_size(root / 'repository'):,} bytes, ", end="")
        print(f"catalog: {_size(root / 'appliance' / 'data' / 'catalog'):,} bytes")
        began = time.perf_counter()
        print(f"restore points equal to their night: {year.verify(every=given.every)}", end="")
        print(f" (compared in {time.perf_counter() - began:.0f} s)")
        began = time.perf_counter()
        rebuilt = rebuilt_rows(year.place, year.team_id, root / "rebuilt")
        if rebuilt != rows_of(year.place.ctx.storages.catalog("main")):
            raise SystemExit("the catalog that was built anew differs from the one that grew")
        print(f"the catalog built anew is the same (built in {time.perf_counter() - began:.0f} s)")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
