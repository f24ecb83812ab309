"""How far somebody's rights reach into tasks, for lists and for acting on many entities."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from dropally.auth.actors import Actor, Place
from dropally.auth.permissions import reach_of
from dropally.auth.verbs import Verb
from dropally.catalog.entities import tasks_of_entities


@dataclass(frozen=True)
class TaskReach:
    """What of a task somebody reaches: all of it (`entity_ids` None), or these entities."""

    entity_ids: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """True if it is nothing."""
        return self.entity_ids is not None and not self.entity_ids


WHOLE_TASK = TaskReach()


def reach_in_task(
    connection: sqlite3.Connection, actor: Actor, verb: Verb, task_id: str
) -> TaskReach:
    """What of a task the actor reaches with a verb about places."""
    limited = [reach for reach in reach_of(actor, verb) if not reach.covers(Place(task_id))]
    if not limited:
        return WHOLE_TASK
    entity_ids = frozenset.intersection(*(reach.entities for reach in limited))
    found = tasks_of_entities(connection, sorted(entity_ids))
    return TaskReach(tuple(one for one, task in found if task == task_id))


def visible_tasks(connection: sqlite3.Connection, actor: Actor, verb: Verb) -> Sequence[str] | None:
    """The tasks of which the actor reaches anything; None is all of them."""
    visible: set[str] | None = None
    for reach in reach_of(actor, verb):
        if reach.everywhere:
            continue
        found = set(reach.tasks)
        found.update(task for _, task in tasks_of_entities(connection, sorted(reach.entities)))
        visible = found if visible is None else visible & found
    return None if visible is None else sorted(visible)
