"""What the kit says, the same words on paper and in the text file."""

import shlex
from dataclasses import dataclass, field
from datetime import datetime

_WIDTH = 78


@dataclass(frozen=True)
class KitFacts:
    """All that differs from kit to kit."""

    organisation: str
    code: str = field(repr=False)
    storage_id: str
    location: str
    region_label: str
    endpoint: str
    region: str
    repository_id: str
    made: datetime

    def rows(self) -> list[tuple[str, str]]:
        """What identifies the repository, without rows that have nothing to say."""
        label = "" if self.region_label == self.storage_id else self.region_label
        found = [
            ("Organisation", self.organisation),
            ("Storage", f"{self.storage_id} - {label}" if label else self.storage_id),
            ("Location", self.location),
            ("Endpoint", self.endpoint),
            ("Region", self.region),
            ("Repository", self.repository_id),
            ("Made", f"{self.made:%Y-%m-%d %H:%M} UTC"),
        ]
        return [(title, text) for title, text in found if text]

    def command(self) -> str:
        """What is typed on the new machine."""
        more = "".join(
            f" --{name} {shlex.quote(value)}"
            for name, value in (("endpoint", self.endpoint), ("region", self.region))
            if value
        )
        return f"dropally recover --from {shlex.quote(self.location)}{more}"


TITLE = "Dropally recovery kit"
CODE_TITLE = "Recovery code"
WARNING = (
    "This code opens all backups in this storage. Keep it on paper, away from the appliance, where"
    " only people may reach it who may read every backup. Nobody can open the backups without it"
    " when the appliance is lost, the makers of Dropally included."
)
STEPS = (
    "Install Dropally on an empty machine and start it with: dropally serve",
    (
        "Open its address in a browser, choose Recover an existing appliance, and enter the location"
        " and the code above. Or type, before it is started for the first time:"
    ),
    "Switch the old machine off, if it still runs: two appliances would both back up the team.",
)
STEPS_TITLE = "When the appliance is lost"


def as_text(facts: KitFacts) -> str:
    """The kit as a text file."""
    rows = facts.rows()
    width = max(len(title) for title, _ in rows) + 2
    lines = [TITLE.upper(), "=" * len(TITLE), ""]
    lines += [f"{title + ':':<{width}}{text}" for title, text in rows]
    lines += ["", f"{CODE_TITLE}:", "", f"    {facts.code}", "", *_wrapped(WARNING), ""]
    lines += [STEPS_TITLE, "-" * len(STEPS_TITLE)]
    for number, step in enumerate(STEPS, 1):
        lines += _wrapped(step, f"{number}. ", "   ")
        if step.endswith("time:"):
            lines += ["", f"       {facts.command()}", ""]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    found, line = [], first
    for word in text.split():
        if len(line) + len(word) > _WIDTH:
            found.append(line.rstrip())
            line = others
        line += word + " "
    return [*found, line.rstrip()]
