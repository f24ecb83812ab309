"""The whole way through a bucket: moto speaks S3 on loopback."""

from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest
from dropally.store import Backend
from dropally.store.backend import open_backend
from moto.server import ThreadedMotoServer
from tests.store.samples import back_up, make, read_back, reopen, sample_files

CREDENTIALS = {"region": "us-east-1", "access_key": "test-access", "secret_key": "test-secret"}


@pytest.fixture
def bucket() -> Iterator[Backend]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test-access",
        aws_secret_access_key="test-secret",
    )
    name = f"company-backup-{uuid4().hex}"  # moto's buckets are those of the whole process
    client.create_bucket(Bucket=name)
    client.close()
    backend = open_backend(f"s3://{name}/dropbox", {**CREDENTIALS, "endpoint": endpoint})
    yield backend
    backend.close()
    server.stop()


def test_a_repository_in_a_bucket(bucket: Backend) -> None:
    day1 = sample_files(1, count=20)
    day2 = {**day1, **sample_files(2, count=5)}
    repository = make(bucket)
    first, second = back_up(repository, day1), back_up(repository, day2)
    again = reopen(bucket)
    assert read_back(again, first) == day1
    assert read_back(again, second) == day2
