"""Faults in force: asked once for each API call, before its handler."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from dropally.simulator.auth.identity import Identity
from dropally.simulator.faults.actions import parse_rule
from dropally.simulator.faults.metrics import Metrics
from dropally.simulator.faults.rules import CallSite, RuleCounter
from dropally.simulator.faults.scene import Action, Scene
from dropally.simulator.routes_table import Route
from dropally.simulator.routing import Call
from dropally.simulator.transport.disturbance import Disturbance

UNKNOWN_CALLER = "refused"
"""Whom a call is counted for that was refused before anybody knew who called."""


class Faults:
    """All rules in the order in which they were set, and the counters; satisfies `CallWatcher`.

    The first rule that refuses a call decides it; delays and changes of the body add up. An answer
    is kept back as long as the rules stay: whoever changes them lets all such answers go.
    """

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.more_actions: dict[str, type[msgspec.Struct]] = {}
        """Actions that need the world, such as `edit`."""
        self.namespace_of_cursor: Callable[[str], str] = _no_namespace
        """Reads from a cursor which namespace it lists."""
        self._rules: list[tuple[RuleCounter, Action]] = []
        self._kept_back: dict[Callable[[], None], asyncio.TimerHandle] = {}

    def set_rules(self, documents: Iterable[object]) -> None:
        """Replace all rules. Raises UsageError, and then changes nothing."""
        self._rules = [parse_rule(document, self.more_actions) for document in documents]
        self._let_go()

    def add_rules(self, documents: Iterable[object]) -> None:
        """Add rules after those in force. Raises UsageError, and then changes nothing."""
        self._rules += [parse_rule(document, self.more_actions) for document in documents]

    def clear(self) -> None:
        """No more faults."""
        self._rules = []
        self._let_go()

    def report(self) -> list[dict[str, Any]]:
        """Each rule as it was written, with how often it selected a call and fired."""
        return [
            {**msgspec.to_builtins(rule.spec), "selected": rule.selected, "fired": rule.fired}
            for rule, _ in self._rules
        ]

    def opened(self) -> None:
        """A request's head has arrived."""
        self.metrics.start_call()

    def began(self, call: Call, body_size: int) -> Disturbance | None:
        """Count the call; what is to go wrong with it, or None."""
        now = call.world.clock.epoch_s()
        bucket = _bucket_of(call, self.namespace_of_cursor)
        self.metrics.count_call(call.route.name, label_of(call.identity), bucket, now)
        return self._disturb(call, bucket, now) if self._rules else None

    def keep_back(self, seconds: float, leave: Callable[[], None]) -> None:
        """Let an answer leave in so many seconds, or when the rules change."""
        timer = asyncio.get_running_loop().call_later(seconds, self._leave, leave)
        self._kept_back[leave] = timer

    def closed(
        self, route: Route, call: Call | None, status: int, bytes_in: int, bytes_out: int
    ) -> None:
        """Count the answer."""
        if call is None:
            self.metrics.count_call(route.name, UNKNOWN_CALLER, UNKNOWN_CALLER, 0.0)
        self.metrics.end_call(route.name, status, bytes_in, bytes_out)

    def _let_go(self) -> None:
        for leave in list(self._kept_back):
            self._leave(leave)

    def _leave(self, leave: Callable[[], None]) -> None:
        self._kept_back.pop(leave).cancel()
        leave()

    def _disturb(self, call: Call, bucket: str, now: float) -> Disturbance | None:
        namespace = self._touched_namespace(call)
        email = call.identity.member.email if call.identity.member else ""
        site = CallSite(call.route.name, label_of(call.identity), namespace, email)
        scene = Scene(call, bucket, namespace, self.metrics, now)
        disturbance = Disturbance()
        for rule, action in self._rules:
            if rule.fires(site) and action.disturb(scene, disturbance):
                self.metrics.count_fault(rule.spec.action)
            if disturbance.reply is not None or disturbance.reset:
                break
        return disturbance if disturbance != Disturbance() else None

    def _touched_namespace(self, call: Call) -> str:
        """The namespace that a call names by `ns:` or cursor, or else the root it starts from."""
        cursor = call.arg.get("cursor")
        if isinstance(cursor, str) and call.route.name.startswith("files/list_folder/"):
            return self.namespace_of_cursor(cursor)
        path = call.arg.get("path", call.arg.get("to_path", ""))
        if isinstance(path, str) and path.startswith("ns:"):
            return path[3:].split("/", 1)[0]
        return call.identity.root_namespace


def label_of(identity: Identity) -> str:
    """The identity as rules and metrics name it."""
    if identity.member is None:
        return identity.kind
    prefix = "admin:" if identity.kind == "admin" else ""
    return prefix + identity.member.member_id


def _bucket_of(call: Call, namespace_of_cursor: Callable[[str], str]) -> str:
    """Whose allowance of calls this one is taken from; without a token, the cursor's namespace's."""
    if call.identity.kind == "noauth":
        cursor = call.arg.get("cursor")
        namespace = namespace_of_cursor(cursor) if isinstance(cursor, str) else ""
        return f"{call.identity.bucket}:{namespace}"
    if call.identity.kind == "admin" and call.world.knobs.admin_has_own_bucket:
        return label_of(call.identity)
    return call.identity.bucket


def _no_namespace(cursor: str) -> str:
    return ""
