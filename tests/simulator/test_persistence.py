"""A state folder brings everything back, whether the simulator was stopped or killed."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from dropally.common.errors import UsageError
from dropally.simulator import Simulator, start_simulator
from dropally.simulator.auth.minting import mint_person_token
from dropally.simulator.content_hash import content_hash
from dropally.simulator.serve import mint_everybody
from dropally.simulator.state.edits import create_folder
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World
from dropbox import files
from dropbox.exceptions import ApiError
from tests.simulator.sdk import loopback_session, user_client


def admin_of(world: World) -> Member:
    return next(iter(world.members.values()))


def token_of(simulator: Simulator) -> str:
    return simulator.run(lambda world: mint_person_token(world, admin_of(world)).access_token)


def everything(simulator: Simulator) -> Any:
    """All trees, graves, journals and histories, as plain values."""

    def look(world: World) -> Any:
        return {
            ns: (
                [(entry.path_display, entry.id, entry.rev, entry.mount) for entry in tree.walk("")],
                sorted(tree.graves),
                list(tree.journal.seqs),
                {path: [one.rev for one in past] for path, past in tree.past.items()},
                dict(tree.mounts),
            )
            for ns, tree in world.trees.items()
        }

    return simulator.run(look)


def test_a_stopped_team_comes_back_as_it_was(tmp_path: Path) -> None:
    with start_simulator(state=tmp_path, team="empty", strict=True) as simulator:
        token = token_of(simulator)
        with loopback_session(simulator.http_url) as session:
            client = user_client(session, token)
            first = client.files_upload(b"one", "/a/x.txt")
            client.files_upload(b"two", "/a/x.txt", mode=files.WriteMode.overwrite)
            client.files_upload(b"gone", "/gone/y.txt")
            client.files_delete_v2("/gone")
            client.files_move_v2("/a", "/moved")
            cursor = client.files_list_folder("", recursive=True).cursor
            unfinished = client.files_upload_session_start(b"12345").session_id
            client.files_upload(b"later", "/later.txt")
        simulator.run(lambda world: world.clock.advance(60))
        before, ca = everything(simulator), simulator.ca_pem
    with start_simulator(state=tmp_path, team="sample", strict=True) as simulator:
        assert everything(simulator) == before
        assert simulator.ca_pem == ca
        assert 59 < simulator.run(lambda world: world.clock.ahead_s) < 61
        with loopback_session(simulator.http_url) as session:
            client = user_client(session, token)
            changes = client.files_list_folder_continue(cursor).entries
            assert [entry.path_lower for entry in changes] == ["/later.txt"]
            assert client.files_download(f"rev:{first.rev}")[1].content == b"one"
            assert client.files_get_metadata(first.id).path_lower == "/moved/x.txt"
            resumed = files.UploadSessionCursor(unfinished, 5)
            written = client.files_upload_session_finish(
                b"6", resumed, files.CommitInfo("/resumed.txt")
            )
            assert written.content_hash == content_hash(b"123456")


def test_edits_on_a_generated_home_come_back_on_top_of_it(tmp_path: Path) -> None:
    team = "virtual:members=1,files=200,seed=5,size=1K-2K"
    with start_simulator(state=tmp_path, team=team) as simulator:
        token = token_of(simulator)
        with loopback_session(simulator.http_url) as session:
            client = user_client(session, token)
            page = client.files_list_folder("", recursive=True, limit=2000)
            victims = [one for one in page.entries if isinstance(one, files.FileMetadata)]
            client.files_delete_v2(victims[0].path_lower)
            client.files_upload(b"new", victims[1].path_lower, mode=files.WriteMode.overwrite)
            client.files_create_folder_v2("/Brand new/inner")
        before = everything(simulator)
    with start_simulator(state=tmp_path) as simulator:
        assert everything(simulator) == before
        with loopback_session(simulator.http_url) as session:
            client = user_client(session, token)
            assert client.files_download(victims[1].path_lower)[1].content == b"new"
            untouched = client.files_download(victims[2].path_lower)
            assert content_hash(untouched[1].content) == victims[2].content_hash
            with pytest.raises(ApiError):
                client.files_get_metadata(victims[0].path_lower)


class Program:
    """`dropally simulator serve` in a process of its own, which can be killed."""

    def __init__(self, state: Path) -> None:
        self._tokens = state.parent / "tokens.json"
        arguments = ["simulator", "serve", "--team", "empty", "--state", str(state)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dropally", *arguments, "--token-out", str(self._tokens)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.ports = json.loads(self.process.stdout.readline())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['http']}"

    def token(self) -> str:
        members = json.loads(self._tokens.read_text())["members"]
        return str(next(iter(members.values()))["access_token"])

    def end(self, how: signal.Signals) -> int:
        os.kill(self.process.pid, how)
        code = self.process.wait(timeout=120)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def upload_until_it_dies(url: str, token: str, written: list[str]) -> None:
    with loopback_session(url) as session:
        client = user_client(session, token)
        for number in range(100_000):
            data = os.urandom(1 + number % 5000)
            try:
                client.files_upload(data, f"/{number % 7}/file {number}.bin")
                if number % 10 == 9:
                    client.files_delete_v2(f"/{number % 7}")
            except requests.exceptions.RequestException:
                return
            written.append(content_hash(data))


def test_a_killed_team_comes_back_whole(tmp_path: Path) -> None:
    program = Program(tmp_path / "state")
    written: list[str] = []
    uploader = threading.Thread(
        target=upload_until_it_dies, args=(program.url, program.token(), written)
    )
    uploader.start()
    while len(written) < 300:
        uploader.join(0.05)
    assert program.end(signal.SIGKILL) == -signal.SIGKILL
    uploader.join()

    again = Program(tmp_path / "state")
    with loopback_session(again.url) as session:
        client = user_client(session, again.token())
        page = client.files_list_folder("", recursive=True, limit=2000)
        assert not page.has_more
        folders = {one.path_lower for one in page.entries if isinstance(one, files.FolderMetadata)}
        kept = [one for one in page.entries if isinstance(one, files.FileMetadata)]
        assert len(kept) > 10
        for entry in kept:
            assert entry.path_lower.rpartition("/")[0] in folders
            data = client.files_download(f"rev:{entry.rev}")[1].content
            assert content_hash(data) == entry.content_hash
        client.files_upload(b"alive", "/alive.txt")
    assert again.end(signal.SIGTERM) == 0


def test_tokens_are_written_for_everybody_who_can_sign_in(tmp_path: Path) -> None:
    with start_simulator(team="sample") as simulator:
        tokens: Any = simulator.run(mint_everybody)
        active = simulator.run(
            lambda world: {one.email for one in world.members.values() if one.status == "active"}
        )
    assert set(tokens["members"]) == active
    assert set(tokens["team"]) == {"access_token", "refresh_token", "app_key"}


def test_a_state_folder_serves_one_simulator_at_a_time(tmp_path: Path) -> None:
    with start_simulator(state=tmp_path, team="empty"):
        with pytest.raises(UsageError, match="cannot be opened") as refused:
            start_simulator(state=tmp_path)
        assert "another simulator" in refused.value.hint


def test_a_state_of_another_version_is_refused(tmp_path: Path) -> None:
    with start_simulator(state=tmp_path, team="empty"):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="has version 99"):
        start_simulator(state=tmp_path)
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to look like one" * 99)
    with pytest.raises(UsageError, match="cannot be opened"):
        start_simulator(state=tmp_path)


def test_what_could_not_be_saved_is_saved_later(tmp_path: Path) -> None:
    with start_simulator(state=tmp_path, team="empty") as simulator:
        saver = simulator.world._saver
        assert saver is not None
        simulator.run(lambda world: saver.database.execute("PRAGMA query_only = ON"))
        owner = simulator.run(lambda world: admin_of(world).home_namespace)
        simulator.run(lambda world: create_folder(world, owner, "/late"))
        with pytest.raises(sqlite3.OperationalError):
            simulator.run(lambda world: world.save())
        simulator.run(lambda world: saver.database.execute("PRAGMA query_only = OFF"))
    with start_simulator(state=tmp_path) as simulator:
        assert simulator.run(lambda world: world.trees[owner].get("/late")) is not None


def test_a_team_that_could_not_be_founded_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        start_simulator(state=tmp_path / "state", team=f"folder:{tmp_path / 'missing'}")
    with start_simulator(state=tmp_path / "state", team="empty") as simulator:
        assert simulator.run(lambda world: world.team.name) == "Empty team"
