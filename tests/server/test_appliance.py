"""The appliance's own resource, health, and the description of the API."""

import pytest
from dropally import __version__
from dropally.auth.verbs import Role
from tests.server.appliance import Served, rebuilt


def test_f2_health_is_told_to_everybody_before_the_setup(appliance: Served) -> None:
    answer = appliance.stranger().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["X-Request-ID"].startswith("req_")


def test_supervisors_may_ask_without_wanting_a_body(appliance: Served) -> None:
    unready = rebuilt(appliance, readiness=lambda: {"storage": "s3 gone"})
    assert appliance.stranger().head("/healthz").status_code == 200
    assert appliance.stranger().head("/readyz").status_code == 200
    assert unready.stranger().head("/readyz").status_code == 503


def test_the_appliance_names_itself(appliance: Served) -> None:
    found = appliance.as_admin().get("/api/v1/appliance").json()
    assert found == {
        "product": "Dropally",
        "version": __version__,
        "name": "Example Ltd",
        "state": "ready",
        "time": "2026-03-02T09:00:00Z",
    }


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_see_the_state(appliance: Served, role: Role) -> None:
    assert appliance.as_role(role).get("/api/v1/appliance").status_code == 200


def test_readiness_names_the_failing_check_but_not_why(appliance: Served) -> None:
    unready = rebuilt(appliance, readiness=lambda: {"database": "", "storage": "s3 gone"})
    answer = unready.stranger().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "is_ready": False,
        "checks": [{"name": "database", "is_ok": True}, {"name": "storage", "is_ok": False}],
    }
    assert unready.as_admin().get("/api/v1/appliance").json()["state"] == "not_ready"


def test_the_description_is_openapi_3_1_with_unique_operation_ids(appliance: Served) -> None:
    document = appliance.stranger().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(ids) == len(set(ids))
    assert {"get_appliance", "get_health"} <= set(ids)
    assert all(
        operation.get("summary") and operation.get("tags")
        for path in document["paths"].values()
        for operation in path.values()
    )
