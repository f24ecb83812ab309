"""Orders of events that would do harm if something were forgotten, each with much left to chance.

Steps that are drawn one by one seldom come in such an order: a writer must rely on just what goes,
and whoever frees space must come twice, at the right times.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from dropally.store import Snapshot
from tests.store.prune.actors import ONCE, Actor, ForgetActor, PruneActor, WriterActor
from tests.store.prune.sky import Sky
from tests.store.samples import Files

DUE = timedelta(hours=4)
"""By then what was condemned may go, if nobody is at work since before."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one actor does, or what happens to all of them.

    `within`: what is done before one operation of this scene's own.
    """

    actor: Actor | None
    do: Callable[[], None]
    within: Sequence["Scene"] = ()


class Cast(Protocol):
    """What plots know of the world."""

    rng: random.Random
    sky: Sky
    truth: dict[str, Files]
    writers: list[WriterActor]
    pruner: PruneActor
    forgetter: ForgetActor

    def old_snapshot(self) -> Snapshot | None:
        """One that is not the newest of its source."""
        ...

    def pass_time(self, passed: timedelta) -> None:
        """Time passes for everybody."""
        ...


def relying_on_what_goes(cast: Cast) -> list[Scene]:
    """A writer commits what it found in a snapshot that is forgotten, and freed, meanwhile."""
    victim = cast.old_snapshot()
    if victim is None:
        return []
    rng = cast.rng
    writer = rng.choice(cast.writers)
    writer.suspended = rng.random() < 0.3
    writes = [
        Scene(writer, writer.begin),
        Scene(writer, partial(writer.rely_on, cast.truth[victim.id])),
        Scene(writer, writer.commit),
        Scene(writer, writer.end),
    ]
    frees = [
        Scene(cast.forgetter, partial(cast.forgetter.forget, victim)),
        Scene(cast.pruner, cast.pruner.step),
        _pause(cast, rng.choice([DUE, timedelta(hours=7)])),
        Scene(cast.pruner, cast.pruner.step),
    ]
    if rng.random() < 0.3:
        scenes = _merged(rng, writes, frees)
    else:  # found before it is condemned; committed around the time when it may go
        scenes = [*writes[:2], *frees[:3], *_merged(rng, writes[2:], frees[3:])]
    return _with_ambush(cast, scenes) if rng.random() < 0.4 else scenes


def committing_before_listings_show_it(cast: Cast) -> list[Scene]:
    """Space is freed twice within the minutes in which nobody is shown a new snapshot."""
    cast.sky.lag = timedelta(minutes=9)
    writer = cast.rng.choice(cast.writers)
    return [
        Scene(writer, writer.begin),
        Scene(writer, partial(writer.rely_on, files_for_once(cast.rng))),
        Scene(writer, writer.commit),
        Scene(writer, writer.end),
        Scene(cast.pruner, cast.pruner.step),
        _pause(cast, timedelta(minutes=cast.rng.randrange(4))),
        Scene(cast.pruner, cast.pruner.step),
    ]


def building_on_what_was_forgotten(cast: Cast) -> list[Scene]:
    """A writer goes on from a snapshot that it read before somebody forgot it."""
    victim = cast.old_snapshot()
    if victim is None:
        return []
    writer = cast.rng.choice(cast.writers)
    condemned = [
        Scene(cast.forgetter, partial(cast.forgetter.forget, victim)),
        Scene(cast.pruner, cast.pruner.step),
        _pause(cast, DUE),
    ]
    writes = [
        Scene(writer, writer.begin),
        Scene(writer, partial(writer.build_on, victim)),
        Scene(writer, writer.commit),
    ]
    return [*condemned, *_merged(cast.rng, writes, [Scene(cast.pruner, cast.pruner.step)])]


PLOTS = (
    *(relying_on_what_goes,) * 4,
    committing_before_listings_show_it,
    building_on_what_was_forgotten,
)


def history(cast: Cast) -> list[Scene]:
    """Each source gets an older snapshot that alone needs something."""
    return [
        Scene(writer, do)
        for writer in cast.writers
        for do in (
            writer.begin,
            partial(writer.rely_on, files_for_once(cast.rng)),
            writer.commit,
            writer.end,
            writer.begin,
            writer.commit,
            writer.end,
        )
    ]


def files_for_once(rng: random.Random) -> Files:
    """Such as are in no other snapshot."""
    return {f"{ONCE}{number}": rng.randbytes(300) for number in range(3)}


def ending(cast: Cast) -> list[Scene]:
    """What was condemned wrongly, goes."""
    return [_pause(cast, DUE), Scene(cast.pruner, cast.pruner.step)]


def _pause(cast: Cast, passed: timedelta) -> Scene:
    return Scene(None, partial(cast.pass_time, passed))


def _merged(rng: random.Random, one: list[Scene], other: list[Scene]) -> list[Scene]:
    """Both in their own order, and in any order with each other."""
    places = set(rng.sample(range(len(one) + len(other)), len(one)))
    first, second = iter(one), iter(other)
    return [next(first if place in places else second) for place in range(len(one) + len(other))]


def _with_ambush(cast: Cast, scenes: list[Scene]) -> list[Scene]:
    """What would come after a prune comes in the midst of it, and half an hour with it."""
    prunes = [place for place, scene in enumerate(scenes) if scene.actor is cast.pruner]
    at = cast.rng.choice(prunes)
    until = at + 1
    while until < len(scenes) and isinstance(scenes[until].actor, WriterActor):
        until += 1
    within = (*scenes[at + 1 : until], _pause(cast, timedelta(minutes=30)))
    return [*scenes[:at], Scene(cast.pruner, cast.pruner.step, within), *scenes[until:]]
