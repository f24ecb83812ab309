"""Every class of the security audit, by what causes it (F138)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.auth.verbs import Role
from tests.auth.appliance import ADMIN, PASSWORD
from tests.server.console import API, Console, json_of, opened_console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with opened_console(tmp_path) as found:
        yield found


def newest(console: Console, activity: str) -> tuple[str, str, str]:
    """The class, the status, and who did it."""
    row = console.get("/audit", activity=activity, limit=1)["items"][0]
    return row["label"], row["status"], row["performed_by"]


def test_f138_what_people_do_is_in_the_audit_by_its_class(console: Console) -> None:
    ann = "Ann Smith"
    stranger = console.served.stranger()
    for password, status in ((PASSWORD, "succeeded"), ("wrong", "failed")):
        stranger.post(f"{API}/session", json={"email": ADMIN, "password": password})
        by = ann if status == "succeeded" else "system"
        assert newest(console, "sign_in") == ("Sign-in", status, by)

    viewer = console.served.person(Role.VIEWER)
    task = console.task(activate="all")
    denied = console.served.browser(viewer).post(f"{API}/tasks/{task}/run")
    assert denied.status_code == 403
    assert newest(console, "action_denied") == ("Action denied", "denied", viewer.name)

    rights = {"role": "auditor", "reach": {"everywhere": True}}
    user = f"{API}/users/{viewer.id}"
    json_of(console.browser.patch(user, json={"rights": rights}))
    assert newest(console, "permissions_changed") == ("Permissions changed", "succeeded", ann)
    json_of(console.browser.post(f"{user}/deactivation"))
    assert newest(console, "user_deactivated") == ("User deactivated", "succeeded", ann)

    for changes, activity, label in (
        ({"limits.jobs_at_once": 7}, "settings_changed", "Settings changed"),
        ({"notify.smtp.port": 2525}, "notifications", "Notifications"),
    ):
        path, tag = f"{API}/settings", {"If-Match": "*"}
        json_of(console.browser.patch(path, json={"changes": changes}, headers=tag))
        assert newest(console, activity) == (label, "succeeded", ann)

    made = console.browser.post(f"{API}/tasks/{task}/run")
    console.place.finished(json_of(made, 202)["id"])
    assert newest(console, "backup_requested") == ("Backup Now", "succeeded", ann)
    [entity] = console.get(f"/tasks/{task}/entities")["items"]
    console.get(f"/entities/{entity['id']}/points")
    assert newest(console, "data_access") == ("Data access", "succeeded", ann)
    console.post(f"/tasks/{task}/delete", {"name": "Dropbox"})
    assert newest(console, "backup_deleted") == ("Backup deleted", "succeeded", ann)
