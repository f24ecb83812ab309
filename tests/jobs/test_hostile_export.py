"""Whatever names and bytes a tree holds, an export stays in its folder and says what it left out."""

import io
import os
import stat
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from dropally.jobs import export
from dropally.jobs.context import JobContext
from dropally.jobs.export.names import PARTIAL, clash_key, original_name, safe_name
from dropally.jobs.export.work import ExportResult, ExportWork
from dropally.recovery.zipping import REPORT_NAME, Zipping
from dropally.store import Entry
from hypothesis import example, given
from hypothesis import strategies as st
from tests.jobs.hostile import GROUP, Odd, file, folder, handle_of, hostile_repository, link

CLIMBING = [
    "..",
    ".",
    "",
    "../../outside",
    "/etc/cron.d/job",
    "..\\..\\outside",
    "C:\\Windows\\win.ini",
    "\\\\server\\share",
    "a/../../outside",
    "nul\0byte",
    "line\nbreak",
]
DEVICES = ["CON", "con.txt", "Nul .txt", "COM1", "com\u00b9.log", "LPT9", "CONIN$", "aux.", "a:b"]
CLASHING = [
    "Ä.txt",
    "ä.TXT",
    "a\u0308.txt",
    "A\u0308.TXT",
    "STRASSE",
    "straße",
    "end",
    "end.",
    "end ",
]
LONG = ["n" * 255, "\U0001f600" * 255 + ".txt", "." * 255, "x." + "y" * 300]
MARK = "outside"


def exported(root: Path, *odd: Odd, portable: bool = False, email: str = "m@x") -> ExportResult:
    """An export of everything into `root/target`; what lies beside it must stay as it was."""
    beside = root / MARK
    beside.mkdir()
    (beside / "file").write_text("as it was")
    handle = hostile_repository(root, odd, email=email)
    work = ExportWork(handle, GROUP, root / "target", everything=True, portable=portable)
    result = export.run(JobContext(), work)
    assert {path.name for path in root.iterdir()} == {MARK, "repository", "cache", "target"}
    assert [path.name for path in beside.iterdir()] == ["file"]
    assert (beside / "file").read_text() == "as it was"
    return result


def on_disk(root: Path) -> list[Path]:
    """Everything below the target, links not followed."""
    return [
        Path(folder, name)
        for folder, folders, files in os.walk(root / "target")
        for name in folders + files
    ]


@pytest.mark.parametrize("portable", [False, True])
def test_no_name_climbs_out_clashes_or_is_lost(tmp_path: Path, portable: bool) -> None:
    names = [*CLIMBING, *DEVICES, *CLASHING, *LONG]
    odd = [
        file(name, name.encode("utf-8", "surrogatepass") + b"!", key=f"/{number}")
        for number, name in enumerate(names)
    ]
    result = exported(tmp_path, *odd, portable=portable)
    assert result.problems == ()
    assert result.files == len(names)
    files = [path for path in on_disk(tmp_path) if path.is_file()]
    home = tmp_path / "target" / "Members" / "m@x"
    written = {path.read_bytes() for path in files if path.parent == home}
    assert written == {one.data for one in odd}, "each has its own bytes, in its member's folder"
    keys = [clash_key(path.name) for path in files]
    assert len(set(keys)) == len(keys), "not even a disk that ignores case takes two for one"
    assert all(len(os.fsencode(path.name)) <= 255 for path in files)
    if portable:
        for path in files:
            assert not set(path.name) & set('<>:"|?*\\')
            assert not path.name.endswith((" ", "."))


def test_folders_and_members_climb_no_more_than_files(tmp_path: Path) -> None:
    odd = [
        folder("..", key="/a"),
        file("in it", key="/a/f"),
        folder("../../outside", key="/b"),
        file("in it", key="/b/f"),
        file("of no folder", key="/c/d/e"),
        file("upwards", key="/../../outside/file"),
        file("no slash", key="no slash"),
    ]
    result = exported(tmp_path, *odd, email="../../outside")
    assert result.problems == ()
    assert result.files == 5


def test_nothing_is_written_through_links(tmp_path: Path) -> None:
    outside = str(tmp_path / MARK)
    odd = [
        link("docs", outside, key="/a"),
        folder("docs", key="/b"),
        file("file", b"changed", key="/b/file"),
        link("file", f"{outside}/file", key="/c"),
        file("file", b"changed", key="/d"),
        link("nowhere", "", key="/e"),
        link("zero", "a\0b", key="/f"),
        link("long", "x" * 5000, key="/g"),
        file("after", b"fine", key="/h"),
    ]
    result = exported(tmp_path, *odd)
    assert {problem.path.rpartition("/")[2] for problem in result.problems} == {
        "nowhere",
        "zero",
        "long",
    }
    home = tmp_path / "target" / "Members" / "m@x"
    assert (home / "after").read_bytes() == b"fine"
    assert stat.S_ISLNK((home / "docs").lstat().st_mode)
    assert (home / "docs%~2" / "file").read_bytes() == b"changed"


def test_a_link_where_the_export_writes_first_is_not_followed(tmp_path: Path) -> None:
    """The name of the file under way can be guessed, and a backup may hold a link of that name."""
    trap = tmp_path / "target" / f"{PARTIAL}-{os.getpid()}"
    trap.parent.mkdir()
    trap.symlink_to(tmp_path / MARK / "file")
    name = trap.name
    odd = [link(name, str(tmp_path / MARK / "file"), key="/a"), file("b", b"bytes", key="/b")]
    result = exported(tmp_path, *odd)
    assert result.problems == ()
    home = tmp_path / "target" / "Members" / "m@x"
    assert (home / f"%2E{name[1:]}").is_symlink()
    assert (home / "b").read_bytes() == b"bytes"
    assert not os.path.lexists(trap)


def test_absurd_times_depths_and_hashes_spoil_one_item_only(tmp_path: Path) -> None:
    wrong = file("wrong", b"these bytes", key="/w")
    wrong.entry.content_hash = bytes(32)
    deep = ["/" + "/".join(["d" * 200] * depth) for depth in range(1, 23)]
    odd = [
        file("future", key="/1", modified=(1 << 63) - 1),
        file("past", key="/2", modified=-(1 << 63)),
        wrong,
        *(folder("d" * 200, key=key) for key in deep),
        file("deep", key=f"{deep[-1]}/deep"),
        Odd("/x", Entry("file", "x", size_bytes=1 << 62, failure="never read")),
        file("last", key="/z"),
    ]
    result = exported(tmp_path, *odd)
    assert result.files == 3
    reasons = [problem.reason.partition(":")[0] for problem in result.problems]
    assert sorted(set(reasons)) == [
        "File name too long",
        "not in this restore point",
        "the bytes of Members/m@x/wrong are not those that were backed up",
    ]
    work = ExportWork(handle_of(tmp_path), GROUP, tmp_path / "target", everything=True)
    home = tmp_path / "target" / "Members" / "m@x"
    keeps_2242 = int((home / "future").stat().st_mtime) == 1 << 33  # some file systems end in 2038
    expected = 3 if keeps_2242 else 2
    assert export.run(JobContext(), work).skipped == expected, "known again by its time"


def zipped(root: Path, *odd: Odd) -> tuple[zipfile.ZipFile, Zipping]:
    """The same as a zip file."""
    handle = hostile_repository(root, odd)
    context = JobContext()
    with handle.open(context.clock) as repository, repository.reader() as reader:
        work = ExportWork(handle, GROUP, Path(), everything=True)
        zipping = Zipping(context, repository, reader, work)
        try:
            data = b"".join(piece for piece in zipping.pieces() if piece is not None)
        finally:
            zipping.close()
    return zipfile.ZipFile(io.BytesIO(data)), zipping


def test_a_zip_file_holds_no_name_that_climbs(tmp_path: Path) -> None:
    names = [*CLIMBING, *DEVICES, *CLASHING, *LONG, REPORT_NAME]
    odd = [file(name, name.encode() + b"!", key=f"/{at}") for at, name in enumerate(names)]
    deep = ["/" + "/".join(["d" * 240] * depth) for depth in range(1, 272)]
    odd += [folder("d" * 240, key=key) for key in deep]
    opened, zipping = zipped(tmp_path, *odd, link("docs", "/etc", key="/zz"))
    with opened:
        assert opened.testzip() is None
        members = [name for name in opened.namelist() if not name.endswith("/")]
        assert zipping.files == len(names)
        for name in opened.namelist():
            parts = name.rstrip("/").split("/")
            assert parts[0] in {"Members", REPORT_NAME}
            assert not {"", ".", ".."} & set(parts)
            assert not set(name) & set('<>:"|?*\\\0\n')
        assert len({clash_key(name) for name in members}) == len(members) == len(names) + 1
        assert {opened.read(name) for name in members} >= {one.data for one in odd if one.data}
        kinds = {stat.S_IFMT(info.external_attr >> 16) for info in opened.infolist()}
        assert kinds <= {stat.S_IFREG, stat.S_IFDIR}, "no links in zip files"
        report = opened.read(REPORT_NAME).decode("utf-8-sig")
    assert "its path is too long for a zip file" in report
    assert zipping.problems > 0


@given(st.text(max_size=300).filter(lambda name: name.isprintable() or "\0" in name or not name))
@example("")
@example("..")
@example(PARTIAL)
@example("COM\u00b2 .x")
def test_any_name_is_one_component_and_can_be_told_again(name: str) -> None:
    for portable in (False, True):
        safe = safe_name(name, portable=portable)
        assert safe not in {"", ".", ".."}
        assert len(PurePosixPath(safe).parts) == 1
        assert len(safe.encode("utf-8", "surrogateescape")) <= 240
        assert not safe.startswith(PARTIAL)
        if len(name.encode("utf-8", "surrogateescape")) < 75:
            assert original_name(safe) == name
