"""Buckets against servers on loopback: moto speaks S3, Azurite speaks Azure Blob Storage.

Google's store has no emulator that its client accepts; with DROPALLY_TEST_GCS=gs://bucket/prefix
(and credentials in the environment) the suite runs against a real bucket.
"""

import os
import secrets
from collections.abc import Generator, Iterator

import boto3
import pytest
from dropally.store.backend import Backend, open_backend, probe_backend
from dropally.store.errors import (
    BackendUnavailableError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    StoreFullError,
)
from moto.server import ThreadedMotoServer
from tests.store.backend.azurite import ACCOUNT, ACCOUNT_KEY, create_container, running_azurite
from tests.store.backend.contract import BackendContract, SingleWriterContract
from tests.store.backend.odd_s3 import deaf_endpoint, serving, serving_careless_s3

S3_OPTIONS = {"region": "us-east-1", "access_key": "test-access", "secret_key": "test-secret"}


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str) -> Iterator[Backend]:
    yield from open_new_bucket(s3_endpoint)


def open_new_bucket(endpoint: str, **options: str) -> Generator[Backend, None, None]:
    bucket = f"bucket-{secrets.token_hex(6)}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test-access",
        aws_secret_access_key="test-secret",
    )
    client.create_bucket(Bucket=bucket)
    client.close()
    backend = open_backend(
        f"s3://{bucket}/team/a", {**S3_OPTIONS, "endpoint": endpoint, **options}, wait=stop
    )
    yield backend
    backend.close()


def stop(_seconds: float) -> bool:
    """Never retry: a test sees the first failure."""
    return True


class TestS3(BackendContract):
    @pytest.fixture
    def backend(self, s3: Backend) -> Backend:
        return s3


@pytest.fixture(scope="module")
def azure_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_azurite(tmp_path_factory.mktemp("azurite")) as endpoint:
        yield endpoint


class TestAzure(BackendContract):
    @pytest.fixture
    def backend(self, azure_endpoint: str) -> Iterator[Backend]:
        container = f"container-{secrets.token_hex(6)}"
        create_container(azure_endpoint, container)
        options = {"endpoint": azure_endpoint, "account": ACCOUNT, "account_key": ACCOUNT_KEY}
        backend = open_backend(f"az://{container}/team", options, wait=stop)
        yield backend
        backend.close()


if "DROPALLY_TEST_GCS" in os.environ:

    class TestGoogle(BackendContract):
        @pytest.fixture
        def backend(self) -> Iterator[Backend]:
            backend = open_backend(f"{os.environ['DROPALLY_TEST_GCS']}/{secrets.token_hex(8)}")
            yield backend
            for stat in backend.list(""):
                backend.delete(stat.key)
            backend.close()


class TestS3WithoutConditions(SingleWriterContract):
    """A store whose conditional writes are switched off still serves one writer."""

    @pytest.fixture
    def backend(self, s3_endpoint: str) -> Iterator[Backend]:
        yield from open_new_bucket(s3_endpoint, conditional_writes="no")


def test_objects_lie_below_the_prefix(s3_endpoint: str) -> None:
    opened = open_new_bucket(s3_endpoint)
    backend = next(opened)
    backend.put_new("packs/x", [b"1"])
    bucket, _, prefix = backend.location.removeprefix("s3://").partition("/")
    assert prefix == "team/a"
    whole = open_backend(f"s3://{bucket}", {**S3_OPTIONS, "endpoint": s3_endpoint}, wait=stop)
    assert [stat.key for stat in whole.list("")] == ["team/a/packs/x"]
    opened.close()


def test_a_missing_bucket_is_named(s3_endpoint: str) -> None:
    backend = open_backend("s3://nowhere", {**S3_OPTIONS, "endpoint": s3_endpoint}, wait=stop)
    with pytest.raises(ObjectNotFoundError, match="s3://nowhere") as caught:
        backend.put_new("x", [b""])
    assert "bucket" in caught.value.hint


def test_a_server_that_does_not_answer_is_unavailable_and_no_secret_is_told() -> None:
    with deaf_endpoint() as endpoint:
        backend = open_backend("s3://bucket", {**S3_OPTIONS, "endpoint": endpoint}, wait=stop)
        with pytest.raises(BackendUnavailableError) as caught:
            backend.get("x")
    assert caught.value.retryable
    assert "test-secret" not in str(caught.value)


@pytest.fixture
def bad_s3() -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    """A server that answers each request with the next of a list of answers."""
    answers: list[tuple[int, bytes]] = []
    with serving(answers) as endpoint:
        yield endpoint, answers


def open_bad(endpoint: str) -> Backend:
    return open_backend("s3://bucket/p", {**S3_OPTIONS, "endpoint": endpoint}, wait=stop)


def test_403_is_a_refusal_and_not_tried_again(
    bad_s3: tuple[str, list[tuple[int, bytes]]],
) -> None:
    endpoint, answers = bad_s3
    answers += [(403, b"<Error><Code>AccessDenied</Code></Error>")]
    with pytest.raises(ReadOnlyError) as caught:
        open_bad(endpoint).put_new("x", [b"1"])
    assert not caught.value.retryable
    assert answers == []


def test_503_may_be_tried_again(bad_s3: tuple[str, list[tuple[int, bytes]]]) -> None:
    endpoint, answers = bad_s3
    answers += [(503, b"<Error><Code>SlowDown</Code></Error>")]
    with pytest.raises(BackendUnavailableError) as caught:
        open_bad(endpoint).put_new("x", [b"1"])
    assert caught.value.retryable
    assert answers == []


def test_507_means_no_space(bad_s3: tuple[str, list[tuple[int, bytes]]]) -> None:
    endpoint, answers = bad_s3
    answers += [(507, b"<Error><Code>XMinioStorageFull</Code></Error>")]
    with pytest.raises(StoreFullError):
        open_bad(endpoint).put_new("x", [b"1"])


def test_the_query_of_a_signed_address_is_not_told(
    bad_s3: tuple[str, list[tuple[int, bytes]]],
) -> None:
    endpoint, answers = bad_s3
    answers += [(500, b"see http://host/x?sig=VERYSECRET&test-secret")]
    with pytest.raises(StoreError) as caught:
        open_bad(endpoint).get("x")
    shown = f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "VERYSECRET" not in shown
    assert "test-secret" not in shown


def test_a_store_that_ignores_conditions_is_found_out_and_named() -> None:
    with serving_careless_s3() as endpoint:
        found = probe_backend(open_bad(endpoint))
    assert not found.create_only
    assert not found.compare_and_set
    assert found.ranges
    assert any("If-None-Match" in sentence for sentence in found.shortcomings())
    assert "s3://bucket/p" in found.shortcomings()[0]


@pytest.mark.parametrize(
    ("location", "options", "complaint"),
    [
        ("s3://key:secret@bucket/p", {}, "no credentials"),
        ("s3:///p", {}, "no bucket"),
        ("s3://bucket", {"acess_key": "x"}, "no option 'acess_key'"),
        ("s3://bucket", {"conditional_writes": "perhaps"}, "yes or no"),
        ("s3://my bucket", {}, "characters"),
        ("s3://bucket/../x", {}, "characters"),
        ("s3://bucket/a//b", {}, "characters"),
        ("s3://bucket", {"endpoint": "not a url"}, "endpoint .* is not a URL"),
        ("s3://bucket", {"endpoint": "https://host/?sig=x"}, "endpoint .* is not a URL"),
        ("s3://bucket", {"access_key": "copied\n"}, "access_key"),
        ("s3://bucket", {"secret_key": ""}, "secret_key"),
        ("gs://bucket", {"service_account_key": "{broken"}, "do not make a connection"),
        ("az://box", {"account": "acc", "account_key": "?"}, "do not make a connection"),
        ("sftp://host/p", {}, "no backend is called 'sftp'"),
        ("file://host/p", {}, "no folder on this machine"),
        ("/srv/x", {"region": "x"}, "takes no options"),
        ("", {}, "empty"),
    ],
)
def test_locations_that_make_no_sense_are_refused(
    location: str, options: dict[str, str], complaint: str
) -> None:
    with pytest.raises(StoreError, match=complaint) as caught:
        open_backend(location, options)
    assert "secret@" not in str(caught.value)


def test_a_near_miss_of_an_option_is_suggested() -> None:
    with pytest.raises(StoreError) as caught:
        open_backend("s3://bucket", {"acess_key": "x"})
    assert caught.value.hint == "Did you mean access_key?"
