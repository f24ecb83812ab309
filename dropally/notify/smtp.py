"""Handing mails to a mail server (RFC 5321), by STARTTLS, TLS or in the clear."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

import aiosmtplib
import certifi
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

_TIMEOUT_S = 30.0
_STOP_SEEN_WITHIN_S = 0.2
_LAST_MAIL_WITHIN_S = 1.5
_PERMANENT = 500


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in. `sender` may be `Name <address>`; no username: no sign-in."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


@dataclass(frozen=True)
class Delivery:
    """What became of one mail: the server's own words in `answer`.

    `is_hopeless`: the server will never take this mail; anything else may go better later.
    """

    is_sent: bool
    answer: str
    is_hopeless: bool = False


Note = Callable[[int, Delivery], None]


def deliver(
    server: MailServer,
    messages: Sequence[EmailMessage],
    note: Note,
    should_stop: Callable[[], bool],
) -> bool:
    """Hand in mails over one connection; `note` is told of each at once, by its place in the list.

    False if the connection failed: the mail that was under way then is noted, or all of them if
    there was no connection at all; the others were not tried. Never raises for what a server or
    the line does. When `should_stop` turns true no other mail is begun; one that is being handed
    in has some seconds to its end, and is not noted if it does not come to it.
    """
    return asyncio.run(_until_stopped(server, messages, note, should_stop))


async def _until_stopped(
    server: MailServer,
    messages: Sequence[EmailMessage],
    note: Note,
    should_stop: Callable[[], bool],
) -> bool:
    handing_in = asyncio.Lock()
    task = asyncio.ensure_future(_deliver(server, messages, note, handing_in))
    while not task.done() and not should_stop():
        await asyncio.wait({task}, timeout=_STOP_SEEN_WITHIN_S)
    if not task.done():
        # Cut off in the middle, a mail that the server has taken would be sent again.
        with suppress(TimeoutError):
            await asyncio.wait_for(handing_in.acquire(), _LAST_MAIL_WITHIN_S)
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_STOP_SEEN_WITHIN_S)
    return not task.cancelled() and task.result()


async def _deliver(
    server: MailServer, messages: Sequence[EmailMessage], note: Note, handing_in: asyncio.Lock
) -> bool:
    tried: Sequence[int] = range(len(messages))
    try:
        async with _client(server) as client, _cut_off(client):
            if server.username:
                await client.login(server.username, server.password)
            for number, message in enumerate(messages):
                async with handing_in:
                    tried = [number]
                    note(number, await _hand_in(client, message))
                    tried = []
    except (SMTPException, OSError, ValueError) as error:
        for number in tried:
            note(number, Delivery(is_sent=False, answer=_words(error, server)))
        return False
    return True


@asynccontextmanager
async def _cut_off(client: SMTP) -> AsyncIterator[None]:
    """End the session politely, then the connection for sure.

    Closing TLS by itself waits for the server's word, longer than our loop lives.
    """
    line = client.transport
    try:
        yield
        with suppress(SMTPException, OSError):
            await client.quit()
    finally:
        if isinstance(line, asyncio.WriteTransport):
            line.abort()
            await asyncio.sleep(0)


def _client(server: MailServer) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=None if server.security == "none" else _trust(server.ca_file),
        timeout=_TIMEOUT_S,
    )


def _trust(ca_file: str) -> ssl.SSLContext:
    """The machine's authorities, the well-known ones, and the organisation's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


async def _hand_in(client: SMTP, message: EmailMessage) -> Delivery:
    """One mail; what is wrong with this mail alone does not hold up the others."""
    try:
        _, answer = await client.send_message(message)
    except SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        return Delivery(
            is_sent=False,
            answer=f"{refused.code} {refused.message}",
            is_hopeless=refused.code >= _PERMANENT,
        )
    except SMTPDataError as error:
        return Delivery(
            is_sent=False,
            answer=f"{error.code} {error.message}",
            is_hopeless=error.code >= _PERMANENT,
        )
    except (SMTPNotSupported, ValueError) as error:
        # An address or a header that this server, or any, cannot take.
        return Delivery(is_sent=False, answer=str(error), is_hopeless=True)
    return Delivery(is_sent=True, answer=answer)


def _words(error: Exception, server: MailServer) -> str:
    """The server's words as they are, or what the line did; never the password."""
    if isinstance(error, SMTPResponseException):
        words = f"{error.code} {error.message}"
    elif isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        words = f"{server.host}:{server.port} did not answer within {_TIMEOUT_S:.0f} s"
    else:
        words = str(error) or type(error).__name__
    return words.replace(server.password, "***") if server.password else words
