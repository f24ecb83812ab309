"""Settings of a running appliance: a real database, people, and a file that tests write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropally.auth.actors import Actor
from dropally.auth.context import open_auth
from dropally.auth.sealing import open_sealer
from dropally.catalog.appliance import open_appliance_database
from dropally.common.clock import ManualClock
from dropally.config import LoadedConfig, load_config
from dropally.config.changing import SettingView, change_settings, look_at_settings
from dropally.config.live import LiveSettings, SettingsChanged
from tests.auth.appliance import QUICK, START, Appliance, lay_empty_database
from tests.config.files import write


@dataclass
class Room:
    """What tests work with."""

    folder: Path
    live: LiveSettings
    people: Appliance
    admin: Actor

    def change(
        self, changes: dict[str, Any], actor: Actor | None = None, modno: int | None = None
    ) -> SettingsChanged:
        """Change settings, as the administrator unless somebody else is named."""
        return change_settings(self.live, self.people.ctx, actor or self.admin, changes, modno)

    def view(self, key: str, actor: Actor | None = None) -> SettingView:
        """One key as the console shows it."""
        views, _ = look_at_settings(self.live, self.people.ctx, actor or self.admin)
        return next(view for view in views if view.key == key)

    def loaded(self, text: str, **environ: str) -> LoadedConfig:
        """What file and environment say now."""
        return load_config(write(self.folder, text), environ)


@contextmanager
def opened(folder: Path, text: str = "", **environ: str) -> Iterator[Room]:
    """An appliance of this file. Opened anew, it is as it was left."""
    loaded = load_config(write(folder, text), environ)
    data, clock = folder / "data", ManualClock(START)
    lay_empty_database(data)
    with open_appliance_database(data) as database:
        live = LiveSettings(loaded, database, open_sealer(data))
        ctx = open_auth(
            database,
            data,
            clock,
            hasher=QUICK,
            base_url=live.base_url,
            sends_mail=live.sends_mail,
            pinned=live.pinned_policy,
        )
        people = Appliance(ctx, clock)
        is_new = not (data / "was-set-up").exists()
        (data / "was-set-up").touch()
        yield Room(folder, live, people, people.set_up() if is_new else people.sign_in())
