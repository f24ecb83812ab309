"""A disk that takes nothing: said in words, nothing acknowledged is lost, and it recovers by itself."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.app.process import STARTS_WITHIN_S, Service, serving

UNLIMITED = resource.RLIM_INFINITY


@contextmanager
def disk_that_takes_nothing(service: Service) -> Iterator[None]:
    """Every write of the process fails, as on a broken disk; reading goes on."""
    pid = service.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, UNLIMITED))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))


def checks(service: Service) -> dict[str, bool]:
    answer = service.get("/readyz").json()
    return {check["name"]: check["is_ok"] for check in answer["checks"]}


def job_of(client: httpx.Client, job_id: str) -> dict[str, object]:
    found: dict[str, object] = client.get(f"/api/v1/jobs/{job_id}").json()
    return found


def ask_for_self_backup(client: httpx.Client) -> httpx.Response:
    return client.post("/api/v1/appliance/self-backups", json={})


def test_what_cannot_be_written_is_refused_and_later_accepted(tmp_path: Path) -> None:
    with serving(tmp_path / "data", DROPALLY__SERVER__TLS="off") as service:
        with service.operator() as operator:
            with disk_that_takes_nothing(service):
                refused = ask_for_self_backup(operator)
                assert refused.status_code in (500, 503)
                problem = refused.json()
                assert "dropally.db" in problem["detail"]
                assert problem["hint"]
                assert operator.get("/api/v1/jobs").json()["items"] == []
                assert service.get("/healthz").status_code == 200
            accepted = ask_for_self_backup(operator)
            assert accepted.status_code == 202, accepted.text
            deadline = time.monotonic() + STARTS_WITHIN_S
            while not job_of(operator, accepted.json()["id"])["ended_at"]:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert checks(service)["jobs"]
            assert checks(service)["database"]
        assert service.stop() == 0
