"""Hearing of calls while they happen: for counting them, and for telling people why nothing moves."""

from typing import Protocol


class CallWatch(Protocol):
    """Whoever listens. Called by many threads; must be quick and never fail."""

    def called(self) -> None:
        """A request was sent."""
        ...

    def told_to_wait(self, wait_s: float) -> None:
        """Dropbox asked for a wait of so many seconds."""
        ...


class NobodyWatches:
    """Where calls go unnoticed."""

    def called(self) -> None:
        """Nothing."""

    def told_to_wait(self, wait_s: float) -> None:
        """Nothing."""
