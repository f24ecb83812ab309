"""What lists say of an entity, in the words admins know."""

from typing import Literal, get_args

from dropally.catalog.entity_facts import EntityFacts

EntityStatus = Literal[
    "Not Active",
    "Scheduled",
    "In Process",
    "Active",
    "Paused",
    "Archived",
    "Backed-up in another task",
    "Deleted",
]
STATUSES: tuple[EntityStatus, ...] = get_args(EntityStatus)


def status_of(facts: EntityFacts) -> EntityStatus:
    """The one word for an entity. *Scheduled* is activated but has no finished backup yet.

    A shared folder that an active member mounts is backed up with that member, so it counts as
    activated.
    """
    if facts.is_deleted:
        return "Deleted"
    if facts.is_archived:
        return "Archived"
    if facts.is_at_work:
        return "In Process"
    if not facts.is_elsewhere and (facts.is_activated or facts.coverage):
        return _when_wanted(facts)
    return "Backed-up in another task" if facts.is_elsewhere else "Not Active"


def _when_wanted(facts: EntityFacts) -> EntityStatus:
    is_awake = facts.coverage == 2 or (facts.is_activated and not facts.is_paused)
    if facts.is_task_paused or not is_awake:
        return "Paused"
    return "Active" if facts.has_backup else "Scheduled"
