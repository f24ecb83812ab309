"""The control API as a Python object, for tests that run the simulator in their own process."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from dropally.simulator.auth.minting import Minted
from dropally.simulator.control import operations, truth
from dropally.simulator.control.edits import apply_edits
from dropally.simulator.state.world import World

Result = TypeVar("Result")
Json = dict[str, Any]


class Runner(Protocol):
    """Runs something on the server's thread."""

    def run(self, action: Callable[[World], Result]) -> Result:
        """What the action returned."""
        ...


class Control:
    """Edits, truth, faults, clock, knobs, tokens and counters of a running simulator.

    Every method runs on the server's thread and raises DropallyError with cause and next step.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def health(self) -> Json:
        """That it works, and what it holds."""
        return self._runner.run(operations.describe_health)

    def metrics(self) -> Json:
        """All counters since the start or the last reset."""
        return self._runner.run(lambda world: world.faults.metrics.report())

    def reset_metrics(self) -> None:
        """Start counting anew."""
        self._runner.run(lambda world: world.faults.metrics.reset())

    def set_faults(self, *rules: Json) -> None:
        """Replace all fault rules: `control.set_faults({"action": "delay", "args": {...}})`."""
        self._runner.run(lambda world: world.faults.set_rules(rules))

    def add_faults(self, *rules: Json) -> None:
        """Add fault rules to those in force."""
        self._runner.run(lambda world: world.faults.add_rules(rules))

    def faults(self) -> list[Json]:
        """The rules in force, with `selected` and `fired`."""
        return self._runner.run(lambda world: world.faults.report())

    def clear_faults(self) -> None:
        """No more faults."""
        self._runner.run(lambda world: world.faults.clear())

    def advance_clock(self, seconds: float) -> None:
        """Jump ahead."""
        self._move_clock(operations.ClockMove(advance_s=seconds))

    def set_clock(self, moment: datetime) -> None:
        """Make it `moment` now."""
        self._move_clock(operations.ClockMove(set=moment))

    def edit(self, *edits: Json) -> list[Json]:
        """Apply edits in order; what each one made."""
        return self._runner.run(lambda world: apply_edits(world, edits))

    def namespaces(self) -> list[Json]:
        """All namespaces."""
        return self._runner.run(truth.list_namespaces)

    def truth(self, namespace: str) -> list[Json]:
        """Every live entry of a namespace."""
        return self._runner.run(lambda world: list(truth.list_entries(world, namespace)))

    def content(self, content_hash: str) -> bytes:
        """The bytes with a content hash."""

        def read(world: World) -> bytes:
            source = operations.find_content(world, content_hash)
            return b"".join(operations.read_content(source))

        return self._runner.run(read)

    def knobs(self) -> Json:
        """All knobs."""
        return self._runner.run(operations.read_knobs)

    def set_knobs(self, **changes: object) -> Json:
        """Change some knobs; all of them as they are then."""
        return self._runner.run(lambda world: operations.set_knobs(world, changes))

    def mint_token(
        self,
        kind: Literal["team", "member", "personal"] = "team",
        *,
        member: str = "",
        scopes: list[str] | None = None,
        lifetime_s: float | None = 14_400,
    ) -> Minted:
        """A token with a refresh token."""
        wish = operations.TokenWish(kind=kind, member=member, scopes=scopes, lifetime_s=lifetime_s)
        return self._runner.run(lambda world: operations.mint_token(world, wish))

    def reset_cursors(self) -> None:
        """Let all cursors answer `reset`."""
        self._runner.run(operations.reset_cursors)

    def _move_clock(self, move: operations.ClockMove) -> None:
        self._runner.run(lambda world: operations.move_clock(world, move))
