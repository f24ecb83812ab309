"""Sending what waits in the outbox: in a thread beside the server, or once, when asked."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, make_msgid, parseaddr

import structlog

from dropally.auth.context import AuthContext
from dropally.auth.outbox import SealedOutbox
from dropally.catalog import outbox, people
from dropally.catalog.outbox import OutboxRow
from dropally.common.errors import ConflictError, DropallyError, TryLaterError
from dropally.common.text import format_time
from dropally.notify.mails import Letter
from dropally.notify.smtp import Delivery, MailServer, deliver
from dropally.notify.texts import Text, write_text

_BATCH = 50
_LOOK_AGAIN_S = 5.0
# A mail is tried nine times within two days. Sending fails for minutes or for a weekend.
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
_log = structlog.get_logger("dropally.notify")

FindServer = Callable[[], MailServer | None]


class Mailer:
    """Takes mails out of the outbox. `find_server` tells the mail server of the moment, if any."""

    def __init__(self, auth: AuthContext, find_server: FindServer) -> None:
        self._auth = auth
        self._find_server = find_server
        self._sealed = SealedOutbox(auth.sealer, auth.clock)
        self._sending = threading.Lock()
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures: Counter[str] = Counter()

    # -- once ------------------------------------------------------------------------------

    def run_once(self, now: datetime) -> int:
        """Send what is due, and give up what has expired; how many mails were taken.

        Without a mail server, mails wait for one until they expire.
        """
        with self._sending:
            with self._auth.write() as connection:
                outbox.give_up_expired(connection, now)
            server, taken = self._find_server(), 0
            while server is not None and not self._stopping.is_set():
                rows = self._due(now)
                if not rows:
                    break
                taken += len(rows)
                if not self._send(server, rows, now):
                    break
            return taken

    def _due(self, now: datetime) -> list[OutboxRow]:
        with self._auth.read() as connection:
            return outbox.due_mails(connection, now, _BATCH)

    def _send(self, server: MailServer, rows: Sequence[OutboxRow], now: datetime) -> bool:
        """Hand in these mails; False when the server is best left alone for a while."""
        written: list[tuple[OutboxRow, EmailMessage]] = []
        for row in rows:
            try:
                written.append((row, self._write(server, row, now)))
            except (DropallyError, ValueError) as error:
                self._note(row, Delivery(is_sent=False, answer=str(error), is_hopeless=True), now)
        if not written:
            return True
        return deliver(
            server,
            [message for _, message in written],
            lambda number, delivery: self._note(written[number][0], delivery, now),
            self._stopping.is_set,
        )

    def _write(self, server: MailServer, row: OutboxRow, now: datetime) -> EmailMessage:
        values = self._sealed.open(row)
        if row.expires is not None:
            values.setdefault("expires", format_time(row.expires))
        return message_of(server, row.recipient, self._text(row.kind, values), now)

    def _text(self, kind: str, values: Mapping[str, str]) -> Text:
        with self._auth.read() as connection:
            found = people.organisation(connection)
        name, time_zone = (found.name, found.time_zone) if found else ("", "UTC")
        return write_text(kind, values, name, time_zone)

    def _note(self, row: OutboxRow, delivery: Delivery, now: datetime) -> None:
        """Write down what became of a mail; one that failed is tried again later, if it may help."""
        with self._auth.write() as connection:
            if delivery.is_sent:
                outbox.mark_sent(connection, row.id, delivery.answer)
                return
            is_last = delivery.is_hopeless or row.tries >= len(_PAUSES)
            next_try = None if is_last else now + _PAUSES[row.tries]
            outbox.mark_tried(connection, row.id, delivery.answer, next_try)
        self._failures[row.kind] += 1
        _log.warning("mail not sent", kind=row.kind, answer=delivery.answer, gives_up=is_last)

    @property
    def failures(self) -> Mapping[str, int]:
        """Failed tries by the kind of mail, since the start."""
        return dict(self._failures)

    def send_now(self, recipient: str, letter: Letter) -> str:
        """Send one letter past the outbox; the server's answer.

        Raises ConflictError `no_mail_server`, TryLaterError with the server's own words.
        """
        server = self._find_server()
        if server is None:
            raise ConflictError(
                "no_mail_server", "no mail server is set", hint="set notify.smtp first"
            )
        text = self._text(letter.kind, letter.values)
        message = message_of(server, recipient, text, self._auth.now())
        noted: list[Delivery] = []
        deliver(
            server, [message], lambda _, delivery: noted.append(delivery), self._stopping.is_set
        )
        if not noted or not noted[0].is_sent:
            words = noted[0].answer if noted else "Dropally is stopping"
            raise TryLaterError(
                f"the mail was not sent: {words}",
                hint=f"check notify.smtp ({server.host}:{server.port}, {server.security})",
            )
        return noted[0].answer

    # -- beside the server -----------------------------------------------------------------

    def start(self) -> None:
        """Look for mails in a thread until `stop`."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="mailer", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End the thread; a mail that is being handed in is waited for."""
        self._stopping.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    def wake(self) -> None:
        """Look at once, not at the next turn."""
        self._wanted.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_once(self._auth.now())
            except DropallyError as error:
                # The database, most likely: it says so elsewhere too, and may be well again.
                _log.error("the outbox cannot be read", error=str(error))
            self._wanted.wait(_LOOK_AGAIN_S)
            self._wanted.clear()


def message_of(server: MailServer, recipient: str, text: Text, now: datetime) -> EmailMessage:
    """A mail in the form of RFC 5322: plain text with an HTML alternative."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"] = text.subject
    message["From"] = server.sender
    message["To"] = recipient
    message["Date"] = format_datetime(now)
    domain = parseaddr(server.sender)[1].rpartition("@")[2]
    message["Message-ID"] = make_msgid(domain=domain or None)
    # RFC 3834: no automatic answers to this, please.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.plain)
    message.add_alternative(text.html, subtype="html")
    return message
