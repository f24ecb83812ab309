"""The lock-out by itself, under any sequence of tries."""

import sqlite3
from datetime import timedelta

import pytest
from dropally.auth import lockout
from dropally.auth.lockout import Charge, Refusal
from dropally.auth.policy import SecurityPolicy
from dropally.catalog import sessions
from hypothesis import given
from hypothesis import strategies as st
from tests.auth.appliance import ADMIN, START

POLICY = SecurityPolicy()


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in sessions._CREATE:
        connection.execute(statement)
    return connection


tries = st.lists(
    st.tuples(st.integers(min_value=0, max_value=400), st.sampled_from(["wrong", "no code"])),
    max_size=60,
)


@given(tries)
def test_no_more_than_five_failures_are_let_in_within_any_five_minutes(
    steps: list[tuple[int, str]],
) -> None:
    connection = database()
    try:
        now, failures = START, []
        for wait_s, outcome in steps:
            now += timedelta(seconds=wait_s)
            answer = lockout.admit(connection, now, POLICY, email=ADMIN, address="10.0.0.1")
            if isinstance(answer, Refusal):
                assert 0 < answer.retry_after_s <= 3600
                continue
            if outcome == "no code":
                lockout.give_back(connection, answer)
                continue
            failures.append(now)
            recent = [moment for moment in failures if now - moment < timedelta(minutes=5)]
            assert len(recent) <= POLICY.login_tries
    finally:
        connection.close()


@given(tries)
def test_after_the_time_told_the_next_try_is_let_in(steps: list[tuple[int, str]]) -> None:
    connection = database()
    try:
        now = START
        for wait_s, _ in steps:
            now += timedelta(seconds=wait_s)
            answer = lockout.admit(connection, now, POLICY, email=ADMIN, address="10.0.0.1")
            if isinstance(answer, Refusal):
                now += timedelta(seconds=answer.retry_after_s)
                again = lockout.admit(connection, now, POLICY, email=ADMIN, address="10.0.0.1")
                assert isinstance(again, Charge)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("address", "same_as", "is_same"),
    [
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("unix", "unix", True),
    ],
)
def test_which_addresses_are_one(address: str, same_as: str, is_same: bool) -> None:
    assert (lockout.address_key(address) == lockout.address_key(same_as)) == is_same


def test_a_clock_set_back_locks_nobody_out_for_long() -> None:
    connection = database()
    try:
        answers = [
            lockout.admit(connection, START, POLICY, email=ADMIN, address="10.0.0.1")
            for _ in range(6)
        ]
        assert isinstance(answers[-1], Refusal)
        earlier = START - timedelta(days=400)
        answer = lockout.admit(connection, earlier, POLICY, email=ADMIN, address="10.0.0.1")
        assert isinstance(answer, Charge)
    finally:
        connection.close()
