"""`dropally user` and `dropally audit`: the way back in, without any server."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from dropally.auth import api_tokens, second_factor, sessions, setup, sign_in, users
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext, open_auth
from dropally.auth.errors import LockedOutError, SignInRefusedError
from dropally.auth.verbs import Verb
from dropally.catalog.appliance import open_appliance_database
from dropally.cli.main import main
from dropally.common.clock import SystemClock
from tests.auth.appliance import ADMIN, FORM, OFFICE, PASSWORD, QUICK


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def ctx(data: Path) -> Iterator[AuthContext]:
    """An appliance that somebody has set up, still open, as a running server has it."""
    with open_appliance_database(data) as database:
        opened = open_auth(database, data, SystemClock(), hasher=QUICK)
        code = setup.prepare_code(opened)
        assert code is not None
        setup.complete(opened, code, FORM, OFFICE)
        yield opened


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, on the data folder, as `sudo` of the login `operator`."""
    monkeypatch.setenv("SUDO_USER", "operator")
    monkeypatch.setenv("COLUMNS", "200")

    def run_it(*arguments: str, folder: Path = data) -> Done:
        monkeypatch.setenv("DROPALLY__PATHS__DATA", str(folder))
        monkeypatch.setattr(sys, "argv", ["dropally", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    return run_it


def run_json(run: Run, *arguments: str) -> object:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def enter(ctx: AuthContext, password: str = PASSWORD) -> Actor:
    session = sign_in.sign_in(ctx, ADMIN, password, OFFICE)
    return sessions.authenticate(ctx, session.token, OFFICE)


def test_f30_reset_password_beside_a_running_server(ctx: AuthContext, run: Run) -> None:
    before = enter(ctx)
    answer = run_json(run, "user", "reset-password", "ANN@example.com")
    assert isinstance(answer, dict)
    with pytest.raises(SignInRefusedError):
        enter(ctx)
    actor = enter(ctx, answer["temporary_password"])
    assert actor.restriction == "password_expired", "it has to be changed first"
    assert before.id == actor.id
    with ctx.read() as connection:
        rows = connection.execute("SELECT actor_name, description FROM audit").fetchall()
    assert ("operator on the host", f"The password of {ADMIN} was reset on the host.") in rows
    assert answer["temporary_password"] not in str(rows)


def test_f30_unlock_and_a_lock_never_holds_the_host_up(ctx: AuthContext, run: Run) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            enter(ctx, "wrong")
    with pytest.raises(LockedOutError):
        enter(ctx)
    listed = run_json(run, "user", "list")
    assert isinstance(listed, list)
    assert listed[0]["locked_until"] is not None
    assert run_json(run, "user", "unlock", ADMIN) == {"email": ADMIN, "was_locked": True}
    assert enter(ctx).name == "Ann Smith"
    assert run("user", "unlock", ADMIN).stdout == f"{ADMIN} was not locked out.\n"


def test_f30_disable_2fa_even_without_the_key_file(ctx: AuthContext, data: Path, run: Run) -> None:
    actor = enter(ctx)
    shown = second_factor.begin(ctx, actor)
    app = pyotp.TOTP(shown.text_code.replace(" ", ""))
    second_factor.enable(ctx, actor, app.at(ctx.now()))
    with pytest.raises(SignInRefusedError):
        enter(ctx)
    (data / "people.key").unlink()
    assert run("user", "disable-2fa", ADMIN).returncode == 0
    assert enter(ctx).name == "Ann Smith"
    again = run("user", "disable-2fa", ADMIN)
    assert again.returncode == 2
    assert "has no second factor" in again.stderr


def test_f30_what_cannot_be_done_names_cause_and_next_step(
    ctx: AuthContext, data: Path, run: Run
) -> None:
    unknown = run("user", "unlock", "nobody@example.com")
    assert unknown.returncode == 4
    assert "`dropally user list` shows them" in unknown.stderr
    nowhere = run("user", "list", folder=data / "elsewhere")
    assert nowhere.returncode == 4
    assert "DROPALLY__PATHS__DATA" in nowhere.stderr
    assert not (data / "elsewhere").exists()


def test_a_deactivated_account_is_not_let_in_by_a_reset(ctx: AuthContext, run: Run) -> None:
    with ctx.write() as connection:
        connection.execute("UPDATE console_user SET state = 'deactivated'")
    refused = run("user", "reset-password", ADMIN)
    assert refused.returncode == 2
    assert "is deactivated" in refused.stderr


def test_a_token_for_programs_is_made_on_the_host(ctx: AuthContext, run: Run) -> None:
    made = run_json(run, "token", "create", "nightly", "--for", ADMIN, "--permission", "task.read")
    assert isinstance(made, dict)
    actor = api_tokens.authenticate(ctx, made["secret"], OFFICE)
    assert (actor.kind, actor.name) == ("token", "Ann Smith: nightly")
    assert actor.token_verbs == frozenset({Verb.TASK_READ})
    with ctx.read() as connection:
        rows = connection.execute("SELECT actor_name, description FROM audit").fetchall()
    said = "The API token 'nightly' was created for Ann Smith."
    assert ("operator on the host", said) in rows
    wrong = run("token", "create", "nightly", "--for", ADMIN, "--permission", "task.fly")
    assert wrong.returncode == 2
    assert "task.read" in wrong.stderr
    assert run("token", "create", "x", "--for", "nobody@example.com").returncode == 4


def test_user_list_shows_people(ctx: AuthContext, run: Run) -> None:
    shown = run("user", "list").stdout
    for word in (ADMIN, "Ann Smith", "administrator", "active", "off"):
        assert word in shown


def test_f143_audit_verify_list_and_export(ctx: AuthContext, run: Run) -> None:
    users.rename(ctx, enter(ctx), enter(ctx).id, "=cmd()")
    enter(ctx)
    proof = run_json(run, "audit", "verify")
    assert isinstance(proof, dict)
    assert proof["rows"] == 5
    assert proof["noted"] in run("audit", "verify", "--noted", proof["noted"]).stdout
    assert "Native Sign in (OK) Chrome from ip 10.4.5.60" in run("audit", "list").stdout
    assert '"\'=cmd()"' in run("audit", "export").stdout
    lines = run("audit", "export", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]


def test_f143_a_flipped_byte_fails_audit_verify_with_the_row(ctx: AuthContext, run: Run) -> None:
    enter(ctx)
    with ctx.write() as connection:
        connection.execute("DROP TRIGGER audit_row_is_final")
        connection.execute("UPDATE audit SET address = '10.4.5.61' WHERE seq = 2")
    failed = run("audit", "verify")
    assert failed.returncode == 1
    assert "does not hold at row 2" in failed.stderr


@pytest.fixture
def foreign_data(ctx: AuthContext, data: Path) -> Iterator[Path]:
    """A copy of the data folder that belongs to another account, if we can give it away."""
    folder = Path(tempfile.mkdtemp())  # tmp_path lies below folders that only we can enter
    folder.chmod(0o755)
    ctx.database.close()
    shutil.copytree(data, folder / "data")
    if os.geteuid() == 0:
        for path in (folder / "data", *(folder / "data").iterdir()):
            os.chown(path, 65534, 65534)
    yield folder / "data"
    shutil.rmtree(folder)


def test_run_as_root_it_leaves_no_file_of_root_behind(foreign_data: Path) -> None:
    """In a process of its own: what is loaded while it acts as the owner counts, too."""
    owner = foreign_data.stat().st_uid
    (foreign_data / "people.key").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "dropally", "user", "unlock", ADMIN],
        env={**os.environ, "DROPALLY__PATHS__DATA": str(foreign_data)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = list(foreign_data.iterdir())
    assert any(path.name == "people.key" for path in found)
    assert {path.stat().st_uid for path in found} == {owner}
