"""Is Dropbox reached from here, and what time is it there? No account is needed to ask."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

from dropally.common.errors import DropallyError
from dropally.dropbox_api.answers import PassingTroubleError
from dropally.dropbox_api.session import DropboxSession
from dropally.dropbox_api.settings import ConnectionSettings

_ASKED = "https://api.dropboxapi.com/2/check/user"
_TIMEOUT_S = 8.0


@dataclass(frozen=True)
class Reach:
    """How the question went. `server_time` is None where the answer names none."""

    is_reachable: bool
    server_time: datetime | None = None
    trouble: str = ""


def ask_dropbox(settings: ConnectionSettings) -> Reach:
    """Knock at Dropbox's API over HTTPS, on the configured way. Never raises for the network."""
    quick = msgspec.structs.replace(
        settings, connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S, max_workers=1
    )
    try:
        session = DropboxSession(quick)
    except DropallyError as error:
        return Reach(is_reachable=False, trouble=str(error))
    try:
        # Nobody is named, so the answer is a refusal: that is an answer all the same.
        answer = session.post(_ASKED, data="null", timeout=_TIMEOUT_S)
    except (OSError, PassingTroubleError, DropallyError) as error:
        return Reach(is_reachable=False, trouble=str(error) or type(error).__name__)
    finally:
        session.close()
    return Reach(is_reachable=True, server_time=_time_of(answer.headers.get("date", "")))


def _time_of(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
