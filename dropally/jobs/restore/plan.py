"""Planning a restore: for every item where it goes and the cheapest safe way to bring it there."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

from dropally.catalog.restore_log import PlannedItem, RestoreLog
from dropally.dropbox_api import ItemFailure, Roster, TeamConnection
from dropally.dropbox_api.stage import PART_BYTES
from dropally.dropbox_api.upload import BATCH_BYTES, BATCH_FILES, SMALL_BYTES
from dropally.jobs.chosen import Beside, Located, locate_all
from dropally.jobs.context import JobContext
from dropally.jobs.entries import encode_content
from dropally.jobs.live import LiveNamespace
from dropally.jobs.paths import likely_lower
from dropally.jobs.restore.destination import DisplayPaths, Spot, home_of, parse_target
from dropally.jobs.restore.wishes import Wish, item_wishes, source_label
from dropally.jobs.restore.work import RestorePlan, RestoreWork
from dropally.store import Entry, Reader, Repository

# Smaller files are sent again even where Dropbox has their bytes: a thousand of them cost four
# calls in a batch, where bringing each back by its revision costs two calls a file.
_WORTH_A_CALL_BYTES = 1 << 20
_LEAST_BATCH = 3
_APPENDED_A_CALL = 500
_FOLDERS_A_CALL = 1000
_LOOKUPS_AT_ONCE = 2000


def open_restore(
    context: JobContext, work: RestoreWork, noted: Callable[[int], None] = lambda _steps: None
) -> RestorePlan:
    """Plan a restore, or find the plan of the same one that was interrupted. Changes nothing.

    `noted` hears how far it is (`RestoreLog.steps`) each time a part of the plan is durable. Raises NotFoundError for an unknown entity, date or path, UsageError for a target that is gone.
    """
    with ExitStack() as opened:
        repository = opened.enter_context(work.repository.open(context.clock))
        reader = opened.enter_context(repository.reader())
        chosen = locate_all(repository, reader, work.group, work.addresses, work.chosen)
        log = RestoreLog(work.log_path(tuple(one.view.point.id for one in chosen)))
        opened.callback(log.close)
        team = opened.enter_context(work.team.open(context.clock, context.cancelled, watch=context))
        # A log that is known by name is that of this very restore, even when all of it is done.
        is_resumed = log.is_planned and (bool(work.log_name) or bool(log.namespaces()))
        if not is_resumed:
            planner = _Planner(context, work, repository, reader, team)
            opened.callback(planner.close)
            planner.plan(chosen, log, noted)
        return _summary(log, team, is_resumed=is_resumed)


@dataclass
class _Planner:
    context: JobContext
    work: RestoreWork
    repository: Repository
    reader: Reader
    team: TeamConnection
    _live: dict[str, LiveNamespace | str] = field(default_factory=dict)
    _opened: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.roster: Roster = self.team.discover()
        self._external = {space.id for space in self.roster.namespaces if space.external}
        self._present = {space.id for space in self.roster.namespaces}

    def close(self) -> None:
        self._opened.close()

    def plan(self, chosen: list[Located], log: RestoreLog, noted: Callable[[int], None]) -> None:
        """Two walks: which large contents could be copied from where, then the plan itself.

        A restore that is known by name goes on where an earlier planning of it stopped.
        """
        copies = self._copies(chosen)
        planned = self.context.phase("plan", "files")
        points = ",".join(one.view.point.id for one in chosen)
        dealt_with = log.begin_plan(points if self.work.log_name else "")
        wishes = islice(self._wishes(chosen), dealt_with, None)
        while batch := list(islice(wishes, _LOOKUPS_AT_ONCE)):
            self.context.check()
            items = self._decide_all(batch, copies)
            dealt_with += len(batch)
            log.add_planned(items, dealt_with)
            planned.add(len(items))
            noted(log.steps)
        log.finish_plan({"destination": self._described(chosen)})

    # -- what goes where -------------------------------------------------------------------

    def _wishes(self, chosen: list[Located]) -> Iterator[Wish]:
        beside = Beside(chosen)
        for one in chosen:
            top = one.item
            base = self._base(one, beside)
            display = DisplayPaths(one.view)
            label = source_label(one)
            if top.entry.kind == "folder":
                spot = base or Spot(top.place.namespace, display.of(top) if top.place.path else "")
                if spot.path:
                    lower = likely_lower(spot.path) if base else top.place.path
                    source = f"{label}{top.path if not one.is_exact else ''}" or "/"
                    yield Wish(spot, lower, source, top.entry, None, "", "")
            for item in one.walk():
                if base is None:
                    spot = Spot(item.place.namespace, display.of(item))
                    yield from item_wishes(spot, item.place.path, item, label)
                else:
                    spot = Spot(base.namespace, base.path + item.path)
                    yield from item_wishes(spot, likely_lower(spot.path), item, label)

    def _base(self, one: Located, beside: Beside) -> Spot | None:
        """Under which path the walk's paths go; None: everything where it was."""
        work, entity, top = self.work, one.entity, one.item
        if work.mode == "in-place" and not work.target:
            home_of(self.roster, entity)
            return None
        target = (
            parse_target(self.roster, work.target) if work.target else home_of(self.roster, entity)
        )
        path = target.path
        if work.mode == "new-folder":
            path = f"{path}/{work.folder_name}"
        path += "".join(f"/{folder}" for folder in beside.folders_of(one))
        name = top.path.rpartition("/")[2]
        if name and top.entry.kind == "folder":
            path = f"{path}/{name}"
        return Spot(target.namespace, path)

    def _described(self, chosen: list[Located]) -> str:
        if self.work.mode == "in-place" and not self.work.target:
            return "where it was"
        target = self.work.target or ", ".join(sorted({one.entity.key for one in chosen}))
        if self.work.mode == "in-place":
            return target
        return f"{target.removesuffix('/')}{'' if ':/' in target else ':'}/{self.work.folder_name}"

    # -- how -------------------------------------------------------------------------------

    def _look_up(self, wishes: list[Wish]) -> dict[tuple[str, str], Entry]:
        """What is at the wished places now."""
        paths: dict[str, list[str]] = {}
        for wish in wishes:
            paths.setdefault(wish.spot.namespace, []).append(wish.lower)
        found: dict[tuple[str, str], Entry] = {}
        for namespace, wanted in paths.items():
            live = self._live_namespace(namespace)
            if isinstance(live, LiveNamespace):
                found.update(((namespace, p), e) for p, e in live.get_many(wanted).items())
        return found

    def _decide_all(
        self, wishes: list[Wish], copies: dict[tuple[str, str], str]
    ) -> list[PlannedItem]:
        there = self._look_up(wishes)
        decided = (
            self._decide(wish, there.get((wish.spot.namespace, wish.lower)), copies)
            for wish in wishes
        )
        return [item for item in decided if item is not None]

    def _decide(
        self, wish: Wish, there: Entry | None, copies: dict[tuple[str, str], str]
    ) -> PlannedItem | None:
        if wish.refusal:
            return _planned(wish, "impossible", wish.refusal)
        live = self._live_namespace(wish.spot.namespace)
        if isinstance(live, str):
            return _planned(wish, "impossible", live)
        if wish.content is None:
            is_there = there is not None and there.kind == "folder"
            return None if is_there else _planned(wish, "folder")
        if there is None:
            return self._decide_free(wish, copies)
        if (
            there.kind == "file"
            and there.content_hash
            and there.content_hash.hex() == wish.content_hash
        ):
            return _planned(wish, "identical")
        return self._decide_conflict(wish, there)

    def _decide_free(self, wish: Wish, copies: dict[tuple[str, str], str]) -> PlannedItem:
        """Nothing is there: the old revision if it is the same place, a copy, or the bytes."""
        if wish.entry.size_bytes >= _WORTH_A_CALL_BYTES and wish.entry.kind == "file":
            if self.work.mode == "in-place" and not self.work.target and wish.entry.rev:
                return _planned(wish, "revision", wish.entry.rev)
            source = copies.get((wish.spot.namespace, wish.content_hash))
            if source is not None:
                return _planned(wish, "copy", source)
        return _planned(wish, "upload")

    def _decide_conflict(self, wish: Wish, there: Entry) -> PlannedItem:
        conflict = self.work.conflict
        if conflict == "skip":
            return _planned(wish, "skip", is_conflict=True)
        if conflict == "replace":
            if there.kind != "file":
                return _planned(
                    wish, "impossible", f"a {there.kind} has its name now", is_conflict=True
                )
            return _planned(wish, "upload", there.rev, is_conflict=True)
        return _planned(wish, "upload", is_conflict=True)

    def _live_namespace(self, namespace: str) -> LiveNamespace | str:
        """The destination as it is now, or why nothing can be restored into it."""
        if namespace not in self._live:
            self._live[namespace] = self._look_at(namespace)
        return self._live[namespace]

    def _look_at(self, namespace: str) -> LiveNamespace | str:
        if namespace not in self._present:
            return "its folder is no longer in the team; restore it to a new folder instead"
        if namespace in self._external:
            return "its folder belongs to another team; restore it to a new folder instead"
        client = self.team.namespace(namespace, self.roster)
        latest = self.repository.latest(namespace)
        try:
            live = LiveNamespace(self.context, client, latest, self.reader, self.work.log_dir)
        except ItemFailure as failure:
            return f"its folder cannot be read: {failure.detail}"
        return self._opened.enter_context(live)

    def _copies(self, chosen: list[Located]) -> dict[tuple[str, str], str]:
        """Where Dropbox holds contents of large wanted files now: (namespace, hash) -> path."""
        wanted: dict[str, set[bytes]] = {}
        for wish in self._wishes(chosen):
            entry = wish.entry
            is_large = entry.kind == "file" and entry.size_bytes >= _WORTH_A_CALL_BYTES
            if is_large and wish.content is not None and entry.content_hash is not None:
                wanted.setdefault(wish.spot.namespace, set()).add(entry.content_hash)
        found: dict[tuple[str, str], str] = {}
        for namespace, hashes in wanted.items():
            live = self._live_namespace(namespace)
            if isinstance(live, LiveNamespace):
                for content_hash, path in live.find_contents(hashes).items():
                    found[namespace, content_hash.hex()] = path
        return found


def _planned(
    wish: Wish, action: str, argument: str = "", *, is_conflict: bool = False
) -> PlannedItem:
    return PlannedItem(
        0,
        wish.source,
        wish.spot.namespace,
        wish.spot.path,
        action,  # type: ignore[arg-type]  # literals above
        wish.content.size_bytes if wish.content is not None else 0,
        encode_content(wish.content) if wish.content is not None else None,
        wish.content_hash,
        wish.entry.client_modified,
        argument,
        is_conflict,
    )


# -- the plan as a value -------------------------------------------------------------------


def _summary(log: RestoreLog, team: TeamConnection, *, is_resumed: bool) -> RestorePlan:
    totals = log.action_totals()

    def count(action: str) -> int:
        return totals.get(action, (0, 0))[0]

    files = {action: total for action, total in totals.items() if action != "folder"}
    cheap = count("revision") + count("copy")
    return RestorePlan(
        log=log.path,
        is_resumed=is_resumed,
        destination=log.get("destination"),
        items=sum(number for number, _ in files.values()),
        folders=count("folder"),
        bytes=sum(size for _, size in files.values()),
        conflicts=log.conflicts(),
        identical=count("identical"),
        skipped=count("skip"),
        revisions=count("revision"),
        copies=count("copy"),
        uploads=count("upload"),
        upload_bytes=totals.get("upload", (0, 0))[1],
        impossible=count("impossible"),
        upload_calls=_upload_calls(log.upload_sizes()),
        other_calls=-(-count("folder") // _FOLDERS_A_CALL) + 2 * cheap,
        upload_limit=team.describe().upload_limit,
    )


def _upload_calls(sizes: list[tuple[str, int]]) -> int:
    """How many calls the bytes cost: batches of small files by namespace, parts of large ones."""
    small_files: Counter[str] = Counter()
    small_bytes: Counter[str] = Counter()
    calls = 0
    for namespace, size in sizes:
        if size > SMALL_BYTES:
            calls += -(-size // PART_BYTES) + 2
        else:
            small_files[namespace] += 1
            small_bytes[namespace] += size
    for namespace, files in small_files.items():
        if files < _LEAST_BATCH:
            calls += files
            continue
        batches = max(-(-files // BATCH_FILES), -(-small_bytes[namespace] // BATCH_BYTES))
        # A batch is begun and finished by a call each, and filled by one for 500 files.
        calls += 2 * batches + max(batches, -(-files // _APPENDED_A_CALL))
    return calls
