"""Fault rules: which calls are disturbed, and how often.

A rule selects calls by route, identity and namespace (shell patterns), counts the calls it
selects, and fires by `nth`, `every`, `probability` and `count`. What then happens is its action
(`dropally.simulator.faults.actions`).
"""

import random
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any

import msgspec

_Positive = Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class CallSite:
    """What a rule may look at: the route's name, who calls, and the namespace that is touched.

    `identity` is a member's id, `admin:` and a member's id, `team`, `app` or `noauth`; `email` is
    the member's address, so that rules can be written by address as well.
    """

    route: str
    identity: str
    namespace: str
    email: str = ""


class RuleSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule as it is written. `args` are the action's own settings.

    `nth` fires on that selected call only (1 is the first), `every` on each so-many-th,
    `probability` on a share drawn from `seed`, and `count` limits how often it fires at all.
    """

    action: str
    route: str = "*"
    identity: str = "*"
    namespace: str = "*"
    nth: _Positive | None = None
    every: _Positive | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    count: _Positive | None = None
    seed: int = 0
    args: dict[str, Any] = {}


class RuleCounter:
    """A rule in force: counts the calls that it selects and those on which it fires."""

    def __init__(self, spec: RuleSpec) -> None:
        self.spec = spec
        self.selected = 0
        self.fired = 0
        self._random = random.Random(spec.seed)  # noqa: S311 - wanted: repeatable, not secret

    def fires(self, site: CallSite) -> bool:
        """Whether this call is disturbed; counts it."""
        if not self._selects(site):
            return False
        self.selected += 1
        if not self._is_due():
            return False
        self.fired += 1
        return True

    def _selects(self, site: CallSite) -> bool:
        who = self.spec.identity
        return (
            fnmatchcase(site.route, self.spec.route)
            and (fnmatchcase(site.identity, who) or fnmatchcase(site.email, who))
            and fnmatchcase(site.namespace, self.spec.namespace)
        )

    def _is_due(self) -> bool:
        spec = self.spec
        if spec.count is not None and self.fired >= spec.count:
            return False
        if spec.nth is not None and self.selected != spec.nth:
            return False
        if spec.every is not None and self.selected % spec.every:
            return False
        return spec.probability >= 1.0 or self._random.random() < spec.probability
