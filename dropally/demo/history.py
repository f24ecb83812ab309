"""The appliance lives through the diary: backups in the nights, its administrator by day.

The clocks of the appliance and of Dropbox are moved together, from one thing that happens to the
next; everything else is as in a real appliance.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta

from dropally.app.appliance import open_parts
from dropally.app.rooms import Rooms
from dropally.catalog import jobs
from dropally.common.clock import SystemClock
from dropally.common.errors import TryLaterError
from dropally.config import load_config
from dropally.demo.administrator import Administrator
from dropally.demo.clock import PastClock
from dropally.demo.diary import DAYS, Diary, Entry
from dropally.demo.place import Place
from dropally.jobs.runner import JobRunner
from dropally.protection import backup
from dropally.simulator import Simulator

_NIGHTLY_SINCE = 30
_LONGEST_NIGHT_S = 600.0
_LOOK_EVERY_S = 0.01
_STOPS_WITHIN_S = 4.0
# Files have the machine's time, and pruning refuses to delete where that is not the appliance's.
_NO_PRUNING = {"DROPALLY__SCHEDULE__PRUNE": "off"}
Tell = Callable[[float, datetime], None]


def beginning() -> datetime:
    """When the story begins, for a demo that is made now."""
    return Diary.start_of(SystemClock().now())


def live(place: Place, simulator: Simulator, tell: Tell) -> None:
    """Make three months of history, up to now. `tell` hears how much is done, and the date.

    Raises what a real appliance raises; TryLaterError if its jobs do not end.
    """
    now = SystemClock().now()
    diary = Diary(simulator.control, now)
    clock = PastClock(Diary.start_of(now))
    with ExitStack() as ending:
        parts, rooms = open_parts(load_config(place.config, _NO_PRUNING), {}, clock, ending)
        backup.release_all(rooms.protection)
        parts.runner.start()
        ending.callback(parts.runner.stop, _STOPS_WITHIN_S)
        rooms.clockwork.set_system_plans()
        ann = Administrator(rooms, simulator.control, place.sign_in)
        entries = sorted(
            [*diary.entries(), *_nights(diary, rooms), *_chores(diary, ann, simulator)]
        )
        for number, entry in enumerate(entries):
            if entry.moment < now:
                clock.travel_to(entry.moment)
                simulator.control.set_clock(clock.now())
                entry.act()
                _wait_for_jobs(rooms, parts.runner, clock)
                tell(number / len(entries), entry.moment)
        clock.travel_to(SystemClock().now())
        simulator.control.set_clock(clock.now())
    place.note_lived()


def _nights(diary: Diary, rooms: Rooms) -> Iterable[Entry]:
    """When the appliance has something to do: on Mondays at first, then every night."""
    for days_ago in range(DAYS - 1, -1, -1):
        moment = diary.at(days_ago, 3) + timedelta(seconds=5)
        if days_ago < _NIGHTLY_SINCE or moment.weekday() == 0:
            yield Entry(moment, rooms.clockwork.tick)


def _chores(diary: Diary, ann: Administrator, simulator: Simulator) -> Iterable[Entry]:
    """What the administrator did, and what went wrong."""
    yield Entry(diary.at(DAYS, 9, 5), ann.protect_the_team)
    yield Entry(diary.at(DAYS, 9, 30), ann.back_up_now)
    yield Entry(diary.at(_NIGHTLY_SINCE, 10), ann.back_up_nightly)
    yield Entry(diary.at(20, 19), lambda: simulator.control.edit({"op": "revoke_tokens"}))
    yield Entry(diary.at(18, 9), ann.link_again)
    yield Entry(diary.at(11, 9), lambda: ann.restore("Chiara Conti", "/Meetings", points_back=1))
    yield Entry(diary.at(6, 14), lambda: ann.download("Éloise Marchand", "/Projects"))
    yield Entry(diary.at(5, 11), ann.invite_colleagues)
    yield Entry(diary.at(3, 11), lambda: ann.download("Engineering", "/Drafts"))
    yield Entry(diary.at(2, 10), lambda: ann.restore("Deniz Yildiz", "/Meetings"))


def _wait_for_jobs(rooms: Rooms, runner: JobRunner, clock: PastClock) -> None:
    runner.wake()
    deadline = clock.monotonic() + _LONGEST_NIGHT_S
    never = threading.Event()
    while _has_work(rooms):
        if clock.monotonic() > deadline:
            raise TryLaterError(
                "the demo's jobs do not end", hint="try again when the machine has less to do"
            )
        clock.wait(never, _LOOK_EVERY_S)


def _has_work(rooms: Rooms) -> bool:
    with rooms.protection.read() as connection:
        return bool(jobs.in_progress(connection) or jobs.pending_after(connection, 0, 1))
