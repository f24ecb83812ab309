"""`dropally undelete`: a bucket as it was before somebody deleted everything."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from dropally.cli.main import main
from dropally.store.backend import open_backend
from tests.store.backend.locked_s3 import WRITER, serving_locked_s3


def undelete(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, Any]:
    """Exit code, and what it printed: JSON, or the complaint."""
    monkeypatch.setattr("sys.argv", ["dropally", "undelete", *words, "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    code = int(ended.value.code or 0)
    return code, json.loads(printed.out) if code == 0 else printed.err


def test_what_was_deleted_comes_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", WRITER["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", WRITER["secret_key"])
    with serving_locked_s3() as s3:
        place = f"s3://{s3.new_bucket()}/dropbox"
        backend = open_backend(place, s3.options(checksum="sha256"))
        backend.put_new("config", [b"1"])
        backend.put_new("packs/ab/x", [b"22"])
        time.sleep(1.1)  # S3 tells times to the second
        moment = datetime.now(UTC).isoformat()  # noqa: TID251 - the bucket's clock is this machine's
        time.sleep(1.1)
        backend.delete("config")
        backend.delete("packs/ab/x")
        where = ("--from", place, "--endpoint", s3.endpoint, "--region", "us-east-1")
        code, planned = undelete(capsys, monkeypatch, *where, "--since", moment, "--dry-run")
        assert (code, planned["objects"], planned["size_bytes"]) == (0, 2, 3)
        assert list(backend.list("")) == []
        code, done = undelete(capsys, monkeypatch, *where, "--since", moment)
        assert (code, done["objects"], done["copied"]) == (0, 2, 0)
        assert backend.get("packs/ab/x") == b"22"
        backend.close()
    assert undelete(capsys, monkeypatch, *where, "--since", "yesterday")[0] == 2
    code, said = undelete(capsys, monkeypatch, *where, "--since", "2999-01-01")
    assert code == 2
    assert "future" in said
    code, said = undelete(capsys, monkeypatch, "--from", "/srv/x", "--since", moment)
    assert "no S3 bucket" in said
