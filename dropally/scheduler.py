"""The clockwork of the appliance: every few seconds it asks what is due, and has it started.

It only ever *asks* for jobs; the runner does the work. The schedules themselves are rows of
`dropally.db`, so that a restart forgets nothing.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from dropally.auth.context import AuthContext
from dropally.catalog.jobs import JobRow
from dropally.catalog.schedules import ScheduleRow
from dropally.common.errors import DropallyError
from dropally.protection import due
from dropally.protection.due import Acted
from dropally.protection.plans import SchedulePlan

TICK_S = 10
_log = structlog.get_logger("scheduler")


@dataclass(frozen=True)
class SystemPlan:
    """Something the appliance does for itself: when, and what; the job, if it made one.

    `run` may take minutes, but ends soon after the event it is given is set: the appliance stops.
    """

    plan: SchedulePlan
    run: Callable[[threading.Event], JobRow | None]


class Scheduler:
    """Asks what is due and starts it. `tick` may be called directly, whether it was started or not.

    `start_task` asks for the backup of a task; `before_tasks` is called before each look at the
    tasks (pauses that end).
    """

    def __init__(
        self,
        auth: AuthContext,
        start_task: Callable[[str], JobRow],
        system: Mapping[str, SystemPlan],
        *,
        before_tasks: Callable[[], object] = lambda: None,
    ) -> None:
        self._auth = auth
        self._start_task = start_task
        self._system = dict(system)
        self._before_tasks = before_tasks
        self._ticking = {True: threading.Lock(), False: threading.Lock()}
        self._stopping = threading.Event()
        self._clockwork: BackgroundScheduler | None = None

    def start(self) -> None:
        """Set the appliance's own plans, then begin to tick in threads of its own."""
        self.set_system_plans()
        # Tasks and the appliance's own plans tick side by side: a slow probe delays no backup.
        clockwork = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for of_tasks, name in ((True, "tasks"), (False, "system")):
            clockwork.add_job(
                self._tick_safely, IntervalTrigger(seconds=TICK_S), [of_tasks], id=name
            )
        clockwork.start()
        self._clockwork = clockwork

    def stop(self) -> None:
        """Stop ticking; waits for what is being started just now."""
        self._stopping.set()
        if self._clockwork is not None:
            self._clockwork.shutdown(wait=True)
            self._clockwork = None

    def set_system_plans(self) -> None:
        """Bring the appliance's own schedules in line with the configuration.

        A plan that is as before keeps what it owes.
        """
        with self._auth.write() as connection:
            due.keep_system_plans(connection, set(self._system))
            for name, system in self._system.items():
                due.set_system_plan(connection, name, system.plan, self._auth.now())

    def tick(self) -> list[Acted]:
        """Start all that is due now; what became of each."""
        return [*self._tick(of_tasks=True), *self._tick(of_tasks=False)]

    def _tick(self, *, of_tasks: bool) -> list[Acted]:
        with self._ticking[of_tasks]:
            if of_tasks:
                self._before_tasks()
            start = self._run_task if of_tasks else self._run_system
            done = list(due.act_on_due(self._auth, start, of_tasks=of_tasks))
        for acted in done:
            _tell(acted)
        return done

    def _run_task(self, schedule: ScheduleRow) -> JobRow | None:
        return self._start_task(schedule.task_id)

    def _run_system(self, schedule: ScheduleRow) -> JobRow | None:
        return self._system[due.system_name(schedule)].run(self._stopping)

    def _tick_safely(self, of_tasks: bool) -> None:
        """The clockwork must go on: a full disk today is no reason not to back up tomorrow."""
        try:
            self._tick(of_tasks=of_tasks)
        except DropallyError as error:
            _log.warning("the scheduler cannot do its work now", error=str(error), hint=error.hint)
        except Exception:  # noqa: BLE001  whatever it was, the next tick must come
            _log.exception("the scheduler met a fault; it goes on")


def _tell(acted: Acted) -> None:
    words = {"schedule": acted.schedule_id, "due": acted.due.isoformat(), "job": acted.job_id}
    if acted.outcome == "started":
        tell = _log.info if acted.job_id else _log.debug
        tell("a scheduled run was started", **words)
        return
    unforeseen = acted.error if not isinstance(acted.error, DropallyError) else None
    _log.warning(
        f"a scheduled run was {acted.outcome}", detail=acted.detail, exc_info=unforeseen, **words
    )
