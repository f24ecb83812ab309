"""The format as documented: a second reader agrees, and stored repositories keep opening."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from dropally.store import (
    ChunkerParameters,
    KeyFile,
    LocalBackend,
    RepositoryOptions,
    create_repository,
    new_key_file,
    open_repository,
)
from tests.store.samples import back_up, read_back, sample_files, ticking
from tests.store.second_reader import SecondReader

STORED = Path(__file__).parent / "repositories"
TINY = RepositoryOptions(
    chunker=ChunkerParameters(min_bytes=64, average_bytes=256, max_bytes=1024),
    pack_bytes=128 * 1024,
)


def test_a_second_reader_written_from_the_documentation_agrees(tmp_path: Path) -> None:
    key = new_key_file(tmp_path / "key")
    backend = LocalBackend(tmp_path / "repository")
    repository = create_repository(backend, secrets=[key], options=TINY, clock=ticking())
    first, second = sample_files(1), {**sample_files(1), **sample_files(2)}
    second["/many chunks"] = bytes(range(256)) * 3000 + second["/large"]
    for files in (first, second):
        back_up(repository, files)
    repository.close()
    reader = SecondReader(tmp_path / "repository", tmp_path / "key")
    snapshots = list(reader.snapshots())
    roots = [snapshot["root"] for snapshot in snapshots]
    assert all(isinstance(root, bytes) for root in roots)
    assert [reader.files(root) for root in roots if isinstance(root, bytes)] == [first, second]
    maps = [
        list(reader.entries(p["root"])) for p in reader.points() if isinstance(p["root"], bytes)
    ]
    assert maps == [[(b"ns:1", str(snapshot["id"]).encode())] for snapshot in snapshots]


@pytest.mark.parametrize("name", sorted(path.name for path in STORED.iterdir()))
def test_stored_repositories_of_every_format_keep_opening(name: str, tmp_path: Path) -> None:
    place = tmp_path / "repository"
    shutil.copytree(STORED / name / "repository", place)
    truth = json.loads((STORED / name / "truth.json").read_text())
    secret = KeyFile(STORED / name / "key-file.txt")
    repository = open_repository(LocalBackend(place), secret, clock=ticking())
    found = {
        snapshot.id: {
            path: hashlib.sha256(data).hexdigest()
            for path, data in read_back(repository, snapshot).items()
        }
        for snapshot in repository.snapshots()
    }
    assert found == truth
    more = sample_files(3, count=4)
    assert read_back(repository, back_up(repository, more)) == more
    repository.close()
