"""The whole appliance as `dropally serve` puts it together, but served to nobody and ticking by hand."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dropally.app.appliance import open_parts
from dropally.app.rooms import Rooms
from dropally.common.clock import ManualClock
from dropally.config import load_config
from dropally.protection import backup
from dropally.simulator import Simulator
from dropally.upkeep import repository_keys
from tests.auth.appliance import Appliance as People
from tests.protection.appliance import APP_KEY, Protected

_STOPS_WITHIN_S = 4.0


@dataclass
class Whole:
    """An opened appliance whose jobs run."""

    rooms: Rooms
    place: Protected


@contextmanager
def opened_whole(
    root: Path, simulator: Simulator, clock: ManualClock, *, is_new: bool = True
) -> Iterator[Whole]:
    """The appliance in this folder; a new one is set up first."""
    with ExitStack() as ending:
        loaded = load_config(_config(root, simulator.http_url), {})
        parts, rooms = open_parts(loaded, {}, clock, ending)
        people = People(parts.auth, clock)
        admin = people.set_up() if is_new else people.sign_in()
        backup.release_all(rooms.protection)
        parts.runner.start()
        ending.callback(parts.runner.stop, _STOPS_WITHIN_S)
        policy = rooms.protection.policy()
        yield Whole(rooms, Protected(rooms.protection, people, simulator, admin, policy))


def create_repository(whole: Whole) -> str:
    """Make the repository, as the first-run wizard does; its recovery code."""
    made = repository_keys.create(whole.rooms.upkeep, whole.place.fresh_admin(), "main")
    return str(made.recovery_code)


def _config(root: Path, api_url: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    path = root / "dropally.toml"
    path.write_text(
        f'[paths]\ndata = "{root}/data"\ncache = "{root}/cache"\n'
        f'[dropbox]\napi_url = "{api_url}"\napp_key = "{APP_KEY}"\n'
        f'[[storage]]\nid = "main"\npath = "{root.parent}/repository"\nmin_free = "0%"\n'
    )
    return path
