"""Text in its many forms: notes, Markdown, CSV, JSON, logs and mails."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from dropally.simulator.world.prose import Prose

_START = datetime(2026, 3, 2, 8, tzinfo=UTC)


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
    """A mail as a mail program saves it, with an attached note when one is given."""
    mail = EmailMessage()
    mail["From"] = "Office <office@example.com>"
    mail["To"] = f"{prose.company()} <info@example.net>"
    mail["Subject"] = prose.title()
    moment = _START + timedelta(minutes=prose.number(0, 200_000))
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = f"<{prose.random.getrandbits(64):016x}@example.com>"
    mail.set_content("\n\n".join(prose.paragraph(3) for _ in range(3)))
    if attachment is not None:
        mail.add_attachment(attachment, maintype="text", subtype="plain", filename="note.txt")
        mail.set_boundary(f"part-{prose.random.getrandbits(64):016x}")
    return bytes(mail)
