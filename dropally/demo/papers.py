"""What the people of the sample team write from day to day: documents that open."""

import base64
import random
from collections.abc import Iterator
from typing import Any

from dropally.simulator.world.documents import plain
from dropally.simulator.world.documents.office import make_docx, make_xlsx
from dropally.simulator.world.documents.pictures import make_jpeg
from dropally.simulator.world.people import PEOPLE, Person
from dropally.simulator.world.prose import COMPANIES, Prose
from dropally.simulator.world.sample_documents import Draft, home_drafts, shared_drafts

Edit = dict[str, Any]

_FILES_IN_HOME = 260
_FILES_IN_TEAM_FOLDER = 180
_VISITED = COMPANIES[1:6]


class Desk:
    """A place of the team where work is done every day: a home or a team folder."""

    def __init__(self, where: Edit, topic: str, drafts: Iterator[Draft]) -> None:
        self._where = where
        self._topic = topic
        self._drafts = list(drafts)

    def edit(self, dice: random.Random, number: int) -> Edit:
        """One piece of work: mostly a new version of something, sometimes a new document."""
        draft = dice.choice(self._drafts)
        if dice.random() < 0.3:
            folder = draft.path.rpartition("/")[0]
            title = Prose(self._topic, f"new {number}").title()
            suffix = draft.path.rpartition(".")[2]
            draft = Draft(f"{folder}/{title} {number}.{suffix}", draft.topic, draft.maker, (0,))
            self._drafts.append(draft)
        return self._put(draft, number)

    def _put(self, draft: Draft, number: int) -> Edit:
        return put(draft.path, draft.content(number), **self._where)


def desks() -> list[Desk]:
    """Where the sample team works."""
    homes = [
        Desk(
            {"member": person.email},
            person.topic,
            home_drafts(person.given_name, person.topic, _FILES_IN_HOME),
        )
        for person in PEOPLE
        if person.status == "active"
    ]
    company = Desk(
        {"team_folder": "Company", "author": PEOPLE[0].email},
        "people",
        shared_drafts("Company", "people", _FILES_IN_TEAM_FOLDER),
    )
    return [*homes, company]


def put(path: str, content: bytes, **where: Any) -> Edit:
    """The edit that writes a file."""
    return {"op": "put", "path": path, "base64": base64.b64encode(content).decode(), **where}


def visit_reports(email: str, top: str) -> list[Edit]:
    """What somebody in sales brings home: a folder for each customer, with notes and pictures."""
    edits = []
    for company in _VISITED:
        folder = f"{top}/{company}"
        for name, maker in (
            ("Visit report.docx", make_docx),
            ("Offer.xlsx", make_xlsx),
            ("Notes.md", plain.make_markdown),
            ("Contacts.csv", plain.make_csv),
            ("Photos/Entrance.jpg", make_jpeg),
            ("Photos/Workshop.jpg", make_jpeg),
        ):
            prose = Prose("sales", f"{company} {name}")
            edits.append(put(f"{folder}/{name}", maker(prose), member=email))
    return edits


def visit_notes(email: str, top: str, number: int) -> list[Edit]:
    """The notes of one visit are written anew."""
    company = _VISITED[number % len(_VISITED)]
    path = f"{top}/{company}/Notes.md"
    text = plain.make_markdown(Prose("sales", f"{company} visit {number}"))
    return [put(path, text, member=email)]


def first_papers(person: Person) -> list[Edit]:
    """What a newcomer makes in the first days."""
    drafts = home_drafts(person.given_name, person.topic, 24)
    return [put(draft.path, draft.content(0), member=person.email) for draft in drafts]
