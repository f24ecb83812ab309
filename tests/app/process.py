"""`dropally serve` as a real process, with the supervisor's side of the conversation."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_REPOSITORY = Path(__file__).parents[2]
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 60.0


def environment(data: Path, **more: str) -> dict[str, str]:
    """A server on a free port of loopback; everything of it lies in `data` and beside it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("DROPALLY")}
    return {
        **clean,
        "PYTHONPATH": str(_REPOSITORY),
        "DROPALLY__PATHS__DATA": str(data),
        "DROPALLY__PATHS__CACHE": str(data.with_name("cache")),
        "DROPALLY__SERVER__LISTEN": "127.0.0.1:0",
        "DROPALLY__METRICS__ENABLED": "false",
        **more,
    }


@dataclass
class Service:
    """A running server and what it told its supervisor."""

    process: "subprocess.Popen[str]"
    data: Path
    channel: socket.socket
    told: list[str] = field(default_factory=list)
    output: str = ""

    @property
    def url(self) -> str:
        """Where it serves, as its status says."""
        return next(
            line.rpartition(" ")[2]
            for line in reversed(self.told)
            if line.startswith("STATUS=Serving at ")
        )

    def hear(self, line: str, timeout_s: float = STARTS_WITHIN_S) -> None:
        """Wait until it tells this, from now on."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.channel.settimeout(0.2)
            with suppress(TimeoutError):
                lines = self.channel.recv(4096).decode().splitlines()
                self.told += lines
                if line in lines:
                    return
            if self.process.poll() is not None:
                break
        raise AssertionError(f"{line} was not told; exit {self.process.poll()}: {self.rest()}")

    def all_told(self) -> list[str]:
        """All that it told so far."""
        self.channel.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                self.told += self.channel.recv(4096).decode().splitlines()
        return self.told

    def get(self, path: str, host: str = "localhost") -> httpx.Response:
        """Ask over the network."""
        headers = {"Host": host}
        return httpx.get(self.url + path, headers=headers, verify=False, timeout=60)

    def browser(self) -> httpx.Client:
        """A browser that has accepted the certificate; keeps cookies."""
        port = self.url.rpartition(":")[2]
        return httpx.Client(base_url=f"https://localhost:{port}", verify=False, timeout=60)

    def operator(self) -> httpx.Client:
        """Ask at the machine's own door."""
        transport = httpx.HTTPTransport(uds=str(self.data / "dropally.sock"))
        return httpx.Client(transport=transport, base_url="http://dropally", timeout=60)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(STOPS_WITHIN_S)
        self.rest()
        return code

    def rest(self) -> str:
        """What it printed, after its end."""
        with suppress(subprocess.TimeoutExpired, ValueError):
            out, errors = self.process.communicate(timeout=5)
            self.output += out + errors
        return self.output


@contextmanager
def serving(data: Path, **more: str) -> Iterator[Service]:
    """A server, ready; killed in the end if it still runs."""
    with tempfile.TemporaryDirectory(prefix="notify") as folder:
        address = str(Path(folder) / "n")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.bind(address)
            process = subprocess.Popen(
                [sys.executable, "-m", "dropally", "serve"],
                env=environment(data, NOTIFY_SOCKET=address, **more),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            service = Service(process, data, channel)
            try:
                service.hear("READY=1")
                yield service
            finally:
                process.kill()
                process.wait()
                service.rest()
                for stream in (process.stdout, process.stderr):
                    if stream is not None:
                        stream.close()
