"""Buckets that keep what was written: object lock, and keys that may not delete."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from dropally.store import MemoryBackend, ReadOnlyError, StoreError
from dropally.store.backend import Call, Fault, FaultyBackend, open_backend
from dropally.store.replicate import replicate
from dropally.store.verify import VerifyLedger, verify
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from tests.store.samples import back_up, make, object_keys, read_back, reopen, sample_files
from werkzeug.serving import make_server

KEYS = {"region": "us-east-1", "access_key": "test-access", "secret_key": "test-secret"}
FILES = sample_files(3, count=8, largest=8000)


@pytest.fixture
def endpoint() -> Iterator[str]:
    """An S3 that takes objects into locked buckets only with a checksum, in either of its headers.

    AWS accepts x-amz-checksum-sha256 for that; moto knows only the header that AWS's SDK adds to it.
    """
    s3 = DomainDispatcherApplication(create_backend_app)

    def taking_checksums(environ: dict[str, Any], start: Any) -> Any:
        if "HTTP_X_AMZ_CHECKSUM_SHA256" in environ:
            environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = "SHA256"
        return s3(environ, start)

    server = make_server("127.0.0.1", 0, taking_checksums, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_bucket_with_object_lock_keeps_what_is_deleted(endpoint: str) -> None:
    bucket = f"locked-{uuid4().hex}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=KEYS["region"],
        aws_access_key_id=KEYS["access_key"],
        aws_secret_access_key=KEYS["secret_key"],
    )
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}
    client.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
    )
    backend = open_backend(
        f"s3://{bucket}/dropbox", {**KEYS, "endpoint": endpoint, "checksum": "sha256"}
    )
    repository = make(backend)
    snapshot = back_up(repository, FILES)
    key = object_keys(backend, "packs/")[0]
    head = client.head_object(Bucket=bucket, Key=f"dropbox/{key}")
    assert head["ObjectLockMode"] == "COMPLIANCE"
    backend.delete(key)
    versions = client.list_object_versions(Bucket=bucket, Prefix=f"dropbox/{key}")
    (kept,) = versions["Versions"]
    (marker,) = versions["DeleteMarkers"]
    with pytest.raises(client.exceptions.ClientError):
        client.delete_object(Bucket=bucket, Key=kept["Key"], VersionId=kept["VersionId"])
    client.delete_object(Bucket=bucket, Key=marker["Key"], VersionId=marker["VersionId"])
    assert read_back(reopen(backend), snapshot) == FILES
    backend.close()
    careless = open_backend(
        f"s3://{bucket}/other", {**KEYS, "endpoint": endpoint}, wait=lambda seconds: True
    )
    with pytest.raises(StoreError):
        make(careless)
    careless.close()
    client.close()


def test_a_checksum_that_does_not_exist_is_refused() -> None:
    with pytest.raises(StoreError, match="do not make a connection"):
        open_backend("s3://bucket", {**KEYS, "checksum": "crc-of-mine"})


def may_not_delete(call: Call) -> Fault | None:
    return Fault.DENIED if call.operation == "delete" else None


def test_a_key_that_may_not_delete_backs_up_verifies_and_replicates() -> None:
    inner = MemoryBackend()
    backend = FaultyBackend(inner, may_not_delete)
    repository = make(backend)
    back_up(repository, FILES)
    snapshot = back_up(repository, {**FILES, "/day": b"2"})
    assert read_back(reopen(backend), snapshot) == {**FILES, "/day": b"2"}
    ledger = VerifyLedger(None, repository.config.repository_id)
    assert verify(repository, ledger).is_good
    ledger.close()
    replicate(backend, FaultyBackend(MemoryBackend(), may_not_delete))
    with pytest.raises(ReadOnlyError):
        repository.forget_point(next(iter(repository.points())).id)
