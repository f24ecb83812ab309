"""Choosing in whose name to read, so that no member's rate limit is the bottleneck."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dropally.dropbox_api.errors import (
    IdentityRefusedError,
    ItemFailure,
    RouteError,
    TooManyRetriesError,
    item_failure,
)
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.pacer import Pacing

T = TypeVar("T")
# What one member may be told about a thing that another one sees.
_PERSONAL = ("path/not_found", "path/no_permission", "path_lookup/not_found")
_OPINIONS = 3


class Readers:
    """The identities that may read one namespace."""

    def __init__(self, pacer: Pacing, identities: Sequence[Identity]) -> None:
        self._pacer = pacer
        self._identities = tuple(identities)

    def pick(self, tried: Sequence[Identity] = ()) -> Identity | None:
        """The least busy one not yet tried."""
        by_bucket: dict[str, Identity] = {}
        for identity in self._identities:
            if identity not in tried:
                # A member acting for oneself comes before the same member acting as an admin.
                by_bucket.setdefault(identity.bucket, identity)
        if not by_bucket:
            return None
        if len(by_bucket) == 1:
            return next(iter(by_bucket.values()))
        return by_bucket[self._pacer.least_busy(by_bucket)]

    def ask(self, what: str, question: Callable[["Choice"], T]) -> T:
        """Ask in one name, and in another if that one may not see it.

        `what` names the item in the ItemFailure that is raised when nobody gets it.
        """
        tried: list[Identity] = []
        failure: ItemFailure | None = None
        while len(tried) < _OPINIONS and (first := self.pick(tried)) is not None:
            choice = Choice(self, tried, first)
            try:
                return question(choice)
            except IdentityRefusedError as error:
                failure = failure or ItemFailure("no_permission", f"{what}: {error}")
            except TooManyRetriesError as error:
                raise ItemFailure("too_many_retries", f"{what}: {error}", retryable=True) from error
            except RouteError as error:
                failure = item_failure(error, what)
                if not error.tag.startswith(_PERSONAL):
                    raise failure from error
            tried.append(choice.last)
        raise failure or ItemFailure("no_permission", f"{what}: nobody of the team may read it")


class Choice:
    """Picks a name for each try of one call, so that a frozen one does not hold it up."""

    def __init__(self, readers: Readers, tried: Sequence[Identity], first: Identity) -> None:
        self._readers = readers
        self._tried = tried
        self.last = first

    def __call__(self) -> Identity:
        """The name to act in now."""
        self.last = self._readers.pick(self._tried) or self.last
        return self.last
