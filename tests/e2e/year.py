"""A team's year beside the appliance: people work, join and leave; every night it is backed up.

What was really in Dropbox at each backup is kept as a digest for every namespace, so that a restore point of
any night can be held against it, long after everything has changed.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from dropally.catalog.connections import all_connections
from dropally.catalog.jobs import JobRow
from dropally.protection import linking
from dropally.protection.due import Acted
from dropally.protection.plans import SchedulePlan
from tests.e2e.people import KINDS_WITH_FILES, People
from tests.e2e.truth import Seen, digest_of, hold_against_truth, shapes_of_truth
from tests.e2e.whole import Whole

NIGHTLY = SchedulePlan(hour="03:00", jitter_s=0)
# Housekeeping, discovery, the appliance's own backup, the task, the probe.
_HOURS = (0.5, 1, 2, 3, 4.5)
_LONGEST_NIGHT_S = 120.0


@dataclass
class Night:
    """One night: what was really there, and what the appliance did."""

    date: datetime
    truth: dict[str, str]
    """Namespace -> digest of what was in it."""
    wanted: frozenset[str]
    """The namespaces that a backup of everything has to have."""
    acted: list[Acted] = field(default_factory=list)
    backups: list[JobRow] = field(default_factory=list)
    is_quiet: bool = False


class Year:
    """The appliance and its team, day by day."""

    def __init__(self, whole: Whole, *, seed: int, edits_a_day: int) -> None:
        self.place = whole.place
        self.people = People(self.place, seed)
        self.nights: list[Night] = []
        self._edits_a_day = edits_a_day
        self._draw = random.Random(seed)
        self._clockwork = whole.rooms.clockwork
        self._clockwork.set_system_plans()
        connection = self.place.connect()
        self.team_id = connection.team_id
        self.task_id = self.place.task(
            "Everything", connection_id=connection.id, activate="all", plan=NIGHTLY
        ).id

    def moved_to(self, whole: Whole) -> "Year":
        """The same team from now on, with another appliance that took over."""
        moved = copy(self)
        moved.place, moved._clockwork, moved.nights = whole.place, whole.rooms.clockwork, []
        moved._clockwork.set_system_plans()
        moved.wait_for_jobs()
        return moved

    # -- days --------------------------------------------------------------------------------

    def day(self, *events: dict[str, Any], is_on: bool = True, is_quiet: bool = False) -> Night:
        """People work, then the night comes; with the appliance off, nothing else happens."""
        for event in events:
            assert self.people.edit(event), event
        if not is_quiet:
            self.people.work(self._edits_a_day)
        now = self.place.ctx.now()
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        wanted = frozenset(self.people.protected_spaces())
        night = Night(midnight, self._truth(), wanted, is_quiet=is_quiet and not events)
        self.nights.append(night)
        if not is_on:
            self.set_time(midnight + timedelta(hours=_HOURS[-1]))
            return night
        for hour in _HOURS:
            self.set_time(midnight + timedelta(hours=hour))
            acted = self._clockwork.tick()
            self.wait_for_jobs()
            night.acted += acted
            started = [one for one in acted if one.schedule_id == self.task_id and one.job_id]
            night.backups += [self.place.ctx.runner.get(one.job_id) for one in started]
        return night

    def set_time(self, moment: datetime) -> None:
        """The same time for the appliance and for Dropbox; it never goes back."""
        clock = self.place.people.clock
        clock.advance(max(0.0, (moment - clock.now()).total_seconds()))
        self.place.control.set_clock(clock.now())

    def wait_for_jobs(self) -> None:
        """Until none is left, however they end."""
        deadline = time.monotonic() + _LONGEST_NIGHT_S
        query = "SELECT count(*) FROM job WHERE status IN ('pending', 'in_progress')"
        while True:
            with self.place.ctx.read() as connection:
                if connection.execute(query).fetchone()[0] == 0:
                    return
            assert time.monotonic() < deadline, "the night's jobs do not end"
            time.sleep(0.005)

    def reconnect(self) -> None:
        """An admin of the team allows Dropally again."""
        place = self.place
        linking.take_credentials(place.ctx, place.fresh_admin(), place.credentials())

    def connection_state(self) -> str:
        with self.place.ctx.read() as connection:
            [row] = all_connections(connection)
        return str(row.state)

    # -- what is really there ------------------------------------------------------------------

    def _truth(self) -> dict[str, str]:
        spaces = [
            space["namespace_id"]
            for space in self.place.control.namespaces()
            if space["status"] == "active" and space["kind"] in KINDS_WITH_FILES
        ]
        return self.place.simulator.run(
            lambda world: {space: digest_of(shapes_of_truth(world, space)) for space in spaces}
        )

    # -- afterwards ----------------------------------------------------------------------------

    def verify(self, *, every: int = 1) -> int:
        """Hold the restore points of every so-many-th night against the truth; how many points."""
        checked = 0
        seen: dict[str, Seen] = {}
        storages = self.place.ctx.storages
        with storages.repository("main") as repository, repository.reader() as reader:
            for number, point in enumerate(repository.points(self.team_id)):
                if number % every:
                    continue
                snapshots = {
                    namespace: str(snapshot)
                    for namespace, snapshot in repository.point_snapshots(point)
                }
                truth = self._expected(snapshots, point.time.date())
                hold_against_truth(repository, reader, snapshots, truth, self._draw, seen)
                checked += 1
        return checked

    def verify_latest(self) -> None:
        """Hold the newest restore point against last night's truth."""
        storages, truth = self.place.ctx.storages, self.nights[-1].truth
        with storages.repository("main") as repository, repository.reader() as reader:
            point = repository.latest_point(self.team_id)
            assert point is not None
            snapshots = {name: str(one) for name, one in repository.point_snapshots(point)}
            kept = {name: snapshots[name] for name in self.nights[-1].wanted}
            expected = {name: truth[name] for name in kept}
            hold_against_truth(repository, reader, kept, expected, self._draw, {})

    def _expected(self, snapshots: Iterable[str], day: date) -> dict[str, str]:
        """What was there that night; what was put away before stays as it was last seen."""
        nights = [night for night in self.nights if night.date.date() <= day]
        assert nights[-1].date.date() == day
        assert nights[-1].wanted <= set(snapshots)
        return {
            namespace: next(
                night.truth[namespace] for night in reversed(nights) if namespace in night.truth
            )
            for namespace in snapshots
        }

    def summary_of(self, job: JobRow) -> dict[str, Any]:
        """What a job tells in numbers."""
        summary: dict[str, Any] = msgspec.json.decode(job.summary)
        return summary

    def outcomes(self) -> Counter[str]:
        """How the backups ended."""
        return Counter(job.status for night in self.nights for job in night.backups)
