"""A mail server on loopback, and people with an outbox."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from dropally.notify.smtp import MailServer

SENDER = "Dropally <dropally@example.com>"


@dataclass
class Inbox:
    """What the server took, and how it answers: `answer` is asked with each recipient.

    A mail that came is confirmed as soon as `may_answer` is true.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answer: Callable[[str], str] = lambda _: ""
    came: threading.Event = field(default_factory=threading.Event)
    may_answer: Callable[[], bool] = lambda: True

    async def handle_RCPT(  # noqa: N802  the server's name for it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient, or not."""
        said = self.answer(address)
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail."""
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.came.set()
        while not self.may_answer():
            await asyncio.sleep(0.01)
        return "250 queued as 4711"

    def server(self, **options: Any) -> MailServer:
        """How it is reached."""
        options = {"security": "none", "sender": SENDER, **options}
        return MailServer("127.0.0.1", self.port, **options)

    def texts(self) -> list[str]:
        """The plain texts, in the order in which they came."""
        return [plain(mail) for mail in self.mails]


def plain(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html(mail: EmailMessage) -> str:
    """The HTML of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@contextmanager
def inbox(tls: ssl.SSLContext | None = None, *, password: str = "") -> Iterator[Inbox]:
    """A mail server that speaks STARTTLS if it has a certificate, and wants a password if given."""
    found = Inbox()

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> Any:
        is_right = isinstance(login, LoginPassword) and login.password.decode() == password
        return AuthResult(success=is_right, handled=is_right)

    sessions: list[SMTP] = []

    def begin() -> SMTP:
        made = SMTP(
            found,
            tls_context=tls,
            authenticator=check if password else None,
            auth_required=bool(password),
            auth_require_tls=bool(password),
        )
        sessions.append(made)
        return made

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(
        loop.create_server(begin, "127.0.0.1", 0), loop
    ).result()
    found.port = listening.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        asyncio.run_coroutine_threadsafe(_close(listening, sessions), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(listening: asyncio.Server, sessions: Sequence[SMTP]) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        # Clients have said goodbye; what they were told last is still being written.
        _, stuck = await asyncio.wait(others, timeout=60)
        assert not stuck
    await listening.wait_closed()
    async with asyncio.timeout(60):
        while any(session.transport is not None for session in sessions):
            await asyncio.sleep(0.005)
