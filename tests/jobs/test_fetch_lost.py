"""What was lost in the repository is fetched again by the next backup, although nothing changed."""

import random

from dropally.store import DamagedError
from dropally.store.repair import repair
from dropally.store.verify import VerifyLedger, verify
from tests.jobs.appliance import Appliance

FILES = {f"/docs/{number}.bin": random.Random(number).randbytes(3000).hex() for number in range(6)}


def damage_pack(appliance: Appliance, path: str) -> None:
    """Flip a bit where a file's first chunk lies; with path "", in the newest tree's root page."""
    home = appliance.home()
    with appliance.app.open_repository() as repository:
        snapshot = repository.latest(home)
        assert snapshot is not None
        assert snapshot.root is not None
        chunk: bytes = snapshot.root
        if path:
            with repository.reader() as reader:
                entry = reader.tree(snapshot.root).get(path)
            assert entry is not None
            assert entry.content is not None
            chunk = entry.content.chunks[:32]
        place = repository.index.locate([chunk])[chunk]
        name = repository.index.pack(place.pack_no).name.hex()
        data = bytearray(repository.backend.get(f"packs/{name[:2]}/{name}"))
        data[place.blob_offset + 3] ^= 1
        repository.backend.delete(f"packs/{name[:2]}/{name}")
        repository.backend.put_new(f"packs/{name[:2]}/{name}", [bytes(data)])


def mend(appliance: Appliance) -> int:
    """Verify and repair; how many files are wanted again."""
    with appliance.app.open_repository() as repository:
        ledger = VerifyLedger(None, repository.config.repository_id)
        report = repair(repository, ledger, verify(repository, ledger).findings)
        ledger.close()
        return report.wanted + report.wanted_sources


def test_lost_files_are_fetched_again_although_nothing_changed(appliance: Appliance) -> None:
    for path, text in FILES.items():
        appliance.put(path, text)
    appliance.backup()
    damage_pack(appliance, "/docs/3.bin")
    assert mend(appliance) > 0
    try:
        appliance.stored_bytes(appliance.home(), "/docs/3.bin")
    except DamagedError:
        pass
    else:
        raise AssertionError("the damage was not met")
    assert appliance.backup().is_complete
    for path, text in FILES.items():
        assert appliance.stored_bytes(appliance.home(), path).decode() == text
    assert mend(appliance) == 0
    appliance.control.reset_metrics()
    appliance.backup()
    assert appliance.calls("files/download") == 0, "it is asked for once"


def test_a_lost_tree_is_listed_anew(appliance: Appliance) -> None:
    for path, text in FILES.items():
        appliance.put(path, text)
    appliance.backup()
    damage_pack(appliance, "")
    assert mend(appliance) > 0
    assert appliance.backup().is_complete
    assert appliance.kept(appliance.home()) == appliance.truth(appliance.home())
    for path, text in FILES.items():
        assert appliance.stored_bytes(appliance.home(), path).decode() == text
