"""Storages in the console: added, tried, changed, watched; and the keys of their repositories."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.errors import FieldsError, ForbiddenError, StateError
from dropally.auth.verbs import Role
from dropally.common.clock import ManualClock, SystemClock
from dropally.common.errors import ConflictError, DeniedError, NotFoundError
from dropally.jobs.storage_definition import StorageDefinition
from dropally.server.tls import self_signed, server_context
from dropally.store import LocalBackend, ReadOnlyError, RecoveryCode, WrongSecretError
from dropally.store.keys import list_slots
from dropally.upkeep import repository_keys, storage_edit, storage_list
from dropally.upkeep.storage_trial import run_trial, try_storage
from tests.store.backend.odd_s3 import serving_careless_s3
from tests.upkeep.appliance import Upkeep, local, opened
from tests.upkeep.s3 import CREDENTIALS as S3_KEYS
from tests.upkeep.s3 import s3_server

PATIENT_S = 60.0
"""On a busy machine the S3 server of the tests takes longer than a real one may."""


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


def bucket(endpoint: str, name: str = "backups", **more: str) -> StorageDefinition:
    options = {**S3_KEYS, "endpoint": endpoint, **more}
    return storage_edit.define("cloud", "s3", bucket=name, prefix="dropally", options=options)


# -- keys ----------------------------------------------------------------------------------


def test_the_recovery_code_is_shown_once_and_proved_by_two_groups(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    made = repository_keys.create(ctx, admin, "main")
    assert "SecretText(***)" in repr(made.recovery_code)
    assert made.recovery_code not in repr(made)
    assert storage_list.get_storage(ctx, admin, "main").recovery_code == "shown"
    assert repository_keys.groups_to_type(ctx, "main") == made.groups_to_type
    parts = made.recovery_code.split("-")
    typed = {number: parts[number - 1].lower() for number in made.groups_to_type}
    first, second = made.groups_to_type
    for wrong in ({}, {first: typed[first]}, {first: typed[second], second: typed[first]}):
        with pytest.raises(DeniedError, match="not the recovery code"):
            repository_keys.confirm_code(ctx, admin, "main", wrong)
    repository_keys.confirm_code(ctx, admin, "main", typed)
    view = storage_list.get_storage(ctx, admin, "main")
    assert (view.recovery_code, view.confirmed_by) == ("confirmed", "Ann Smith")
    assert view.warnings == []
    with pytest.raises(StateError, match="no proof is awaited"):
        repository_keys.confirm_code(ctx, admin, "main", typed)


def test_the_database_never_holds_the_code(upkeep: Upkeep) -> None:
    made = repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    upkeep.ctx.auth.database.check()
    files = [path.read_bytes() for path in upkeep.ctx.data_folder.glob("dropally.db*")]
    for group in made.recovery_code.split("-"):
        assert not any(group.encode() in content for content in files)


def test_a_code_of_before_is_proved_by_typing_all_of_it(upkeep: Upkeep) -> None:
    made = repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    other = made.recovery_code.replace("-", " ")
    repository_keys.confirm_whole_code(upkeep.ctx, upkeep.admin, "main", other)
    assert storage_list.get_storage(upkeep.ctx, upkeep.admin, "main").recovery_code == "confirmed"


def test_a_new_code_makes_the_old_one_worthless(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    old = repository_keys.create(ctx, admin, "main").recovery_code
    new = repository_keys.renew_code(ctx, admin, "main").recovery_code
    with pytest.raises(DeniedError):
        repository_keys.confirm_whole_code(ctx, admin, "main", old)
    repository_keys.confirm_whole_code(ctx, admin, "main", new)
    with ctx.storages.repository("main") as repository:
        kinds = sorted(slot.kind for slot in list_slots(repository.backend))
    assert kinds == ["key-file", "recovery-code"]


def test_a_storage_that_denies_deletion_keeps_the_old_code_and_says_so(
    upkeep: Upkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_backend: LocalBackend, key: str) -> None:
        raise ReadOnlyError(f"{key} cannot be deleted")

    ctx, admin = upkeep.ctx, upkeep.admin
    old = repository_keys.create(ctx, admin, "main").recovery_code
    with monkeypatch.context() as patched:
        patched.setattr(LocalBackend, "delete", denied)
        made = repository_keys.renew_code(ctx, admin, "main")
    assert "denies deletion" in made.warning
    for code in (old, made.recovery_code):
        repository_keys.confirm_whole_code(ctx, admin, "main", code)


def test_a_second_repository_at_the_same_place_is_refused(upkeep: Upkeep) -> None:
    repository_keys.create(upkeep.ctx, upkeep.admin, "main")
    with pytest.raises(ConflictError, match="already"):
        repository_keys.create(upkeep.ctx, upkeep.admin, "main")


def test_a_repository_of_another_appliance_is_taken_over_with_its_code(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as one:
        code = repository_keys.create(one.ctx, one.admin, "main").recovery_code
    with opened(tmp_path / "two", [local(tmp_path / "one")]) as two:
        # Its own key does not exist yet, and would not open it.
        assert two.ctx.storages.check("main").is_reachable is False
        with pytest.raises(WrongSecretError):
            repository_keys.adopt(two.ctx, two.admin, "main", RecoveryCode(code[:-1] + "?"))
        repository_keys.adopt(two.ctx, two.admin, "main", RecoveryCode(code))
        assert two.ctx.storages.check("main").is_reachable is True
        view = storage_list.get_storage(two.ctx, two.admin, "main")
        assert view.recovery_code == "confirmed"
        assert len(view.key_slots) == 3


# -- adding and changing -------------------------------------------------------------------


def test_f238_two_storages_have_a_default_for_new_tasks(upkeep: Upkeep, tmp_path: Path) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    storage_edit.add(
        ctx,
        admin,
        storage_edit.define("second", "local", path=str(tmp_path / "b"), region_label="Lyon (FR)"),
    )
    assert [view.id for view in storage_list.list_storages(ctx, admin)] == ["main", "second"]
    storage_edit.make_default(ctx, admin, "second")
    first, _ = storage_list.list_storages(ctx, admin)
    assert (first.id, first.region_label, first.is_default) == ("second", "Lyon (FR)", True)
    with pytest.raises(StateError, match="default"):
        storage_edit.remove(ctx, admin, "second")
    storage_edit.make_default(ctx, admin, "main")
    storage_edit.remove(ctx, admin, "second")
    assert ctx.storages.ids() == ("main",)


def test_storages_of_the_console_are_there_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as upkeep:
        definition = storage_edit.define("cloud", "s3", bucket="backups", options=S3_KEYS)
        storage_edit.add(upkeep.ctx, upkeep.admin, definition)
        storage_edit.make_default(upkeep.ctx, upkeep.admin, "cloud")
    content = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("dropally.db*"))
    assert b"testing-secret" not in content
    with opened(tmp_path) as upkeep:
        assert upkeep.ctx.storages.default_id == "cloud"
        assert upkeep.ctx.storages.definition("cloud") == definition


def test_the_builtin_storage_gives_way_to_the_first_other_one(tmp_path: Path) -> None:
    builtin = StorageDefinition("main", "local", str(tmp_path / "builtin"), origin="builtin")
    chosen = storage_edit.define("office", "local", path=str(tmp_path / "office"))
    with opened(tmp_path, [builtin]) as upkeep:
        storage_edit.add(upkeep.ctx, upkeep.admin, chosen)
        assert upkeep.ctx.storages.ids() == ("office",)
        assert upkeep.ctx.storages.default_id == "office"
    with opened(tmp_path, [builtin]) as upkeep:
        assert upkeep.ctx.storages.ids() == ("office",)


def test_the_builtin_storage_stays_once_something_is_in_it(tmp_path: Path) -> None:
    builtin = StorageDefinition("main", "local", str(tmp_path / "builtin"), origin="builtin")
    with opened(tmp_path, [builtin]) as upkeep:
        repository_keys.create(upkeep.ctx, upkeep.admin, "main")
        office = storage_edit.define("office", "local", path=str(tmp_path / "office"))
        storage_edit.add(upkeep.ctx, upkeep.admin, office)
        assert upkeep.ctx.storages.ids() == ("main", "office")
    with opened(tmp_path, [builtin]) as upkeep:
        assert upkeep.ctx.storages.ids() == ("main", "office")


def test_what_is_in_the_file_is_changed_there(upkeep: Upkeep) -> None:
    with pytest.raises(StateError, match=r"dropally\.toml"):
        storage_edit.change(upkeep.ctx, upkeep.admin, "main", region_label="Elsewhere")
    with pytest.raises(StateError, match=r"dropally\.toml"):
        storage_edit.remove(upkeep.ctx, upkeep.admin, "main")


def test_a_change_keeps_what_it_does_not_name(upkeep: Upkeep) -> None:
    ctx, admin = upkeep.ctx, upkeep.admin
    definition = storage_edit.define("cloud", "s3", bucket="backups", options=S3_KEYS)
    storage_edit.add(ctx, admin, definition)
    storage_edit.change(
        ctx, admin, "cloud", region_label="Paris (FR)", options={"secret_key": "newer"}
    )
    after = ctx.storages.definition("cloud")
    assert (after.region_label, after.options["secret_key"]) == ("Paris (FR)", "newer")
    assert after.options["access_key"] == "testing"
    view = storage_list.get_storage(ctx, admin, "cloud")
    assert view.modno == 2
    assert view.has_credentials
    assert "newer" not in repr(view)
    assert "testing" not in repr(view)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("region_label", {"region_label": "x" * 300}),
        ("min_free_share", {"min_free_share": -1.0}),
        ("min_free_bytes", {"min_free_bytes": 1 << 70}),
        ("acess_key", {"options": {"acess_key": "x"}}),
        ("options", {"options": {"endpoint": "no address"}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_that_makes_no_sense_changes_nothing(
    upkeep: Upkeep, field: str, values: dict[str, object]
) -> None:
    definition = storage_edit.define("cloud", "s3", bucket="backups", options=S3_KEYS)
    storage_edit.add(upkeep.ctx, upkeep.admin, definition)
    with pytest.raises(FieldsError) as caught:
        storage_edit.change(upkeep.ctx, upkeep.admin, "cloud", **values)  # type: ignore[arg-type]  # wrong on purpose
    assert [name for name, _ in caught.value.fields] == [field]
    assert upkeep.ctx.storages.definition("cloud") == definition


def test_ids_and_places_are_taken_once(upkeep: Upkeep, tmp_path: Path) -> None:
    same_id = storage_edit.define("main", "local", path=str(tmp_path / "x"))
    same_place = storage_edit.define("other", "local", path=str(tmp_path / "main"))
    for definition in (same_id, same_place):
        with pytest.raises(ConflictError):
            storage_edit.add(upkeep.ctx, upkeep.admin, definition)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", {"storage_id": "Not/good", "kind": "local", "path": "/srv/x"}),
        ("kind", {"storage_id": "a", "kind": "ftp"}),
        ("path", {"storage_id": "a", "kind": "local", "path": "relative"}),
        ("path", {"storage_id": "a", "kind": "local"}),
        ("bucket", {"storage_id": "a", "kind": "s3"}),
        ("bucket", {"storage_id": "a", "kind": "s3", "bucket": "no spaces"}),
        ("acess_key", {"storage_id": "a", "kind": "s3", "options": {"acess_key": "x"}}),
        ("min_free_share", {"storage_id": "a", "kind": "local", "min_free_share": 5.0}),
        ("min_free_bytes", {"storage_id": "a", "kind": "local", "min_free_bytes": 1 << 70}),
        ("path", {"storage_id": "a", "kind": "local", "path": "/srv/\0"}),
        ("region_label", {"storage_id": "a", "kind": "local", "region_label": "two\nlines"}),
    ],
)
def test_what_makes_no_sense_is_named_by_field(field: str, values: dict[str, object]) -> None:
    with pytest.raises(FieldsError) as caught:
        storage_edit.define(**values)  # type: ignore[arg-type]  # wrong on purpose
    assert [name for name, _ in caught.value.fields] == [field]


def test_only_administrators_manage_storages(upkeep: Upkeep) -> None:
    auditor = upkeep.people.add(upkeep.admin, "au@example.com", Role.AUDITOR)
    helper = upkeep.people.add(upkeep.admin, "he@example.com", Role.HELP_DESK)
    assert storage_list.list_storages(upkeep.ctx, auditor)
    with pytest.raises(ForbiddenError):
        storage_list.list_storages(upkeep.ctx, helper)
    for forbidden in (repository_keys.create, repository_keys.renew_code, storage_edit.remove):
        with pytest.raises(ForbiddenError):
            forbidden(upkeep.ctx, auditor, "main")
    with pytest.raises(NotFoundError):
        storage_list.get_storage(upkeep.ctx, auditor, "unknown")


# -- test connection -----------------------------------------------------------------------


def test_f17_a_good_bucket_passes_and_nothing_is_left_in_it(
    upkeep: Upkeep, s3_endpoint: str
) -> None:
    trial = try_storage(bucket(s3_endpoint), SystemClock(), deadline_s=PATIENT_S)
    assert trial.is_ok, trial.detail
    assert (trial.has_repository, trial.shortcomings) == (False, ())
    storage_edit.add(upkeep.ctx, upkeep.admin, bucket(s3_endpoint))
    repository_keys.create(upkeep.ctx, upkeep.admin, "cloud")
    again = try_storage(bucket(s3_endpoint), SystemClock(), deadline_s=PATIENT_S)
    assert again.has_repository
    with upkeep.ctx.storages.backend("cloud") as backend:
        assert list(backend.list("probe/")) == []


def test_f17_a_clock_that_is_wrong_is_named(s3_endpoint: str) -> None:
    begun = SystemClock().now()
    clock = ManualClock(begun + timedelta(hours=1))
    trial = try_storage(bucket(s3_endpoint), clock, deadline_s=PATIENT_S)
    took_s = (SystemClock().now() - begun).total_seconds()
    assert trial.is_ok
    (said,) = trial.shortcomings
    found = re.search(r"clock .* differ by (\d+) s", said)
    assert found
    # The server's clock goes on meanwhile, and tells whole seconds.
    assert 3600 - took_s - 1 <= int(found[1]) <= 3601


def test_f17_a_bucket_that_is_missing_is_named(s3_endpoint: str) -> None:
    trial = try_storage(bucket(s3_endpoint, "nowhere"), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "bucket_missing"
    assert "nowhere" in trial.detail


def test_f17_a_port_nobody_listens_on_is_named_quickly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        trial = try_storage(bucket(url), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "refused", "not only when the time was over"
    assert "testing-secret" not in repr(trial)


def test_f17_a_wrong_key_is_named() -> None:
    with answering(
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ) as url:
        trial = try_storage(bucket(url), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "access_denied"
    assert "access key" in trial.hint


def test_f17_a_server_that_never_answers_is_given_up_in_time() -> None:
    with answering(b"") as url:
        trial = try_storage(bucket(url), SystemClock(), deadline_s=0.5)
    assert trial.cause == "no_answer"
    assert trial.duration_s < PATIENT_S / 2, "the client alone would wait longer"


def test_f17_only_administrators_test_storages(upkeep: Upkeep, tmp_path: Path) -> None:
    definition = storage_edit.define("x", "local", path=str(tmp_path / "x"))
    assert run_trial(upkeep.ctx, upkeep.admin, definition).cause == ""
    viewer = upkeep.people.add(upkeep.admin, "vi@example.com", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        run_trial(upkeep.ctx, viewer, definition)


def test_f17_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    definition = storage_edit.define("x", "local", path=str(tmp_path / "file" / "below"))
    trial = try_storage(definition, SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "folder_missing"
    assert "file is no folder" in trial.detail
    nowhere = storage_edit.define("x", "local", path="/proc/none/x")
    trial = try_storage(nowhere, SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "folder_missing"


def test_f17_a_server_whose_name_is_unknown_is_named() -> None:
    # No name server is asked for this: it can be no name.
    trial = try_storage(bucket("http://no..name:9000"), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "name_unknown"
    assert "testing-secret" not in repr(trial)


def test_f17_a_certificate_of_nobody_is_named(tmp_path: Path) -> None:
    with own_certificate(tmp_path) as url:
        trial = try_storage(bucket(url), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "certificate"
    assert "not trusted" in trial.detail


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"507 Insufficient Storage", "full"),
        (b"500 Internal Server Error", "unreachable"),
        (b"401 Unauthorized", "access_denied"),
    ],
)
def test_f17_what_a_server_answers_is_named(answer: bytes, cause: str) -> None:
    with answering(
        b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % answer
    ) as url:
        trial = try_storage(bucket(url), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == cause
    assert "PUT" in trial.detail, "the first failure is told, not that of cleaning up"


def test_f17_a_store_that_keeps_no_conditions_is_unsuitable() -> None:
    with serving_careless_s3() as url:
        trial = try_storage(bucket(url, "bucket"), SystemClock(), deadline_s=PATIENT_S)
    assert trial.cause == "unsuitable"
    assert "If-None-Match" in trial.detail


@contextmanager
def own_certificate(folder: Path) -> Iterator[str]:
    """A server with a certificate that nobody vouches for; it answers nothing."""
    made = self_signed(folder, ["localhost"], SystemClock().now())
    context = server_context(made)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                with (
                    listener.accept()[0] as plain,
                    suppress(OSError),
                    context.wrap_socket(plain, server_side=True),
                ):
                    pass
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


class answering:  # noqa: N801  used as a function
    """A server that gives everybody the same answer, or none."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            if self._answer:
                with suppress(OSError):  # who asked may have gone
                    connection.recv(65536)
                    connection.sendall(self._answer)
                    connection.shutdown(socket.SHUT_WR)
