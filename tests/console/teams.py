"""A team of four with a few files: founded and backed up in a fraction of a second."""

from collections.abc import Iterator
from contextlib import contextmanager

from dropally.simulator import Simulator, start_simulator
from tests.console.appliance import TEAM_ADMIN

BJORN = "bjorn.halvorsen@hollenberg.example"
ELOISE = "eloise.marchand@hollenberg.example"
FARID = "farid.oneill@hollenberg.example"
_FOUNDER = "admin@hollenberg.example"  # of the team that the simulator calls empty
_OTHERS = (
    (BJORN, "Bjørn", "Halvorsen"),
    (ELOISE, "Éloise", "Marchand"),
    (FARID, "Farid", "O'Neill"),
)


@contextmanager
def small_team() -> Iterator[Simulator]:
    """Ann, who is the admin, and three others; each has two files."""
    with start_simulator(team="empty") as simulator:
        founder = {"member": _FOUNDER, "email": TEAM_ADMIN, "display_name": "Ann Berger"}
        simulator.control.edit({"op": "rename_member", **founder})
        for email, given_name, surname in _OTHERS:
            person = {"email": email, "given_name": given_name, "surname": surname}
            simulator.control.edit({"op": "add_member", **person})
        for email in (TEAM_ADMIN, BJORN, ELOISE, FARID):
            simulator.control.edit(
                {"op": "put", "member": email, "path": "/Notes.txt", "text": f"of {email}"},
                {"op": "put", "member": email, "path": "/Letters/First.txt", "text": "Hello!"},
            )
        yield simulator
