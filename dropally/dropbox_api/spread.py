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
from dropally.dropbox_api.pacer import Pacer

T = TypeVar("T")
# What one member may be told about a thing that another one sees.
_PERSONAL = ("path/not_found", "path/no_permission", "path_lookup/not_found")
_OPINIONS = 3


class Readers:
    """The identities that may read one namespace."""

    def __init__(self, pacer: Pacer, identities: Sequence[Identity]) -> None:
        self._pacer = pacer
        self._identities = tuple(identities)

    def pick(self, tried: Sequence[Identity] = ()) -> Identity | None:
        """The least busy one not yet tried."""
        by_bucket = {i.bucket: i for i in self._identities if i not in tried}
        if not by_bucket:
            return None
        if len(by_bucket) == 1:
            return next(iter(by_bucket.values()))
        return by_bucket[self._pacer.least_busy(by_bucket)]

    def ask(self, what: str, question: Callable[[Identity], T]) -> T:
        """Ask in one name, and in another if that one may not see it.

        `what` names the item in the ItemFailure that is raised when nobody gets it.
        """
        tried: list[Identity] = []
        failure = ItemFailure("no_permission", f"{what}: nobody of the team may read it")
        while len(tried) < _OPINIONS and (identity := self.pick(tried)) is not None:
            tried.append(identity)
            try:
                return question(identity)
            except IdentityRefusedError as error:
                if len(tried) == 1:
                    failure = ItemFailure("no_permission", f"{what}: {error}")
            except TooManyRetriesError as error:
                raise ItemFailure("too_many_retries", f"{what}: {error}", retryable=True) from error
            except RouteError as error:
                failure = item_failure(error, what)
                if not error.tag.startswith(_PERSONAL):
                    raise failure from error
        raise failure
