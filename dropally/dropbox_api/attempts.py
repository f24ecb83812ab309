"""How often one call is made before giving up, and the pauses between."""

import random
import threading

from dropally.common.clock import Clock
from dropally.common.errors import CancelledError, TryLaterError
from dropally.dropbox_api.answers import RECONNECT_HINT, PassingTroubleError, UnreachableError
from dropally.dropbox_api.errors import (
    LinkRevokedError,
    NoConnectionError,
    StillLimitedError,
    TooManyRetriesError,
)
from dropally.dropbox_api.settings import RetrySettings

# Jitter only; the system's source needs no exception from the rules.
_chance = random.SystemRandom()
# So often a refused token is simply replaced; one more may be the race of two threads.
_TOKENS_AT_ONCE = 2
NETWORK_ERRORS = (OSError,)


class Attempts:
    """Counts one call's failures by kind; each method returns if it may be made again."""

    def __init__(
        self, settings: RetrySettings, clock: Clock, cancelled: threading.Event, what: str
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._cancelled = cancelled
        self._what = what
        self._troubles = 0
        self._waits = 0
        self._tokens = 0

    def after_trouble(self, error: PassingTroubleError) -> None:
        """Pause, longer each time. Raises TooManyRetriesError, NoConnectionError, CancelledError."""
        self._troubles += 1
        if self._troubles >= self._settings.attempts:
            raise self._gave_up(error) from error
        longest = self._settings.first_pause_s * 2 ** (self._troubles - 1)
        pause_s = min(longest, self._settings.longest_pause_s) * _chance.uniform(0.5, 1.0)
        if self._clock.wait(self._cancelled, pause_s):
            raise CancelledError("Stopped while waiting for Dropbox.")

    def after_wait_told(self) -> None:
        """The pacer does the waiting. Raises StillLimitedError when it never ends."""
        self._waits += 1
        if self._waits >= self._settings.limited_attempts:
            raise StillLimitedError(
                f"Dropbox asked to wait {self._waits} times in a row for {self._what}.",
                hint="Lower max_parallel_requests, or run at a quieter time.",
                retryable=True,
            )

    def after_token_refused(self, *, is_expired: bool) -> None:
        """A new token is fetched next. Raises LinkRevokedError when new ones do not help.

        Fresh tokens that count as expired are a trouble of Dropbox's, not the end of the link.
        Raises like `after_trouble` for these.
        """
        self._tokens += 1
        if self._tokens <= _TOKENS_AT_ONCE:
            return
        if not is_expired:
            raise LinkRevokedError("Dropbox refuses the link's tokens.", hint=RECONNECT_HINT)
        self.after_trouble(PassingTroubleError(f"{self._what} calls fresh tokens expired"))

    def _gave_up(self, error: PassingTroubleError) -> TryLaterError:
        if isinstance(error, UnreachableError):
            return NoConnectionError(
                f"Dropbox cannot be reached: {error}.",
                hint="Check the network, the proxy and the firewall (outbound port 443).",
                retryable=True,
            )
        return TooManyRetriesError(
            f"Dropbox failed {self._troubles} times in a row: {error}.",
            hint="Dropbox may have trouble; see its status page. It is tried again next time.",
            retryable=True,
        )


def network_trouble(what: str, error: Exception) -> PassingTroubleError:
    """The same trouble as a PassingTroubleError."""
    if isinstance(error, PassingTroubleError):
        return error
    return PassingTroubleError(f"{what}: {str(error) or type(error).__name__}")
