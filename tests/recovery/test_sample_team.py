"""The sample team with its hostile names: everything comes back as it was."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.dropbox_api import content_hash
from dropally.recovery import exporting, trees
from dropally.recovery.zipping import REPORT_NAME
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import Recovering, recovering

TRAPS = "/names to trip over"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovering]:
    with recovering(tmp_path_factory.mktemp("sample"), "sample") as found:
        found.backup()
        yield found


def ann(sample: Recovering) -> str:
    """The name of the member with the odd names."""
    [name] = [name for name in sample.ids if name.startswith("ann") and "@" in name]
    return name


def test_every_odd_name_is_browsed_and_restored(sample: Recovering) -> None:
    name = ann(sample)
    row = sample.restore(sample.select((name, TRAPS)), folder_name="Back")
    assert (row.status, sample.summary(row)["failed"]) == ("succeeded", 0)
    home = sample.home(name)
    originals = {path: what for path, what in home.items() if path.startswith(TRAPS)}
    assert len(originals) > 80
    assert {path: home.get(f"/back{path}") for path in originals} == originals


def test_a_whole_member_as_a_zip_file_has_every_byte(sample: Recovering) -> None:
    name = ann(sample)
    made = exporting.stream(sample.ctx, sample.admin, sample.select((name, "")))
    with zipfile.ZipFile(io.BytesIO(b"".join(made.pieces))) as opened:
        assert opened.testzip() is None
        text = opened.read(REPORT_NAME).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        there = [row for row in rows if row["Outcome"] == "in the zip file"]
        for row in there:
            content = opened.read(row["Name in the zip file"])
            assert len(content) == int(row["Size in bytes"])
            if row["Dropbox content hash"]:
                assert content_hash([content]) == row["Dropbox content hash"]
        missing = {row["Item"].rpartition("/")[2] for row in rows if row not in there}
    assert missing == {"link to meetings", "unsupported.bin", "restricted.txt"}
    totals = trees.get_item(sample.ctx, sample.admin, sample.id_of(name), "latest", "")
    # A Paper document is one item and two files.
    assert len({row["Item"] for row in rows}) == totals.files
    assert len(there) > 300


@pytest.mark.parametrize("number", [0, 1])
def test_names_that_look_alike_are_told_apart(tmp_path: Path, number: int) -> None:
    """Dropbox's server lower-cases by rules of its own: these are two files to it."""
    names = ("/\ua64a.txt", "/\ua64b.txt")
    with recovering(tmp_path) as found:
        for name in names:
            found.backups.put(name, f"content of {name!r}")
        found.backup()
        assert len(found.home()) == 2
        made = exporting.stream(found.ctx, found.admin, found.select((ADMIN, names[number])))
        with zipfile.ZipFile(io.BytesIO(b"".join(made.pieces))) as opened:
            [inside] = [one for one in opened.namelist() if one != REPORT_NAME]
            assert opened.read(inside).decode() == f"content of {names[number]!r}"
