"""Remembering what was told in the last minutes, so that it is told once."""

import threading
from datetime import datetime, timedelta

_REMEMBERED = 20_000


class Folding:
    """Says of each key whether it is due again. Safe for threads; forgets when it gets too long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[tuple[str, ...], datetime] = {}

    def is_due(self, key: tuple[str, ...], now: datetime, within: timedelta) -> bool:
        """True at first, and again once `within` has passed since it last was."""
        with self._lock:
            before = self._told.get(key)
            if before is not None and now - before < within:
                return False
            if len(self._told) >= _REMEMBERED:
                kept = {one: at for one, at in self._told.items() if now - at < within}
                # Being told twice is better than memory without end.
                self._told = kept if len(kept) < _REMEMBERED else {}
            self._told[key] = now
            return True
