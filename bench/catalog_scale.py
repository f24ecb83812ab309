"""How fast the catalog answers, and how fast it is written, with millions of items.

    python -m bench.catalog_scale [--items 2000000] [--snapshots 31] [--keep FOLDER]

A team of many namespaces is made up: half of the items in ordinary trees, one folder with up to a
million files, one chain of 200 nested folders, and more snapshots that change, add and remove 3 per mille
each, at random places. Every query is asked at random places and dates, with the file's pages as warm
or cold as the operating system leaves them. Times are wall-clock milliseconds; rows per second
are also given by processor time, which other programs on the machine disturb less.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.differences import differences
from dropally.catalog.history import FILE_NAME, open_history
from dropally.catalog.items import ItemChange, ItemState
from dropally.catalog.listing import Order, PageMark, SortBy, get_item, list_folder
from dropally.catalog.member_view import MemberView
from dropally.catalog.places import find_item, find_snapshot, folder_totals
from dropally.catalog.points import (
    days_with_points,
    entities_at,
    entity_points,
    entity_spans,
    get_point,
    points_between,
)
from dropally.catalog.recording import SnapshotFacts, record_snapshot
from dropally.catalog.roster_recording import EntityFacts, MountFacts, PointFacts, record_point
from dropally.catalog.versions import file_versions

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
TEAM = "team"
LARGE = "large"
ITEMS_EACH = 100_000  # in an ordinary namespace
FILES_EACH = 25  # in an ordinary folder
ASKED = 200


class Namespace:
    """One made-up namespace: its paths by number, and which version each file has."""

    def __init__(self, name: str, count: int, path: Callable[[int], str]) -> None:
        self.name = name
        self.count = count
        self.path = path
        self.versions: dict[int, int] = {}

    def first(self) -> Iterator[ItemChange]:
        """All that the first snapshot has, sorted by path."""
        above: list[str] = []
        for number in range(self.count):
            path = self.path(number)
            parts = path.split("/")[1:-1]
            if parts != above:
                same = next(
                    (
                        n
                        for n, pair in enumerate(zip(parts, above, strict=False))
                        if pair[0] != pair[1]
                    ),
                    min(len(parts), len(above)),
                )
                for depth in range(same, len(parts)):
                    folder = "/" + "/".join(parts[: depth + 1])
                    yield ItemChange(folder, None, ItemState("folder", parts[depth].title()))
                above = parts
            yield ItemChange(path, None, state(number, 0))

    def change(self, chance: random.Random, share: float) -> Iterator[ItemChange]:
        """Some files change, some go, some that went come back."""
        numbers = chance.sample(range(self.count), max(1, int(self.count * share)))
        for number in sorted(numbers):
            version = self.versions.get(number, 0)
            new = -1 if version >= 0 and chance.random() < 0.3 else abs(version) + 1
            self.versions[number] = new
            yield ItemChange(
                self.path(number), state_or_none(number, version), state_or_none(number, new)
            )


def state(number: int, version: int) -> ItemState:
    mixed = (number * 2_654_435_761 + version * 97) & 0xFFFFFFFF
    return ItemState(
        "file",
        f"Report {number:07d} Final.docx",
        mixed % 3_000_000,
        1_600_000_000 + mixed % 100_000_000,
        f"dbid:AAH{mixed % 500:030d}",
        mixed * mixed % (1 << 62),
    )


def state_or_none(number: int, version: int) -> ItemState | None:
    return state(number, version) if version >= 0 else None


def ordinary(number: int) -> str:
    folder = number // FILES_EACH
    return f"/area {folder // 400:03d}/project {folder // 20:05d}/part {folder:06d}/report {number:07d} final.docx"


def flat(number: int) -> str:
    return f"/scans/report {number:07d} final.docx"


def deep(number: int) -> str:
    return "/d" * (number + 1) + "/report.docx"


def make_team(items: int) -> list[Namespace]:
    large = min(1_000_000, items // 2)
    count = max(1, (items - large) // ITEMS_EACH)
    return [
        Namespace(LARGE, large, flat),
        Namespace("deep", 200, deep_sorted),
        *(Namespace(f"ns{number:04d}", ITEMS_EACH, ordinary) for number in range(count)),
    ]


def deep_sorted(number: int) -> str:
    """Deepest first: "/d/d" sorts before "/d/report"."""
    return deep(199 - number)


def fill(file: DatabaseFile, team: list[Namespace], snapshots_each: int) -> None:
    chance = random.Random(1)
    rows, began, cpu = 0, time.perf_counter(), time.process_time()
    for day in range(snapshots_each):
        snapshots: dict[str, str] = {}
        for namespace in team:
            name = f"{namespace.name}-{day:03d}"
            facts = SnapshotFacts(namespace.name, name, START + timedelta(days=day))
            changes: Iterable[ItemChange] = (
                namespace.change(chance, 0.003) if day else namespace.first()
            )
            recorded = record_snapshot(file, facts, changes)
            snapshots[namespace.name] = name
            if recorded is not None:
                rows += recorded.added + recorded.changed + recorded.removed
        record_point(file, point_facts(day, snapshots))
        if day in {0, snapshots_each - 1}:
            took, worked = time.perf_counter() - began, time.process_time() - cpu
            what = "first snapshots" if day == 0 else f"{day} more of each"
            print(
                f"ingest, {what}: {rows:,} rows in {took:.1f} s = {rows / took:,.0f} rows/s"
                f" ({rows / worked:,.0f} by processor time)",
                flush=True,
            )
            rows, began, cpu = 0, time.perf_counter(), time.process_time()
    file.optimize()


def point_facts(day: int, snapshots: dict[str, str]) -> PointFacts:
    return PointFacts(
        TEAM,
        f"point-{day:03d}",
        START + timedelta(days=day, hours=1),
        snapshots,
        [EntityFacts(name, "member", f"{name}@example.com", f"m-{name}") for name in snapshots],
        [
            MountFacts(f"m-{name}", "/shared", LARGE, "Shared")
            for name in snapshots
            if name[0] == "n"
        ],
    )


class Questions:
    """Every kind of question, at random places and dates."""

    def __init__(self, file: DatabaseFile, team: list[Namespace], snapshots: int) -> None:
        self._file = file
        self._snapshots = snapshots
        self._team = team
        self._chance = random.Random(2)

    def ask_all(self) -> None:
        """Ask each kind many times and print its times."""
        print(f"{'query':<58}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
        sorts: tuple[SortBy, ...] = ("name", "size", "modified")
        for by in sorts:
            self.ask(f"an ordinary folder, by {by}", partial(self._folder, by))
        for by in sorts:
            self.ask(
                f"folder of {self._team[0].count:,}, first page by {by}, any date",
                partial(self._large, by, first=True),
            )
            self.ask(
                f"folder of {self._team[0].count:,}, a page in the middle by {by}",
                partial(self._large, by, first=False),
            )
        self.ask("a member's folder through a mount", self._mounted)
        self.ask("totals of a member's tree", self._member_totals)
        self.ask("totals of any folder at any date", self._totals)
        self.ask("versions of a file", self._versions)
        self.ask("one item 200 folders down", self._deep)
        self.ask("difference of two dates, first page", partial(self._differing, None))
        self.ask("difference of two dates, a page in the middle", partial(self._differing, 0.5))
        self.ask("difference of first and last date, the large folder", self._differing_large)
        self.ask("points of one entity with counts", self._points)
        self.ask("calendar of a year", self._calendar)
        self.ask("all entities: first and last backup", self._spans)

    def ask(self, name: str, question: Callable[[], object]) -> None:
        """Ask one kind, for 20 seconds at most."""
        times = []
        for _ in range(ASKED):
            began = time.perf_counter()
            question()
            times.append((time.perf_counter() - began) * 1000)
            if sum(times) > 20_000:
                break
        cuts = statistics.quantiles(times, n=20)
        print(f"{name:<58}{cuts[9]:>9.2f}{cuts[18]:>9.2f}{max(times):>9.2f}")

    def _any(self) -> tuple[Namespace, str, int]:
        namespace = self._chance.choice(self._team[2:])
        number = self._chance.randrange(namespace.count)
        return namespace, f"{namespace.name}-{self._chance.randrange(self._snapshots):03d}", number

    def _folder(self, by: SortBy) -> None:
        namespace, snapshot, number = self._any()
        folder = namespace.path(number).rpartition("/")[0]
        with self._file.read() as connection:
            found = find_snapshot(connection, snapshot)
            list_folder(connection, found, folder, order=Order(by), limit=200)

    def _large(self, by: SortBy, *, first: bool) -> None:
        day = self._chance.randrange(self._snapshots)
        number = self._chance.randrange(self._team[0].count)
        with self._file.read() as connection:
            snapshot = find_snapshot(connection, f"{LARGE}-{day:03d}")
            mark: PageMark | None = None
            if not first:
                item = None
                while item is None:
                    item = get_item(connection, snapshot, flat(number))
                    number = (number + 1) % self._team[0].count
                value = {
                    "name": None,
                    "size": item.state.size_bytes,
                    "modified": item.state.modified,
                }[by]
                mark = item.mark._replace(value=value)
            rows = list_folder(
                connection,
                snapshot,
                "/scans",
                order=Order(by, descending=True),
                after=mark,
                limit=200,
            )
            if not rows and first:
                raise AssertionError("the large folder is empty")

    def _mounted(self) -> None:
        with self._file.read() as connection:
            point = get_point(connection, f"point-{self._chance.randrange(self._snapshots):03d}")
            name = self._chance.choice(self._team[2:]).name
            entity = EntityFacts(name, "member", name, f"m-{name}")
            MemberView(connection, point, entity).list_folder("/shared/scans", limit=200)

    def _member_totals(self) -> None:
        with self._file.read() as connection:
            point = get_point(connection, f"point-{self._chance.randrange(self._snapshots):03d}")
            name = self._chance.choice(self._team[2:]).name
            MemberView(connection, point, EntityFacts(name, "member", name, f"m-{name}")).totals("")

    def _totals(self) -> None:
        namespace, snapshot, number = self._any()
        path = "/".join(namespace.path(number).split("/")[: self._chance.randrange(1, 4)])
        with self._file.read() as connection:
            found = find_snapshot(connection, snapshot)
            item = find_item(connection, found.root, path)
            if item is None:
                raise AssertionError(path)
            folder_totals(connection, item, found.number)

    def _versions(self) -> None:
        namespace = self._chance.choice(self._team[2:])
        number = self._chance.choice(list(namespace.versions))
        with self._file.read() as connection:
            file_versions(connection, namespace.name, namespace.path(number))

    def _deep(self) -> None:
        with self._file.read() as connection:
            get_item(connection, find_snapshot(connection, "deep-000"), deep(199))

    def _differing(self, share: float | None) -> None:
        namespace, _, _ = self._any()
        days = sorted(self._chance.sample(range(self._snapshots), 2))
        after = namespace.path(int(namespace.count * share)) if share else None
        with self._file.read() as connection:
            ends = [find_snapshot(connection, f"{namespace.name}-{day:03d}") for day in days]
            differences(connection, ends[0], ends[1], after=after, limit=200)

    def _differing_large(self) -> None:
        with self._file.read() as connection:
            older = find_snapshot(connection, f"{LARGE}-000")
            newer = find_snapshot(connection, f"{LARGE}-{self._snapshots - 1:03d}")
            differences(connection, older, newer, limit=200)

    def _points(self) -> None:
        with self._file.read() as connection:
            points = points_between(connection, TEAM, START, START + timedelta(days=365))
            entity_points(connection, points, self._chance.choice(self._team).name)

    def _calendar(self) -> None:
        with self._file.read() as connection:
            days_with_points(connection, TEAM, START, START + timedelta(days=365), UTC)

    def _spans(self) -> None:
        with self._file.read() as connection:
            entity_spans(connection, TEAM)
            entities_at(connection, get_point(connection, "point-000"))


def report_size(path: Path, items: int) -> None:
    size = path.stat().st_size
    print(f"file: {size / 1e6:,.0f} MB = {size / items:.0f} bytes per item")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2_000_000)
    parser.add_argument("--snapshots", type=int, default=31)
    parser.add_argument("--keep", type=Path, help="make the catalog here and leave it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = arguments.keep or Path(scratch)
        team = make_team(arguments.items)
        with open_history(place) as file:
            fill(file, team, arguments.snapshots)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"peak memory while writing: {peak:.0f} MiB")
            Questions(file, team, arguments.snapshots).ask_all()
        report_size(place / FILE_NAME, sum(namespace.count for namespace in team))


if __name__ == "__main__":
    main()
