"""Token buckets, write locks, and counting who did not wait."""

from dropally.simulator.faults.buckets import RateLimit, TokenBuckets, WriteLocks
from dropally.simulator.faults.metrics import GRACE_S, Metrics


def test_burst_then_penalty_then_free_again() -> None:
    buckets = TokenBuckets(RateLimit(calls_per_s=2, burst=3, penalty_s=300))
    assert [buckets.take("ann", 0.0) for _ in range(4)] == [0, 0, 0, 300]
    assert buckets.take("ben", 0.0) == 0
    assert buckets.take("ann", 300.0) == 0


def test_a_steady_caller_is_never_refused() -> None:
    buckets = TokenBuckets(RateLimit(calls_per_s=10, burst=1))
    assert all(buckets.take("ann", number * 0.11) == 0 for number in range(1000))


def test_hammering_starts_the_penalty_anew() -> None:
    strict = TokenBuckets(RateLimit(1, 1, penalty_s=10))
    mild = TokenBuckets(RateLimit(1, 1, penalty_s=10, refused_calls_count=False))
    for buckets, waits in ((strict, 10.0), (mild, 5.0)):
        buckets.take("ann", 0.0)
        assert buckets.take("ann", 0.0) == 10
        assert buckets.take("ann", 5.0) == waits


def test_one_commit_at_a_time_in_a_namespace() -> None:
    locks = WriteLocks(0.1)
    assert locks.acquire("1", 5, 0.0) == 0.5
    assert locks.acquire("1", 1, 0.4) is None
    assert locks.acquire("2", 1, 0.4) == 0.1
    assert locks.acquire("1", 1, 0.5) == 0.1


def test_calls_while_told_to_wait_are_counted() -> None:
    metrics = Metrics()
    metrics.count_call("files/download", "ann", "ann", 0.0)
    metrics.tell_to_wait("ann", 10, 0.0)
    metrics.count_call("files/download", "ann", "ann", GRACE_S / 2)  # was on its way already
    metrics.count_call("files/download", "ann", "ann", 5.0)
    metrics.count_call("files/download", "ben", "ben", 5.0)
    metrics.count_call("files/download", "ann", "ann", 10.0)
    metrics.count_call("files/download", "ann", "ann", 10.1)
    report = metrics.report()
    assert report["calls_while_told_to_wait"] == 1
    assert report["calls_while_told_to_wait_by_identity"] == {"ann": 1}
    assert report["calls_by_identity"]["ann"] == {"files/download": 5}


def test_what_a_machine_that_stood_still_made_late_is_forgiven() -> None:
    metrics, lost_s = Metrics(), [3.0]
    metrics.lost_s = lambda: lost_s[0]
    metrics.tell_to_wait("ann", 10, 0.0)
    lost_s[0] += 2.0
    metrics.count_call("files/download", "ann", "ann", 2.0 + GRACE_S / 2)
    assert metrics.report()["calls_while_told_to_wait"] == 0
    metrics.count_call("files/download", "ann", "ann", 2.0 + GRACE_S * 2)
    assert metrics.report()["calls_while_told_to_wait"] == 1


def test_a_longer_wait_told_later_counts() -> None:
    metrics = Metrics()
    metrics.tell_to_wait("ann", 1, 0.0)
    metrics.tell_to_wait("ann", 300, 0.5)
    metrics.count_call("check/user", "ann", "ann", 100.0)
    assert metrics.report()["calls_while_told_to_wait"] == 1


def test_reset_keeps_what_is_under_way() -> None:
    metrics = Metrics()
    metrics.start_call()
    metrics.start_call()
    metrics.end_call("check/user", 200, 10, 20)
    metrics.reset()
    metrics.end_call("files/download", 429, 1, 2)
    report = metrics.report()
    assert (report["running"], report["max_concurrency"], report["rate_limited"]) == (0, 1, 1)
    assert (report["bytes_in"], report["bytes_out"]) == (1, 2)
    assert report["bytes_out_by_route"] == {"files/download": 2}
