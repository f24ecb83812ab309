"""Contents on their way into the repository, so that one that many files share travels once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from dropally.dropbox_api import ItemFailure
from dropally.store import Content, Fingerprint


@dataclass(slots=True)
class Passenger:
    """A file that waits for a content.

    `owner`: who sent it; nobody waits twice for one content. `added`: the bytes are with the writer; `durable`: they are stored and may be referred to;
    `failed`: this very file could not be had; `take_over`: fetch it yourself, the file that was
    fetching the same content failed.
    """

    owner: object
    added: Callable[[], None]
    durable: Callable[[Content], None]
    failed: Callable[[ItemFailure], None]
    take_over: Callable[[], None]


@dataclass(slots=True)
class _Flight:
    pilot: Passenger
    others: list[Passenger] = field(default_factory=list)
    is_added: bool = False

    @property
    def passengers(self) -> list[Passenger]:
        """Everybody who waits."""
        return [self.pilot, *self.others]


class Flights:
    """All contents under way in one run, by fingerprint. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Fingerprint, _Flight] = {}

    def board(self, fingerprint: Fingerprint, passenger: Passenger) -> bool:
        """True: fetch it, you are the first. False: somebody fetches it, and will tell you."""
        with self._lock:
            flight = self._flights.get(fingerprint)
            if flight is None:
                self._flights[fingerprint] = _Flight(passenger)
                return True
            is_added = flight.is_added
            if not is_added or all(
                aboard.owner is not passenger.owner for aboard in flight.passengers
            ):
                flight.others.append(passenger)
        if is_added:
            passenger.added()
        return False

    def added(self, fingerprint: Fingerprint) -> None:
        """All bytes are with the writer."""
        with self._lock:
            flight = self._flights.get(fingerprint)
            if flight is None or flight.is_added:
                return  # already durable
            flight.is_added = True
            passengers = flight.passengers
        for passenger in passengers:
            passenger.added()

    def durable(self, fingerprint: Fingerprint, content: Content) -> None:
        """The content is stored."""
        with self._lock:
            flight = self._flights.pop(fingerprint)
            passengers = flight.passengers
        for passenger in passengers:
            passenger.durable(content)
            if not flight.is_added:
                passenger.added()

    def failed(self, fingerprint: Fingerprint, failure: ItemFailure) -> None:
        """The file that was fetching could not be had; the next one that waits takes over."""
        with self._lock:
            flight = self._flights.pop(fingerprint)
            successor = flight.others.pop(0) if flight.others else None
            if successor is not None:
                self._flights[fingerprint] = _Flight(successor, flight.others)
        flight.pilot.failed(failure)
        if successor is not None:
            successor.take_over()
