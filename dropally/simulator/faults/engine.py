"""Faults in force: asked once for each API call, before its handler."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dropally.simulator.auth.identity import Identity
from dropally.simulator.faults.actions import parse_rule
from dropally.simulator.faults.disturbance import Action, Disturbance, Scene
from dropally.simulator.faults.metrics import Metrics
from dropally.simulator.faults.rules import CallSite, RuleCounter
from dropally.simulator.routing import Call


class Faults:
    """All rules, in the order in which they were set; the first that refuses a call decides it.

    `admin_has_own_bucket`: whether Select-Admin calls have an allowance of their own or share the
    admin's. Nobody outside Dropbox knows, so it can be set.
    """

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.admin_has_own_bucket = False
        self.more_actions: dict[str, type[msgspec.Struct]] = {}
        self._rules: list[tuple[RuleCounter, Action]] = []

    def set_rules(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Replace all rules. Raises UsageError, and then changes nothing."""
        self._rules = [parse_rule(document, self.more_actions) for document in documents]

    def add_rules(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Add rules after those in force. Raises UsageError, and then changes nothing."""
        self._rules += [parse_rule(document, self.more_actions) for document in documents]

    def clear(self) -> None:
        """No more faults."""
        self._rules = []

    def report(self) -> list[dict[str, Any]]:
        """Each rule as it was written, with how often it selected a call and fired."""
        return [
            {**msgspec.to_builtins(rule.spec), "selected": rule.selected, "fired": rule.fired}
            for rule, _ in self._rules
        ]

    def before(self, call: Call) -> Disturbance | None:
        """Count the call; what is to go wrong with it, or None."""
        now = call.world.clock.epoch_s()
        bucket = self._bucket(call.identity)
        self.metrics.count_call(call.route.name, label_of(call.identity), bucket, now)
        return self._disturb(call, bucket, now) if self._rules else None

    def _disturb(self, call: Call, bucket: str, now: float) -> Disturbance | None:
        namespace = touched_namespace(call)
        email = call.identity.member.email if call.identity.member else ""
        site = CallSite(call.route.name, label_of(call.identity), namespace, email)
        scene = Scene(call, bucket, namespace, self.metrics, now)
        disturbance = Disturbance()
        for rule, action in self._rules:
            if rule.fires(site) and action.disturb(scene, disturbance):
                self.metrics.count_fault(rule.spec.action)
            if disturbance.is_final:
                break
        return disturbance

    def _bucket(self, identity: Identity) -> str:
        if identity.kind == "admin" and self.admin_has_own_bucket:
            return label_of(identity)
        return identity.bucket


def label_of(identity: Identity) -> str:
    """The identity as rules and metrics name it."""
    if identity.member is None:
        return identity.kind
    prefix = "admin:" if identity.kind == "admin" else ""
    return prefix + identity.member.member_id


def touched_namespace(call: Call) -> str:
    """The namespace that a call names by `ns:`, or else the root it starts from."""
    path = call.arg.get("path", call.arg.get("to_path", ""))
    if isinstance(path, str) and path.startswith("ns:"):
        return path[3:].split("/", 1)[0]
    return call.identity.root_namespace
