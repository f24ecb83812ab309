"""Three ways to the API: over the network with a token, the machine's own door, in process."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.auth.verbs import Verb
from dropally.simulator import start_simulator
from tests.cli.office import Office, machine, serving
from tests.cli.terminal import Terminal


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with (
        start_simulator(team="empty") as simulator,
        machine(simulator) as host,
        serving(host) as it,
    ):
        yield it


@pytest.fixture
def quiet_host() -> Iterator[Terminal]:
    """A machine whose appliance is down."""
    with start_simulator(team="empty") as simulator, machine(simulator) as host:
        with serving(host):
            pass
        yield host


def fingerprint(office: Office) -> str:
    """As `dropally serve` prints it."""
    certificate = office.appliance.doors.certificate
    assert certificate is not None
    return certificate.fingerprint


def test_on_the_machine_the_server_s_own_door_is_taken(office: Office) -> None:
    who = office.host.json("session", "whoami")
    assert who["kind"] == "cli"
    assert office.host.run("task", "list").stdout.startswith("No task yet.")


def test_with_url_and_token_it_asks_over_tls(office: Office) -> None:
    done = office.host.run("session", "whoami", "--json", environment=office.elsewhere())
    assert json.loads(done.stdout)["kind"] == "token", done.stderr


def test_a_fingerprint_pins_the_certificate(office: Office) -> None:
    there = office.elsewhere(trust=fingerprint(office))
    assert office.host.run("self", "status", environment=there).returncode == 0
    other = office.elsewhere(trust="ab" * 32)
    refused = office.host.run("self", "status", environment=other)
    assert refused.returncode == 5
    assert "shows another certificate" in refused.stderr
    nonsense = office.host.run("self", "status", environment=office.elsewhere(trust="abc"))
    assert nonsense.returncode == 2
    assert "neither a file nor a SHA-256" in nonsense.stderr


def test_an_unknown_certificate_is_not_trusted(office: Office) -> None:
    there = {**office.elsewhere(), "DROPALLY_TRUST": ""}
    refused = office.host.run("self", "status", environment=there)
    assert refused.returncode == 5
    assert "--trust" in refused.stderr


def test_tokens_come_from_options_environment_and_files(office: Office, tmp_path: Path) -> None:
    there, token = office.elsewhere("dpy_wrong"), office.token()
    given = office.host.run("self", "status", "--token", token, environment=there)
    assert given.returncode == 0, given.stderr
    (tmp_path / "token").write_text(f"{token}\n")
    there = {**there, "DROPALLY_TOKEN": "", "DROPALLY_TOKEN_FILE": str(tmp_path / "token")}
    assert office.host.run("self", "status", environment=there).returncode == 0
    there["DROPALLY_TOKEN_FILE"] = str(tmp_path / "nothing")
    assert office.host.run("self", "status", environment=there).returncode == 4


def test_a_wrong_token_is_denied_and_a_missing_one_asked_for(office: Office) -> None:
    denied = office.host.run("task", "list", environment=office.elsewhere("dpy_" + "a" * 40))
    assert denied.returncode == 5
    without = {"DROPALLY_URL": office.url}
    asked = office.host.run("task", "list", environment=without)
    assert asked.returncode == 5
    assert "DROPALLY_TOKEN" in asked.stderr


def test_a_token_without_the_permission_is_denied(office: Office) -> None:
    there = office.elsewhere(office.token(Verb.TASK_READ))
    assert office.host.run("task", "list", environment=there).returncode == 0
    denied = office.host.run("audit", "list", "--json", environment=there)
    assert denied.returncode == 5
    problem = json.loads(denied.stdout)
    assert problem["exit_code"] == 5
    assert problem["code"]


def test_nobody_answers_there(office: Office) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens
        there = {
            **office.elsewhere(),
            "DROPALLY_URL": f"https://127.0.0.1:{taken.getsockname()[1]}",
        }
        gone = office.host.run("task", "list", environment=there)
    assert gone.returncode == 75
    assert "cannot be reached" in gone.stderr
    nowhere = office.host.run(
        "task", "list", environment={**there, "DROPALLY_URL": "backup.example"}
    )
    assert nowhere.returncode == 2


def test_without_a_server_the_application_itself_is_asked(quiet_host: Terminal) -> None:
    assert quiet_host.json("self", "status")["product"] == "Dropally"
    assert quiet_host.run("task", "list").stdout.startswith("No task yet.")
    waits = quiet_host.run("self", "backup")
    assert waits.returncode in {0, 4}, waits.stderr
    watched = quiet_host.run("job", "watch", "job_1")
    assert watched.returncode == 75
    assert "dropally serve" in watched.stderr


def test_without_an_appliance_the_next_step_is_told(tmp_path: Path) -> None:
    with start_simulator(team="empty") as simulator:
        done = Terminal(simulator, tmp_path).run("task", "list")
    assert done.returncode == 4
    assert "dropally serve" in done.stderr
    assert not (tmp_path / "data").exists()
