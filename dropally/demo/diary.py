"""What happened in the sample team over three months: people join, work, leave, and lose things."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dropally.common.errors import DropallyError
from dropally.demo import papers
from dropally.demo.papers import Edit
from dropally.simulator.control.local import Control
from dropally.simulator.world.people import Person
from dropally.simulator.world.sample_documents import shared_drafts

DAYS = 91
ZONE = ZoneInfo("Europe/Berlin")
BEATRIX = Person("Beatrix", "Lang", "sales")
LOST_FOLDER = "/Customer visits"
_NORA = Person("Nora", "Vest", "marketing")
_CHIARA = "chiara.conti@hollenberg.example"
_DENIZ = "deniz.yildiz@hollenberg.example"
_ANN = "ann.berger@hollenberg.example"
_LOCKED = "/Projects/Locked by Dropbox.txt"
_SATURDAY = 5


@dataclass(order=True)
class Entry:
    """Something that happens at a moment."""

    moment: datetime
    act: Callable[[], object] = field(compare=False)


class Diary:
    """What the team's people do up to `now`; days are counted back from it.

    Documents follow from their numbers, which begin with `first_number`.
    """

    def __init__(self, control: Control, now: datetime, first_number: int = 100) -> None:
        self._control = control
        self._now = now
        self._today = now.astimezone(ZONE).date()
        self._dice = random.Random(first_number)  # noqa: S311  repeatable, not secret
        self._desks = papers.desks()
        self._number = first_number

    def at(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """A time of day in the team's zone, so many days before today."""
        day = self._today - timedelta(days=days_ago)
        return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)

    @staticmethod
    def start_of(now: datetime) -> datetime:
        """When the story begins that ends now."""
        first = now.astimezone(ZONE).date() - timedelta(days=DAYS)
        return datetime.combine(first, time(9), ZONE).astimezone(UTC)

    def entries(self) -> list[Entry]:
        """All of it, in order; nothing later than now."""
        entries = [*self._story(), *self._daily_work()]
        return sorted(entry for entry in entries if entry.moment < self._now)

    def work(self, pieces: int = 1) -> list[Edit]:
        """So many pieces of everyday work are done now; what was changed."""
        done: list[Edit] = []
        for _ in range(pieces):
            self._number += 1
            edit = self._dice.choice(self._desks).edit(self._dice, self._number)
            done += self._edit(edit)
        return done

    # -- every day -------------------------------------------------------------------------

    def _daily_work(self) -> Iterable[Entry]:
        for days_ago in range(DAYS - 1, -1, -1):
            if self.at(days_ago, 12).weekday() >= _SATURDAY:
                continue
            for hour in (9, 11, 15):
                moment = self.at(days_ago, hour, self._dice.randrange(60))
                pieces = self._dice.randrange(1, 4)
                yield Entry(moment, lambda pieces=pieces: self.work(pieces))  # type: ignore[misc]  # mypy does not infer lambdas with defaults

    # -- what one would remember -----------------------------------------------------------

    def _story(self) -> Iterable[Entry]:
        yield self._entry(
            90, 10, {"op": "unrestrict", "member": _ANN, "path": "/Odd files/restricted.txt"}
        )
        yield self._entry(
            90, 10, {"op": "delete", "member": _ANN, "path": "/Odd files/unsupported.bin"}
        )
        yield self._entry(84, 9, _joins(_NORA), *papers.first_papers(_NORA))
        yield self._entry(74, 9, _joins(BEATRIX), *papers.first_papers(BEATRIX))
        yield self._entry(67, 14, *papers.visit_reports(BEATRIX.email, LOST_FOLDER))
        yield self._entry(60, 11, *_new_team_folder())
        for number, days_ago in enumerate(range(58, 1, -3)):
            yield self._entry(days_ago, 17, *papers.visit_notes(BEATRIX.email, LOST_FOLDER, number))
        yield self._entry(40, 10, *_moves_pictures())
        yield self._entry(25, 18, {"op": "set_status", "member": _NORA.email, "status": "removed"})
        yield self._entry(21, 16, *_locks_a_file())
        yield self._entry(19, 10, {"op": "unrestrict", "member": _DENIZ, "path": _LOCKED})
        yield self._entry(12, 16, {"op": "delete", "member": _CHIARA, "path": "/Meetings"})
        yield self._entry(1, 16, {"op": "delete", "member": BEATRIX.email, "path": LOST_FOLDER})

    def _entry(self, days_ago: int, hour: int, *edits: Edit) -> Entry:
        return Entry(self.at(days_ago, hour), lambda: self._edit(*edits))

    def _edit(self, *edits: Edit) -> list[Edit]:
        """Made one by one; what Dropbox refuses is passed over, as people do."""
        done = []
        for edit in edits:
            try:
                self._control.edit(edit)
            except DropallyError:
                continue
            done.append(edit)
        return done


def _joins(person: Person) -> Edit:
    return {
        "op": "add_member",
        "email": person.email,
        "given_name": person.given_name,
        "surname": person.surname,
    }


def _new_team_folder() -> list[Edit]:
    name = "Trade fair 2027"
    drafts = shared_drafts(name, "marketing", 30)
    return [
        {"op": "add_team_folder", "name": name},
        *(
            papers.put(draft.path, draft.content(0), team_folder=name, author=_CHIARA)
            for draft in drafts
        ),
    ]


def _moves_pictures() -> list[Edit]:
    return [{"op": "move", "member": _DENIZ, "path": "/Pictures", "to": "/Archive/Pictures"}]


def _locks_a_file() -> list[Edit]:
    text = b"Dropbox took this one out of circulation for two days.\n"
    return [
        papers.put(_LOCKED, text, member=_DENIZ),
        {"op": "restrict", "member": _DENIZ, "path": _LOCKED},
    ]
