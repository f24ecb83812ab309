"""Which storage is copied to which: `"main > offsite"`."""

import re
from dataclasses import dataclass

from dropally.common.errors import UsageError

_REPLICA = re.compile(r"\s*([a-z0-9][a-z0-9_-]{0,62})\s*>\s*([a-z0-9][a-z0-9_-]{0,62})\s*")


@dataclass(frozen=True)
class Replica:
    """Storages by their ids."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} > {self.target}"


def parse_replica(value: object) -> Replica:
    """Two ids with `>` between them."""
    matched = _REPLICA.fullmatch(value) if isinstance(value, str) else None
    if matched is None or matched[1] == matched[2]:
        raise UsageError('must name two storages, such as "main > offsite"')
    return Replica(matched[1], matched[2])
