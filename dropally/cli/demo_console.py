"""The demo with the console: history first, then `serve` in the foreground."""

import sys
import time
from datetime import datetime
from pathlib import Path

from dropally.app.appliance import Appliance
from dropally.app.logs import set_up_logs
from dropally.cli.demo_folder import demo_folder
from dropally.cli.screen import Screen
from dropally.cli.serve import run_service
from dropally.config import load_config
from dropally.demo import history
from dropally.demo.diary import BEATRIX, LOST_FOLDER
from dropally.demo.office_hours import office_hours
from dropally.demo.place import NAME, Place, free_port, open_place
from dropally.simulator import Simulator, start_simulator

_WEEKS = 13


def open_demo(screen: Screen, folder: Path | None, port: int | None) -> int:
    """Make the history, unless an earlier start did, and serve until a signal; the exit code.

    Raises UsageError for a folder or a port that will not do.
    """
    with demo_folder(folder) as root:
        place = open_place(root)
        begun = None if place.is_lived else history.beginning()
        if begun:
            screen.say("Founding a Dropbox Business team on this machine ...")
        with start_simulator(team="sample", state=place.dropbox, founded=begun) as simulator:
            place.write_config(dropbox_url=simulator.http_url, port=free_port(port))
            set_up_logs(load_config(place.config, {}).config.log)
            if begun:
                _make_history(screen, place, simulator)
            with office_hours(simulator.control):
                return run_service(
                    lambda: load_config(place.config, {}),
                    lambda appliance: _greet(screen, appliance, place, is_kept=folder is not None),
                )


def _make_history(screen: Screen, place: Place, simulator: Simulator) -> None:
    started = time.monotonic()
    told: set[int] = set()

    def tell(share: float, moment: datetime) -> None:
        week = min(_WEEKS, int(share * _WEEKS) + 1)
        if week not in told:
            told.add(week)
            screen.say(f"  {moment:%e %B}: people work, and are backed up ({share:.0%})")

    screen.say("Three months pass in fast time:")
    history.live(place, simulator, tell)
    screen.say(f"  today, after {time.monotonic() - started:.0f} s")


def _greet(screen: Screen, appliance: Appliance, place: Place, *, is_kept: bool) -> None:
    [address] = appliance.doors.addresses
    end = f"keeps everything in {place.root}" if is_kept else "deletes everything"
    lost = f"{BEATRIX.given_name} deleted her folder {LOST_FOLDER[1:]!r} yesterday"
    lines = (
        "",
        f"Open    {address}",
        f"sign in {place.sign_in.email}   (you are {NAME}, administrator)",
        f"with    {place.sign_in.password}",
        "",
        "Try this:",
        f"  - {lost}. Open Recovery, {BEATRIX.given_name} {BEATRIX.surname},",
        "    go back to an earlier day, tick the folder, and restore it.",
        "  - Home: Backup Now. The team's people go on working while you look; Jobs shows what runs.",
        "  - Activity: three months of what the system and its people did.",
        "",
        f"Commands work, too:  export DROPALLY_CONFIG={place.config}; dropally task list",
        f"Ctrl-C ends the demo and {end}.",
    )
    for line in lines:
        screen.say(line)
    sys.stdout.flush()
