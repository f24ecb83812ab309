"""Who is on the sample team."""

from dataclasses import dataclass
from typing import Final

from dropally.simulator.state.model import MemberStatus

DOMAIN: Final = "hollenberg.example"


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the sample team, and what their work is about."""

    given_name: str
    surname: str
    topic: str
    status: MemberStatus = "active"
    is_admin: bool = False
    groups: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """`ann.berger@hollenberg.example`."""
        return f"{_ascii(self.given_name)}.{_ascii(self.surname)}@{DOMAIN}"


def _ascii(name: str) -> str:
    plain = name.lower().translate({ord("ö"): "oe", ord("ü"): "ue", ord("ø"): "o", ord("é"): "e"})
    return plain.replace("'", "").replace(" ", "")


PEOPLE: Final = (
    Person("Ann", "Berger", "people", is_admin=True, groups=("Management", "Everybody")),
    Person("Bjørn", "Halvorsen", "engineering", groups=("Engineering", "Everybody")),
    Person("Chiara", "Conti", "marketing", groups=("Everybody",)),
    Person("Deniz", "Yildiz", "sales", groups=("Sales", "Everybody")),
    Person("Éloise", "Marchand", "finance", groups=("Management", "Everybody")),
    Person("Farid", "O'Neill", "legal", status="suspended", groups=("Everybody",)),
    Person("Greta", "Möller", "engineering", groups=("Engineering", "Everybody")),
    Person("Hugo", "Winter", "sales", status="removed"),
    Person("Iris", "Novak", "marketing", status="invited"),
)
GROUPS: Final = ("Everybody", "Management", "Engineering", "Sales")
