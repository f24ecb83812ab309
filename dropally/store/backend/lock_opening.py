"""From a location and its options to the locks of its objects."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from dropally.store.backend.object_lock import ObjectLock, parse_lock_wish
from dropally.store.backend.opening import OBJECT_LOCK, check_bucket
from dropally.store.backend.s3_signing import S3Credentials
from dropally.store.errors import StoreError

_REGION = "us-east-1"


def open_object_lock(
    location: str,
    options: Mapping[str, str] | None = None,
    *,
    now: Callable[[], datetime],
    wait: Callable[[float], bool] | None = None,
) -> ObjectLock:
    """The locks of the bucket at an `s3://` location; nothing is asked yet.

    Takes the options of `open_backend`. Raises `StoreError` for other places, and where access_key
    and secret_key are neither options nor in the environment (AWS_ACCESS_KEY_ID ...).
    """
    # Its HTTP client would be a third of what the store takes to be imported, and few need it.
    from dropally.store.backend.s3_calls import S3Calls  # noqa: PLC0415
    from dropally.store.backend.s3_object_lock import S3ObjectLock  # noqa: PLC0415

    given = dict(options or {})
    parts = urlsplit(location)
    if parts.scheme != "s3":
        raise StoreError(
            f"{location} is no S3 bucket, and only those have an object lock that Dropally extends",
            hint="Keep a replica in a bucket with object lock, or use the provider's own policy.",
        )
    check_bucket(location, given)
    region = given.get("region") or os.environ.get("AWS_REGION") or _REGION
    wish = given.get(OBJECT_LOCK)
    calls = S3Calls(
        given.get("endpoint") or f"https://s3.{region}.amazonaws.com",
        parts.netloc,
        region,
        _credentials(location, given),
        location=location,
        now=now,
        wait=wait,
    )
    return S3ObjectLock(calls, parts.path.strip("/"), parse_lock_wish(wish) if wish else None)


def _credentials(location: str, given: Mapping[str, str]) -> S3Credentials:
    """Those that may delete, where there are two; they are for maintenance, as locking is."""
    access = given.get("maintenance_access_key") or given.get("access_key", "")
    secret = given.get("maintenance_secret_key") or given.get("secret_key", "")
    token = "" if "maintenance_access_key" in given else given.get("session_token", "")
    if access and secret:
        return S3Credentials(access, secret, token)
    environ = os.environ
    access = environ.get("AWS_ACCESS_KEY_ID", "")
    secret = environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not (access and secret):
        raise StoreError(
            f"object lock in {location} needs access_key and secret_key",
            hint="Give them to the storage, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    return S3Credentials(access, secret, environ.get("AWS_SESSION_TOKEN", ""))
