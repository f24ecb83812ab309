"""Killed at every step, self-backup and recovery leave either the old state or the new one."""

import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dropally.auth.actors import host_operator
from dropally.common.clock import SystemClock
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import KeyFile, RecoveryCode, open_repository
from dropally.store.backend import LocalBackend
from dropally.upkeep import repository_keys
from dropally.upkeep.recovering import finishing, staging
from dropally.upkeep.recovering.source import RecoverySource
from dropally.upkeep.self_backup import requesting
from dropally.upkeep.self_backup.listing import list_self_backups
from dropally.upkeep.self_backup.making import gather, write_into
from dropally.upkeep.self_backup.package import unpack
from tests.auth.appliance import PASSWORD
from tests.upkeep.appliance import Upkeep, opened

MOST_STEPS = 60


class Killer:
    """Kills this process with SIGKILL right before the n-th step."""

    def __init__(self, step: int) -> None:
        self._left = step

    def watch(self, kind: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(kind, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        setattr(kind, name, counted)


def in_child(act: Callable[[], None]) -> bool:
    """Run it in a process of its own; True if it came to its end, False if it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return True


@pytest.fixture
def lost(tmp_path: Path) -> tuple[Path, str]:
    """A repository with a self-backup, and its code."""
    with opened(tmp_path / "old") as upkeep:
        code = str(repository_keys.create(upkeep.ctx, upkeep.admin, "main").recovery_code)
        assert upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin)).status == "succeeded"
    return tmp_path / "old" / "main", code


def test_a_recovery_killed_at_any_step_is_done_by_doing_it_again(
    tmp_path: Path, lost: tuple[Path, str]
) -> None:
    repository, code = lost
    source = RecoverySource(
        StorageDefinition("found", "local", str(repository)), RecoveryCode(code)
    )

    def recover(data: Path, step: int) -> None:
        killer = Killer(step)
        for kind, name in (
            (finishing, "make_durable"),
            (Path, "replace"),
            (Path, "rename"),
            (Path, "unlink"),
            (shutil, "rmtree"),
            (staging, "unpack"),
            (staging, "open_appliance_database"),
        ):
            killer.watch(kind, name)
        begin_again(data)

    def begin_again(data: Path) -> None:
        if not finishing.is_ready(data):
            staging.stage(source, data, SystemClock(), host_operator("root"))
        finishing.finish(data)

    killed = 0
    for step in range(MOST_STEPS):
        data = tmp_path / f"new{step}" / "data"
        is_whole = in_child(partial(recover, data, step))
        killed += not is_whole
        waits = finishing.is_ready(data)
        has_database = (data / "dropally.db").exists()
        assert waits or has_database or not (data / "people.key").exists()
        begin_again(data) if not has_database or waits else finishing.finish(data)
        assert not (data / finishing.FOLDER).exists()
        if step % 6 == 0 or is_whole:
            with opened(data.parent, []) as upkeep:
                assert upkeep.people.sign_in(password=PASSWORD).name == "Ann Smith"
        if is_whole:
            break
    else:
        raise AssertionError("it never came to its end")
    assert killed > 10


def test_a_self_backup_killed_at_any_step_leaves_the_older_ones(upkeep: Upkeep) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin))
    work = upkeep.root / "work"
    work.mkdir()
    gathered = gather(upkeep.ctx, work, "by hand")
    upkeep.ctx.runner.stop()  # a fork copies locks as they are held by threads that it does not copy
    key = KeyFile(upkeep.ctx.key_file)

    def again(step: int) -> None:
        killer = Killer(step)
        for name in ("put_new", "swap", "delete"):
            killer.watch(LocalBackend, name)
        backend = LocalBackend(upkeep.root / "main")
        repository = open_repository(backend, key, clock=SystemClock().now)
        write_into(repository, "main", gathered)
        repository.close()

    for step in range(MOST_STEPS):
        is_whole = in_child(partial(again, step))
        check_all(upkeep, at_least=1)
        if is_whole:
            break
    else:
        raise AssertionError("it never came to its end")
    assert step > 2
    check_all(upkeep, at_least=2)


def check_all(upkeep: Upkeep, at_least: int) -> None:
    """Every self-backup that is listed can be unpacked."""
    backend = LocalBackend(upkeep.root / "main")
    repository = open_repository(backend, KeyFile(upkeep.ctx.key_file), clock=SystemClock().now)
    try:
        found = list_self_backups(repository)
        assert len(found) >= at_least
        with repository.reader() as reader:
            for number, one in enumerate(found):
                folder = upkeep.root / f"unpacked{number}"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                about = repository.point(one.id).about  # type: ignore[arg-type]  # an id as text
                assert about is not None
                assert unpack(reader.read(about), folder).files
    finally:
        repository.close()
