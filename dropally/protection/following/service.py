"""Follows the changes of all continuous tasks: one thread decides, a few ask, a few wait.

A namespace is asked with one call in turn (`rota`), the busiest besides with a longpoll; what
changed is gathered for a moment and backed up in one run. Whatever goes wrong with one task is
told in its state, and tried again.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import structlog

from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import CancelledError, DeniedError, DropallyError
from dropally.dropbox_api import CursorResetError, ItemFailure
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.protection.following.rota import FollowPace
from dropally.protection.following.watch import Figures, FollowedTask, Watch
from dropally.protection.job_requests import BACKUP
from dropally.store import StoreError

_log = structlog.get_logger("following")
_LONGPOLL_S = 60
_LONGEST_PAUSE_S = 300.0


@dataclass(frozen=True)
class FollowSettings:
    """Bounds for the whole appliance, but `pace` for each task.

    `settle_s`: how long changes are gathered before a run; `reload_s`: how often the list of tasks
    and their active namespaces is read; `pause_s`: the first pause after a failure, which doubles;
    `turn_s`: how often it looks at what is to be done.
    """

    pace: FollowPace = field(default_factory=FollowPace)
    askers: int = 24
    longpolls: int = 16
    settle_s: float = 15.0
    reload_s: float = 30.0
    pause_s: float = 30.0
    turn_s: float = 0.25


@dataclass(frozen=True, kw_only=True)
class FollowState(Figures):
    """How following a task fares. `trouble` is "" if all is well."""

    task_id: str
    trouble: str


@dataclass
class _Followed:
    watch: Watch
    stop: threading.Event
    """Breaks off every call of this task."""
    allowance: float = 0.0
    in_flight: int = 0
    paused_until: float = 0.0
    pause_s: float = 0.0
    reload_at: float = 0.0
    is_refreshing: bool = False
    is_denied: bool = False
    """Dropbox refuses the link it was opened with; there may be a newer one."""
    trouble: str = "starting"


class Following:
    """The service. `tasks` names the continuous tasks as they are now.

    It hears from the runner how backups end: make it before the runner starts.
    """

    def __init__(
        self,
        tasks: Callable[[], Sequence[FollowedTask]],
        runner: JobRunner,
        storages: Storages,
        clock: Clock,
        settings: FollowSettings | None = None,
    ) -> None:
        self._tasks = tasks
        self._storages = storages
        self._clock = clock
        self._settings = settings or FollowSettings()
        self._pace = SystemClock()  # threads wait in real time, whatever the time is set to
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._followed: dict[str, _Followed] = {}
        self._leaving: list[_Followed] = []
        self._ended: queue.SimpleQueue[JobRow] = queue.SimpleQueue()
        self._polled: dict[tuple[str, str], Future[None]] = {}
        runner.on_finished(self._job_ended)
        self._reload_at = 0.0
        self._thread: threading.Thread | None = None
        self._askers: ThreadPoolExecutor | None = None
        self._pollers: ThreadPoolExecutor | None = None

    # -- life --------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; threads are made as they are needed."""
        self._askers = ThreadPoolExecutor(self._settings.askers, "follow")
        self._pollers = ThreadPoolExecutor(self._settings.longpolls, "longpoll")
        self._thread = threading.Thread(target=self._run, name="following", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End within seconds: every call and wait is broken off. What changed is found again."""
        self._stopping.set()
        if self._thread is None or self._askers is None or self._pollers is None:
            return
        self._thread.join()
        everything = [*self._followed.values(), *self._leaving]
        for followed in everything:
            followed.stop.set()
        for pool in (self._askers, self._pollers):
            pool.shutdown(wait=True, cancel_futures=True)
        for followed in everything:
            followed.watch.connection.close()
        self._thread = None

    def states(self) -> list[FollowState]:
        """How every followed task fares."""
        now = self._pace.monotonic()
        with self._lock:
            followed = list(self._followed.values())
        return [_state(one, now) for one in followed]

    # -- one turn ----------------------------------------------------------------------------

    def _run(self) -> None:
        last = self._pace.monotonic()
        while not self._pace.wait(self._stopping, self._settings.turn_s):
            now = self._pace.monotonic()
            try:
                self._turn(now, now - last)
            except Exception:  # noqa: BLE001  following must go on with the other tasks
                _log.exception("following met a fault; it goes on")
            last = now

    def _turn(self, now: float, passed_s: float) -> None:
        if now >= self._reload_at:
            self._reload_at = now + self._settings.reload_s
            self._reload()
        self._hear_of_ended_jobs()
        for followed in list(self._followed.values()):
            if now < followed.paused_until or followed.is_refreshing:
                continue
            if followed.watch.is_stale or now >= followed.reload_at:
                followed.is_refreshing = True
                followed.reload_at = now + self._settings.reload_s
                self._ask(followed, self._refresh)
                continue
            self._back_up_changes(followed, now)
            self._longpoll(followed, now)
            self._look(followed, now, passed_s)

    def _reload(self) -> None:
        """Follow the tasks that are continuous now, and no others."""
        wanted = {task.task_id: task for task in self._tasks()}
        now = self._pace.monotonic()
        left = self._followed.keys() - wanted.keys()
        left |= {
            task_id
            for task_id, followed in self._followed.items()
            if followed.is_denied and now >= followed.paused_until
        }
        for task_id in left:
            with self._lock:
                gone = self._followed.pop(task_id)
            gone.stop.set()
            self._leaving.append(gone)
        for task_id, task in wanted.items():
            if task_id not in self._followed:
                self._begin(task)
        self._close_idle()

    def _begin(self, task: FollowedTask) -> None:
        stop = threading.Event()
        try:
            connection = task.open_team(stop)
        except DropallyError as error:
            _log.warning("a task cannot be followed", task=task.task_id, error=str(error))
            return
        watch = Watch(task, self._storages, self._settings.pace, connection)
        with self._lock:
            self._followed[task.task_id] = _Followed(watch, stop)

    def _close_idle(self) -> None:
        """Close the connections of tasks that were left, once nobody uses them any more."""
        for followed in [one for one in self._leaving if one.in_flight == 0]:
            self._leaving.remove(followed)
            followed.watch.connection.close()

    def _job_ended(self, job: JobRow) -> None:
        if job.kind == BACKUP:
            self._ended.put(job)

    def _hear_of_ended_jobs(self) -> None:
        while True:
            try:
                job = self._ended.get_nowait()
            except queue.Empty:
                return
            for followed in self._followed.values():
                task = followed.watch.task
                if (task.team_id, task.storage_id) == (job.team_id, job.storage_id):
                    followed.watch.ended(job)
                    # It may be what was waited for: the first backup, or one that works again.
                    followed.paused_until = followed.pause_s = 0.0

    def _back_up_changes(self, followed: _Followed, now: float) -> None:
        try:
            if followed.watch.back_up_changes(now, self._settings.settle_s):
                _log.info("changes are backed up", task=followed.watch.task.task_id)
        except DropallyError as error:
            self._pause(followed, error)

    def _look(self, followed: _Followed, now: float, passed_s: float) -> None:
        pace = self._settings.pace
        followed.allowance = min(
            followed.allowance + passed_s * pace.calls_per_s, max(1.0, pace.calls_per_s)
        )
        count = min(int(followed.allowance), 2 * self._settings.askers - followed.in_flight)
        if count <= 0:
            return
        taken = followed.watch.take(now, count)
        followed.allowance -= len(taken)
        for namespace in taken:
            self._ask(followed, partial(self._look_at, namespace=namespace))

    def _longpoll(self, followed: _Followed, now: float) -> None:
        self._polled = {key: future for key, future in self._polled.items() if not future.done()}
        task_id = followed.watch.task.task_id
        for namespace in followed.watch.busiest(now, self._settings.longpolls):
            if len(self._polled) >= self._settings.longpolls or self._pollers is None:
                return
            if (task_id, namespace) not in self._polled:
                with self._lock:
                    followed.in_flight += 1
                self._polled[task_id, namespace] = self._pollers.submit(
                    self._wait_for_change, followed, namespace
                )

    # -- in the pools ------------------------------------------------------------------------

    def _ask(self, followed: _Followed, action: Callable[[_Followed], None]) -> None:
        if self._askers is None:
            return
        with self._lock:
            followed.in_flight += 1
        self._askers.submit(self._asking, followed, action)

    def _asking(self, followed: _Followed, action: Callable[[_Followed], None]) -> None:
        try:
            action(followed)
            followed.pause_s = 0.0
            followed.trouble = ""
        except CancelledError:
            pass
        except DeniedError as error:
            followed.is_denied = True
            followed.watch.task.on_denied(error)
            self._pause(followed, error)
        except (DropallyError, StoreError) as error:
            self._pause(followed, error)
        except Exception as error:  # noqa: BLE001  told in the state; the others go on
            _log.exception("following met a fault; it goes on")
            self._pause(followed, error)
        finally:
            with self._lock:
                followed.in_flight -= 1

    def _refresh(self, followed: _Followed) -> None:
        try:
            followed.watch.refresh(self._pace.monotonic(), self._clock.now())
        finally:
            followed.is_refreshing = False

    def _look_at(self, followed: _Followed, *, namespace: str) -> None:
        followed.watch.look(namespace, self._pace.monotonic)

    def _wait_for_change(self, followed: _Followed, namespace: str) -> None:
        watch = followed.watch
        try:
            answer = watch.connection.longpoll(namespace, watch.cursor(namespace), _LONGPOLL_S)
            if answer.changes:
                watch.hurry(namespace, self._pace.monotonic())
            if answer.backoff_s:
                self._pace.wait(followed.stop, answer.backoff_s)
        except (CursorResetError, ItemFailure):
            watch.hurry(namespace, self._pace.monotonic())
        except (DropallyError, StoreError):
            # The turn-taking meets the same trouble, and tells it.
            self._pace.wait(followed.stop, self._settings.pause_s)
        finally:
            with self._lock:
                followed.in_flight -= 1

    def _pause(self, followed: _Followed, error: Exception) -> None:
        now = self._pace.monotonic()
        with self._lock:
            if now < followed.paused_until:
                return  # others of the same moment failed for the same reason
            followed.pause_s = min(
                max(self._settings.pause_s, followed.pause_s * 2), _LONGEST_PAUSE_S
            )
            followed.paused_until = now + followed.pause_s
            followed.trouble = str(error) or type(error).__name__
            followed.watch.is_stale = True


def _state(followed: _Followed, now: float) -> FollowState:
    watch = followed.watch
    return FollowState(
        task_id=watch.task.task_id, trouble=followed.trouble, **vars(watch.figures(now))
    )
