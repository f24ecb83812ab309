"""Budgets, memory of results, and what is due."""

from datetime import timedelta
from pathlib import Path

import pytest
from dropally.store import BackendUnavailableError, MemoryBackend
from dropally.store.backend import Call, Fault, FaultyBackend
from dropally.store.verify import Level, VerifyLedger, VerifyOptions, verify
from tests.store.samples import START, back_up, make, object_keys, reopen, sample_files
from tests.store.verify.damage import copied, filled, flipped, replace

FILLED = filled()


def ledger_of(backend: MemoryBackend, path: Path | None = None) -> VerifyLedger:
    return VerifyLedger(path, reopen(backend).config.repository_id)


def test_a_budget_of_bytes_goes_on_where_the_last_run_ended(tmp_path: Path) -> None:
    backend = copied(FILLED)
    ledger = ledger_of(backend, tmp_path / "verified")
    options = VerifyOptions(Level.CHUNKS, size_bytes=1, newer_than=timedelta(days=30))
    repository = reopen(backend)
    checked, runs = 0, 0
    while True:
        report = verify(repository, ledger, options)
        checked += report.checked_packs
        runs += 1
        if report.is_complete:
            break
        ledger.close()
        ledger = ledger_of(backend, tmp_path / "verified")
    assert runs == checked == report.packs > 1
    assert verify(repository, ledger, options).checked_packs == 0
    ledger.close()


def test_no_time_left_still_looks_at_one_pack() -> None:
    backend = copied(FILLED)
    ledger = ledger_of(backend)
    report = verify(reopen(backend), ledger, VerifyOptions(time_s=0.0))
    assert report.checked_packs == 1
    assert not report.is_complete
    ledger.close()


def test_the_share_that_was_verified_is_told() -> None:
    backend = copied(FILLED)
    ledger = ledger_of(backend)
    repository = reopen(backend)
    verify(repository, ledger, VerifyOptions(Level.NAMES))
    share = ledger.share(START)
    assert (share.hashed_packs, share.oldest) == (0, None)
    verify(repository, ledger, VerifyOptions(Level.HASHES))
    share = ledger.share(START)
    assert share.hashed_packs == share.packs
    assert share.opened_packs == 0
    verify(repository, ledger)
    share = ledger.share(START)
    assert share.opened_bytes == share.size_bytes > 0
    assert share.oldest is not None
    assert ledger.share(START + timedelta(days=1)).hashed_packs == 0
    ledger.close()


def test_a_damaged_pack_is_remembered_until_it_is_good_again() -> None:
    backend = copied(FILLED)
    ledger = ledger_of(backend)
    key = object_keys(backend, "packs/")[0]
    good = backend.get(key)
    replace(backend, key, flipped(good, 100))
    verify(reopen(backend), ledger)
    assert [pack.name.hex() for pack in ledger.damaged()] == [key.rpartition("/")[2]]
    assert [finding.key for finding in ledger.share(START).damaged] == [key]
    replace(backend, key, good)
    report = verify(reopen(backend), ledger, VerifyOptions(newer_than=timedelta(days=30)))
    assert report.checked_packs == 1, "damaged packs are due at once"
    assert ledger.damaged() == []
    ledger.close()


def test_a_backend_that_does_not_answer_says_nothing_of_the_packs() -> None:
    inner = copied(FILLED)

    def plan(call: Call) -> Fault | None:
        is_pack = call.operation == "get" and call.key.startswith("packs/")
        return Fault.UNAVAILABLE if is_pack else None

    ledger = ledger_of(inner)
    with pytest.raises(BackendUnavailableError):
        verify(reopen(FaultyBackend(inner, plan)), ledger)
    assert ledger.damaged() == []
    ledger.close()


def test_cancelling_keeps_what_was_found_until_then() -> None:
    backend = copied(FILLED)
    ledger = ledger_of(backend)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(reopen(backend), ledger, check=check)
    verify(reopen(backend), ledger)
    assert ledger.share(START).opened_packs == ledger.share(START).packs
    ledger.close()


def test_packs_that_left_are_struck_off() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    back_up(repository, sample_files(3, count=5))
    ledger = ledger_of(backend)
    verify(repository, ledger)
    ledger.take_stock([])
    assert ledger.share(START).packs == 0
    ledger.close()


def test_a_damaged_ledger_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "verified"
    path.write_bytes(b"this is no database" * 100)
    ledger = VerifyLedger(path, "x")
    assert ledger.damaged() == []
    ledger.close()
    ledger = VerifyLedger(path, "another")
    assert ledger.sources_checked() == {}
    ledger.close()
