"""Health, pre-flight and the support bundle: what is wrong is named, and nothing is told to strangers."""

import dataclasses
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from dropally.auth.errors import ForbiddenError
from dropally.auth.verbs import Role
from dropally.dropbox_api import ConnectionSettings
from dropally.jobs.storage_definition import StorageDefinition
from dropally.upkeep import repository_keys, storage_edit
from dropally.upkeep.context import ConfigEntry, ConnectedTeam, UpkeepContext
from dropally.upkeep.health import Check, check_health, pre_flight
from dropally.upkeep.redaction import redact
from dropally.upkeep.self_backup import requesting
from dropally.upkeep.support_bundle import make_bundle
from tests.upkeep.appliance import Upkeep


@contextmanager
def dropbox_at(time: datetime) -> Iterator[str]:
    """Somebody who answers as Dropbox does to strangers, with this time."""
    server = socket.create_server(("127.0.0.1", 0))
    head = (
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n"
        f"Date: {format_datetime(time, usegmt=True)}\r\n\r\n"
    )

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):  # who asked may have gone
                connection.recv(65536)
                connection.sendall(head.encode())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def with_dropbox(ctx: UpkeepContext, url: str, **more: object) -> UpkeepContext:
    settings = ConnectionSettings(api_url=url)
    return dataclasses.replace(ctx, connection_settings=settings, **more)  # type: ignore[arg-type]  # named by the test


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that is ours, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def test_an_appliance_that_is_well_has_no_complaint(upkeep: Upkeep) -> None:
    admin = upkeep.admin
    code = repository_keys.create(upkeep.ctx, admin, "main").recovery_code
    repository_keys.confirm_whole_code(upkeep.ctx, admin, "main", code)
    upkeep.finish(requesting.request(upkeep.ctx, admin))
    upkeep.ctx.data_folder.chmod(0o700)
    with dropbox_at(upkeep.clock.now()) as url:
        checks = check_health(with_dropbox(upkeep.ctx, url), admin)
    assert {check.name: check.state for check in checks if check.state != "ok"} == {}
    assert {"database", "storage:main", "self_backup", "outbound"} <= set(by_name(checks))


def test_what_is_wrong_is_named_with_the_next_step(upkeep: Upkeep, silent_port: int) -> None:
    upkeep.ctx.data_folder.chmod(0o755)
    ctx = with_dropbox(
        upkeep.ctx,
        f"http://127.0.0.1:{silent_port}",
        certificate_expires=lambda: upkeep.clock.now() - timedelta(days=1),
    )
    checks = by_name(check_health(ctx, upkeep.admin))
    for name, state in {
        "data_folder": "warning",
        "storage:main": "failed",
        "self_backup": "warning",
        "outbound": "failed",
        "clock": "unknown",
        "certificate": "failed",
    }.items():
        assert checks[name].state == state, name
        assert checks[name].detail
        assert checks[name].hint or state == "unknown"


def test_a_certificate_about_to_expire_is_a_warning(upkeep: Upkeep) -> None:
    soon = upkeep.clock.now() + timedelta(days=5)
    with dropbox_at(upkeep.clock.now()) as url:
        ctx = with_dropbox(upkeep.ctx, url, certificate_expires=lambda: soon)
        assert by_name(check_health(ctx, upkeep.admin))["certificate"].state == "warning"


def test_f11_pre_flight_passes_where_all_is_there(upkeep: Upkeep) -> None:
    with dropbox_at(upkeep.clock.now()) as url:
        ctx = with_dropbox(
            upkeep.ctx,
            url,
            app_key=lambda: "app-key",
            connections=lambda: [ConnectedTeam("Hollenberg", is_connected=True)],
        )
        checks = pre_flight(ctx, upkeep.admin)
    assert [check.name for check in checks] == [
        "team_admin", "disk_space", "clock", "outbound", "dropbox_app",
    ]  # fmt: skip
    assert {check.state for check in checks} == {"ok"}


def test_f11_each_of_the_five_checks_can_fail(upkeep: Upkeep, silent_port: int) -> None:
    gone = [ConnectedTeam("Hollenberg", is_connected=False, trouble="the link was revoked")]
    with dropbox_at(upkeep.clock.now() + timedelta(minutes=20)) as url:
        ctx = with_dropbox(upkeep.ctx, url, least_free_bytes=1 << 62, connections=lambda: gone)
        found = by_name(pre_flight(ctx, upkeep.admin))
    assert {name for name, check in found.items() if check.state == "failed"} == {
        "team_admin", "disk_space", "clock",
    }  # fmt: skip
    assert "1200 s" in found["clock"].detail
    ctx = with_dropbox(upkeep.ctx, f"http://127.0.0.1:{silent_port}")
    found = by_name(pre_flight(ctx, upkeep.admin))
    assert found["outbound"].state == "failed"
    assert "443" in found["outbound"].hint
    assert found["dropbox_app"].state == "failed"
    assert found["team_admin"].state == "unknown"


# -- support bundle ------------------------------------------------------------------------

SECRETS = {
    "secret_key": "canary-secret-key",
    "access_key": "canary-access-key",
    "endpoint": "http://127.0.0.1:9",
}


def contents(zipped: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_f234_no_secret_and_no_name_is_in_the_bundle(upkeep: Upkeep, tmp_path: Path) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    code = repository_keys.create(ctx, admin, "main").recovery_code
    storage_edit.add(
        ctx, admin, storage_edit.define("cloud", "s3", bucket="canary-bucket", options=SECRETS)
    )
    upkeep.people.add(admin, "canary.person@example.com")
    seed, _ = upkeep.people.enrol(upkeep.people.sign_in())
    upkeep.clock.advance(60)
    again = upkeep.people.sign_in(code=upkeep.people.code(seed))
    upkeep.finish(requesting.request(ctx, again, storage_ids=("main",)))
    settings = [ConfigEntry("notify.smtp.username", '"canary.mail@example.com"', "file")]
    with dropbox_at(upkeep.clock.now()) as url:
        shown = with_dropbox(ctx, url, show_config=lambda: settings)
        files = contents(make_bundle(shown, again))
    whole = "\n".join(files.values())
    key = (ctx.data_folder / "repository.key").read_text().split()[1]
    people_key = (ctx.data_folder / "people.key").read_bytes()
    tokens = list(upkeep.people.tokens.values())
    for secret in (
        "canary", code, *code.split("-"), key, people_key.hex(), seed.secret, *tokens,
        "ann@example.com", "Ann Smith", "Example Ltd", str(tmp_path),
    ):  # fmt: skip
        assert secret not in whole, secret
    assert "example.com" not in whole
    assert set(files) == {
        f"dropally-support/{name}"
        for name in (
            "README.txt", "versions.json", "configuration.json", "health.json", "storages.json",
            "database.json", "jobs.json",
        )
    }  # fmt: skip
    assert '"self-backup"' in files["dropally-support/jobs.json"]


def test_f234_the_audit_says_who_took_a_bundle(upkeep: Upkeep) -> None:
    with dropbox_at(upkeep.clock.now()) as url:
        ctx = with_dropbox(upkeep.ctx, url)
        make_bundle(ctx, upkeep.admin, with_names=True)
        viewer = upkeep.people.add(upkeep.admin, "vi@example.com", Role.VIEWER)
        with pytest.raises(ForbiddenError):
            make_bundle(ctx, viewer)
    entries = [entry.description for entry in upkeep.people.audit(upkeep.admin)]
    assert "A support bundle was made, with names of items." in entries


def test_a_part_that_fails_says_why_and_the_rest_is_there(upkeep: Upkeep) -> None:
    broken = StorageDefinition("broken", "local", "/nonexistent/broken")
    upkeep.ctx.storages.put(broken)
    with dropbox_at(upkeep.clock.now()) as url:
        files = contents(make_bundle(with_dropbox(upkeep.ctx, url), upkeep.admin))
    assert "/nonexistent" not in "\n".join(files.values())
    assert '"is_reachable": false' in files["dropally-support/storages.json"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot read 'Plan for Ann.docx'", "cannot read <name>"),
        ("ann@example.com is gone", "<address> is gone"),
        ("/Reports/June 2026.txt: not found", "<path>"),
        ("Authorization: Bearer sl.abc-DEF_123", "Authorization: Bearer <token>"),
        ("the token dpy_abcDEF123 was used", "the token <token> was used"),
        ("typed 0A1B2-C3D4E-F5G6H-J7K8M", "typed <code>"),
        ("hash " + "ab" * 32, "hash <long>"),
        ("3 of 4 packs/s, 12:30 UTC", "3 of 4 packs/s, 12:30 UTC"),
    ],
    ids=["quoted", "address", "path", "bearer", "token", "code", "long", "harmless"],
)
def test_names_and_secrets_are_taken_out_of_texts(text: str, shown: str) -> None:
    assert redact(text) == shown
