"""How a storage's objects are locked: `"governance 30d"`."""

from dropally.common.errors import UsageError
from dropally.store import StoreError
from dropally.store.backend import parse_lock_wish


def parse_object_lock(value: object) -> str:
    """The mode and the number of days, or "" for no locks."""
    if value == "":
        return ""
    try:
        return str(parse_lock_wish(value if isinstance(value, str) else ""))
    except StoreError:
        raise UsageError('must be such as "governance 30d" or "compliance 30d"') from None
