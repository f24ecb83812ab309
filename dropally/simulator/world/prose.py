"""Plausible office prose from a seed: enough different words that searching for one means something."""

import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "finance": (
        "invoice", "ledger", "budget", "forecast", "liability", "depreciation", "receivable",
        "audit", "margin", "cash flow", "tax return", "reconciliation", "expense claim",
    ),
    "legal": (
        "contract", "clause", "warranty", "licence", "settlement", "jurisdiction", "notary",
        "trademark", "confidentiality", "termination", "arbitration", "power of attorney",
    ),
    "sales": (
        "quotation", "pipeline", "renewal", "discount", "prospect", "tender", "commission",
        "territory", "price list", "framework agreement", "delivery date", "reseller",
    ),
    "engineering": (
        "bearing", "tolerance", "prototype", "firmware", "torque", "calibration", "drawing",
        "weld seam", "spindle", "test bench", "bill of materials", "commissioning",
    ),
    "people": (
        "applicant", "onboarding", "payroll", "holiday", "appraisal", "apprentice", "pension",
        "training", "parental leave", "job advert", "works council", "overtime",
    ),
    "marketing": (
        "campaign", "brochure", "trade fair", "newsletter", "press release", "photo shoot",
        "landing page", "brand", "keynote", "sponsorship", "testimonial", "slogan",
    ),
}  # fmt: skip
PLACES: Final = (
    "Zürich", "Aarhus", "Kraków", "Lyon", "Göteborg", "Porto", "Galway", "Graz", "Tampere", "Ghent",
)  # fmt: skip
COMPANIES: Final = (
    "Hollenberg & Sons", "Nordlys Marine", "Tramontane Foods", "Kestrel Optics", "Birchwood Rail",
    "Castellan Energy", "Osprey Textiles", "Meridian Clinics", "Larkspur Games", "Vulcan Foundry",
)  # fmt: skip
_TEMPLATES: Final = (
    "The {a} for {company} was agreed in {place} and replaces the earlier {b}.",
    "Please check the {a} before the {b} goes out to {company}.",
    "In {month} the {a} rose by {number} percent while the {b} stayed flat.",
    "{company} asked for a new {a}; our {place} office will answer by the {day}th.",
    "Without the {a} we cannot close the {b}, as the meeting in {place} made plain.",
    "Open points: {a}, {b}, and who pays for the journey to {place}.",
    "A copy of the {a} (number {number}-{day}) is kept with the {b}.",
    "Since {month} every {a} needs a second signature when the {b} is above {number} thousand.",
    "The team in {place} compared the {a} of {company} with last year's {b}.",
)
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class Prose:
    """Sentences, titles and numbers about one topic; the same seed writes the same text."""

    def __init__(self, topic: str, seed: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - wanted: repeatable, not secret
        self._words = TOPICS[topic]

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices; thousands of documents take a hundred thousand of these."""
        return choices[int(self.random.random() * len(choices))]

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.random.random() * (most - least + 1))

    def word(self) -> str:
        """One term of the topic."""
        return self.pick(self._words)

    def company(self) -> str:
        """A customer or supplier."""
        return self.pick(COMPANIES)

    def title(self) -> str:
        """A heading of three to six words."""
        return f"{self.word().capitalize()} and {self.word()}, {self.pick(MONTHS)}"

    def sentence(self) -> str:
        """One sentence."""
        return self.pick(_TEMPLATES).format(
            a=self.word(),
            b=self.word(),
            company=self.company(),
            place=self.pick(PLACES),
            month=self.pick(MONTHS),
            number=self.number(2, 990),
            day=self.number(4, 20),
        )

    def paragraph(self, sentences: int = 5) -> str:
        """Several sentences, one after another."""
        return " ".join(self.sentence() for _ in range(sentences))

    def row(self) -> tuple[str, str, int, float]:
        """A line of a table: term, company, quantity, amount."""
        return self.word(), self.company(), self.number(1, 400), self.number(1000, 900_000) / 100
