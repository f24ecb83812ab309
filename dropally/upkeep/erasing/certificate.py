"""What a certificate says, the same words in the text and on the page."""

from dataclasses import dataclass
from datetime import datetime

from dropally.catalog.erasures import ErasureState
from dropally.common.text import format_bytes, format_time
from dropally.upkeep.erasing.facts import ErasureFacts

TITLE = "Certificate of erasure"
_WIDTH = 78
_HASHES_SHOWN = 8
_PACKS_SHOWN = 12


@dataclass(frozen=True)
class CertificateFacts:
    """All that differs from one to another."""

    id: str
    organisation: str
    state: ErasureState
    entity_name: str
    storage: str
    reason: str
    asked_by: str
    asked: datetime
    erased: datetime | None
    completed: datetime | None
    found: ErasureFacts
    removed_packs: list[str]

    def rows(self) -> list[tuple[str, str]]:
        """What it is about."""
        found = self.found
        rows = [
            ("Organisation", self.organisation),
            ("Number", self.id),
            ("State", _STATES[self.state]),
            ("Backups of", self.entity_name),
            ("Storage", self.storage),
            ("Reason", self.reason),
            ("Asked by", f"{self.asked_by}, {format_time(self.asked)}"),
            ("Erased", "" if self.erased is None else format_time(self.erased)),
            ("Complete", "" if self.completed is None else format_time(self.completed)),
            (
                "What it was",
                (
                    f"{found.files} files in {found.versions} versions,"
                    f" {format_bytes(found.bytes)}, in {found.points} restore points"
                ),
            ),
            ("Path hashes", _some(found.items, _HASHES_SHOWN)),
        ]
        return [(title, text) for title, text in rows if text]

    def sentences(self) -> list[str]:
        """What was done, and what is left where."""
        found = self.found
        said = [
            (
                "The items were taken out of all restore points, out of the catalog, out of job"
                f" reports and selections ({found.records} records), out of prepared downloads"
                f" ({found.downloads} deleted) and out of the appliance's own backups"
                f" ({found.self_backups} replaced by a new one)."
            ),
            _bytes_sentence(self),
        ]
        if found.shared_items:
            said.append(
                f"{found.shared_items} other items ({format_bytes(found.shared_bytes)}) hold some of"
                " the same bytes. Those bytes stay, because these other items need them."
            )
        if found.audit_rows:
            said.append(
                f"The security audit names the items in {found.audit_rows} rows. It cannot be"
                " changed; rows go when the audit is given up."
            )
        if found.set_aside:
            said.append(f"{found.set_aside} damaged packs that had been set aside were deleted.")
        if found.replicas:
            said.append(
                f"Copies in {', '.join(found.replicas)} hold the items until the first copying after"
                " this certificate is complete, which removes them there."
            )
        said += [
            f"The copy in {name} was freed of them on {format_time(at)}."
            for name, at in sorted(found.freed_replicas.items())
        ]
        if found.locked_versions:
            until = (
                "" if found.locked_until is None else f" until {format_time(found.locked_until)}"
            )
            said.append(
                f"The bucket keeps {found.locked_versions} old versions of these packs{until}: they"
                " may not be removed. They are encrypted, and nothing refers to them."
            )
        if found.kind != "local":
            said.append(
                "If the bucket keeps versions, it keeps those of small encrypted objects (lists of"
                " chunks, restore points as they were) until its own lifecycle lets go of them."
            )
        if found.rule_ids:
            said.append("A rule keeps the items from being backed up again while it stands.")
        return said


_STATES: dict[ErasureState, str] = {
    "erasing": "being erased",
    "open": "erased from all backups; the bytes leave the storage when space is freed",
    "complete": "complete",
}


def _bytes_sentence(facts: CertificateFacts) -> str:
    if facts.state != "complete":
        return (
            "Their bytes lie in packs of the storage until space is freed, a day after this at the"
            " earliest. Nothing refers to them."
        )
    return (
        f"{len(facts.removed_packs)} packs from before were deleted from the storage after their"
        " other content was written anew. No pack, index entry, snapshot or restore point holds"
        f" the items any more. Packs: {_some(facts.removed_packs, _PACKS_SHOWN) or 'none'}."
    )


def _some(names: list[str], most: int) -> str:
    shown = ", ".join(name[:16] for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def as_text(facts: CertificateFacts) -> str:
    """The certificate as a text file."""
    rows = facts.rows()
    width = max(len(title) for title, _ in rows) + 2
    lines = [TITLE.upper(), "=" * len(TITLE), ""]
    for title, text in rows:
        lines += _wrapped(text, f"{title + ':':<{width}}", " " * width)
    for sentence in facts.sentences():
        lines += ["", *_wrapped(sentence)]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, first: str = "", others: str = "") -> list[str]:
    found, line = [], first
    for word in text.split():
        if len(line) + len(word) > _WIDTH and line.strip():
            found.append(line.rstrip())
            line = others
        line += word + " "
    return [*found, line.rstrip()]
