"""A lost appliance comes back from its repository and the recovery code, on an empty machine."""

import shutil
from pathlib import Path

import pytest
from dropally.auth import sign_in
from dropally.auth.actors import host_operator
from dropally.auth.errors import SignInRefusedError
from dropally.auth.policy import read_policy
from dropally.auth.sealing import open_sealer
from dropally.catalog import storages
from dropally.catalog.appliance import FILE_NAME, open_appliance_database
from dropally.catalog.jobs import job_by_id
from dropally.common.errors import ConflictError, NotFoundError, TryLaterError, UsageError
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import DamagedError, KeyFile, RecoveryCode, WrongSecretError
from dropally.upkeep import repository_keys, storage_edit
from dropally.upkeep.recovering.finishing import FOLDER, finish
from dropally.upkeep.recovering.source import RecoverySource, look
from dropally.upkeep.recovering.staging import Staged, stage
from dropally.upkeep.self_backup import requesting
from dropally.upkeep.stored_storages import definition_of, row_of
from tests.auth.appliance import ADMIN, OFFICE, PASSWORD
from tests.upkeep.appliance import local, opened

ROOT = host_operator("root")


class Lost:
    """An appliance that was backed up and then lost, all but its repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.old = root / "old"
        with opened(self.old) as upkeep:
            self.code = repository_keys.create(upkeep.ctx, upkeep.admin, "main").recovery_code
            bo = upkeep.people.add(upkeep.admin, "bo@example.com")
            self.app, _ = upkeep.people.enrol(upkeep.people.sign_in("bo@example.com"))
            assert bo.id
            storage_edit.add(
                upkeep.ctx,
                upkeep.people.sign_in(),
                StorageDefinition(
                    "cloud",
                    "s3",
                    "s3://bucket/x",
                    {"region": "eu-west-1", "access_key": "AKIA", "secret_key": "very secret"},
                    origin="console",
                ),
            )
            row = upkeep.finish(
                requesting.request(upkeep.ctx, upkeep.people.sign_in(), storage_ids=("main",))
            )
            assert row.status == "succeeded"
            self.job_id = row.id
            self.clock = upkeep.clock
        shutil.rmtree(self.old / "data")
        shutil.rmtree(self.old / "cache")
        self.repository = root / "moved"  # the disk is mounted elsewhere now
        (self.old / "main").rename(self.repository)
        self.data = root / "new" / "data"

    def source(self, code: str = "") -> RecoverySource:
        found = StorageDefinition("found", "local", str(self.repository))
        return RecoverySource(found, RecoveryCode(code or self.code))

    def stage(self, **options: object) -> Staged:
        return stage(self.source(), self.data, self.clock, ROOT, **options)  # type: ignore[arg-type]  # a test's own


@pytest.fixture
def lost(tmp_path: Path) -> Lost:
    return Lost(tmp_path)


def test_what_is_there_is_told_before_anything_is_changed(lost: Lost) -> None:
    found = look(lost.source(), lost.clock)
    assert found.unreadable == 0
    (only,) = found.self_backups
    assert (only.appliance, only.storage_id, only.reason) == ("Example Ltd", "main", "by hand")
    assert not lost.data.exists()


def test_people_sign_in_again_with_password_and_second_factor(lost: Lost) -> None:
    staged = lost.stage()
    assert (staged.appliance, staged.storage_id) == ("Example Ltd", "main")
    assert not (lost.data / FILE_NAME).exists()
    assert finish(lost.data)
    assert not (lost.data / FOLDER).exists()
    with opened(lost.root / "new", []) as upkeep:
        assert upkeep.people.sign_in(ADMIN, PASSWORD).name == "Ann Smith"
        with pytest.raises(SignInRefusedError):
            sign_in.sign_in(upkeep.people.ctx, "bo@example.com", PASSWORD, OFFICE, code="000000")
        upkeep.clock.advance(60)
        code = lost.app.at(upkeep.clock.now())
        assert upkeep.people.sign_in("bo@example.com", PASSWORD, code).role is not None


def test_storages_and_their_credentials_come_back_and_the_moved_one_is_found(lost: Lost) -> None:
    lost.stage()
    finish(lost.data)
    with opened(lost.root / "new", []) as upkeep:
        found = upkeep.ctx.storages
        assert set(found.ids()) == {"main", "cloud"}
        assert found.default_id == "main"
        assert found.definition("main").location == str(lost.repository)
        assert found.definition("cloud").options["secret_key"] == "very secret"
        assert found.check("main").is_reachable
        row = upkeep.finish(
            requesting.request(upkeep.ctx, upkeep.people.sign_in(), storage_ids=("main",))
        )
        assert row.status == "succeeded"


def test_credentials_that_were_kept_are_used_where_none_are_given(tmp_path: Path) -> None:
    path = str(tmp_path / "old" / "office")
    with opened(tmp_path / "old") as upkeep:
        office = StorageDefinition("office", "local", path, {"region": "kept"}, origin="console")
        with upkeep.ctx.auth.write() as connection:
            row = row_of(office, upkeep.ctx.auth.sealer)
            storages.put_storage(connection, row, upkeep.clock.now())
        upkeep.ctx.storages.put(StorageDefinition("office", "local", path, origin="console"))
        code = repository_keys.create(upkeep.ctx, upkeep.admin, "office").recovery_code
        upkeep.finish(requesting.request(upkeep.ctx, upkeep.admin, storage_ids=("office",)))
        clock = upkeep.clock
    source = RecoverySource(StorageDefinition("found", "local", path), RecoveryCode(code))
    stage(source, tmp_path / "new", clock, ROOT)
    finish(tmp_path / "new")
    with open_appliance_database(tmp_path / "new") as database, database.read() as connection:
        found = storages.storage_by_id(connection, "office")
    assert found is not None
    assert definition_of(found, open_sealer(tmp_path / "new")).options == {"region": "kept"}


def test_sessions_have_ended_and_unfinished_jobs_are_given_up(lost: Lost) -> None:
    lost.stage()
    finish(lost.data)
    with open_appliance_database(lost.data) as database, database.read() as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (0,)
        job = job_by_id(connection, lost.job_id)
        assert job is not None
        assert job.status == "failed"
        assert "recovered" in job.error
        row = connection.execute("SELECT description FROM audit ORDER BY seq DESC").fetchone()
        assert "was recovered from the self-backup" in row[0]


def test_the_wrong_recovery_code_opens_nothing(lost: Lost, tmp_path: Path) -> None:
    with opened(tmp_path / "other") as other:
        wrong = repository_keys.create(other.ctx, other.admin, "main").recovery_code
    with pytest.raises(WrongSecretError):
        stage(lost.source(wrong), lost.data, lost.clock, ROOT)
    with pytest.raises(WrongSecretError, match="mistyped"):
        stage(lost.source(lost.code[:-1] + "?"), lost.data, lost.clock, ROOT)
    assert not (lost.data / FOLDER).exists()


def test_a_folder_with_an_appliance_is_left_alone(lost: Lost, tmp_path: Path) -> None:
    with opened(tmp_path / "new") as upkeep:
        assert upkeep.admin.id
        with pytest.raises(TryLaterError, match="is running"):
            lost.stage()
        with pytest.raises(ConflictError, match="set up"):
            lost.stage(is_served=True)
    with pytest.raises(ConflictError, match="set up"):
        lost.stage()


def test_an_appliance_that_nobody_set_up_gives_way(lost: Lost, tmp_path: Path) -> None:
    with opened(tmp_path / "new"):
        lost.stage(is_served=True)
    assert finish(lost.data)
    with opened(tmp_path / "new", []) as upkeep:
        assert upkeep.people.sign_in(ADMIN, PASSWORD).id


def test_a_recovery_that_waits_is_not_begun_again(lost: Lost) -> None:
    lost.stage()
    with pytest.raises(ConflictError, match="waits"):
        lost.stage()


def test_leftovers_of_a_recovery_cut_short_are_cleared_away(lost: Lost) -> None:
    (lost.data / FOLDER / "files").mkdir(parents=True)
    (lost.data / FOLDER / "files" / FILE_NAME).write_bytes(b"half")
    assert not finish(lost.data)
    assert not (lost.data / FOLDER).exists()
    assert not finish(lost.data)
    lost.stage()
    assert finish(lost.data)


def test_a_repository_without_a_self_backup_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "old") as upkeep:
        code = repository_keys.create(upkeep.ctx, upkeep.admin, "main").recovery_code
        clock = upkeep.clock
    source = RecoverySource(local(tmp_path / "old"), RecoveryCode(code))
    with pytest.raises(NotFoundError, match="no self-backup"):
        stage(source, tmp_path / "new", clock, ROOT)
    assert not (tmp_path / "new" / FOLDER).exists()


def test_a_newer_database_is_refused_in_words(lost: Lost, tmp_path: Path) -> None:
    finish_into(lost, tmp_path / "newer")
    with opened(tmp_path / "newer", []) as upkeep:
        admin = upkeep.people.sign_in()
        with upkeep.ctx.auth.write() as connection:
            connection.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES ('people', 'm999_from_the_future', '2030-01-01')"
            )
        upkeep.finish(requesting.request(upkeep.ctx, admin, storage_ids=("main",)))
    with pytest.raises(UsageError, match="newer Dropally"):
        lost.stage()
    assert not (lost.data / FOLDER).exists()


def finish_into(lost: Lost, root: Path) -> None:
    stage(lost.source(), root / "data", lost.clock, ROOT)
    finish(root / "data")


def test_an_older_self_backup_can_be_chosen(lost: Lost, tmp_path: Path) -> None:
    first = look(lost.source(), lost.clock).self_backups[0].id
    finish_into(lost, tmp_path / "second")
    with opened(tmp_path / "second", []) as upkeep:
        upkeep.people.set_policy(upkeep.people.sign_in(), password_min=20)
        upkeep.finish(
            requesting.request(upkeep.ctx, upkeep.people.sign_in(), storage_ids=("main",))
        )
    assert len(look(lost.source(), lost.clock).self_backups) == 2
    lost.stage(self_backup_id=first)
    finish(lost.data)
    with opened(lost.root / "new", []) as upkeep, upkeep.ctx.auth.read() as connection:
        assert read_policy(connection, {}).password_min == 12
    with pytest.raises(NotFoundError):
        stage(lost.source(), tmp_path / "x", lost.clock, ROOT, self_backup_id="nonsense")


def test_a_flipped_bit_is_damage_and_nothing_is_changed(lost: Lost) -> None:
    packs = [path for path in (lost.repository / "packs").rglob("*") if path.is_file()]
    for path in packs:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0x10
        path.chmod(0o600)
        path.write_bytes(content)
    with pytest.raises(DamagedError):
        lost.stage()
    assert not (lost.data / FOLDER).exists()


def test_a_flipped_bit_in_the_point_hides_it_and_is_counted(lost: Lost) -> None:
    for path in (lost.repository / "points").rglob("*"):
        if path.is_file():
            content = bytearray(path.read_bytes())
            content[-1] ^= 1
            path.chmod(0o600)
            path.write_bytes(content)
    found = look(lost.source(), lost.clock)
    assert (found.self_backups, found.unreadable) == ([], 1)
    with pytest.raises(NotFoundError):
        lost.stage()


def test_the_repository_opens_unattended_afterwards(lost: Lost) -> None:
    lost.stage()
    finish(lost.data)
    with opened(lost.root / "new", []) as upkeep:
        assert upkeep.ctx.storages.handle("main").secret == KeyFile(lost.data / "repository.key")
        with upkeep.ctx.auth.read() as connection:
            rows = storages.all_storages(connection)
        sealer = open_sealer(lost.data)
        assert {definition_of(row, sealer).id for row in rows} == {"main", "cloud"}


def test_a_key_file_elsewhere_is_made_to_open_the_repository(lost: Lost, tmp_path: Path) -> None:
    elsewhere = tmp_path / "etc" / "own.key"
    elsewhere.parent.mkdir()
    staged = lost.stage(key_file=elsewhere)
    assert any("key file" in note for note in staged.notes)
    assert elsewhere.stat().st_mode & 0o777 == 0o600
    source = RecoverySource(lost.source().definition, KeyFile(elsewhere))
    assert look(source, lost.clock).self_backups
