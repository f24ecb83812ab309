"""Linking a team through the pages an admin sees, and what is refused."""

import os
import re
import socket
from contextlib import suppress

from dropally.simulator.auth.minting import register_default_app
from tests.cli.terminal import Terminal, allow, shown_code

APP_KEY = "simdropallyapp1"


def _page_of(stderr_line_source: object) -> str:
    text = ""
    while True:
        line = stderr_line_source.readline()  # type: ignore[attr-defined]  # a text stream
        assert line, text
        text += line
        if found := re.search(r"https?://\S+", line):
            return found[0]


def _port_of_ours() -> int:
    """Free, and outside of the range from which anybody is given one meanwhile (ip(7))."""
    begin = 10_000 + os.getpid() % 10_000
    for port in range(begin, begin + 10_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def test_f43_the_code_is_pasted(terminal: Terminal) -> None:
    process = terminal.start("connect", "--app-key", APP_KEY, "--json")
    assert process.stderr is not None
    assert process.stdin is not None
    code = shown_code(allow(_page_of(process.stderr)))
    out, errors = process.communicate(code + "\n", timeout=60)
    assert process.returncode == 0, errors
    assert '"team":"Empty team"' in out
    assert "files.content.write" not in out  # reading comes first; writing is a second consent
    assert (terminal.root / "data" / "dropbox.json").is_file()


def test_f43_the_browser_comes_back(terminal: Terminal) -> None:
    port = _port_of_ours()
    terminal.environment["DROPALLY__DROPBOX__REDIRECT_PORT"] = str(port)
    terminal.environment["DROPALLY__DROPBOX__OAUTH_MODE"] = "redirect"
    address = f"http://127.0.0.1:{port}/"
    terminal.simulator.run(lambda world: register_default_app(world, redirect_uris=(address,)))
    process = terminal.start("connect", "--app-key", APP_KEY, "--for", "restore", "--json")
    assert process.stderr is not None
    answer = allow(_page_of(process.stderr))
    assert "Dropally has the answer" in answer.text
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "files.content.write" in out


def test_a_port_that_is_taken_is_named_before_anybody_is_sent_to_dropbox(
    terminal: Terminal,
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        terminal.environment["DROPALLY__DROPBOX__REDIRECT_PORT"] = str(port)
        terminal.environment["DROPALLY__DROPBOX__OAUTH_MODE"] = "redirect"
        done = terminal.run("connect", "--app-key", APP_KEY)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "Open this page" not in done.stderr


def test_f36_a_personal_account_is_refused(terminal: Terminal) -> None:
    path = terminal.token_file(kind="personal")
    done = terminal.run("connect", "--from-token-file", str(path))
    assert done.returncode == 5
    assert not (terminal.root / "data" / "dropbox.json").exists()


def test_missing_scopes_are_named(terminal: Terminal) -> None:
    path = terminal.token_file(scopes=["team_info.read", "members.read"])
    terminal.json("init")
    done = terminal.run("connect", "--from-token-file", str(path))
    if done.returncode == 0:  # the scopes of a token from a file are learned by trying
        done = terminal.run("backup")
    assert done.returncode == 5
    assert "permission" in done.stderr


def test_a_wrong_code_and_a_wrong_file(terminal: Terminal) -> None:
    done = terminal.run("connect", "--app-key", APP_KEY, stdin="nonsense\n")
    assert done.returncode == 5
    assert terminal.run("connect", "--app-key", APP_KEY, stdin="\n").returncode == 2
    assert terminal.run("connect").returncode == 2
    assert terminal.run("connect", "--from-token-file", "nowhere.json").returncode == 4
    (terminal.root / "empty.json").write_text("{}")
    assert terminal.run("connect", "--from-token-file", "empty.json").returncode == 2


def test_f49_another_team_is_refused(linked: Terminal) -> None:
    link = linked.root / "data" / "dropbox.json"
    link.write_text(re.sub(r"dbtid:[^\"]+", "dbtid:another", link.read_text()))
    done = linked.run("connect", "--from-token-file", "tokens.json")
    assert done.returncode == 5
