"""`dropally simulator serve`: what an admin types, and what comes back."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

from dropally.cli.simulator import simulator_app
from dropally.common.errors import UsageError
from typer.testing import CliRunner


def complaint(*arguments: str) -> UsageError:
    """What the command says to flags that cannot be."""
    result = CliRunner().invoke(simulator_app, ["serve", "--team", "empty", *arguments])
    assert isinstance(result.exception, UsageError)
    return result.exception


def test_it_prints_its_ports_and_writes_what_clients_need(tmp_path: Path) -> None:
    ca, tokens = tmp_path / "ca.pem", tmp_path / "tokens.json"
    command = [sys.executable, "-m", "dropally", "simulator", "serve", "--team", "empty"]
    outputs = ["--ca-out", str(ca), "--token-out", str(tokens)]
    with subprocess.Popen([*command, *outputs], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    assert set(ports) == {"http", "tls", "proxy"}
    assert all(port > 0 for port in ports.values())
    assert ca.read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in ca.read_text()
    assert tokens.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(tokens.read_text())) == {"team", "members"}


def test_mistakes_are_told_in_one_sentence_with_a_hint(tmp_path: Path) -> None:
    nowhere = complaint("--listen", "nowhere")
    assert nowhere.message == "--listen 'nowhere' is not HOST:PORT."
    assert "127.0.0.1" in nowhere.hint
    assert "no team 'circus'" in complaint("--team", "circus").message
    missing = tmp_path / "no such folder" / "ca.pem"
    assert "cannot listen or write" in complaint("--ca-out", str(missing)).message


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        error = complaint("--listen", listen, "--state", str(tmp_path))
    assert "cannot listen" in error.message
