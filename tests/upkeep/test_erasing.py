"""Erasing from all backups: the job, what backups do afterwards, and the certificate."""

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dropally.auth.errors import FieldsError, StateError
from dropally.catalog.jobs import JobRow
from dropally.common.clock import SystemClock
from dropally.dropbox_api import content_hash
from dropally.jobs.runner import initiator_of
from dropally.protection import holds
from dropally.protection.holds import HoldWish
from dropally.store import Repository, StoreError
from dropally.upkeep import pruning
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing import asking, traces, viewing
from dropally.upkeep.erasing.asking import ErasureWish
from dropally.upkeep.erasing.facts import ErasurePreview
from dropally.upkeep.kinds import register_kinds
from dropally.upkeep.rebuild import RebuildKind
from dropally.upkeep.self_backup import requesting
from tests.protection.appliance import DROPBOX_ADMIN, Protected, protected
from tests.store.erase.world import plain_objects

CANARY = "canary-7d41.txt"
TEXT = "the bytes of somebody who wants to be forgotten. " * 60
PATH = f"/People/{CANARY}"
REASON = "request 17 of a data subject"


@dataclasses.dataclass
class Office:
    """A backed-up team with a canary in it, and short ways to what the tests do."""

    place: Protected
    ctx: UpkeepContext
    root: Path
    task_id: str
    entity_id: str
    entity_name: str
    namespace: str

    def ask(self, **wish: Any) -> JobRow:
        """Have it erased, or counted; the finished job."""
        full = {"paths": [PATH], "reason": REASON, "confirm": self.entity_name, **wish}
        job = asking.request_erasure(
            self.ctx, self.place.fresh_admin(), self.entity_id, ErasureWish(**full)
        )
        return self.place.finished(job.id)

    def again(self, job: JobRow) -> JobRow:
        """As somebody does who presses Retry."""
        by = initiator_of(self.place.fresh_admin())
        return self.place.finished(self.ctx.runner.retry(job.id, by).id)

    def free(self) -> JobRow:
        """Free space, as it is done by itself after a day."""
        job = pruning.request_prune(self.ctx, self.place.fresh_admin(), "main")
        return self.place.finished(job.id)

    def let_a_day_pass(self) -> None:
        """The storage's own clock is that of its files."""
        for path in (self.root / "main").rglob("*"):
            if path.is_file():
                stat = path.stat()
                earlier = stat.st_mtime_ns - int(timedelta(hours=25).total_seconds() * 1e9)
                os.utime(path, ns=(stat.st_atime_ns, earlier))

    def stored(self) -> dict[str, list[str]]:
        """The paths that each restore point has of the member, oldest first."""
        with self.ctx.storages.repository("main") as repository, repository.reader() as reader:
            return {
                snapshot.id: [path for path, _ in reader.tree(snapshot.root).scan()]
                for snapshot in repository.snapshots(self.namespace)
            }

    def places_of_canary(self) -> list[str]:
        """Every file of the appliance that has its name, its bytes or its path, in whatever case."""
        hashes = [bytes.fromhex(content_hash([text.encode()])) for text in (TEXT, TEXT + "changed")]
        needles = [b"canary-7d41", TEXT[:49].encode(), *hashes]
        return [
            str(path.relative_to(self.root))
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
            for data in [path.read_bytes()]
            if any(one in data or one in data.lower() for one in needles)
        ]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for tests that change nothing."""
    with open_office(tmp_path_factory.mktemp("untouched")) as opened:
        yield opened


@contextmanager
def open_office(tmp_path: Path) -> Iterator[Office]:
    """Three backups: the canary comes, changes, and is renamed; a self-backup lies there too."""
    with protected(tmp_path) as place:
        clock = place.people.clock
        clock.advance((SystemClock().now() - clock.now()).total_seconds())
        place.fresh_admin()
        ctx = UpkeepContext(
            auth=place.people.ctx,
            storages=place.ctx.storages,
            runner=place.ctx.runner,
            events=place.ctx.events,
            data_folder=tmp_path / "data",
            key_file=tmp_path / "repository.key",
            new_secret=lambda: (_ for _ in ()).throw(AssertionError),
        )
        register_kinds(ctx)
        place.put("/kept.txt", "this one stays")
        place.put(PATH, TEXT)
        task = place.task(activate="all")
        place.back_up(task.id)
        place.put(PATH, TEXT + "changed")
        place.back_up(task.id)
        place.edit({"op": "move", "path": PATH, "to": f"/Else/{CANARY}", "member": DROPBOX_ADMIN})
        place.back_up(task.id)
        row = next(one for one in place.rows(task.id) if one.kind == "member")
        with place.ctx.read() as connection:
            namespace = connection.execute(
                "SELECT namespace FROM entity WHERE id = ?", (row.id,)
            ).fetchone()[0]
        place.finished(requesting.request(ctx, place.fresh_admin()).id)
        yield Office(place, ctx, tmp_path, task.id, row.id, row.name, namespace)


def test_f225_a_dry_run_tells_what_would_go_and_changes_nothing(untouched: Office) -> None:
    office = untouched
    before = office.stored()
    job = office.ask(dry_run=True, reason="", confirm="")
    assert job.status == "succeeded", job
    view = msgspec.json.decode(job.result, type=ErasurePreview)
    assert (view.points, view.files, view.versions) == (3, 2, 3)
    assert view.is_in_dropbox
    assert view.held_by == []
    assert office.stored() == before
    assert viewing.list_erasures(office.ctx, office.place.admin) == []


def test_f225_the_canary_is_nowhere_and_the_certificate_says_so(office: Office) -> None:
    with office.place.ctx.auth.write() as connection:  # what jobs may have said of it
        connection.execute(
            "UPDATE job SET title = ?, summary = ? WHERE kind = 'backup'",
            (f"About {CANARY}", json.dumps({"last": PATH, "files": 3})),
        )
    assert any("dropally.db" in place for place in office.places_of_canary())
    job = office.ask()
    assert job.status == "succeeded", job
    office.place.finish_all()
    assert all(not _has_canary(paths) for paths in office.stored().values())
    [view] = viewing.list_erasures(office.ctx, office.place.fresh_admin())
    assert (view.state, view.found.points, view.found.versions) == ("open", 3, 3)
    office.let_a_day_pass()
    assert office.free().status == "succeeded"
    view = viewing.get_erasure(office.ctx, office.place.admin, view.id)
    assert view.state == "complete", view
    assert view.removed_packs
    with office.ctx.storages.repository("main") as repository:
        assert _traces_in(repository) == []
    assert office.places_of_canary() == []
    text = viewing.make_certificate(office.ctx, office.place.admin, view.id, "text").decode()
    assert REASON in text
    assert "complete" in text
    page = viewing.make_certificate(office.ctx, office.place.admin, view.id, "pdf")
    assert page.startswith(b"%PDF")


def test_f225_what_was_erased_is_not_backed_up_again_until_the_rule_goes(office: Office) -> None:
    office.ask()
    office.place.edit(
        {"op": "move", "path": f"/Else/{CANARY}", "to": f"/Third/{CANARY}", "member": DROPBOX_ADMIN}
    )
    office.place.put(f"/Third/{CANARY}", TEXT + "again")
    office.place.put("/new.txt", "this is new")
    assert office.place.back_up(office.task_id).status == "succeeded"
    newest = list(office.stored().values())[-1]
    assert "/new.txt" in newest
    assert not _has_canary(newest)
    [rule] = viewing.list_exclusions(office.ctx, office.place.fresh_admin(), office.entity_id)
    viewing.remove_exclusion(office.ctx, office.place.admin, office.entity_id, rule.id)
    office.place.back_up(office.task_id)
    assert _has_canary(list(office.stored().values())[-1])
    assert viewing.list_exclusions(office.ctx, office.place.admin, office.entity_id) == []


def test_f225_without_a_rule_the_next_backup_has_it_again(office: Office) -> None:
    office.ask(exclude=False)
    assert all(not _has_canary(paths) for paths in office.stored().values())
    office.place.back_up(office.task_id)
    assert _has_canary(list(office.stored().values())[-1])


def test_f225_a_rule_that_cannot_be_read_is_not_broken(office: Office) -> None:
    office.ask()
    with office.ctx.storages.repository("main") as repository:
        key = next(repository.backend.list("excluded/")).key
        data = bytearray(repository.backend.get(key))
        data[-1] ^= 1
        repository.backend.delete(key)
        repository.backend.put_new(key, [bytes(data)])
    office.place.put(PATH, TEXT)
    job = office.place.back_up(office.task_id)
    assert job.status != "succeeded"
    assert not _has_canary(list(office.stored().values())[-1])
    admin = office.place.fresh_admin()
    [rule] = viewing.list_exclusions(office.ctx, admin, office.entity_id)
    assert rule.kind == "damaged"
    viewing.remove_exclusion(office.ctx, admin, office.entity_id, rule.id)
    assert office.place.back_up(office.task_id).status == "succeeded"
    assert _has_canary(list(office.stored().values())[-1])


def test_f225_a_hold_forbids_it(untouched: Office) -> None:
    office = untouched
    wish = HoldWish(task_id=office.task_id, reason="Case 17")
    hold = holds.set_hold(office.place.ctx, office.place.fresh_admin(), wish)
    with pytest.raises(StateError, match="Case 17"):
        office.ask()
    holds.release_hold(office.place.ctx, office.place.fresh_admin(), hold.id)
    assert _has_canary(list(office.stored().values())[-1])


def test_f225_it_wants_a_reason_and_the_name(untouched: Office) -> None:
    office = untouched
    with pytest.raises(FieldsError):
        office.ask(confirm="somebody else")
    with pytest.raises(FieldsError):
        office.ask(reason=" ")
    with pytest.raises(FieldsError):
        office.ask(paths=["/"])
    assert _has_canary(list(office.stored().values())[-1])


def test_f225_stopped_half_way_it_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once when the repository is done, and once when nobody knows any more what it was."""

    def stop(*_: object, **__: object) -> None:
        raise StoreError("it stops here")

    monkeypatch.setattr(traces, "forget_stage", stop)
    job = office.ask()
    assert job.status == "failed", job
    monkeypatch.undo()
    monkeypatch.setattr(RebuildKind, "begin_anew", stop)
    job = office.again(job)
    assert job.status == "failed", job
    monkeypatch.undo()
    assert office.again(job).status == "succeeded"
    [view] = viewing.list_erasures(office.ctx, office.place.fresh_admin())
    assert (view.state, view.found.points, view.found.versions) == ("open", 3, 3)
    assert all(not _has_canary(paths) for paths in office.stored().values())
    assert [one for one in office.places_of_canary() if one.startswith("data")] == []


def _has_canary(paths: list[str]) -> bool:
    return any("canary-7d41" in path for path in paths)


def _traces_in(repository: Repository) -> list[str]:
    needles = (b"canary-7d41", TEXT[:49].encode())
    return [key for key, plain in plain_objects(repository) if any(one in plain for one in needles)]
