"""Locks and versions of a bucket, as the store asks S3 for them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from dropally.store.backend import (
    Lock,
    LockRule,
    ObjectLock,
    open_backend,
    open_object_lock,
    parse_lock_wish,
    s3_object_lock,
)
from dropally.store.backend.s3_signing import (
    S3Credentials,
    encode_path,
    encode_query,
    signed_headers,
)
from dropally.store.errors import (
    BackendUnavailableError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
)
from tests.store.backend.locked_s3 import LockedS3, serving_locked_s3
from tests.store.backend.odd_s3 import deaf_endpoint, serving


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the server's clock is this


@pytest.fixture(scope="module")
def s3() -> Iterator[LockedS3]:
    with serving_locked_s3() as made:
        yield made


def locks_of(s3: LockedS3, bucket: str, prefix: str = "team/a=1") -> ObjectLock:
    return open_object_lock(f"s3://{bucket}/{prefix}", s3.options(), now=now, wait=lambda _s: True)


@pytest.mark.parametrize("token", ["", "session/token+=="])
@pytest.mark.parametrize("query", [{}, {"versionId": "a b/+~", "retention": "", "Z": "1"}])
def test_requests_are_signed_as_awss_own_client_signs_them(
    query: dict[str, str], token: str
) -> None:
    moment = datetime(2026, 11, 23, 5, 46, 7, tzinfo=UTC)
    path, body, given = "/bucket/team=1/packs/ab~.x", b"<x/>", {"content-md5": "abc=="}
    mine = signed_headers(
        "PUT",
        "host.example:9000",
        path,
        query,
        given,
        body,
        credentials=S3Credentials("access", "secret", token),
        region="eu-central-1",
        now=moment,
    )
    request = AWSRequest(
        method="PUT",
        url=f"https://host.example:9000{encode_path(path)}?{encode_query(query)}",
        headers={**given, "X-Amz-Content-SHA256": mine["x-amz-content-sha256"]},
        data=body,
    )
    theirs = S3SigV4Auth(Credentials("access", "secret", token or None), "s3", "eu-central-1")
    request.context["timestamp"] = f"{moment:%Y%m%dT%H%M%SZ}"
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    if token:
        request.headers["X-Amz-Security-Token"] = token
    signature = theirs.signature(
        theirs.string_to_sign(request, theirs.canonical_request(request)), request
    )
    assert mine["authorization"].endswith(f"Signature={signature}")


def test_a_lock_is_read_extended_and_keeps_the_version(s3: LockedS3) -> None:
    bucket = s3.new_bucket(days=3, mode="COMPLIANCE")
    locks = locks_of(s3, bucket)
    assert locks.rule() == LockRule(is_enabled=True, mode="compliance", days=3)
    backend = open_backend(f"s3://{bucket}/team/a=1", s3.options(object_lock="compliance 9d"))
    backend.put_new("packs/ab/x", [b"first"])
    (version,) = locks.versions("packs/")
    assert (version.key, version.size_bytes, version.is_latest) == ("packs/ab/x", 5, True)
    found = locks.lock_of("packs/ab/x")
    assert found is not None
    assert found.mode == "compliance"
    assert abs(found.until - now() - timedelta(days=3)) < timedelta(minutes=5)
    wanted = Lock("compliance", now() + timedelta(days=20))
    locks.extend("packs/ab/x", version.version, wanted)
    assert locks.lock_of("packs/ab/x", version.version) == wanted
    with pytest.raises(ReadOnlyError):
        locks.remove("packs/ab/x", version.version)
    backend.delete("packs/ab/x")
    marker, kept = locks.versions("")
    assert marker.is_marker
    assert marker.is_latest
    assert (kept.version, kept.is_latest) == (version.version, False)
    locks.copy_back("packs/ab/x", kept.version)
    assert backend.get("packs/ab/x") == b"first"
    locks.remove("packs/ab/x", marker.version)
    assert len(list(locks.versions("packs/ab/x"))) == 2
    assert locks.calls > 5
    locks.close()
    backend.close()


def test_a_bucket_without_locks_says_so(s3: LockedS3) -> None:
    bucket = s3.new_bucket(locked=False)
    locks = locks_of(s3, bucket)
    assert locks.rule() == LockRule(is_enabled=False)
    backend = open_backend(f"s3://{bucket}/team/a=1", s3.options())
    backend.put_new("config", [b"1"])
    assert locks.lock_of("config") is None
    with pytest.raises(ObjectNotFoundError):
        locks.lock_of("packs/none")
    assert [one.key for one in locks.versions("")] == ["config"]
    locks.close()
    backend.close()


def test_a_listing_in_pages_is_read_to_its_end(
    s3: LockedS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_object_lock, "_AT_ONCE", "3")
    bucket = s3.new_bucket()
    keys = [f"packs/{number:04d}" for number in range(8)]
    with s3.client() as client:
        for name in ("strangers/file with spaces &+", *(f"p/{key}" for key in keys)):
            client.put_object(Bucket=bucket, Key=name, Body=b"x", ChecksumAlgorithm="SHA256")
    locks = locks_of(s3, bucket, "p")
    assert [one.key for one in locks.versions("packs/")] == keys
    assert locks.calls == 3
    assert list(locks.versions("none/")) == []
    locks.close()
    others = locks_of(s3, bucket, "strangers")
    assert list(others.versions("")) == []
    others.close()


def test_what_s3_refuses_and_what_never_answers_is_told_without_secrets(s3: LockedS3) -> None:
    location, answers = (
        "s3://bucket/p",
        [
            (503, b""),
            (500, b"<Error>?</Error>"),
            (403, b"<Error><Code>AccessDenied</Code></Error>"),
        ],
    )
    with serving(answers) as endpoint:
        locks = open_object_lock(
            location, s3.options(endpoint=endpoint), now=now, wait=lambda _s: False
        )
        with pytest.raises(ReadOnlyError, match="AccessDenied") as caught:
            locks.rule()
        locks.close()
    assert answers == []
    assert "writer" not in f"{caught.value}{caught.value.hint}"
    with deaf_endpoint() as endpoint:
        nowhere = open_object_lock(
            location, s3.options(endpoint=endpoint), now=now, wait=lambda _s: True
        )
        with pytest.raises(BackendUnavailableError, match="ConnectError"):
            nowhere.rule()
        nowhere.close()


def test_wishes_and_places_that_make_no_sense_are_refused(
    s3: LockedS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(parse_lock_wish(" Governance 30d ")) == "governance 30d"
    for text in ("governance", "30d", "worm 30d", "compliance 0d", "compliance 99999d"):
        with pytest.raises(StoreError, match="how objects are to be locked"):
            open_backend("s3://bucket", s3.options(object_lock=text))
    with pytest.raises(StoreError, match="no S3 bucket"):
        open_object_lock("/srv/backups", now=now)
    with pytest.raises(StoreError, match="no option 'object_lok'"):
        open_object_lock("s3://bucket", s3.options(object_lok="governance 1d"), now=now)
    with pytest.raises(StoreError, match="is missing"):
        open_backend("s3://bucket", s3.options(maintenance_access_key="m"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(StoreError, match="needs access_key"):
        open_object_lock("s3://bucket", {"region": "eu-west-1"}, now=now)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    found = open_object_lock("s3://bucket", {"region": "eu-west-1"}, now=now)
    assert found.location == "s3://bucket"
    assert found.wish is None
    found.close()
