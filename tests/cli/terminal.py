"""The `dropally` command as a real process, beside a simulator in this one."""

import contextlib
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import structlog
from dropally.cli.main import main
from dropally.simulator import Simulator

ADMIN = "admin@hollenberg.example"
_REPOSITORY = Path(__file__).parents[2]
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stream(io.TextIOWrapper):
    """A text stream with bytes below it, as the real ones have."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def text(self) -> str:
        self.flush()
        written = self.buffer.getvalue()  # type: ignore[attr-defined]  # a BytesIO
        return str(written.decode())


def run_here(
    *arguments: str, environment: Mapping[str, str], folder: Path, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    """The command in this process, as one of its own would see and leave the world."""
    out, err = _Stream(), _Stream()
    code = 0
    with _as_before():
        sys.argv, sys.stdin = ["dropally", *arguments], io.StringIO(stdin)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return subprocess.CompletedProcess(arguments, code, out.text(), err.text())


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    argv, stdin, environ, folder = sys.argv, sys.stdin, dict(os.environ), Path.cwd()
    signals = {number: signal.getsignal(number) for number in _SIGNALS}
    root, settings = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        sys.argv, sys.stdin = argv, stdin
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)
        for number, action in signals.items():
            signal.signal(number, action)
        root.handlers, root.level = handlers, level
        structlog.configure(**settings)


@dataclass
class Terminal:
    """A folder of its own, a configuration by environment, and processes."""

    simulator: Simulator
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    runs_processes: bool = False

    def __post_init__(self) -> None:
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DROPALLY")},
            "PYTHONPATH": str(_REPOSITORY),
            "DROPALLY__PATHS__DATA": str(self.root / "data"),
            "DROPALLY__PATHS__CACHE": str(self.root / "cache"),
            "DROPALLY__DROPBOX__API_URL": self.simulator.http_url,
            **self.environment,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "dropally", *arguments]

    def run(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """The command: in this process, which saves starting an interpreter, or in its own."""
        if self.runs_processes:
            return self.spawn(*arguments, stdin=stdin, environment=environment)
        return run_here(
            *arguments,
            environment={**self.environment, **(environment or {})},
            folder=self.root,
            stdin=stdin,
        )

    def spawn(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """The command as a process of its own."""
        return subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.root,
            env={**self.environment, **(environment or {})},
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.root,
            env=self.environment,
        )

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The answer of a command that is to end with this exit code."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def token_file(self, **token: Any) -> Path:
        """What `dropally simulator serve --token-out` would write."""
        minted = self.simulator.control.mint_token(**token)
        path = self.root / "tokens.json"
        link = {
            "access_token": minted.access_token,
            "refresh_token": minted.refresh_token,
            "app_key": minted.app_key,
        }
        path.write_text(json.dumps({"team": link, "members": {}}))
        return path

    def set_up(self) -> None:
        """A repository and a link."""
        self.json("init")
        self.json("connect", "--for", "restore", "--from-token-file", str(self.token_file()))

    def put(self, path: str, text: str, **more: Any) -> None:
        where = {} if "member" in more or "team_folder" in more else {"member": ADMIN}
        self.simulator.control.edit({"op": "put", "path": path, "text": text, **where, **more})


def allow(url: str, who: str = "") -> requests.Response:
    """Open a consent page, sign in and press Allow, as an admin's browser does."""
    page = requests.get(url, timeout=60)
    assert page.ok, page.text
    [request] = re.findall(r'name="request" value="([^"]*)"', page.text)
    people = re.findall(r'value="([^"]+)"(?: checked)?> [^<]*<small>([^ ]+) ', page.text)
    [login] = [key for key, email in people if email == (who or ADMIN)][:1]
    return requests.post(
        url.split("?", maxsplit=1)[0],
        data={"request": _unescaped(request), "login": login, "decision": "allow"},
        timeout=60,
        allow_redirects=True,
    )


def shown_code(page: requests.Response) -> str:
    found = re.search(r'id="auth-code"[^>]*>([^<]+)<', page.text)
    assert found, page.text
    return _unescaped(found[1])


def _unescaped(text: str) -> str:
    return (
        text.replace("&quot;", '"').replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">")
    ).replace("&amp;", "&")
