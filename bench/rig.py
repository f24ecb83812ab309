"""What the benchmarks of the main job share: a simulated team, a configured Dropally, a measured process."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

DROPALLY = [sys.executable, "-m", "dropally"]


@dataclass(frozen=True)
class Measured:
    """One finished process."""

    wall_s: float
    cpu_s: float
    """User and system time, of the process and of the children it waited for."""
    peak_bytes: int
    output: str
    exit_code: int


@dataclass(frozen=True)
class Team:
    """A simulated team in a process of its own."""

    http: int
    proxy: int
    ca_file: Path
    token_file: Path
    process: "subprocess.Popen[str]"

    def control(self, path: str, body: Any = None, method: str = "") -> Any:
        """Call `/_sim/<path>`; POSTs when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # always our own http address
            f"http://127.0.0.1:{self.http}/_sim/{path}",
            data=data,
            method=method or ("POST" if data is not None else "GET"),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode()}") from error
        return json.loads(text) if text else None

    def truth(self, namespace: str) -> Iterator[dict[str, Any]]:
        """Every live entry of a namespace, as it really is."""
        address = f"http://127.0.0.1:{self.http}/_sim/truth?namespace={namespace}"
        with urllib.request.urlopen(address, timeout=600) as answer:
            for line in answer:
                yield json.loads(line)

    def compute_content_hashes(self) -> int:
        """Make the simulator hash every file now (it does so when asked); the entries."""
        spaces = self.control("truth/namespaces")
        return sum(1 for space in spaces for _ in self.truth(space["namespace_id"]))

    def reset_metrics(self) -> None:
        """Start counting calls from zero."""
        self.control("metrics/reset", {})

    def metrics(self) -> dict[str, Any]:
        """Calls, bytes and politeness since the last reset."""
        found: dict[str, Any] = self.control("metrics")
        return found


@contextlib.contextmanager
def simulated_team(folder: Path, spec: str) -> Iterator[Team]:
    """Run `dropally simulator serve --team SPEC` until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_file, token_file = folder / "ca.pem", folder / "tokens.json"
    command = [*DROPALLY, "simulator", "serve", "--team", spec]
    command += ["--ca-out", str(ca_file), "--token-out", str(token_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the simulator has no output to read its ports from")
            ports = json.loads(process.stdout.readline())
            yield Team(ports["http"], ports["proxy"], ca_file, token_file, process)
        finally:
            process.terminate()


def set_up_dropally(folder: Path, team: Team) -> Path:
    """Write a dropally.toml, make the repository and link the team; the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dropally.toml"
    config.write_text(
        f'[paths]\ndata = "{folder}/data"\ncache = "{folder}/cache"\n'
        f'[dropbox]\napi_url = "http://127.0.0.1:{team.http}"\n'
        f'[[storage]]\npath = "{folder}/repository"\n'
    )
    for arguments in (["init"], ["connect", "--from-token-file", str(team.token_file)]):
        done = dropally(config, *arguments)
        if done.exit_code != 0:
            raise RuntimeError(
                f"dropally {arguments[0]} ended with {done.exit_code}: {done.output}"
            )
    return config


def dropally(config: Path, *arguments: str) -> Measured:
    """Run one Dropally command to its end; the key file that `init` made opens the repository."""
    return run([*DROPALLY, *arguments, "--config", str(config)])


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command and measure it alone (wait4 tells its own CPU time and peak memory)."""
    started = perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | (environment or {}),
    )
    if process.stdout is None:
        raise RuntimeError("the process has no output")
    with process.stdout:
        output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        wall_s=perf_counter() - started,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * 1024,
        output=output,
        exit_code=process.returncode,
    )


def cpu_seconds_of(process: "subprocess.Popen[Any]") -> float:
    """User and system time that a running process has used so far (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
