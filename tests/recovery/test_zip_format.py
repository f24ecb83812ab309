"""Zip files as other programs read them."""

import io
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from dropally.recovery.zip_format import ZipWriter
from dropally.store import BytesLike, DamagedError

MODIFIED = 1_700_000_000
NAMES = ("plain.txt", "Grüße/日本語.txt", "👩‍👩‍👧‍👦 family.txt", "a/b/c/deep.txt")


def write(target: Path, pieces: Iterable[BytesLike]) -> None:
    with target.open("ab") as file:
        for piece in pieces:
            file.write(piece)


def unzip_test(path: Path, *names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # the program itself is what is asked
        ["unzip", "-t", str(path), *names], capture_output=True, text=True, check=False
    )


def test_f130_every_reader_takes_names_times_and_bytes(tmp_path: Path) -> None:
    path, writer = tmp_path / "out.zip", ZipWriter()
    write(path, writer.folder("empty folder", MODIFIED))
    for name in NAMES:
        write(path, writer.held(name, name.encode(), MODIFIED))
        write(path, writer.streamed(f"{name}.streamed", [b"ab", memoryview(b"cd")], 4, MODIFIED))
    write(path, writer.held("nothing", b""))
    write(path, writer.held("old", b"x", -5))
    write(path, writer.held("future", b"x", 1 << 40))
    write(path, writer.end())
    writer.close()
    assert writer.size_bytes == path.stat().st_size
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert "empty folder/" in opened.namelist()
        for name in NAMES:
            assert opened.read(name) == name.encode()
            assert opened.read(f"{name}.streamed") == b"abcd"
        assert opened.getinfo("plain.txt").date_time == (2023, 11, 14, 22, 13, 20)
        assert opened.getinfo("old").date_time == (1980, 1, 1, 0, 0, 0)
        assert opened.getinfo("nothing").file_size == 0
    found = unzip_test(path)
    assert found.returncode == 0, found.stdout


def test_no_reader_takes_a_spoiled_entry_for_whole(tmp_path: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"first half"
        raise DamagedError("the second half is damaged")

    path, writer = tmp_path / "out.zip", ZipWriter()
    write(path, writer.held("before.txt", b"fine"))
    for name, pieces in (("bad.bin", breaks()), ("short.bin", iter([b"x"])), ("none", iter([]))):
        with pytest.raises(DamagedError):
            write(path, writer.streamed(name, pieces, 20))
        write(path, writer.spoil())
    write(path, writer.held("after.txt", b"fine too"))
    write(path, writer.end())
    writer.close()
    with zipfile.ZipFile(path) as opened:
        assert (opened.read("before.txt"), opened.read("after.txt")) == (b"fine", b"fine too")
        for name in ("bad.bin", "short.bin"):
            with pytest.raises(zipfile.BadZipFile, match="CRC"):
                opened.read(name)
    found = unzip_test(path)
    assert found.returncode != 0
    assert found.stdout.count("bad CRC") >= 2


def test_more_entries_than_the_old_format_can_count(tmp_path: Path) -> None:
    path, writer = tmp_path / "out.zip", ZipWriter()
    write(path, (piece for n in range(70_000) for piece in writer.held(f"{n}", b"")))
    write(path, writer.end())
    writer.close()
    with zipfile.ZipFile(path) as opened:
        assert len(opened.infolist()) == 70_000


@pytest.mark.slow
def test_files_and_offsets_beyond_four_gibibytes(tmp_path: Path) -> None:
    path, writer = tmp_path / "out.zip", ZipWriter()
    zeros, count = bytes(16 << 20), 257
    with path.open("wb") as file:
        for piece in writer.streamed("large.bin", [zeros] * count, len(zeros) * count):
            # Zeros take no space on the disk when they are passed over.
            file.seek(len(piece), io.SEEK_CUR) if len(piece) == len(zeros) else file.write(piece)
        for piece in writer.held("behind.txt", b"behind"):
            file.write(piece)
        for piece in writer.end():
            file.write(piece)
    writer.close()
    with zipfile.ZipFile(path) as opened:
        assert opened.getinfo("large.bin").file_size == len(zeros) * count
        assert opened.read("behind.txt") == b"behind"
    assert unzip_test(path, "behind.txt").returncode == 0


def test_an_empty_zip_file_is_one(tmp_path: Path) -> None:
    path, writer = tmp_path / "out.zip", ZipWriter()
    write(path, writer.end())
    writer.close()
    with zipfile.ZipFile(path) as opened:
        assert opened.namelist() == []
