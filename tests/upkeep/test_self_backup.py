"""The appliance's own backup: what is in it, when it is made, how it comes back."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dropally.catalog.appliance import FILE_NAME
from dropally.catalog.copying import copy_of
from dropally.common.errors import UsageError
from dropally.store import DamagedError
from dropally.upkeep import repository_keys, storage_list
from dropally.upkeep.self_backup import requesting
from dropally.upkeep.self_backup.listing import find_self_backup, list_self_backups
from dropally.upkeep.self_backup.package import (
    GROUP,
    Manifest,
    PackageDamagedError,
    describe,
    pack,
    read_manifest,
    unpack,
)
from hypothesis import given
from hypothesis import strategies as st
from tests.upkeep.appliance import Upkeep, local, opened


def make(upkeep: Upkeep) -> str:
    row = upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
    assert row.status == "succeeded", row.error
    return str(json.loads(row.result)["self_backups"]["main"])


def test_a_self_backup_holds_database_keys_and_storages(upkeep: Upkeep, tmp_path: Path) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    made = make(upkeep)
    folder = tmp_path / "out"
    folder.mkdir()
    with upkeep.ctx.storages.repository("main") as repository, repository.reader() as reader:
        point = find_self_backup(repository)
        assert point.id == made
        assert point.about is not None
        manifest = unpack(reader.read(point.about), folder)
    assert {file.name for file in manifest.files} == {FILE_NAME, "people.key", "repository.key"}
    assert (folder / "people.key").read_bytes() == (
        upkeep.ctx.data_folder / "people.key"
    ).read_bytes()
    assert manifest.appliance == "Example Ltd"
    assert manifest.schema[0] == "people/create_people"
    assert [(one.id, one.is_default) for one in manifest.storages] == [("main", True)]
    assert ("notify.smtp.password", "***") in {(one.key, one.value) for one in manifest.settings}
    assert not (upkeep.ctx.data_folder / "self-backup").exists()


def test_only_the_newest_are_kept(upkeep: Upkeep) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    upkeep.keep = 2
    ids = []
    for _ in range(4):
        ids.append(make(upkeep))
        upkeep.clock.advance(3600)
    with upkeep.ctx.storages.repository("main") as repository:
        assert [one.id for one in list_self_backups(repository)] == [ids[3], ids[2]]


def test_it_is_no_team_of_the_repository(upkeep: Upkeep) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    make(upkeep)
    with upkeep.ctx.storages.repository("main") as repository:
        assert repository.point_chain.owners() == [GROUP]


def test_one_storage_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    with opened(tmp_path, [local(tmp_path), local(tmp_path, "second")]) as upkeep:
        for storage_id in ("main", "second"):
            repository_keys.create(upkeep.ctx, upkeep.admin, storage_id)
        (tmp_path / "second" / "config").write_text("broken")
        upkeep.ctx.storages.put(upkeep.ctx.storages.definition("second"))
        row = upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
        assert row.status == "partially_succeeded"
        assert row.problems == 1
        assert list(json.loads(row.result)["self_backups"]) == ["main"]


def test_storages_without_a_repository_are_passed_over(upkeep: Upkeep) -> None:
    row = upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
    assert row.status == "failed"
    assert "no storage" in row.error


def test_it_is_made_some_minutes_after_important_changes(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    repository_keys.create(ctx, admin, "main")
    assert requesting.request_if_changed(ctx) is None
    upkeep.clock.advance(601)
    row = requesting.request_if_changed(ctx)
    assert row is not None
    upkeep.finish(row)
    assert requesting.request_if_changed(ctx) is None
    upkeep.people.sign_in()
    upkeep.clock.advance(3600)
    assert requesting.request_if_changed(ctx) is None  # a sign-in is no change


def test_changes_without_rest_are_kept_after_an_hour(upkeep: Upkeep) -> None:
    ctx = upkeep.ctx
    repository_keys.create(ctx, upkeep.admin, "main")
    make(upkeep)
    for number in range(11):
        upkeep.people.set_policy(upkeep.people.sign_in(), password_min=13 + number % 2)
        upkeep.clock.advance(300)
        assert requesting.request_if_changed(ctx) is None
    upkeep.people.set_policy(upkeep.people.sign_in(), password_min=15)
    upkeep.clock.advance(310)
    upkeep.people.set_policy(upkeep.people.sign_in(), password_min=16)
    assert requesting.request_if_changed(ctx) is not None


def test_the_copy_from_before_an_upgrade_goes_into_the_storages_once(upkeep: Upkeep) -> None:
    ctx = upkeep.ctx
    repository_keys.create(ctx, upkeep.admin, "main")
    copy = ctx.data_folder / "dropally.before-m007.db"
    copy_of(ctx.auth.database, copy)
    (row,) = requesting.request_for_upgrade(ctx)
    assert upkeep.finish(row).status == "succeeded"
    with ctx.storages.repository("main") as repository:
        assert [one.reason for one in list_self_backups(repository)] == ["before an upgrade"]
    upkeep.clock.advance(601)
    assert requesting.request_if_changed(ctx) is not None  # the copy holds nothing of today


def test_a_self_backup_that_cannot_be_gathered_is_told_in_the_storages(upkeep: Upkeep) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    row = requesting.request(upkeep.ctx, upkeep.admin, copy="dropally.before-gone.db")
    row = upkeep.finish(row)
    assert (row.status, "not there any more" in row.error) == ("failed", True)
    view = storage_list.get_storage(upkeep.ctx, upkeep.admin, "main")
    assert any("self-backup failed" in warning for warning in view.warnings)
    make(upkeep)
    view = storage_list.get_storage(upkeep.ctx, upkeep.admin, "main")
    assert not any("self-backup" in warning for warning in view.warnings)


def test_the_database_is_copied_whole_while_it_is_written(upkeep: Upkeep) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    row = requesting.request(upkeep.ctx, upkeep.admin)
    for _ in range(20):
        upkeep.people.set_policy(upkeep.people.sign_in(), password_min=14)
    assert upkeep.finish(row).status == "succeeded"


def test_unread_packs_are_damage(upkeep: Upkeep, tmp_path: Path) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    make(upkeep)
    for pack_file in (tmp_path / "main" / "packs").rglob("*"):
        if pack_file.is_file():
            content = bytearray(pack_file.read_bytes())
            content[len(content) // 3] ^= 1
            pack_file.chmod(0o600)
            pack_file.write_bytes(content)
    out = tmp_path / "out"
    out.mkdir()
    with upkeep.ctx.storages.repository("main") as repository, repository.reader() as reader:
        point = find_self_backup(repository)
        assert point.about is not None
        with pytest.raises(DamagedError):
            unpack(reader.read(point.about), out)


# -- the archive ---------------------------------------------------------------------------


def manifest_of(sources: dict[str, bytes], **more: object) -> Manifest:
    values: dict[str, object] = {
        "made": datetime(2026, 11, 20, tzinfo=UTC),
        "version": "1.0",
        "appliance": "Example Ltd",
        "reason": "by hand",
        "schema": [],
        "files": [describe(name, content) for name, content in sources.items()],
        **more,
    }
    return Manifest(**values)  # type: ignore[arg-type]  # a test's own values


@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=4), cut=st.integers(1, 700))
def test_what_is_packed_is_unpacked_however_the_pieces_come(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cut: int
) -> None:
    sources = {f"file{n}": bytes([n]) * size for n, size in enumerate(sizes)}
    whole = b"".join(pack(manifest_of(sources), sources))
    pieces = [whole[at : at + cut] for at in range(0, len(whole), cut)]
    folder = tmp_path_factory.mktemp("out")
    assert unpack(pieces, folder) == manifest_of(sources)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == sources
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    sources = {"people.key": b"k" * 32}
    whole = bytearray(b"".join(pack(manifest_of(sources), sources)))
    whole[whole.index(b"k" * 32)] ^= 1
    with pytest.raises(PackageDamagedError, match="not what was packed"):
        unpack([bytes(whole)], tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    manifest = manifest_of({"people.key": b"k", "dropally.db": b"d"})
    without = manifest_of({"people.key": b"k"})
    archive = list(pack(manifest, {"people.key": b"k", "dropally.db": b"d"}))
    cut = b"".join(archive)[: -len(b"".join(pack(without, {"people.key": b"k"}))) // 2]
    with pytest.raises(PackageDamagedError):
        unpack([cut], tmp_path)


def test_a_newer_format_is_refused_in_words(tmp_path: Path) -> None:
    whole = pack(manifest_of({}, format=2), {})
    with pytest.raises(UsageError, match="newer Dropally"):
        unpack(whole, tmp_path)


@pytest.mark.parametrize("name", ["../people.key", "/etc/passwd", ".hidden", "a/b/c"])
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackageDamagedError, match="no self-backup has"):
        unpack(pack(manifest_of({name: b"x"}), {name: b"x"}), tmp_path)


def test_the_manifest_is_read_without_the_rest() -> None:
    sources = {"people.key": b"k"}
    pieces = pack(manifest_of(sources), sources)
    assert read_manifest(pieces).version == "1.0"
    with pytest.raises(PackageDamagedError):
        read_manifest([b"no archive at all" * 100])
