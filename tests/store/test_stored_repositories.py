"""Repositories written by earlier releases keep opening: one of each format is stored here."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from dropally.store import (
    ConflictError,
    KeyFile,
    LocalBackend,
    RecoveryCode,
    SnapshotId,
    open_repository,
    rebuild_index,
)
from dropally.store.index import read_generation
from dropally.store.pack import pack_key
from dropally.store.prune import prune
from dropally.store.repair import mend
from dropally.store.snapshot import live_sessions
from tests.store.prune.world import EAGER
from tests.store.samples import back_up, join, object_keys, sample_files, ticking
from tests.store.verify.damage import verified

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir()))
def test_a_stored_repository_opens_reads_verifies_and_goes_on(name: str, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / name / "repository", tmp_path / "repository")
    key_file = FIXTURES / name / "key"
    truth = json.loads((FIXTURES / name / "truth.json").read_text(encoding="utf-8"))
    backend = LocalBackend(tmp_path / "repository")
    secret = RecoveryCode(truth["recovery_code"])
    with_index = open_repository(backend, secret, clock=ticking())
    for kept in truth["snapshots"]:
        snapshot = with_index.snapshot(SnapshotId(kept["id"]))
        with with_index.reader() as reader:
            read = {
                path: hashlib.sha256(join(reader.read(entry.content))).hexdigest()
                for path, entry in reader.tree(snapshot.root).scan()
                if entry.content is not None
            }
        assert read == kept["files"]
    assert verified(with_index).is_good
    if key_file.exists():
        by_file = open_repository(backend, KeyFile(key_file), clock=ticking())
        assert by_file.keyring == with_index.keyring
        by_file.close()
    back_up(with_index, sample_files(1, count=5))
    rebuild_index(with_index)
    with_index.close()
    again = open_repository(LocalBackend(tmp_path / "repository"), secret, clock=ticking())
    assert verified(again).is_good
    again.close()


def test_a_stored_repository_has_every_kind_of_object() -> None:
    """What the format's page names. Something new there: `python -m tests.store.storing`."""
    page = (Path(__file__).parents[2] / "docs/repository-format.md").read_text(encoding="utf-8")
    table = page.split("| key | what it is", 1)[1].split("\n\n", 1)[0]
    named = set(re.findall(r"`([a-z]+)[/`]", table)) - {"probe", "name"}
    stored = {path.name for name in FIXTURES.iterdir() for path in (name / "repository").iterdir()}
    assert named - stored == set()


def test_notes_of_a_stored_repository_say_what_they_said(tmp_path: Path) -> None:
    """What verify does not look into: sessions, the lease, parity, and what notes mean."""
    name = FIXTURES / "format-1-whole"
    shutil.copytree(name / "repository", tmp_path / "repository")
    (tmp_path / "repository" / "lease").touch()  # as if its holder were alive
    backend = LocalBackend(tmp_path / "repository")
    repository = open_repository(backend, KeyFile(name / "key"), clock=ticking())
    assert repository.keyring.current_epoch == 2
    [session] = live_sessions(backend, repository.keyring)
    assert (session.note, session.generation) == ("at work", 0)
    with pytest.raises(ConflictError, match="prune"):
        prune(repository, EAGER)
    assert read_generation(backend, repository.keyring).number == 1
    [lost] = repository.lost_and_wanted.lost_packs()
    assert lost.ids() == [b"\7" * 32]
    assert repository.lost_and_wanted.wanted()["ns:2"].paths == {"/4/0"}
    [erasure] = repository.erasures.open()
    assert erasure.items.erasure == "er_1"
    assert repository.erasures.exclusions()["ex_1"].places == [repository.erasures.place("/gone")]
    [sidecar] = object_keys(backend, "parity/")
    pack = bytes.fromhex(sidecar.removeprefix("parity/"))
    assert mend(b"", backend.get(sidecar)) == backend.get(pack_key(pack))
    repository.close()
