"""rclone 1.75 cannot tell the simulator from Dropbox: listing, copying, syncing, checking."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dropally.simulator import Simulator, start_simulator
from tests.simulator.fidelity.rclone import LONG_AGO, Rclone, configure, find_rclone

pytestmark = pytest.mark.skipif(
    find_rclone() is None, reason="rclone is neither beside Python nor on PATH"
)
ANN = "ann.berger@hollenberg.example"
ODD_NAMES = ("Ümläut 🎉.txt", "with space.txt", "quote'.txt", "日本.txt", "#%&+=.txt")


@pytest.fixture(scope="module")
def sample() -> Iterator[Simulator]:
    with start_simulator(team="sample", strict=True) as simulator:
        yield simulator


@pytest.fixture
def empty() -> Iterator[Simulator]:
    with start_simulator(team="empty", strict=True) as simulator:
        yield simulator


def admin_rclone(simulator: Simulator, folder: Path, **options: str) -> Rclone:
    minted = simulator.control.mint_token("member", member="admin@hollenberg.example")
    return configure(simulator, folder, minted, **options)


def make_tree(folder: Path) -> dict[str, bytes]:
    """Files of all sizes and names; what they hold."""
    files = {f"sub/deep/er/{name}": name.encode() for name in ODD_NAMES}
    files |= {"empty.txt": b"", "one.bin": os.urandom(300_000), "two.bin": os.urandom(6_000_000)}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return files


def truth_of(simulator: Simulator, owner: str) -> dict[str, dict[str, Any]]:
    spaces = simulator.control.namespaces()
    home = next(
        one for one in spaces if one["owner"] == owner and one["kind"] == "team_member_folder"
    )
    return {
        entry["path_display"].lstrip("/"): entry
        for entry in simulator.control.truth(home["namespace_id"])
    }


def test_lists_a_home_with_all_its_mounts(sample: Simulator, tmp_path: Path) -> None:
    rclone = configure(sample, tmp_path, sample.control.mint_token("member", member=ANN))
    listed = set(rclone.text("lsf", "-R", "--files-only", "--fast-list", "dbx:").splitlines())
    truth = truth_of(sample, ANN)
    # rclone shows exports instead of cloud documents, and control characters as their pictures.
    plain = {
        path.replace("\t", "\u2409")
        for path, entry in truth.items()
        if entry["kind"] == "file" and entry["downloadable"]
    }
    assert plain <= listed
    assert any(path.startswith("Confidential/Salaries/") for path in listed)


def test_copies_there_and_back_without_a_difference(empty: Simulator, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    files = make_tree(source)
    rclone = admin_rclone(empty, tmp_path)
    rclone.run("copy", str(source), "dbx:there")
    checked = rclone.run("check", str(source), "dbx:there")
    assert b"0 differences found" in checked.stderr
    rclone.run("copy", "dbx:there", str(back))
    assert {
        str(path.relative_to(back)): path.read_bytes() for path in back.rglob("*") if path.is_file()
    } == files
    truth = truth_of(empty, "admin@hollenberg.example")
    assert {f"there/{name}" for name in files} <= set(truth)


def test_sync_deletes_what_is_gone(empty: Simulator, tmp_path: Path) -> None:
    source = tmp_path / "source"
    files = make_tree(source)
    rclone = admin_rclone(empty, tmp_path)
    rclone.run("sync", str(source), "dbx:mirror")
    (source / "one.bin").unlink()
    (source / "two.bin").write_bytes(b"shorter now")
    rclone.run("sync", str(source), "dbx:mirror")
    assert b"0 differences found" in rclone.run("check", str(source), "dbx:mirror").stderr
    left = set(rclone.text("lsf", "-R", "--files-only", "dbx:mirror").splitlines())
    assert left == set(files) - {"one.bin"}


def test_moves_and_deletes_on_the_server(empty: Simulator, tmp_path: Path) -> None:
    source = tmp_path / "source"
    make_tree(source)
    rclone = admin_rclone(empty, tmp_path)
    rclone.run("copy", str(source), "dbx:a")
    before = truth_of(empty, "admin@hollenberg.example")["a/one.bin"]
    rclone.run("moveto", "dbx:a/one.bin", "dbx:b/uno.bin")
    rclone.run("copyto", "dbx:b/uno.bin", "dbx:c/copy.bin")
    rclone.run("purge", "dbx:a")
    after = truth_of(empty, "admin@hollenberg.example")
    assert after["b/uno.bin"]["id"] == before["id"]
    assert after["c/copy.bin"]["content_hash"] == before["content_hash"]
    assert not [path for path in after if path.startswith("a/")]


def test_reads_a_range(empty: Simulator, tmp_path: Path) -> None:
    source = tmp_path / "source"
    files = make_tree(source)
    rclone = admin_rclone(empty, tmp_path)
    rclone.run("copy", str(source / "two.bin"), "dbx:")
    read = rclone.run("cat", "--offset", "4000000", "--count", "1000", "dbx:two.bin").stdout
    assert read == files["two.bin"][4_000_000:4_001_000]


def test_hashes_are_dropbox_hashes(empty: Simulator, tmp_path: Path) -> None:
    source = tmp_path / "source"
    make_tree(source)
    rclone = admin_rclone(empty, tmp_path)
    rclone.run("copy", str(source), "dbx:h")
    for line in rclone.text("hashsum", "dropbox", str(source)).splitlines():
        digest, name = line.split("  ", 1)
        entry = truth_of(empty, "admin@hollenberg.example")[f"h/{name}"]
        assert entry["content_hash"] == digest


def test_an_expired_token_is_refreshed(empty: Simulator, tmp_path: Path) -> None:
    empty.control.reset_metrics()
    minted = empty.control.mint_token("member", member="admin@hollenberg.example")
    empty.control.edit({"op": "expire_tokens"})
    rclone = configure(empty, tmp_path, minted, expiry=LONG_AGO)
    assert rclone.text("lsf", "dbx:") == ""
    assert minted.access_token not in rclone.config.read_text()


def test_impersonates_a_member(sample: Simulator, tmp_path: Path) -> None:
    rclone = configure(sample, tmp_path, sample.control.mint_token(), impersonate=ANN)
    assert "Company handbook.pdf" in rclone.text("lsf", "dbx:")


def test_tells_how_much_space_is_used(empty: Simulator, tmp_path: Path) -> None:
    rclone = admin_rclone(empty, tmp_path)
    (tmp_path / "x.bin").write_bytes(bytes(1000))
    rclone.run("copy", str(tmp_path / "x.bin"), "dbx:")
    assert "1000" in rclone.text("about", "--json", "dbx:")


def test_keeps_times_to_the_second(empty: Simulator, tmp_path: Path) -> None:
    source = tmp_path / "t.txt"
    source.write_text("x")
    os.utime(source, (1_500_000_000, 1_500_000_000))
    rclone = admin_rclone(empty, tmp_path)
    rclone.run("copy", str(source), "dbx:")
    assert truth_of(empty, "admin@hollenberg.example")["t.txt"]["client_modified"] == (
        "2017-07-14T02:40:00Z"
    )
