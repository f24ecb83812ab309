"""What happens in a team beside everyday work, on which day; it begins anew after four weeks."""

from dataclasses import dataclass, field
from typing import Any

from tests.e2e.year import Year

CYCLE_DAYS = 28
GRETA = "greta.moeller@hollenberg.example"
DENIZ = "deniz.yildiz@hollenberg.example"
ANN = "ann.berger@hollenberg.example"
_OFF = {11, 12, 13}
_REVOKED, _RECONNECTED = 17, 19
_CURSORS_FORGOTTEN = 25
_EVERY_SO_OFTEN_QUIET = 4


@dataclass
class Course:
    """Which nights were out of the ordinary, by their number."""

    off: set[int] = field(default_factory=set)
    disconnected: set[int] = field(default_factory=set)


def events_of(cycle: int, day: int) -> list[dict[str, Any]]:
    """The edits of a day, beside everyday work."""
    nora, renamed = f"nora{cycle}@hollenberg.example", f"nora.vest{cycle}@hollenberg.example"
    project = f"Project {cycle}"
    by_day: dict[int, list[dict[str, Any]]] = {
        2: [
            {"op": "add_member", "email": nora, "given_name": "Nora", "surname": f"Vest {cycle}"},
            {"op": "put", "member": nora, "path": "/Welcome.txt", "text": f"hello {cycle}"},
            {"op": "put", "member": nora, "path": "/Plans/First.txt", "text": f"plan {cycle}"},
        ],
        3: [
            {"op": "add_team_folder", "name": project},
            {"op": "put", "team_folder": project, "path": "/Goals.txt", "text": f"goals {cycle}"},
        ],
        5: [{"op": "rename_member", "member": nora, "email": renamed}],
        6: [
            {"op": "put", "member": renamed, "path": "/For Ann/Plan.txt", "text": f"plan {cycle}"},
            {"op": "share", "member": renamed, "path": "/For Ann", "members": {ANN: "editor"}},
        ],
        7: [{"op": "set_status", "member": DENIZ, "status": "suspended"}],
        9: [{"op": "set_team_folder_status", "team_folder": project, "status": "archived"}],
        15: [{"op": "set_team_folder_status", "team_folder": project, "status": "active"}],
        21: [{"op": "set_status", "member": DENIZ, "status": "active"}],
        22: [{"op": "rename_team_folder", "team_folder": project, "name": f"{project} (done)"}],
        23: [{"op": "set_status", "member": renamed, "status": "removed"}],
        26: [{"op": "expire_tokens"}],
    }
    return by_day.get(day, [])


def live(year: Year, days: int) -> Course:
    """Let so many days pass."""
    course = Course()
    for number in range(1, days + 1):
        cycle, day = divmod(number - 1, CYCLE_DAYS)
        events = events_of(cycle, day + 1)
        if day + 1 == _REVOKED:
            year.people.edit({"op": "revoke_tokens"})
        if day + 1 == _RECONNECTED:
            year.reconnect()
        if day + 1 == _CURSORS_FORGOTTEN:
            year.place.control.reset_cursors()
        if day + 1 in _OFF:
            course.off.add(number)
        if _REVOKED <= day + 1 < _RECONNECTED:
            course.disconnected.add(number)
        year.day(
            *events,
            is_on=day + 1 not in _OFF,
            is_quiet=not events and number % _EVERY_SO_OFTEN_QUIET == 0,
        )
    return course
