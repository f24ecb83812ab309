"""Storages, health, self-backups and recovery over HTTP."""

import dataclasses
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from dropally.auth import setup
from dropally.auth.verbs import Role
from dropally.server.application import build_application
from dropally.upkeep import repository_keys
from dropally.upkeep.recovering.finishing import finish, is_ready
from dropally.upkeep.self_backup import requesting
from tests.server.appliance import Served, served
from tests.upkeep.appliance import opened

API = "/api/v1"


def test_f17_a_storage_is_tried_added_and_gets_its_repository(
    appliance: Served, tmp_path: Path
) -> None:
    admin = appliance.as_admin()
    place = {"kind": "local", "path": str(tmp_path / "office")}
    trial = admin.post(f"{API}/storages/test", json=place)
    assert trial.status_code == 200
    assert trial.json()["is_ok"] is True
    assert 0 < trial.json()["free_bytes"] <= trial.json()["total_bytes"]
    added = admin.post(
        f"{API}/storages", json={"id": "office", "region_label": "Lyon (FR)", **place}
    )
    assert added.status_code == 201, added.text
    assert added.headers["Location"] == f"{API}/storages/office"
    made = admin.post(f"{API}/storages/office/repository")
    assert made.status_code == 201
    code, asked = made.json()["recovery_code"], made.json()["groups_to_type"]
    groups = {str(number): code.split("-")[number - 1] for number in asked}
    assert admin.get(f"{API}/storages/office").json()["groups_to_type"] == asked
    kit = admin.post(f"{API}/storages/office/recovery-kit", json={"recovery_code": code})
    assert (kit.status_code, kit.headers["Content-Type"]) == (200, "application/pdf")
    assert kit.headers["Cache-Control"] == "no-store"
    text = admin.post(
        f"{API}/storages/office/recovery-kit", json={"recovery_code": code, "format": "text"}
    )
    assert code in text.text
    wrong = admin.post(
        f"{API}/storages/office/recovery-code/confirm",
        json={"groups": dict.fromkeys(groups, "00000")},
    )
    assert wrong.status_code == 403
    right = admin.post(f"{API}/storages/office/recovery-code/confirm", json={"groups": groups})
    assert right.status_code == 204, right.text
    shown = admin.get(f"{API}/storages/office")
    assert shown.json()["recovery_code"] == "confirmed"
    assert shown.json()["groups_to_type"] == []
    assert shown.json()["region_label"] == "Lyon (FR)"
    assert code not in shown.text
    assert [slot["kind"] for slot in shown.json()["key_slots"]]
    again = admin.post(f"{API}/storages/office/repository")
    assert (again.status_code, again.json()["code"]) == (409, "repository_exists")


def test_credentials_never_come_back(appliance: Served) -> None:
    admin = appliance.as_admin()
    body = {
        "id": "cloud",
        "kind": "s3",
        "bucket": "backups",
        "options": {
            "endpoint": "http://127.0.0.1:9",
            "access_key": "canary-key",
            "secret_key": "canary-secret",
        },
    }
    added = admin.post(f"{API}/storages", json=body)
    assert added.status_code == 201
    for answer in (added, admin.get(f"{API}/storages"), admin.get(f"{API}/storages/cloud")):
        assert "canary" not in answer.text
    assert added.json()["has_credentials"] is True


def test_a_storage_is_changed_by_whoever_saw_the_newest_state(
    appliance: Served, tmp_path: Path
) -> None:
    admin = appliance.as_admin()
    body = {"id": "office", "kind": "local", "path": str(tmp_path / "office")}
    tag = admin.post(f"{API}/storages", json=body).headers["ETag"]
    url = f"{API}/storages/office"
    assert admin.patch(url, json={"region_label": "A"}).status_code == 428
    changed = admin.patch(url, json={"region_label": "A"}, headers={"If-Match": tag})
    assert changed.json()["region_label"] == "A"
    late = admin.patch(url, json={"region_label": "B"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert admin.post(f"{url}/default").status_code == 204
    assert admin.delete(url).json()["code"] == "default_storage"
    assert (
        admin.patch(
            f"{API}/storages/main", json={"region_label": "x"}, headers={"If-Match": "*"}
        ).json()["code"]
        == "set_in_file"
    )


def test_what_makes_no_sense_is_named_by_field(appliance: Served) -> None:
    answer = appliance.as_admin().post(f"{API}/storages", json={"id": "a", "kind": "s3"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "bucket"


@pytest.mark.parametrize("role", [Role.BACKUP_OPERATOR, Role.VIEWER, Role.AUDITOR])
def test_only_administrators_change_storages(appliance: Served, role: Role) -> None:
    client = appliance.as_role(role)
    assert client.post(f"{API}/storages/main/repository").status_code == 403
    assert client.post(f"{API}/storages/main/recovery-code").status_code == 403
    assert client.post(f"{API}/appliance/support-bundle", json={}).status_code == 403
    assert client.post(f"{API}/appliance/self-backups", json={}).status_code == 403
    assert client.get(f"{API}/appliance/health").status_code == 200


def test_a_new_recovery_code_needs_the_password_again(appliance: Served) -> None:
    admin = appliance.as_admin()
    assert admin.post(f"{API}/storages/main/repository").status_code == 201
    appliance.clock.advance(15 * 60)
    stale = admin.post(f"{API}/storages/main/recovery-code")
    assert (stale.status_code, stale.json()["code"]) == (403, "reauthentication_required")


def test_a_self_backup_is_started_once_by_key(appliance: Served) -> None:
    admin = appliance.as_admin()
    url, headers = f"{API}/appliance/self-backups", {"Idempotency-Key": "one"}
    first = admin.post(url, json={}, headers=headers)
    assert first.status_code == 202
    assert first.headers["Location"] == f"{API}/jobs/{first.json()['id']}"
    assert admin.post(url, json={}, headers=headers).json() == first.json()
    rebuild = admin.post(f"{API}/storages/main/rebuild")
    assert (rebuild.status_code, rebuild.json()["kind"]) == (202, "rebuild")


def test_f11_health_and_pre_flight_are_lists_of_checks(appliance: Served) -> None:
    admin = appliance.as_admin()
    health = admin.get(f"{API}/appliance/health").json()
    assert health["state"] == "failed"
    by_name = {check["name"]: check for check in health["items"]}
    assert by_name["database"]["state"] == "ok"
    assert by_name["storage:main"]["hint"]
    flight = admin.get(f"{API}/appliance/pre-flight").json()
    assert len(flight["items"]) == 5


def test_f234_the_support_bundle_is_a_zip_file(appliance: Served) -> None:
    answer = appliance.as_admin().post(f"{API}/appliance/support-bundle", json={})
    assert answer.headers["Content-Type"] == "application/zip"
    assert "dropally-support-" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "dropally-support/health.json" in archive.namelist()


def test_self_backups_of_a_storage_are_listed(appliance: Served) -> None:
    admin = appliance.as_admin()
    assert admin.get(f"{API}/appliance/self-backups").status_code in {403, 404}
    admin.post(f"{API}/storages/main/repository")
    assert admin.get(f"{API}/appliance/self-backups").json() == {"items": []}


# -- recovery ------------------------------------------------------------------------------


@pytest.fixture
def lost(tmp_path: Path) -> tuple[Path, str]:
    """The repository of a lost appliance, and its recovery code."""
    with opened(tmp_path / "lost") as upkeep:
        code = repository_keys.create(upkeep.ctx, upkeep.admin, "main").recovery_code
        upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
    shutil.rmtree(tmp_path / "lost" / "data")
    return tmp_path / "lost" / "main", str(code)


def body_of(lost: tuple[Path, str], setup_code: str) -> dict[str, object]:
    place = {"kind": "local", "path": str(lost[0])}
    return {"setup_code": setup_code, "storage": place, "recovery_code": lost[1]}


def test_a_bare_machine_becomes_the_lost_appliance(
    appliance: Served, lost: tuple[Path, str]
) -> None:
    ctx = appliance.people.ctx
    code = str(setup.prepare_code(ctx))
    restarted: list[bool] = []
    served_again = rebuilt_with_restart(appliance, restarted)
    stranger = served_again.stranger()
    found = stranger.post(f"{API}/recovery/self-backups", json=body_of(lost, code))
    assert found.status_code == 200, found.text
    assert [one["appliance"] for one in found.json()["items"]] == ["Example Ltd"]
    assert not restarted
    done = stranger.post(f"{API}/recovery", json=body_of(lost, code))
    assert done.status_code == 202, done.text
    assert done.json()["storage_id"] == "main"
    assert restarted == [True]
    assert is_ready(ctx.data_folder)
    ctx.database.close()
    assert finish(ctx.data_folder)
    with served(ctx.data_folder) as after:
        assert after.people.sign_in().name == "Ann Smith"


def rebuilt_with_restart(appliance: Served, restarted: list[bool]) -> Served:
    upkeep = dataclasses.replace(appliance.parts.upkeep, restart=lambda: restarted.append(True))
    parts = dataclasses.replace(appliance.parts, upkeep=upkeep)
    return Served(parts, appliance.people, build_application(parts), appliance.ending)


def test_recovery_needs_the_setup_code(appliance: Served, lost: tuple[Path, str]) -> None:
    setup.prepare_code(appliance.people.ctx)
    for path in ("recovery", "recovery/self-backups"):
        answer = appliance.stranger().post(f"{API}/{path}", json=body_of(lost, "WRONG-CODE"))
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_setup_code")
    assert not is_ready(appliance.people.ctx.data_folder)


def test_recovery_is_over_once_somebody_has_set_it_up(
    appliance: Served, lost: tuple[Path, str]
) -> None:
    code = str(setup.prepare_code(appliance.people.ctx))
    assert appliance.admin.id
    answer = appliance.stranger().post(f"{API}/recovery", json=body_of(lost, code))
    assert (answer.status_code, answer.json()["code"]) == (409, "setup_done")


def test_a_wrong_recovery_code_is_said_and_not_repeated(
    appliance: Served, lost: tuple[Path, str]
) -> None:
    code = str(setup.prepare_code(appliance.people.ctx))
    body = {**body_of(lost, code), "recovery_code": "nonsense-canary"}
    answer = appliance.stranger().post(f"{API}/recovery", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_secret")
    assert "canary" not in answer.text
