"""Start Azurite, Azure's own blob emulator, on a free port of loopback.

`npm ci` with tests/servers/package-lock.json installs it below .tools/node (see
tests/servers/README.md); DROPALLY_AZURITE may name another `azurite-blob`. Without it, or without
node, the tests that need it are skipped and say so.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import IO

import pytest
import requests

ACCOUNT = "devstoreaccount1"
# The emulator's published key, the same on every machine.
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_VERSION = "2021-12-02"
_START_TIMEOUT_S = 60
_OPTIONS = (
    "--blobPort",
    "0",
    "--inMemoryPersistence",
    "--disableTelemetry",
    "--skipApiVersionCheck",
    "--silent",
)
_ADDRESS = re.compile(r"listens on (http://127\.0\.0\.1:\d+)")


@contextlib.contextmanager
def running_azurite(folder: Path) -> Iterator[str]:
    """The endpoint (with the account's name in its path) of a fresh Azurite; skips without one."""
    command = [str(_find_azurite()), *_OPTIONS]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield f"{_wait_for_address(process)}/{ACCOUNT}"
        finally:
            process.terminate()


def create_container(endpoint: str, name: str) -> None:
    """Create a container with a request signed by hand: the store's client cannot."""
    date = formatdate(usegmt=True)
    signed = (
        "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{_VERSION}\n"
        f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    )
    digest = hmac.digest(base64.b64decode(ACCOUNT_KEY), signed.encode(), hashlib.sha256)
    response = requests.put(
        f"{endpoint}/{name}",
        params={"restype": "container"},
        headers={
            "x-ms-date": date,
            "x-ms-version": _VERSION,
            "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
        },
        timeout=30,
    )
    response.raise_for_status()


def _find_azurite() -> Path:
    named = os.environ.get("DROPALLY_AZURITE")
    installed = Path(__file__).parents[3] / ".tools/node/node_modules/.bin/azurite-blob"
    path = Path(named) if named else installed
    if not path.exists():
        pytest.skip(f"Azurite is not installed at {path}: see tests/servers/README.md")
    if shutil.which("node") is None:
        pytest.skip("Azurite needs node, which is not on the PATH")
    return path


def _wait_for_address(process: subprocess.Popen[str]) -> str:
    lines: queue.Queue[str] = queue.Queue()
    output = process.stdout
    if output is None:
        raise AssertionError("Popen was given a pipe")
    threading.Thread(target=_copy_lines, args=(output, lines), daemon=True).start()
    seen = ""
    while not (found := _ADDRESS.search(seen)):
        line = lines.get(timeout=_START_TIMEOUT_S)
        if not line:
            raise RuntimeError(f"Azurite ended at once: {seen}")
        seen += line
    return found.group(1)


def _copy_lines(output: IO[str], lines: queue.Queue[str]) -> None:
    with contextlib.suppress(ValueError):  # the pipe is closed when the server is stopped
        for line in output:
            lines.put(line)
    lines.put("")  # the end
