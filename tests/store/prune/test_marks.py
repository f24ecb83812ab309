"""The set of what is alive: the same answers from memory and from disk, in stretches of any length."""

import random
from pathlib import Path

import pytest
from dropally.store.prune import marks
from dropally.store.prune.marks import PREFIX_BYTES, Marks


def made_up_ids(seed: int, count: int, bits: int) -> list[bytes]:
    """Ids of 32 bytes of which many begin alike when `bits` is small, some of them twice."""
    rng = random.Random(seed)
    ids = [
        rng.getrandbits(bits).to_bytes(2, "big") + rng.getrandbits(8).to_bytes(PREFIX_BYTES + 14)
        for _ in range(count)
    ]
    return ids + rng.sample(ids, count // 2)


@pytest.mark.parametrize("bits", [16, 9, 3], ids=lambda bits: f"{bits}-bits")
def test_ids_on_disk_are_those_that_were_added_once_and_in_order(
    bits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So few in memory that every file is sorted in slices and read in several pieces."""
    monkeypatch.setattr(marks, "_IN_MEMORY", 20)
    monkeypatch.setattr(marks, "_AT_ONCE", 7)
    ids = made_up_ids(bits, 900, bits)
    made = Marks(tmp_path / "scratch")
    for start in range(0, len(ids), 13):
        made.add(ids[start : start + 13])
    made.seal()
    wanted = {one[:PREFIX_BYTES] for one in ids}
    assert made.total == len(wanted)
    until, found = bytes(PREFIX_BYTES), set()
    for stretch in made.stretches():
        assert stretch.first == until or stretch.first.rstrip(b"\0") == until.rstrip(b"\0")
        assert all(stretch.first <= one < stretch.until for one in stretch.living)
        assert len(stretch.living) <= 7
        found |= stretch.living
        until = stretch.until
    assert found == wanted
    assert until > b"\xff" * PREFIX_BYTES
    assert all(one in made for one in ids)
    assert not any(one in made for one in made_up_ids(99, 50, 16) if one[:16] not in wanted)
    made.close()


def test_few_ids_leave_nothing_on_disk(tmp_path: Path) -> None:
    made = Marks(tmp_path / "scratch")
    made.add([bytes(32), b"\xff" * 32, bytes(32)])
    made.seal()
    [stretch] = made.stretches()
    assert stretch.living == {bytes(16), b"\xff" * 16}
    assert stretch.first <= bytes(16) < b"\xff" * 16 < stretch.until
    assert made.total == 2
    assert not (tmp_path / "scratch").exists()
