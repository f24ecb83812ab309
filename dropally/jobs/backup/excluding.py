"""What is never to be backed up again, since it was erased for legal reasons: left out of the stage.

A rule knows an item by its id in Dropbox and by hashes of the paths where it lay. When it is met
elsewhere, that place is added: later listings name only what is below it.
"""

from collections.abc import Iterator, Sequence

import msgspec

from dropally.catalog.stage import Stage
from dropally.common.errors import DropallyError
from dropally.store import decode_entry
from dropally.store.snapshot import Erasures, Exclusion


class RuleDamagedError(DropallyError):
    """A rule cannot be read: backing up could bring back what was erased."""


class Exclusions:
    """The rules of one namespace."""

    def __init__(self, erasures: Erasures, rules: Sequence[Exclusion]) -> None:
        """Raises RuleDamagedError."""
        if any(rule.kind == "damaged" for rule in rules):
            raise RuleDamagedError(
                "a rule that keeps erased items from being backed up again cannot be read",
                hint="find it by `dropally erasure exclusions`, and take it away",
            )
        self._erasures = erasures
        self._rules = {rule.item_id: rule for rule in rules if rule.item_id}
        self._places = {place for rule in rules for place in rule.places}
        self._known: dict[str, bool] = {"": False}

    def apply(self, stage: Stage) -> int:
        """Leave out what the rules name; how many listed items, those below not counted."""
        left_out = list(self._find(stage))
        stage.leave_out(left_out)
        return len(left_out)

    def _find(self, stage: Stage) -> Iterator[str]:
        for path, encoded in stage.listed():
            if self._is_below(path.rpartition("/")[0]):
                yield path
                continue
            rule = self._rules.get(decode_entry(encoded).id)
            if rule is not None:
                self._learn(rule, path)
            if rule is not None or self._erasures.place(path) in self._places:
                self._known[path] = True
                yield path

    def _is_below(self, folder: str) -> bool:
        """Whether a folder, or one above it, is left out."""
        known = self._known.get(folder)
        if known is None:
            above = self._is_below(folder.rpartition("/")[0])
            known = above or self._erasures.place(folder) in self._places
            self._known[folder] = known
        return known

    def _learn(self, rule: Exclusion, path: str) -> None:
        place = self._erasures.place(path)
        if place not in rule.places:
            self._erasures.exclude(msgspec.structs.replace(rule, places=[place]))
            self._places.add(place)
