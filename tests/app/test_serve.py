"""`dropally serve` from an empty folder to its end, as a process."""

import json
import re
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from tests.app.process import environment, serving
from tests.cli.terminal import run_here

_ANN = {
    "name": "Ann Smith",
    "email": "ann@example.com",
    "password": "plover grazing at noon",
    "password_again": "plover grazing at noon",
    "organisation": "Example Ltd",
}


def test_f2_an_empty_folder_is_served_and_can_be_set_up(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, WATCHDOG_USEC="1000000") as service:
        assert service.get("/healthz").json() == {"status": "ok"}
        ready = service.get("/readyz")
        assert ready.status_code == 503
        checks = {check["name"]: check["is_ok"] for check in ready.json()["checks"]}
        assert checks["database"]
        assert checks["jobs"]
        assert not checks["storage:main"]
        assert service.get("/api/v1/appliance").status_code == 401
        foreign = service.get("/api/v1/appliance", host="evil.example")
        assert (foreign.status_code, foreign.json()["code"]) == (421, "unknown_host")
        with service.operator() as operator:
            assert operator.get("/api/v1/appliance").json()["state"] == "setup"
        service.hear("WATCHDOG=1")
        code = (data / "setup-code").read_text().strip()
        with service.browser() as browser:
            answer = browser.post("/api/v1/setup", json={**_ANN, "code": code})
            assert answer.status_code == 201
            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-dropally=dps_")
            assert {"HttpOnly", "Secure", "Path=/"} <= set(cookie.split("; "))
            assert browser.get("/api/v1/appliance").json()["name"] == "Example Ltd"
            again = browser.post("/api/v1/setup", json={**_ANN, "code": code})
            assert (again.status_code, again.json()["code"]) == (409, "setup_done")
        assert not (data / "setup-code").exists()
        assert service.stop() == 0
        assert "STOPPING=1" in service.all_told()
    assert f"Setup code: {code}" in service.output
    assert re.search(r"Certificate \(SHA-256\): ([0-9A-F]{2}:){31}[0-9A-F]{2}", service.output)
    assert not (data / "dropally.sock").exists()
    logged = [json.loads(line) for line in service.output.splitlines() if line.startswith("{")]
    assert {"Dropally serves", "Dropally stops"} <= {entry["event"] for entry in logged}
    assert all(code not in line for line in service.output.splitlines() if line.startswith("{"))


def test_two_servers_never_share_a_folder_and_a_killed_one_leaves_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, DROPALLY__SERVER__TLS="off") as first:
        assert first.url.startswith("http://")
        second = refused(data)
        assert second.returncode == 75
        assert f"process {first.process.pid}" in second.stderr
        assert first.get("/healthz").status_code == 200
        first.stop(signal.SIGKILL)
    with serving(data, DROPALLY__SERVER__TLS="off") as third:
        with third.operator() as operator:
            assert operator.get("/api/v1/appliance").status_code == 200
        assert third.stop(signal.SIGINT) == 0


def test_a_new_certificate_is_taken_without_a_stop(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        before = _certificate(service.url)
        (service.data / "tls" / "certificate.pem").unlink()
        service.process.send_signal(signal.SIGHUP)
        service.hear("READY=1")
        after = _certificate(service.url)
        assert before != after
        assert service.get("/healthz").status_code == 200


def _certificate(url: str) -> str:
    host, _, port = url.removeprefix("https://").partition(":")
    return ssl.get_server_certificate((host, int(port)))


def refused(data: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """A start that ends by itself, with words for an admin."""
    found = run_here("serve", environment=environment(data, **more), folder=data.parent)
    assert "Traceback" not in found.stderr
    assert "next: " in found.stderr
    return found


def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    found = refused(tmp_path / "data", DROPALLY__SERVER__LISTEN="192.0.2.77:0")
    assert found.returncode == 2
    assert "is no address of this machine" in found.stderr


def test_a_setup_code_that_is_easily_guessed_is_refused(tmp_path: Path) -> None:
    found = refused(tmp_path / "data", DROPALLY_SETUP_CODE="short")
    assert found.returncode == 2
    assert "shorter than 12" in found.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        found = refused(tmp_path / "data", DROPALLY__SERVER__LISTEN=address)
    assert found.returncode == 75
    assert f"{address.replace(':', ' port ')} is in use" in found.stderr
