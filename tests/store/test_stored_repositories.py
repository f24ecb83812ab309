"""Repositories written by earlier releases keep opening: one of each format is stored here."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from dropally.store import LocalBackend, RecoveryCode, SnapshotId, open_repository, rebuild_index
from tests.store.samples import back_up, join, sample_files, ticking
from tests.store.verify.damage import verified

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir()))
def test_a_stored_repository_opens_reads_verifies_and_goes_on(name: str, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / name / "repository", tmp_path / "repository")
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
    back_up(with_index, sample_files(1, count=5))
    rebuild_index(with_index)
    with_index.close()
    again = open_repository(LocalBackend(tmp_path / "repository"), secret, clock=ticking())
    assert verified(again).is_good
    again.close()
