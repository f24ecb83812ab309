"""An S3 with a versioned, locked bucket, and keys that may not do everything."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

REGION = "us-east-1"
WRITER = {"access_key": "writer", "secret_key": "writer-secret"}
MAINTENANCE = {
    "maintenance_access_key": "maintenance",
    "maintenance_secret_key": "maintenance-secret",
}
_Start = Callable[..., Any]


@dataclass
class LockedS3:
    """`denied` says of a request's method, query and access key whether it is refused."""

    endpoint: str
    denied: Callable[[str, str, str], bool]
    requests: list[str]

    def options(self, **more: str) -> dict[str, str]:
        """How the store reaches it."""
        return {"endpoint": self.endpoint, "region": REGION, **WRITER, **more}

    def new_bucket(self, *, days: int = 0, mode: str = "GOVERNANCE", locked: bool = True) -> str:
        """A bucket with object lock, and a default retention if there are days."""
        bucket = f"locked-{uuid4().hex}"
        with self.client() as client:
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=locked)
            if days:
                rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
                client.put_object_lock_configuration(
                    Bucket=bucket,
                    ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
                )
        return bucket

    @contextlib.contextmanager
    def client(self) -> Iterator[Any]:
        """AWS's own client, with other keys than the store's."""
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="owner",
            aws_secret_access_key="owner-secret",
        )
        try:
            yield client
        finally:
            client.close()


@contextlib.contextmanager
def serving_locked_s3() -> Iterator[LockedS3]:
    """moto, which takes objects into locked buckets only with a checksum, in either of its headers.

    AWS accepts x-amz-checksum-sha256 for that; moto knows only the header that AWS's SDK adds to it.
    """
    s3 = DomainDispatcherApplication(create_backend_app)
    made = LockedS3("", lambda _method, _query, _key: False, [])

    def serve(environ: dict[str, Any], start: _Start) -> Any:
        method, query = environ["REQUEST_METHOD"], environ["QUERY_STRING"]
        _, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")
        made.requests.append(f"{method} {environ['PATH_INFO']} {query}")
        if made.denied(method, query, rest.partition("/")[0]):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code></Error>"]
        if "HTTP_X_AMZ_CHECKSUM_SHA256" in environ or "HTTP_X_AMZ_COPY_SOURCE" in environ:
            environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = "SHA256"
        return s3(environ, start)

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    made.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
