"""Waiting for conditions."""

import time
from collections.abc import Callable

_POLL_S = 0.05


def wait_until(is_so: Callable[[], bool], within_s: float = 60.0) -> None:
    """Look again and again. Raises AssertionError when it does not become true in time."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s"
        time.sleep(_POLL_S)
