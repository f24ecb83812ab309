"""An appliance's people, for the tests: a real database, quick hashes, a clock that tests move."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

import argon2
import pyotp
from dropally.auth import invitations, second_factor, sessions, setup, sign_in
from dropally.auth.actors import EVERYWHERE, Actor, Client, Reach
from dropally.auth.audit_reading import AuditEntry, AuditQuery, list_entries
from dropally.auth.context import AuthContext, open_auth
from dropally.auth.invitations import InvitationForm
from dropally.auth.outbox import SealedOutbox
from dropally.auth.passwords import PasswordHasher
from dropally.auth.rights import Rights
from dropally.auth.security_page import change_policy
from dropally.auth.sessions import NewSession
from dropally.auth.setup import SetupForm
from dropally.auth.verbs import Role, Verb
from dropally.catalog.appliance import FILE_NAME, open_appliance_database
from dropally.catalog.outbox import delivery_log
from dropally.common.clock import ManualClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADMIN = "ann@example.com"
PASSWORD = "plover grazing at noon"
OTHER_PASSWORD = "seventeen quiet herons"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/129.0.0.0 Safari/537.36"
OFFICE = Client("10.4.5.60", CHROME, "req-1")
ELSEWHERE = Client("203.0.113.9", "curl/8.5.0", "req-2")
QUICK = PasswordHasher(memory_kib=8, passes=1, lanes=1)

FORM = SetupForm(
    name="Ann Smith",
    email=ADMIN,
    password=PASSWORD,
    password_again=PASSWORD,
    organisation="Example Ltd",
    time_zone="Europe/Berlin",
)


@dataclass
class Appliance:
    """The opened parts, and short ways to what tests do often."""

    ctx: AuthContext
    clock: ManualClock
    tokens: dict[str, str] = field(default_factory=dict)

    def set_up(self) -> Actor:
        """Run the first-run setup; the administrator, signed in."""
        code = setup.prepare_code(self.ctx)
        assert code is not None
        return self.actor(setup.complete(self.ctx, code, FORM, OFFICE))

    def actor(self, session: NewSession, client: Client = OFFICE) -> Actor:
        """Who comes by this session."""
        self.tokens[session.session_id] = session.token
        return sessions.authenticate(self.ctx, session.token, client)

    def sign_in(
        self,
        email: str = ADMIN,
        password: str = PASSWORD,
        code: str = "",
        client: Client = OFFICE,
    ) -> Actor:
        """Sign in and act."""
        return self.actor(sign_in.sign_in(self.ctx, email, password, client, code=code), client)

    def add(
        self,
        admin: Actor,
        email: str,
        role: Role = Role.VIEWER,
        reach: Reach = EVERYWHERE,
        granted: frozenset[Verb] = frozenset(),
        denied: frozenset[Verb] = frozenset(),
    ) -> Actor:
        """Invite somebody, let them accept, and sign them in with PASSWORD."""
        rights = Rights(role, reach, granted, denied)
        form = InvitationForm(f"Bo {email.partition('@')[0]}", email, rights)
        invitations.invite(self.ctx, admin, form)
        invitations.accept(
            self.ctx, self.mailed_token("invitation", email), PASSWORD, PASSWORD, OFFICE
        )
        return self.sign_in(email)

    def enrol(self, actor: Actor) -> tuple[pyotp.TOTP, list[str]]:
        """Set up a second factor; the app, and the recovery codes."""
        shown = second_factor.begin(self.ctx, actor)
        app = pyotp.TOTP(shown.text_code.replace(" ", ""))
        enabled = second_factor.enable(self.ctx, actor, self.code(app))
        self.tokens[enabled.session.session_id] = enabled.session.token
        return app, [str(code) for code in enabled.recovery_codes]

    def code(self, app: pyotp.TOTP) -> str:
        """What the app shows now."""
        return app.at(self.clock.now())

    def set_policy(self, admin: Actor, **changes: object) -> None:
        """Change security settings."""
        change_policy(self.ctx, admin, changes)

    def mails(self) -> list[tuple[str, str, dict[str, str]]]:
        """What was put into the outbox, the newest first: kind, recipient, values."""
        outbox = SealedOutbox(self.ctx.sealer, self.clock)
        with self.ctx.read() as connection:
            return [
                (row.kind, row.recipient, outbox.open(row))
                for row in delivery_log(connection, 1000)
            ]

    def mailed_token(self, kind: str, recipient: str) -> str:
        """The token in the newest such mail."""
        for sent_kind, sent_to, values in self.mails():
            if (sent_kind, sent_to) == (kind, recipient):
                return values["link"].partition("#")[2]
        raise AssertionError(f"no {kind} for {recipient}")

    def audit(self, admin: Actor) -> list[AuditEntry]:
        """The audit, the newest first."""
        return list_entries(self.ctx, admin, AuditQuery(), limit=500)


class NotedHasher(PasswordHasher):
    """Notes the costs of each hash that is computed: all else is quick beside that (F26)."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, passes=2, lanes=1)
        self.computed: list[argon2.Parameters] = []
        plain, computed = self._argon2, self.computed

        class Noting(argon2.PasswordHasher):
            def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
                computed.append(argon2.extract_parameters(made := plain.hash(password, salt=salt)))
                return made

            def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
                computed.append(argon2.extract_parameters(str(hash)))
                return plain.verify(hash, password)

        self._argon2 = Noting(plain.time_cost, plain.memory_cost, plain.parallelism)

    def assert_equal_work(self, calls: Iterable[Callable[[], None]]) -> None:
        """Each computes one hash of the same costs, so that their times tell nothing apart."""
        work = []
        for call in calls:
            self.computed.clear()
            call()
            work.append(list(self.computed))
        [costs] = work[0]
        assert all(one == [costs] for one in work), work


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_appliance_database(Path(folder)).close()
        return (Path(folder) / FILE_NAME).read_bytes()


def lay_empty_database(folder: Path) -> None:
    """Put a database that has its tables where none is: making them takes longer than most tests."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE_NAME
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(_empty_database())


@contextmanager
def opened(folder: Path, **options: object) -> Iterator[Appliance]:
    """An appliance in this folder."""
    clock = ManualClock(START)
    lay_empty_database(folder)
    with open_appliance_database(folder) as database:
        ctx = open_auth(
            database,
            folder,
            clock,
            hasher=QUICK,
            base_url="https://backup.example.com/",
            sends_mail=bool(options.pop("sends_mail", True)),
            pinned=options,
        )
        yield Appliance(ctx, clock)
