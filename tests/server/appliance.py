"""A whole server for the tests: the real application, real people, a clock that tests move."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from dropally.app.rooms import LinkedTeams
from dropally.auth import api_tokens, sessions
from dropally.auth.actors import EVERYWHERE, Actor, Client, Reach
from dropally.auth.verbs import Role, Verb
from dropally.common.clock import ManualClock
from dropally.config import load_config
from dropally.config.live import LiveSettings
from dropally.config.mail import mail_server
from dropally.dropbox_api import ConnectionSettings
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storage_definition import StorageDefinition
from dropally.jobs.storages import Storages
from dropally.notify.mailer import Mailer
from dropally.protection.context import ProtectionContext
from dropally.recovery.context import RecoveryContext, RecoverySettings
from dropally.recovery.directory import TaskEntities
from dropally.server.application import build_application
from dropally.server.authentication import cookie_name
from dropally.server.csrf import HEADER as CSRF_HEADER
from dropally.server.in_process import InProcessTransport
from dropally.server.parts import HttpSettings, Parts
from dropally.store import KeyFile, Secret, new_key_file
from dropally.upkeep.context import UpkeepContext
from litestar.types import ASGIApp
from tests.auth.appliance import OFFICE, Appliance, opened

BASE_URL = "https://backup.example.com"


@dataclass
class Served:
    """The application and short ways to ask it. Clients are closed with it."""

    parts: Parts
    people: Appliance
    app: ASGIApp
    ending: ExitStack = field(repr=False)
    _admin: Actor | None = None

    @property
    def clock(self) -> ManualClock:
        return self.people.clock

    @property
    def admin(self) -> Actor:
        """The first administrator; sets the appliance up at first use."""
        if self._admin is None:
            self._admin = self.people.set_up()
        return self._admin

    def stranger(self, address: str = OFFICE.address) -> httpx.Client:
        """A client that has not signed in."""
        transport = InProcessTransport(self.app, client=address)
        return self._client(transport)

    def operator(self) -> httpx.Client:
        """A client at the machine's own door."""
        return self._client(InProcessTransport(self.app, is_local=True))

    def as_admin(self) -> httpx.Client:
        """The administrator's browser."""
        return self.browser(self.admin)

    def as_role(
        self,
        role: Role,
        reach: Reach = EVERYWHERE,
        *,
        granted: frozenset[Verb] = frozenset(),
        denied: frozenset[Verb] = frozenset(),
    ) -> httpx.Client:
        """The browser of somebody with this role; each call makes another person."""
        return self.browser(self.person(role, reach, granted=granted, denied=denied))

    def person(
        self,
        role: Role,
        reach: Reach = EVERYWHERE,
        *,
        granted: frozenset[Verb] = frozenset(),
        denied: frozenset[Verb] = frozenset(),
    ) -> Actor:
        """Somebody with this role, signed in."""
        count = len(self.people.tokens)
        email = f"{role}.{count}@example.com"
        return self.people.add(self.fresh_admin(), email, role, reach, granted, denied)

    def fresh_admin(self) -> Actor:
        """The administrator as of now: a session that still counts as freshly proved."""
        token = self.people.tokens[self.admin.session_id]
        return sessions.authenticate(self.people.ctx, token, OFFICE)

    def browser(self, actor: Actor) -> httpx.Client:
        """A browser with this actor's session, which sends the CSRF header as our pages do."""
        token = self.people.tokens[actor.session_id]
        client = self.stranger()
        client.headers["Cookie"] = f"{cookie_name(self.parts.http)}={token}"
        client.headers[CSRF_HEADER] = sessions.csrf_token(token)
        return client

    def program(
        self,
        actor: Actor | None = None,
        *,
        verbs: frozenset[Verb] | None = None,
        reach: Reach = EVERYWHERE,
    ) -> httpx.Client:
        """A client with a new API token of the actor's (the administrator's)."""
        made = api_tokens.create(
            self.people.ctx, actor or self.fresh_admin(), "tests", verbs=verbs, reach=reach
        )
        client = self.stranger()
        client.headers["Authorization"] = f"Bearer {made.secret}"
        return client

    def _client(self, transport: InProcessTransport) -> httpx.Client:
        client = httpx.Client(transport=transport, base_url=BASE_URL)
        return self.ending.enter_context(client)


@contextmanager
def served(folder: Path, http: HttpSettings | None = None) -> Iterator[Served]:
    """A server on this data folder."""
    with ExitStack() as ending, opened(folder) as people:
        events = EventBus(people.clock)
        storages = Storages(
            [StorageDefinition("main", "local", str(folder / "repository"))],
            secret=lambda: KeyFile(folder / "repository.key"),
            data_dir=folder,
            cache_dir=folder / "cache",
            clock=people.clock,
        )
        ending.callback(storages.close)
        runner = JobRunner(people.ctx.database, people.clock, events)
        ending.callback(runner.stop, 5)  # jobs wait unless a test starts it
        nobody = ConnectionSettings(api_url="http://127.0.0.1:9")  # answers there
        protection = ProtectionContext(people.ctx, runner, events, storages, nobody, people.clock)
        parts = parts_over(people, protection, http)
        with ending:
            yield Served(parts, people, build_application(parts), ending)


def parts_over(
    people: Appliance, protection: ProtectionContext, http: HttpSettings | None = None
) -> Parts:
    """All parts, on top of the given ones."""
    settings = LiveSettings(load_config(None, {}), people.ctx.database, people.ctx.sealer)
    folder = people.ctx.data_folder
    key_file = folder / "repository.key"

    @contextmanager
    def new_secret() -> Iterator[tuple[Secret, Path | None]]:
        yield (KeyFile(key_file) if key_file.exists() else new_key_file(key_file)), key_file

    return Parts(
        http=http or HttpSettings(base_url=BASE_URL),
        clock=people.clock,
        database=people.ctx.database,
        auth=people.ctx,
        settings=settings,
        mail=Mailer(people.ctx, lambda: mail_server(settings.get())),
        events=protection.events,
        runner=protection.runner,
        storages=protection.storages,
        protection=protection,
        recovery=RecoveryContext(
            people.ctx,
            protection.runner,
            protection.storages,
            TaskEntities(people.ctx),
            LinkedTeams(protection),
            RecoverySettings,
        ),
        upkeep=UpkeepContext(
            auth=people.ctx,
            storages=protection.storages,
            runner=protection.runner,
            events=protection.events,
            data_folder=folder,
            key_file=key_file,
            new_secret=new_secret,
            connection_settings=ConnectionSettings(api_url="http://127.0.0.1:9"),
        ),
    )


def rebuilt(found: Served, **changes: object) -> Served:
    """The same appliance with other parts."""
    parts = replace(found.parts, **changes)  # type: ignore[arg-type]  # named by the test
    return Served(parts, found.people, build_application(parts), found.ending, found.admin)


__all__ = ["BASE_URL", "Client", "Served", "parts_over", "rebuilt", "served"]
