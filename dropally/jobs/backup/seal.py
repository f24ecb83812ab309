"""From a complete stage to a committed snapshot."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dropally.catalog.stage import Stage, StagedChange
from dropally.jobs.backup.namespace import REFUSED_LABEL, NamespaceRun
from dropally.jobs.backup.work import ItemProblem, NamespaceOutcome
from dropally.jobs.context import JobContext
from dropally.jobs.entries import decode_content
from dropally.store import (
    Entry,
    Failure,
    PageId,
    Reader,
    Snapshot,
    SnapshotDraft,
    TreeView,
    Writer,
    decode_entry,
    encode_entry,
    path_key,
)

_CHECK_EVERY = 4096
_CHECKED_REMEMBERED = 100_000
_TOTALS = ("files", "folders", "bytes")


@dataclass
class _Tally:
    """What the rows on their way into the tree amount to."""

    files: int = 0
    folders: int = 0
    bytes: int = 0
    failures: list[Failure] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Paths of the parent's failures that the stage speaks about."""


@dataclass(frozen=True)
class Sealed:
    """A namespace whose tree is written. `root` may equal the parent's."""

    run: NamespaceRun
    root: PageId | None
    tally: "_Tally"


def seal_tree(context: JobContext, run: NamespaceRun, writer: Writer, reader: Reader) -> Sealed:
    """Write the tree pages that differ from the parent's.

    Every content the stage names must be durable; the pages are after the next barrier. Nothing
    refers to the new root until `commit_sealed` puts the snapshot.
    """
    stage, parent = run.stage, run.parent
    parent_root = parent.root if parent else None
    base = None if stage.is_full else parent_root
    if base is not None:
        _spell_out_deletions(context, stage, reader, base)
    _add_missing_parents(stage, reader, base)
    tally = _Tally()
    known_failures = {failure.path for failure in parent.failures} if parent else set()
    root = writer.apply(base, _changes(context, stage, tally, known_failures))
    return Sealed(run, root, tally)


def is_unchanged(sealed: Sealed) -> bool:
    """True if the parent snapshot says all there is to say.

    After a cursor reset there is always a new snapshot: the parent's cursor leads nowhere.
    """
    parent = sealed.run.parent
    if parent is None or sealed.run.stage.was_reset or sealed.run.retried_refusals:
        return False
    return sealed.root == parent.root


def commit_sealed(
    context: JobContext, sealed: Sealed, writer: Writer, reader: Reader
) -> NamespaceOutcome:
    """Put the snapshot, then let the stage begin anew behind it. The tree must be durable."""
    run, stage = sealed.run, sealed.run.stage
    cursor = stage.cursor or ""
    if is_unchanged(sealed) and run.parent is not None:
        snapshot = run.parent
        stage.begin(snapshot.id, cursor)
        return _outcome(run, "unchanged", snapshot)
    draft = SnapshotDraft(
        source=run.work.namespace,
        root=sealed.root,
        parent=run.parent.id if run.parent else None,
        cursor=cursor,
        stats=_statistics(context, reader, sealed.tally, run.parent, sealed.root, stage.is_full),
        failures=_all_failures(sealed.tally, run.parent, stage.is_full),
        labels=_labels(context, run),
    )
    snapshot = writer.commit(draft)
    stage.begin(snapshot.id, cursor)
    return _outcome(run, "new", snapshot)


def _labels(context: JobContext, run: NamespaceRun) -> dict[str, str]:
    labels = {"name": run.work.name}
    if run.parent is None or run.retried_refusals or run.stage.is_full:
        labels[REFUSED_LABEL] = context.clock.now().isoformat(timespec="seconds")
    elif tried := run.parent.labels.get(REFUSED_LABEL):
        labels[REFUSED_LABEL] = tried
    return labels


def _outcome(run: NamespaceRun, status: str, snapshot: Snapshot) -> NamespaceOutcome:
    return NamespaceOutcome(
        namespace=run.work.namespace,
        name=run.work.name,
        status="new" if status == "new" else "unchanged",
        snapshot=snapshot.id,
        stats=dict(snapshot.stats),
        problems=tuple(
            ItemProblem(run.work.namespace, failure.path, failure.reason, failure.detail)
            for failure in snapshot.failures
        ),
    )


# -- rows into changes ---------------------------------------------------------------------


def _changes(
    context: JobContext, stage: Stage, tally: _Tally, known_failures: set[str]
) -> Iterator[tuple[bytes, bytes | None]]:
    sealed = context.phase("seal", "entries")
    sealed.expect(stage.count())
    for number, change in enumerate(stage.changes(), start=1):
        if number % _CHECK_EVERY == 0:
            context.check()
            sealed.add(_CHECK_EVERY)
        if change.path in known_failures:
            tally.touched.add(change.path)
        if change.entry is None:
            yield path_key(change.path), None
        else:
            yield path_key(change.path), _complete(change, change.entry, tally)
    sealed.add(stage.count() % _CHECK_EVERY)


def _complete(change: StagedChange, encoded: bytes, tally: _Tally) -> bytes:
    """The entry as the tree keeps it: with its content, or with the reason why there is none."""
    entry = decode_entry(encoded)
    if entry.kind == "folder":
        tally.folders += 1
        return encoded
    tally.files += 1
    tally.bytes += entry.size_bytes
    if change.content is not None:
        entry.content = decode_content(change.content)
    elif change.failure:
        entry.failure = change.failure
    if entry.failure:
        reason, _, detail = entry.failure.partition(": ")
        tally.failures.append(Failure(change.path, reason, detail))
    elif not _is_complete(entry):
        raise AssertionError(f"{change.path} reached the tree without content or failure")
    return encode_entry(entry)


def _is_complete(entry: Entry) -> bool:
    return entry.content is not None or entry.export is not None or entry.kind == "symlink"


def _all_failures(tally: _Tally, parent: Snapshot | None, is_full: bool) -> list[Failure]:
    """Those of this stage, and the parent's that nothing was heard of since."""
    kept: list[Failure] = []
    if parent is not None and not is_full:
        kept = [failure for failure in parent.failures if failure.path not in tally.touched]
    return sorted(tally.failures + kept, key=lambda failure: failure.path)


# -- what a listing leaves unsaid ----------------------------------------------------------


def _spell_out_deletions(
    context: JobContext, stage: Stage, reader: Reader, base: PageId | None
) -> None:
    """A deleted folder's listing names only the folder: name everything that was below it."""
    view = reader.tree(base)
    ended = list(_folders_among(view, stage.ending_paths()))
    stage.mark_cleared(ended)
    for path in ended:
        context.check()
        stage.add_gone(below for below, _ in view.scan(path))


def _add_missing_parents(stage: Stage, reader: Reader, base: PageId | None) -> None:
    """A file whose folder was never listed gets one, as Dropbox asks of those who replay a list."""
    missing = _unlisted_parents(stage)
    if base is not None and missing:
        view = reader.tree(base)
        missing -= {
            path
            for path in _folders_among(view, sorted(missing, key=path_key))
            if not stage.is_gone(path)
        }
    if missing:
        stage.add_folders(
            (path, encode_entry(Entry("folder", path.rpartition("/")[2]))) for path in missing
        )


def _unlisted_parents(stage: Stage) -> set[str]:
    checked: set[str] = set()
    missing: set[str] = set()
    for folder in stage.parents():
        parent = folder
        while parent and parent not in checked:
            checked.add(parent)
            if not stage.is_folder(parent):
                missing.add(parent)
            parent = parent.rpartition("/")[0]
        if len(checked) > _CHECKED_REMEMBERED:
            checked.clear()
    return missing


def _folders_among(view: TreeView, paths: Iterable[str]) -> Iterator[str]:
    for path, entry in view.get_many(paths):
        if entry is not None and entry.kind == "folder":
            yield path


# -- statistics ----------------------------------------------------------------------------


def _statistics(
    context: JobContext,
    reader: Reader,
    tally: _Tally,
    parent: Snapshot | None,
    root: PageId | None,
    is_full: bool,
) -> dict[str, int]:
    if parent is None:
        changes = {"added": tally.files, "changed": 0, "deleted": 0}
        return {"files": tally.files, "folders": tally.folders, "bytes": tally.bytes, **changes}
    totals = dict.fromkeys(_TOTALS, 0)
    changes = {"added": 0, "changed": 0, "deleted": 0}
    for number, (_, before, after) in enumerate(reader.tree(parent.root).diff(reader.tree(root))):
        if number % _CHECK_EVERY == 0:
            context.check()
        _count(totals, before, -1)
        _count(totals, after, +1)
        if (before or after).kind != "folder":  # type: ignore[union-attr]  # a difference has a side
            changes["added" if before is None else "deleted" if after is None else "changed"] += 1
    if is_full:
        whole = {"files": tally.files, "folders": tally.folders, "bytes": tally.bytes}
    else:
        whole = {name: parent.stats.get(name, 0) + totals[name] for name in _TOTALS}
    return {**whole, **changes}


def _count(totals: dict[str, int], entry: Entry | None, sign: int) -> None:
    if entry is None:
        return
    if entry.kind == "folder":
        totals["folders"] += sign
    else:
        totals["files"] += sign
        totals["bytes"] += sign * entry.size_bytes
