"""Verify, repair, drill, replicate, migrate: as jobs of the appliance."""

import json
import random
import shutil
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dropally.app.figures import collect_figures
from dropally.auth.errors import ForbiddenError
from dropally.auth.verbs import Role
from dropally.catalog import storages
from dropally.common.errors import DeniedError, NotFoundError, UsageError
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store.pack import PackKind
from dropally.upkeep import storage_edit, storage_list
from dropally.upkeep.proving import asking, due
from dropally.upkeep.proving.moving import lines_for_file, settle_moves, waiting_move
from dropally.upkeep.proving.params import (
    DrillParams,
    MigrateParams,
    RepairParams,
    ReplicateParams,
    VerifyParams,
)
from dropally.upkeep.proving.viewing import get_proof, proof_figures
from tests.jobs.appliance import open_appliance
from tests.upkeep.appliance import Upkeep, opened

FILES = {
    f"/Reports/{number}.txt": random.Random(number).randbytes(2000).hex() for number in range(30)
}


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose repository holds two restore points of a small team."""
    root = tmp_path_factory.mktemp("backed-up")
    with open_appliance(root) as appliance:
        for path, text in FILES.items():
            appliance.put(path, text)
        appliance.backup()
        appliance.put("/Reports/last.txt", "the last one")
        appliance.backup()
    return root


@pytest.fixture
def upkeep(tmp_path: Path, backed_up: Path) -> Iterator[Upkeep]:
    shutil.copytree(backed_up, tmp_path / "all")
    root = tmp_path / "all"
    main = StorageDefinition("main", "local", str(root / "repository"))
    with opened(root, [main, StorageDefinition("other", "local", str(root / "other"))]) as made:
        yield made


def flip_a_pack(upkeep: Upkeep) -> Path:
    """Change one bit in the largest pack of file bytes."""
    folder = upkeep.root / "repository" / "packs"
    packs = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    of_files = {path: data for path, data in packs.items() if data[10] == PackKind.DATA}
    path = max(of_files, key=lambda one: len(of_files[one]))
    data = bytearray(of_files[path])
    data[200] ^= 1
    path.write_bytes(data)
    return path


def test_f187_verify_finds_names_and_tells_what_is_damaged(upkeep: Upkeep) -> None:
    good = upkeep.finish(
        asking.request_verify(upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main"))
    )
    assert good.status == "succeeded", good.error
    proof = get_proof(upkeep.ctx, upkeep.admin, "main")
    assert proof.verified_bytes == proof.total_bytes > 0
    assert proof.damaged == ()
    path = flip_a_pack(upkeep)
    bad = upkeep.finish(
        asking.request_verify(upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main"))
    )
    assert bad.status == "failed"
    assert "files are concerned" in bad.error
    proof = get_proof(upkeep.ctx, upkeep.admin, "main")
    assert [one.key for one in proof.damaged] == [f"packs/{path.parent.name}/{path.name}"]
    assert proof.last_verify is not None
    assert proof.last_verify.files
    assert any(
        "damaged" in warning
        for warning in storage_list.get_storage(upkeep.ctx, upkeep.admin, "main").warnings
    )


def test_what_is_damaged_is_healed_from_a_replica(upkeep: Upkeep) -> None:
    row = upkeep.finish(
        asking.request_replicate(
            upkeep.ctx, upkeep.admin, ReplicateParams(storage_id="main", target="other", check=True)
        )
    )
    assert row.status == "succeeded", row.error
    path = flip_a_pack(upkeep)
    asked = asking.request_verify(upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main"))
    assert upkeep.finish(asked).status == "failed"
    planned = upkeep.finish(
        asking.request_repair(
            upkeep.ctx,
            upkeep.admin,
            RepairParams(storage_id="main", replicas=("other",), dry_run=True),
        )
    )
    assert planned.status == "succeeded"
    assert get_proof(upkeep.ctx, upkeep.admin, "main").damaged
    healed = upkeep.finish(
        asking.request_repair(
            upkeep.ctx, upkeep.admin, RepairParams(storage_id="main", replicas=("other",))
        )
    )
    assert healed.status == "succeeded", healed.error
    key = f"packs/{path.parent.name}/{path.name}"
    assert json.loads(healed.result)["healed"] == [{"key": key, "source": "a replica"}]
    replica = upkeep.root / "other" / "packs" / path.parent.name / path.name
    assert path.read_bytes() == replica.read_bytes()
    assert get_proof(upkeep.ctx, upkeep.admin, "main").damaged == ()


def test_verify_may_repair_at_once_and_says_what_has_no_copy(upkeep: Upkeep) -> None:
    flip_a_pack(upkeep)
    row = upkeep.finish(
        asking.request_verify(
            upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main", repair=True)
        )
    )
    assert row.status == "partially_succeeded"
    assert "no good copy" in row.error
    again = upkeep.finish(
        asking.request_verify(upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main"))
    )
    assert again.status == "failed", "what is lost stays lost until the next backup"
    assert get_proof(upkeep.ctx, upkeep.admin, "main").damaged == ()


def test_a_drill_restores_to_nowhere_and_compares_with_dropbox(upkeep: Upkeep) -> None:
    asked = asking.request_drill(upkeep.ctx, upkeep.admin, DrillParams(storage_id="main", files=10))
    row = upkeep.finish(asked)
    assert row.status == "succeeded", row.error
    drill = get_proof(upkeep.ctx, upkeep.admin, "main").last_drill
    assert drill is not None
    assert (drill.files, drill.failed) == (10, [])
    flip_a_pack(upkeep)
    asked = asking.request_drill(
        upkeep.ctx, upkeep.admin, DrillParams(storage_id="main", files=1000)
    )
    row = upkeep.finish(asked)
    assert row.status == "failed"
    assert "could not be restored" in row.error


def test_f61_f146_a_storage_moves_and_keeps_its_name(upkeep: Upkeep) -> None:
    admin, ctx = upkeep.admin, upkeep.ctx
    for name in ("here", "there"):
        storage_edit.add(
            ctx, admin, storage_edit.define(name, "local", path=str(upkeep.root / name))
        )
    filled = asking.request_replicate(ctx, admin, ReplicateParams(storage_id="main", target="here"))
    assert upkeep.finish(filled).status == "succeeded"
    row = upkeep.finish(
        asking.request_migrate(ctx, admin, MigrateParams(storage_id="here", target="there"))
    )
    assert row.status == "succeeded", row.error
    switched = upkeep.finish(ctx.runner.get(upkeep.result(row)["switch_job"]))
    assert switched.status == "succeeded", switched.error
    assert ctx.storages.definition("here").location == str(upkeep.root / "there")
    assert ctx.storages.definition("there").location == str(upkeep.root / "here")
    asked = asking.request_verify(ctx, admin, VerifyParams(storage_id="here"))
    assert upkeep.finish(asked).status == "succeeded"
    assert contents(upkeep.root / "here") == contents(upkeep.root / "there")
    with pytest.raises(UsageError, match=r"stands in dropally\.toml"):
        asking.request_migrate(ctx, admin, MigrateParams(storage_id="here", target="other"))


def moved_in_file(upkeep: Upkeep) -> dict[str, Any]:
    """Migrate `main`, which stands in the file; what the switch says."""
    row = upkeep.finish(
        asking.request_migrate(
            upkeep.ctx, upkeep.admin, MigrateParams(storage_id="main", target="other")
        )
    )
    assert row.status == "succeeded", row.error
    switched = upkeep.finish(upkeep.ctx.runner.get(upkeep.result(row)["switch_job"]))
    assert switched.status == "succeeded", switched.error
    return upkeep.result(switched)


def test_a_storage_of_the_file_is_copied_and_backups_wait_for_the_file(upkeep: Upkeep) -> None:
    ctx, root = upkeep.ctx, upkeep.root
    said = moved_in_file(upkeep)
    assert contents(root / "repository") == contents(root / "other")
    assert tomllib.loads(said["lines"]) == {
        "storage": [{"id": "main", "kind": "local", "path": str(root / "other")}]
    }
    with pytest.raises(DeniedError, match=r"waits for dropally\.toml"):
        ctx.storages.check_room("main")
    shown = storage_list.get_storage(ctx, upkeep.admin, "main")
    assert any("waits for dropally.toml" in one for one in shown.warnings)
    assert shown.move is not None
    assert (shown.move.location, shown.move.lines) == (str(root / "other"), said["lines"])
    assert shown.move.until == ctx.now() + timedelta(days=1)
    assert storage_list.get_storage(ctx, upkeep.admin, "other").move is None
    settle_moves(ctx)
    with pytest.raises(DeniedError):
        ctx.storages.check_room("main")
    ctx.runner.stop()
    ctx.storages.close()
    with opened(root, [StorageDefinition("main", "local", str(root / "other"))]) as after:
        settle_moves(after.ctx)
        after.ctx.storages.check_room("main")
        with after.ctx.storages.repository("main") as repository:
            assert len(list(repository.points())) == 2
        assert storages_waiting(after) == []
        assert waiting_move(after.ctx, "main") is None


def test_a_file_that_is_not_changed_in_a_day_holds_up_backups_no_longer(upkeep: Upkeep) -> None:
    moved_in_file(upkeep)
    upkeep.clock.advance(23 * 3600)
    settle_moves(upkeep.ctx)
    assert storages_waiting(upkeep) == ["main"]
    upkeep.clock.advance(2 * 3600)
    settle_moves(upkeep.ctx)
    upkeep.ctx.storages.check_room("main")
    assert storages_waiting(upkeep) == []


def storages_waiting(upkeep: Upkeep) -> list[str]:
    with upkeep.ctx.auth.read() as connection:
        return [row.storage_id for row in storages.all_moves(connection)]


def test_the_lines_for_the_file_name_credentials_and_do_not_hold_them() -> None:
    options = {"region": "eu-central-1", "access_key": "canary", "secret_key": "canary"}
    place = StorageDefinition("cloud", "s3", "s3://bucket/a/b", options)
    text = lines_for_file("main", place)
    assert "canary" not in text
    assert "# secret_key = as for storage cloud" in text
    assert tomllib.loads(text)["storage"] == [
        {"id": "main", "kind": "s3", "bucket": "bucket", "prefix": "a/b", "region": "eu-central-1"}
    ]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "~" not in str(path) and "sessions" not in str(path)
    }


def test_what_is_due_is_asked_for_and_figures_tell_how_it_went(upkeep: Upkeep) -> None:
    upkeep.replicas = (("main", "other"), ("main", "none"))
    assert proof_figures(upkeep.ctx, "main") is None
    for row in (*due.verify_all(upkeep.ctx), *due.drill_all(upkeep.ctx)):
        assert row.storage_id == "main", "the other holds no repository"
        assert upkeep.finish(row).status == "succeeded"
    with pytest.raises(NotFoundError, match="none"):
        due.replicate_all(upkeep.ctx)
    upkeep.replicas = (("main", "other"),)
    (row,) = due.replicate_all(upkeep.ctx)
    assert upkeep.finish(row).status == "succeeded"
    figures = proof_figures(upkeep.ctx, "main")
    assert figures is not None
    assert (figures.damaged, figures.verified_share) == (0, 1.0)
    assert figures.last_good_verify is not None
    assert figures.last_good_drill is not None
    names = {figure.name for figure in collect_figures(upkeep.ctx)}
    assert "dropally_verify_last_success_timestamp_seconds" in names
    assert "dropally_restore_drill_last_success_timestamp_seconds" in names


def test_parity_is_kept_beside_what_was_found_good(upkeep: Upkeep) -> None:
    upkeep.parity = True
    asked = asking.request_verify(upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main"))
    assert upkeep.finish(asked).status == "succeeded"
    flip_a_pack(upkeep)
    asked = asking.request_verify(
        upkeep.ctx, upkeep.admin, VerifyParams(storage_id="main", repair=True)
    )
    row = upkeep.finish(asked)
    assert row.status == "succeeded", row.error
    assert get_proof(upkeep.ctx, upkeep.admin, "main").damaged == ()


def test_who_may_and_what_makes_no_sense(upkeep: Upkeep) -> None:
    admin, ctx = upkeep.admin, upkeep.ctx
    viewer = upkeep.people.add(admin, "vi@example.com", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        asking.request_verify(ctx, viewer, VerifyParams(storage_id="main"))
    with pytest.raises(NotFoundError):
        asking.request_verify(ctx, admin, VerifyParams(storage_id="none"))
    with pytest.raises(UsageError):
        asking.request_replicate(ctx, admin, ReplicateParams(storage_id="main", target="main"))
    with pytest.raises(UsageError):
        asking.request_repair(ctx, admin, RepairParams(storage_id="main", replicas=("main",)))
    row = upkeep.finish(asking.request_repair(ctx, admin, RepairParams(storage_id="main")))
    assert row.status == "failed"
    assert "never verified" in row.error
