"""A whole appliance with backups, beside a simulated team, as strangers and people attack it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from dropally.server.application import build_application
from dropally.upkeep.kinds import register_kinds
from tests.protection.appliance import Protected, protected
from tests.server.appliance import Served, parts_over
from tests.server.security.operations import BODY_OF, QUERY_OF


@dataclass
class Target:
    """A served appliance, and one of everything that has an id."""

    place: Protected
    served: Served
    ids: dict[str, str]
    document: dict[str, Any]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(method, path, operation) of every operation of the API."""
        for path, item in sorted(self.document["paths"].items()):
            for method, operation in sorted(item.items()):
                if isinstance(operation, dict) and "operationId" in operation:
                    yield method.upper(), path, operation

    def filled(self, path: str) -> str:
        """The path with ids that there are."""
        for name, value in self.ids.items():
            path = path.replace("{" + name + "}", value)
        return path


def made_target(root: Path, ending: ExitStack) -> Target:
    """Set up, connected, backed up once."""
    place = ending.enter_context(protected(root))
    place.put("/Reports/plan.txt", "what nobody else may read")
    task = place.task(activate="all")
    job = place.back_up(task.id)
    parts = parts_over(place.people, place.ctx)
    register_kinds(parts.upkeep)
    served = Served(parts, place.people, build_application(parts), ending, place.admin)
    browser = served.as_admin()
    entity = browser.get(f"/api/v1/tasks/{task.id}/entities").json()["items"][0]["id"]
    selection = browser.post("/api/v1/selections").json()["id"]
    items = [{"entity_id": entity, "path": "/reports", "point_id": "latest"}]
    body = {"action": "add", "items": items}
    added = browser.post(f"/api/v1/selections/{selection}/items", json=body)
    assert added.status_code == 200, added.text
    token = browser.post("/api/v1/tokens", json={"name": "kept"}).json()["token"]["id"]
    activities = browser.get("/api/v1/activity").json()["items"]
    ids = {
        "task_id": task.id,
        "entity_id": entity,
        "job_id": job.id,
        "connection_id": task.connection.id,
        "storage_id": "main",
        "point_id": "latest",
        "selection_id": selection,
        "download_id": "dwn_none",
        "activity_id": str(activities[0]["id"]) if activities else "1",
        "user_id": "usr_none",
        "session_id": "ses_none",
        "token_id": token,
        "token": "dpd_none",
        "number": "1",
    }
    return Target(place, served, ids, browser.get("/api/v1/openapi.json").json())


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One for all tests of a module: they look and are refused, and change nothing that matters."""
    root = tmp_path_factory.mktemp("target")
    with ExitStack() as ending:
        yield made_target(root, ending)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def own_target(tmp_path: Path) -> Iterator[Target]:
    """One that the test may change, and whose time it may move."""
    with ExitStack() as ending:
        yield made_target(tmp_path, ending)


def ask(target: Target, client: httpx.Client, method: str, path: str, name: str) -> httpx.Response:
    """Ask with a body that fits where one is expected."""
    body = BODY_OF.get(name, {}) if method in {"POST", "PATCH"} else None
    headers = {"If-Match": "*"} if method == "PATCH" else {}
    query = QUERY_OF.get(name)
    return client.request(method, target.filled(path), json=body, headers=headers, params=query)
