"""rclone, unmodified, through the simulator's CONNECT proxy."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dropally.simulator import Simulator
from dropally.simulator.auth.minting import Minted

NEVER = "2099-01-01T00:00:00Z"
LONG_AGO = "2020-01-01T00:00:00Z"


def find_rclone() -> str | None:
    """The rclone beside this Python, or the one on PATH."""
    beside = Path(sys.executable).parent / "rclone"
    return str(beside) if beside.exists() else shutil.which("rclone")


@dataclass(frozen=True)
class Rclone:
    """A configured rclone; its remote is `dbx:`."""

    program: str
    config: Path
    certificate: Path
    proxy_url: str

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run one command and wait for it."""
        environment = {
            "HTTPS_PROXY": self.proxy_url,
            "HTTP_PROXY": self.proxy_url,
            "NO_PROXY": "",
            "HOME": str(self.config.parent),
            "PATH": os.environ.get("PATH", ""),
        }
        done = subprocess.run(
            [self.program, *self._flags(), *arguments],
            env=environment,
            capture_output=True,
            timeout=250,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"rclone {arguments}: {done.stderr.decode()}")
        return done

    def text(self, *arguments: str) -> str:
        """What a command printed."""
        return self.run(*arguments).stdout.decode()

    def _flags(self) -> list[str]:
        return [
            f"--config={self.config}",
            f"--ca-cert={self.certificate}",
            "--retries=1",
            "--low-level-retries=1",
            "--checkers=4",
            "--transfers=4",
            "--tpslimit=0",
        ]


def configure(
    simulator: Simulator, folder: Path, minted: Minted, *, expiry: str = NEVER, **options: str
) -> Rclone:
    """An rclone whose remote uses a token; further options are those of its Dropbox backend."""
    program = find_rclone()
    assert program is not None
    certificate = folder / "ca.pem"
    certificate.write_bytes(simulator.ca_pem)
    token = {
        "access_token": minted.access_token,
        "token_type": "bearer",
        "refresh_token": minted.refresh_token,
        "expiry": expiry,
    }
    lines = [
        "[dbx]",
        "type = dropbox",
        f"client_id = {minted.app_key}",
        f"token = {json.dumps(token)}",
        *(f"{name} = {value}" for name, value in options.items()),
    ]
    config = folder / "rclone.conf"
    config.write_text("\n".join(lines) + "\n")
    return Rclone(program, config, certificate, f"http://127.0.0.1:{simulator.proxy_port}")
