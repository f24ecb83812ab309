"""Figures for Prometheus: their form, who may read them, and what they never say."""

import httpx
import pytest
from dropally.common.errors import DropallyError
from dropally.server.metrics import CONTENT_TYPE, Figure, Metrics
from dropally.server.metrics_door import metrics_application
from prometheus_client.parser import text_string_to_metric_families
from tests.server.appliance import Served, rebuilt
from tests.server.doors import open_door

TOKEN = "a-token-of-prometheus"


def _figures() -> list[Figure]:
    return [
        Figure("dropally_jobs_running", "Jobs.", 2, {"kind": "backup"}),
        Figure("dropally_jobs_running", "Jobs.", 1, {"kind": "restore"}),
        Figure("dropally_notification_failures", "Mails.", 3, {"kind": "invitation"}, "counter"),
    ]


def _samples(text: str) -> dict[str, float]:
    return {
        "".join([sample.name, *sorted(sample.labels.values())]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_facts_and_counts_stand_beside_each_other() -> None:
    metrics = Metrics(_figures)
    metrics.count_job("backup", "succeeded", 70.0)
    metrics.count_job("backup", "canceled", None)
    found = _samples(metrics.text().decode())
    assert found["dropally_jobs_runningbackup"] == 2
    assert found["dropally_jobs_runningrestore"] == 1
    assert found["dropally_notification_failures_totalinvitation"] == 3
    assert found["dropally_job_runs_totalbackupsucceeded"] == 1
    assert found["dropally_job_duration_seconds_sumbackup"] == 70
    assert found["process_resident_memory_bytes"] > 1 << 20


def test_requests_are_counted_by_the_template_of_their_path(appliance: Served) -> None:
    client = appliance.as_admin()
    client.get("/api/v1/jobs/job_secret?path=/payroll.xlsx")
    client.get("/no/such/payroll.xlsx")
    text = appliance.parts.metrics.text().decode()
    assert 'route="/api/v1/jobs/{job_id}",status="404"' in text
    assert "secret" not in text
    assert "payroll" not in text


def test_the_console_s_listener_gives_them_for_the_token_only(appliance: Served) -> None:
    assert appliance.as_admin().get("/metrics").status_code == 404
    served = rebuilt(appliance, metrics=Metrics(_figures), metrics_token=TOKEN)
    client = served.stranger()
    assert client.get("/metrics").status_code == 404
    wrong = {"Authorization": "Bearer a-token"}
    assert client.get("/metrics", headers=wrong).status_code == 404
    right = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (right.status_code, right.headers["Content-Type"]) == (200, CONTENT_TYPE)
    assert "dropally_jobs_running" in right.text


@pytest.mark.parametrize("token", ["", TOKEN], ids=["open", "token"])
def test_a_listener_of_their_own_knows_nothing_else(token: str) -> None:
    with (
        open_door(metrics_application(Metrics(_figures), token)) as (_, port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert client.get("/metrics").status_code == (401 if token else 200)
        allowed = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert "dropally_build_info" in allowed.text
        assert client.get("/api/v1/appliance").status_code == 404
        assert client.post("/metrics").status_code == 404


def test_facts_that_cannot_be_read_are_an_error_and_no_zero() -> None:
    def broken() -> list[Figure]:
        raise DropallyError("the disk is gone")

    with open_door(metrics_application(Metrics(broken), "")) as (_, port):
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert (answer.status_code, answer.text) == (503, "# the disk is gone\n")
