"""`dropally config`: with and without an appliance, and never a secret."""

import json
from pathlib import Path

import pytest
from dropally.cli.main import main
from tests.config.live_room import opened

SECRETS = '[[storage]]\nkind = "s3"\nbucket = "b"\nsecret_key = "canary"\n'


class Shell:
    """Runs commands in this process on one file."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.file = folder / "dropally.toml"
        self.file.write_text("", encoding="utf-8")
        self._patch, self._capsys = monkeypatch, capsys
        monkeypatch.setenv("DROPALLY_DATA", str(folder / "data"))
        monkeypatch.setenv("COLUMNS", "200")

    def run(self, *words: str) -> tuple[int, str]:
        arguments = ["dropally", "config", *words, "--config", str(self.file)]
        self._patch.setattr("sys.argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


def test_what_is_set_and_where_it_is_from(shell: Shell, tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.change({"recovery.download_link_ttl": "48h"})
    shell.file.write_text('[limits]\nmemory = "1GiB"\n', encoding="utf-8")
    code, text = shell.run("show", "--origin")
    assert code == 0
    lines = {line.partition("  ")[0]: line.rpartition("# ")[2] for line in text.splitlines()}
    assert lines['limits.memory = "1GiB"'] == "file"
    assert lines['recovery.download_link_ttl = "48h"'] == "console"
    assert any(line.startswith("paths.data") for line in lines)
    assert "limits.jobs_at_once" not in text
    assert "limits.jobs_at_once = 4" in shell.run("show", "--defaults")[1]
    assert shell.run("get", "recovery.download_link_ttl") == (0, "48h\n")


def test_secrets_are_stars(shell: Shell) -> None:
    shell.file.write_text(SECRETS, encoding="utf-8")
    code, text = shell.run("show", "--json")
    assert code == 0
    assert json.loads(text)["storage.main.secret_key"] == {"value": "***", "origin": "file"}
    assert shell.run("get", "storage.main.secret_key") == (0, "***\n")
    assert "canary" not in text


def test_check_tells_every_mistake(shell: Shell) -> None:
    assert shell.run("check")[0] == 0
    shell.file.write_text("[limits]\nmemori = 1\njobs_at_once = 0\n", encoding="utf-8")
    code, text = shell.run("check")
    assert code == 2
    assert "2 mistakes" in text
    assert "did you mean memory?" in text


def test_an_unknown_key_names_the_nearest(shell: Shell) -> None:
    code, text = shell.run("get", "limits.memori")
    assert code == 4
    assert "did you mean limits.memory?" in text
