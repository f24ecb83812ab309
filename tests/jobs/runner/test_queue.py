"""Which job starts next: the order, the locks and the limits."""

from dropally.jobs.runner.queue import JobQueue, Limits, WaitingJob
from dropally.jobs.runner.request import BACKUP_NOW, SCHEDULED, UPKEEP, URGENT
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

PRIORITIES = st.sampled_from([URGENT, BACKUP_NOW, SCHEDULED, UPKEEP])
LOCKS = st.frozensets(st.sampled_from("abc"), max_size=2).map(lambda names: tuple(sorted(names)))


def job(
    number: int, priority: int = SCHEDULED, team: str = "", locks: tuple[str, ...] = ()
) -> WaitingJob:
    return WaitingJob(priority, number, f"job_{number}", team, locks)


def taken(queue: JobQueue) -> list[int]:
    numbers = []
    while (found := queue.take()) is not None:
        numbers.append(found.number)
    return numbers


@given(st.lists(PRIORITIES, max_size=30))
def test_jobs_start_by_priority_and_then_by_age(priorities: list[int]) -> None:
    queue = JobQueue(Limits(jobs_at_once=100))
    for number, priority in enumerate(priorities):
        queue.add(job(number, priority))
    expected = sorted(range(len(priorities)), key=lambda number: (priorities[number], number))
    assert taken(queue) == expected


def test_a_restore_starts_although_long_backups_fill_the_places() -> None:
    queue = JobQueue(Limits(jobs_at_once=2, urgent_extra=1))
    for number in range(4):
        queue.add(job(number))
    queue.add(job(9, URGENT))
    queue.add(job(10, URGENT))
    assert taken(queue) == [9, 10]
    queue.release("job_9")
    assert taken(queue) == [0]
    queue.add(job(11, URGENT))
    assert taken(queue) == [11]


def test_one_team_does_not_take_all_places() -> None:
    queue = JobQueue(Limits(jobs_at_once=4, per_team=2))
    for number in range(3):
        queue.add(job(number, team="busy"))
    queue.add(job(3, team="other"))
    queue.add(job(4, URGENT, team="busy"))
    assert taken(queue) == [4, 0, 3]
    queue.release("job_0")
    assert taken(queue) == [1]


def test_a_job_that_needs_two_locks_is_not_overtaken_for_ever() -> None:
    queue = JobQueue(Limits(jobs_at_once=9))
    queue.add(job(0, locks=("a",)))
    assert taken(queue) == [0]
    queue.add(job(1, locks=("a", "b")))
    queue.add(job(2, locks=("b",)))
    assert taken(queue) == []
    queue.release("job_0")
    assert taken(queue) == [1]
    queue.release("job_1")
    assert taken(queue) == [2]


def test_a_job_that_ended_while_it_waited_holds_nobody_up() -> None:
    queue = JobQueue(Limits(jobs_at_once=9))
    queue.add(job(0, locks=("a",)))
    queue.add(job(1, locks=("a", "b")))
    queue.add(job(2, locks=("b",)))
    assert taken(queue) == [0]
    queue.drop("job_1")
    assert taken(queue) == [2]
    queue.drop("job_unknown")
    assert len(queue) == 0


def suspect(number: int, priority: int = SCHEDULED) -> WaitingJob:
    return WaitingJob(priority, number, f"job_{number}", is_suspect=True)


def test_suspects_are_tried_one_by_one_before_anything_else() -> None:
    queue = JobQueue(Limits(jobs_at_once=9))
    queue.add(job(0, URGENT))
    queue.add(suspect(1))
    queue.add(suspect(2, URGENT))
    assert taken(queue) == [2]
    queue.release("job_2")
    assert taken(queue) == [1]
    queue.pass_trial("job_1")
    assert taken(queue) == [0]


def test_a_suspect_waits_until_nothing_runs() -> None:
    queue = JobQueue(Limits(jobs_at_once=9))
    queue.add(job(0))
    assert taken(queue) == [0]
    queue.add(suspect(1))
    queue.add(job(2))
    assert taken(queue) == []
    queue.release("job_0")
    assert taken(queue) == [1]
    queue.release("job_1")
    assert taken(queue) == [2]


class AnyDay(RuleBasedStateMachine):
    """Jobs come, start and end in any order; the promises hold at every moment."""

    limits = Limits(jobs_at_once=3, per_team=2, urgent_extra=1)

    def __init__(self) -> None:
        super().__init__()
        self.queue = JobQueue(self.limits)
        self.waiting: list[WaitingJob] = []
        self.running: list[WaitingJob] = []
        self.number = 0

    @rule(priority=PRIORITIES, team=st.sampled_from(["", "x", "y"]), locks=LOCKS)
    def add(self, priority: int, team: str, locks: tuple[str, ...]) -> None:
        self.number += 1
        new = job(self.number, priority, team, locks)
        self.queue.add(new)
        self.waiting.append(new)

    @rule()
    def start(self) -> None:
        found = self.queue.take()
        if found is not None:
            self.waiting.remove(found)
            self.running.append(found)
            return
        held = {lock for one in self.running for lock in one.locks}
        if len(self.running) < self.limits.jobs_at_once:
            for one in self.waiting:  # nothing that has neither lock nor team is left waiting
                assert one.locks or one.team_id
            if self.waiting and not held:
                first = min(self.waiting, key=lambda one: one.order)
                team = sum(one.team_id == first.team_id for one in self.running)
                assert first.team_id
                assert team >= self.limits.per_team

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        if self.running:
            one = data.draw(st.sampled_from(self.running))
            self.running.remove(one)
            self.queue.release(one.id)

    @invariant()
    def limits_hold(self) -> None:
        assert len(self.running) <= self.limits.jobs_at_once + self.limits.urgent_extra
        for team in ("x", "y"):
            assert sum(one.team_id == team for one in self.running) <= self.limits.per_team + 1

    @invariant()
    def each_lock_is_held_once(self) -> None:
        held = [lock for one in self.running for lock in one.locks]
        assert len(held) == len(set(held))

    @invariant()
    def nothing_is_lost(self) -> None:
        assert len(self.queue) == len(self.waiting)


TestAnyDay = AnyDay.TestCase
