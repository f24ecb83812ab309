"""An S3 server on loopback with one bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "backups"
CREDENTIALS = {"region": "us-east-1", "access_key": "testing", "secret_key": "testing-secret"}


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address. Its bucket is empty: all such servers of a process share their contents."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name=CREDENTIALS["region"],
        aws_access_key_id=CREDENTIALS["access_key"],
        aws_secret_access_key=CREDENTIALS["secret_key"],
    )
    client.create_bucket(Bucket=BUCKET)
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.close()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
