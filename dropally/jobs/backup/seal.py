"""From a complete stage to a committed snapshot."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import tee
from typing import Literal

from dropally.catalog.stage import Stage, StagedChange
from dropally.jobs.backup.namespace import REFUSED_LABEL, NamespaceRun
from dropally.jobs.backup.work import ItemProblem, NamespaceOutcome, NamespaceWork
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
_CHANGES = ("added", "changed", "deleted")


@dataclass
class _Sums:
    """What some entries amount to."""

    files: int = 0
    folders: int = 0
    bytes: int = 0

    def add(self, entry: Entry) -> None:
        """One more entry."""
        if entry.kind == "folder":
            self.folders += 1
        else:
            self.files += 1
            self.bytes += entry.size_bytes


@dataclass
class _Tally:
    """What the rows on their way into the tree amount to, and what they replace."""

    after: _Sums = field(default_factory=_Sums)
    before: _Sums = field(default_factory=_Sums)
    changes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_CHANGES, 0))
    failures: list[Failure] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Paths of the parent's failures that the stage speaks about."""

    def note(self, before: Entry | None, after: Entry | None) -> None:
        """One path's entry in the parent snapshot and now."""
        if before is not None:
            self.before.add(before)
        if after is not None:
            self.after.add(after)
        _count_change(self.changes, before, after)


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
    view = reader.tree(base) if base is not None else None
    _say_what_is_left_unsaid(context, stage, view)
    tally = _Tally()
    known_failures = {failure.path for failure in parent.failures} if parent else set()
    root = writer.apply(base, _changes(context, stage, view, tally, known_failures))
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
    context: JobContext, sealed: Sequence[Sealed], writer: Writer, reader: Reader
) -> list[NamespaceOutcome]:
    """Put the snapshots; the stages are of no more use then. The trees must be durable."""
    drafts = [_draft(context, one, reader) for one in sealed if not is_unchanged(one)]
    snapshots = {snapshot.source: snapshot for snapshot in writer.commit_all(drafts)}
    return [_finish(one, snapshots.get(one.run.work.namespace)) for one in sealed]


def _draft(context: JobContext, sealed: Sealed, reader: Reader) -> SnapshotDraft:
    run, stage = sealed.run, sealed.run.stage
    return SnapshotDraft(
        source=run.work.namespace,
        root=sealed.root,
        parent=run.parent.id if run.parent else None,
        cursor=stage.cursor or "",
        stats=_statistics(context, reader, sealed, run.parent),
        failures=_all_failures(sealed.tally, run.parent, stage.is_full),
        labels=_labels(context, run),
    )


def _finish(sealed: Sealed, snapshot: Snapshot | None) -> NamespaceOutcome:
    run = sealed.run
    cursor = run.stage.cursor or ""
    run.stage.remove()
    if snapshot is not None:
        return outcome_of(run.work, "new", snapshot, cursor)
    assert run.parent is not None  # noqa: S101  without one there is always a snapshot
    return outcome_of(run.work, "unchanged", run.parent, cursor)


def _labels(context: JobContext, run: NamespaceRun) -> dict[str, str]:
    labels = {"name": run.work.name}
    if run.parent is None or run.retried_refusals or run.stage.is_full:
        labels[REFUSED_LABEL] = context.clock.now().isoformat(timespec="seconds")
    elif tried := run.parent.labels.get(REFUSED_LABEL):
        labels[REFUSED_LABEL] = tried
    return labels


def outcome_of(
    work: NamespaceWork, status: Literal["new", "unchanged"], snapshot: Snapshot, cursor: str
) -> NamespaceOutcome:
    """How a namespace fared that has this snapshot now; `cursor`: where its listing stands."""
    return NamespaceOutcome(
        namespace=work.namespace,
        name=work.name,
        status=status,
        snapshot=snapshot.id,
        cursor=cursor,
        stats=dict(snapshot.stats),
        problems=tuple(
            ItemProblem(work.namespace, failure.path, failure.reason, failure.detail)
            for failure in snapshot.failures
        ),
    )


# -- rows into changes ---------------------------------------------------------------------


def _changes(
    context: JobContext,
    stage: Stage,
    view: TreeView | None,
    tally: _Tally,
    known_failures: set[str],
) -> Iterator[tuple[bytes, bytes | None]]:
    sealed = context.phase("seal", "entries")
    sealed.expect(stage.count())
    for number, (change, before) in enumerate(_beside_before(stage.changes(), view), start=1):
        if number % _CHECK_EVERY == 0:
            context.check()
            sealed.add(_CHECK_EVERY)
        if change.path in known_failures:
            tally.touched.add(change.path)
        after = None if change.entry is None else _complete(change, change.entry, tally)
        tally.note(before, after)
        yield path_key(change.path), None if after is None else encode_entry(after)
    sealed.add(stage.count() % _CHECK_EVERY)


def _beside_before(
    changes: Iterable[StagedChange], view: TreeView | None
) -> Iterator[tuple[StagedChange, Entry | None]]:
    """Each change with the parent's entry, read at the moment when its page is needed anyway."""
    if view is None:
        yield from ((change, None) for change in changes)
        return
    changes, again = tee(changes)
    for change, (_, before) in zip(
        changes, view.get_many(change.path for change in again), strict=True
    ):
        yield change, before


def _complete(change: StagedChange, encoded: bytes, tally: _Tally) -> Entry:
    """The entry as the tree keeps it: with its content, or with the reason why there is none."""
    entry = decode_entry(encoded)
    if entry.kind == "folder":
        return entry
    if change.content is not None:
        entry.content = decode_content(change.content)
    elif change.failure:
        entry.failure = change.failure
    if entry.failure:
        reason, _, detail = entry.failure.partition(": ")
        tally.failures.append(Failure(change.path, reason, detail))
    elif not _is_complete(entry):
        raise AssertionError(f"{change.path} reached the tree without content or failure")
    return entry


def _is_complete(entry: Entry) -> bool:
    return entry.content is not None or entry.export is not None or entry.kind == "symlink"


def _all_failures(tally: _Tally, parent: Snapshot | None, is_full: bool) -> list[Failure]:
    """Those of this stage, and the parent's that nothing was heard of since."""
    kept: list[Failure] = []
    if parent is not None and not is_full:
        kept = [failure for failure in parent.failures if failure.path not in tally.touched]
    return sorted(tally.failures + kept, key=lambda failure: failure.path)


# -- what a listing leaves unsaid ----------------------------------------------------------


def _say_what_is_left_unsaid(context: JobContext, stage: Stage, view: TreeView | None) -> None:
    """Name what was below a deleted folder, and folders that only their files were listed of.

    A deletion's listing names only the folder; and Dropbox asks those who replay a list to make
    the folders that it does not name. Both are looked up in one pass over the parent's tree.
    """
    missing = _unlisted_parents(stage)
    if view is not None:
        named = merge(stage.ending_paths(), sorted(missing, key=path_key), key=path_key)
        folders = set(_folders_among(view, named))
        ended = [path for path in stage.ending_paths() if path in folders]
        stage.mark_cleared(ended)
        for path in ended:
            context.check()
            stage.add_gone(below for below, _ in view.scan(path))
        missing -= {path for path in missing & folders if not stage.is_gone(path)}
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
    context: JobContext, reader: Reader, sealed: Sealed, parent: Snapshot | None
) -> dict[str, int]:
    tally, after = sealed.tally, sealed.tally.after
    whole = {"files": after.files, "folders": after.folders, "bytes": after.bytes}
    if parent is None or not sealed.run.stage.is_full:
        changes = tally.changes
    else:
        changes = dict.fromkeys(_CHANGES, 0)
        differences = reader.tree(parent.root).diff(reader.tree(sealed.root))
        for number, (_, before, now) in enumerate(differences):
            if number % _CHECK_EVERY == 0:
                context.check()
            _count_change(changes, before, now)
    if parent is not None and not sealed.run.stage.is_full:
        gone = tally.before
        lost = {"files": gone.files, "folders": gone.folders, "bytes": gone.bytes}
        whole = {name: parent.stats.get(name, 0) + whole[name] - lost[name] for name in whole}
    return {**whole, **changes}


def _count_change(changes: dict[str, int], before: Entry | None, after: Entry | None) -> None:
    """Count a file that was added, changed or deleted; folders are not counted."""
    entry = before or after
    if entry is None or entry.kind == "folder" or before == after:
        return
    changes["added" if before is None else "deleted" if after is None else "changed"] += 1
