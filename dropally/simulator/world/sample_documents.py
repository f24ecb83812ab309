"""Which documents the sample team has: a few thousand, in folders people would make."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dropally.simulator.world.documents import plain
from dropally.simulator.world.documents.office import make_docx, make_xlsx
from dropally.simulator.world.documents.pdf import make_pdf
from dropally.simulator.world.documents.pictures import make_jpeg, make_png
from dropally.simulator.world.prose import COMPANIES, MONTHS, Prose

Maker = Callable[[Prose], bytes]
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be made: where it lies, how it is made, and how old its revisions are."""

    path: str
    topic: str
    maker: Maker
    ages_s: tuple[int, ...]
    """Age of each revision in seconds, oldest first."""

    def content(self, revision: int) -> bytes:
        """The bytes of one revision (0 is the oldest); each revision has its own."""
        return self.maker(Prose(self.topic, f"{self.path} {revision}"))


_MAKERS: Final[dict[str, Maker]] = {
    "docx": make_docx,
    "xlsx": make_xlsx,
    "pdf": make_pdf,
    "jpg": make_jpeg,
    "png": make_png,
    "txt": plain.make_text,
    "md": plain.make_markdown,
    "csv": plain.make_csv,
    "json": plain.make_json,
    "log": plain.make_log,
    "eml": plain.make_eml,
}
_HOME_SHELVES: Final = (
    ("Projects/{company}/Contracts", ("docx", "docx", "pdf")),
    ("Projects/{company}/Correspondence", ("eml", "eml", "eml", "docx", "txt")),
    ("Projects/{company}/Figures", ("xlsx", "csv", "xlsx", "png")),
    ("Meetings/{month}", ("md", "txt", "docx")),
    ("Pictures/{month}", ("jpg", "jpg", "png")),
    ("Data/{month}", ("json", "csv", "log")),
)
_SHARED_SHELVES: Final = (
    ("{company}", ("docx", "xlsx", "pdf", "eml")),
    ("Archive/{month}", ("txt", "csv", "docx", "md")),
    ("Drafts", ("docx", "docx", "xlsx", "md")),
)


def home_drafts(owner: str, topic: str, count: int) -> Iterator[Draft]:
    """About `count` documents of a member, most with a single revision."""
    return _drafts(owner, topic, count, _HOME_SHELVES, most_revisions=3)


def shared_drafts(name: str, topic: str, count: int) -> Iterator[Draft]:
    """About `count` documents of a shared or team folder, many with several revisions."""
    return _drafts(name, topic, count, _SHARED_SHELVES, most_revisions=8)


def _drafts(
    seed: str,
    topic: str,
    count: int,
    shelves: tuple[tuple[str, tuple[str, ...]], ...],
    *,
    most_revisions: int,
) -> Iterator[Draft]:
    dice = random.Random(f"{seed} {topic}")  # noqa: S311 - wanted: repeatable, not secret
    titles = Prose(topic, f"titles of {seed}")
    companies, months = dice.sample(COMPANIES, 4), dice.sample(MONTHS, 5)
    taken: set[str] = set()
    while len(taken) < count:
        shelf, kinds = dice.choice(shelves)
        folder = shelf.format(company=dice.choice(companies), month=dice.choice(months))
        kind = dice.choice(kinds)
        path = f"/{folder}/{titles.title().replace('/', '-')} {dice.randint(1, 999)}.{kind}"
        if path.lower() in taken:
            continue
        taken.add(path.lower())
        yield Draft(path, topic, _MAKERS[kind], _ages(dice, most_revisions))


def _ages(dice: random.Random, most: int) -> tuple[int, ...]:
    """Ages of a document's revisions: one for most documents, months of history for some."""
    revisions = 1 if dice.random() < 0.8 else dice.randint(2, most)
    ages = {dice.randint(_DAY, 170 * _DAY) for _ in range(revisions)}
    return tuple(sorted(ages, reverse=True))
