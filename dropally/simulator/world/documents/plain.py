"""Text in its many forms: notes, Markdown, CSV, JSON, logs and mails."""

import base64
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from dropally.simulator.world.prose import Prose

_START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
_TEXT_PART: Final = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)
_NOTE_PART: Final = (
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="note.txt"\r\n\r\n'
)


def make_text(prose: Prose, *, paragraphs: int = 4) -> bytes:
    """A note in plain text."""
    lines = [prose.title(), ""]
    for _ in range(paragraphs):
        lines += [prose.paragraph(), ""]
    return "\n".join(lines).encode()


def make_markdown(prose: Prose, *, sections: int = 3) -> bytes:
    """A Markdown page with headings and bullets."""
    parts = [f"# {prose.title()}\n"]
    for _ in range(sections):
        bullets = "\n".join(f"- {prose.sentence()}" for _ in range(3))
        parts.append(f"## {prose.title()}\n\n{prose.paragraph(3)}\n\n{bullets}\n")
    return "\n".join(parts).encode()


def make_csv(prose: Prose, *, rows: int = 60) -> bytes:
    """A table with a header."""
    buffer = io.StringIO()
    table = csv.writer(buffer)
    table.writerow(("item", "company", "quantity", "amount"))
    table.writerows(prose.row() for _ in range(rows))
    return buffer.getvalue().encode()


def make_json(prose: Prose, *, records: int = 25) -> bytes:
    """A list of records."""
    keys = ("item", "company", "quantity", "amount")
    rows = [dict(zip(keys, prose.row(), strict=True)) for _ in range(records)]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def make_log(prose: Prose, *, lines: int = 120) -> bytes:
    """A service's log."""
    moment = _START
    written = []
    for _ in range(lines):
        moment += timedelta(seconds=prose.number(1, 90))
        level = prose.pick(("INFO", "INFO", "INFO", "WARN", "ERROR"))
        written.append(f"{moment.isoformat()} {level:5} {prose.word()}: {prose.sentence()}")
    return "\n".join(written).encode() + b"\n"


def make_eml(prose: Prose, *, attachment: bytes | None = None) -> bytes:
    """A mail as a mail program saves it (RFC 5322), with an attached note when one is given."""
    moment = _START + timedelta(minutes=prose.number(0, 200_000))
    head = (
        "From: Office <office@example.com>\r\n"
        f'To: "{prose.company()}" <info@example.net>\r\n'
        f"Subject: {prose.title()}\r\n"
        f"Date: {format_datetime(moment)}\r\n"
        f"Message-ID: <{prose.random.getrandbits(64):016x}@example.com>\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode()
    body = _TEXT_PART + "\r\n\r\n".join(prose.paragraph(3) for _ in range(3)).encode() + b"\r\n"
    if attachment is None:
        return head + body
    boundary = b"part-%016x" % prose.random.getrandbits(64)
    note = _NOTE_PART + base64.encodebytes(attachment).replace(b"\n", b"\r\n")
    kind = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n' % boundary
    parts = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in (body, note))
    return head + kind + parts + b"--%b--\r\n" % boundary
