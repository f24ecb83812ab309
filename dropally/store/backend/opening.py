"""From a location and its options to a backend."""

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import SplitResult, unquote, urlsplit

from obstore.exceptions import BaseError as ObstoreError
from obstore.store import AzureStore, GCSStore, S3Store

from dropally.store.backend.buckets import BucketStore, ObstoreBackend
from dropally.store.backend.contract import Backend
from dropally.store.backend.floor import Floor, FlooredBackend
from dropally.store.backend.limiting import LimitedBackend, Throttle
from dropally.store.backend.local import LocalBackend
from dropally.store.backend.memory import MemoryBackend
from dropally.store.backend.object_lock import parse_lock_wish
from dropally.store.backend.retrying import RetryingBackend
from dropally.store.backend.two_keys import TwoKeyBackend
from dropally.store.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, GCSConfig, RetryConfig, S3Config

# Our option -> the client's, by scheme. `True` marks what must never be printed.
_S3_OPTIONS = {
    "endpoint": ("endpoint", False),
    "region": ("region", False),
    "access_key": ("access_key_id", True),
    "secret_key": ("secret_access_key", True),
    "session_token": ("session_token", True),
    "checksum": ("checksum_algorithm", False),
}
_AZURE_OPTIONS = {
    "endpoint": ("endpoint", False),
    "account": ("account_name", False),
    "account_key": ("account_key", True),
    "sas_token": ("sas_key", True),
    "tenant": ("tenant_id", False),
    "client_id": ("client_id", False),
    "client_secret": ("client_secret", True),
}
_GCS_OPTIONS = {
    "endpoint": ("base_url", False),
    "service_account_file": ("service_account", False),
    "service_account_key": ("service_account_key", True),
}
_OPTIONS = {"s3": _S3_OPTIONS, "az": _AZURE_OPTIONS, "gs": _GCS_OPTIONS}
_CONDITIONAL = "conditional_writes"
OBJECT_LOCK = "object_lock"
# Of S3: credentials that may delete, where the others may not.
_MAINTENANCE = {
    "maintenance_access_key": "access_key",
    "maintenance_secret_key": "secret_key",
}
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,222}")
_PREFIX = re.compile(r"(?:[A-Za-z0-9_=-][A-Za-z0-9._=-]*(?:/(?!$)|$))*")
_ENDPOINT = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[\w./-]*)?"
)
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}

REQUEST_TIMEOUT_S = 900  # a pack of 64 MiB over a line of 1 Mbit/s
CONNECT_TIMEOUT_S = 15


def open_backend(
    location: str,
    options: Mapping[str, str] | None = None,
    *,
    wait: Callable[[float], bool] | None = None,
    throttle: Throttle | None = None,
    floor: Floor | None = None,
) -> Backend:
    """The backend at a location; nothing is read or written yet.

    A folder ("/srv/backup", "file:///srv/backup"), "memory:", "s3://bucket/prefix",
    "az://container/prefix" or "gs://bucket/prefix". Buckets retry; `wait` is what they sleep with
    (see `RetryingBackend`). Options: endpoint, region, access_key, secret_key, session_token, checksum = sha256 (S3,
    which a bucket with object lock demands);
    account, account_key, sas_token, endpoint, tenant, client_id, client_secret (Azure);
    service_account_file, service_account_key, endpoint (Google); conditional_writes = yes | no.
    Of S3 also object_lock ("governance 30d": see `open_object_lock`; implies checksum), and
    maintenance_access_key, maintenance_secret_key: who deletes, where the others may not.
    `throttle` limits what goes to buckets and comes from them, `floor` what is stored in folders.
    Credentials left out are looked for where the provider's own tools do.
    Raises `StoreError` for locations and options that make no sense.
    """
    given = dict(options or {})
    parts = urlsplit(location)
    if parts.scheme in _OPTIONS:
        bucket = RetryingBackend(_open_with_keys(parts, given), wait=wait)
        return bucket if throttle is None else LimitedBackend(bucket, throttle)
    if given:
        raise StoreError(f"{location} takes no options, but {', '.join(sorted(given))} was given")
    if location == "memory:":
        return MemoryBackend()
    if parts.scheme == "file":
        return _open_folder(_folder(location, parts), floor)
    if "://" in location:
        raise StoreError(
            f"no backend is called {parts.scheme!r}",
            hint="Use a folder, s3://bucket/prefix, az://container/prefix or gs://bucket/prefix.",
        )
    if not location:
        raise StoreError("the repository's location is empty")
    return _open_folder(Path(location), floor)


def _open_folder(folder: Path, floor: Floor | None) -> Backend:
    backend = LocalBackend(folder)
    return backend if floor is None else FlooredBackend(backend, folder.absolute(), floor)


def _folder(location: str, parts: SplitResult) -> Path:
    path = Path(unquote(parts.path))
    if parts.netloc or not path.is_absolute():
        raise StoreError(
            f"{location} names no folder on this machine", hint="Write file:///srv/backup."
        )
    return path


def check_bucket(location: str, options: Mapping[str, str]) -> None:
    """Raise `StoreError` for a bucket's location or options that make no sense."""
    _open_with_keys(urlsplit(location), dict(options)).close()


def _open_with_keys(parts: SplitResult, given: dict[str, str]) -> Backend:
    """The bucket; deletions go by the keys of maintenance if there are any."""
    if parts.scheme != "s3":
        return _open_bucket(parts, given)
    if wish := given.pop(OBJECT_LOCK, ""):
        parse_lock_wish(wish)
        given.setdefault("checksum", "sha256")  # which such a bucket demands
    deleting = {own: given.pop(name) for name, own in _MAINTENANCE.items() if name in given}
    writing = _open_bucket(parts, dict(given))
    if not deleting:
        return writing
    if len(deleting) < len(_MAINTENANCE):
        raise StoreError(
            f"of the keys of maintenance for {writing.location} one is missing",
            hint=f"Give {' and '.join(_MAINTENANCE)}, or neither.",
        )
    given.pop("session_token", None)  # it belongs to the other key
    return TwoKeyBackend(writing, _open_bucket(parts, {**given, **deleting}))


def _open_bucket(parts: SplitResult, given: dict[str, str]) -> ObstoreBackend:
    location = _bucket_location(parts)
    conditional = _yes_or_no(given.pop(_CONDITIONAL, "yes"))
    known = _OPTIONS[parts.scheme]
    for name, value in given.items():
        if name not in known:
            more = [OBJECT_LOCK, *_MAINTENANCE] if parts.scheme == "s3" else []
            raise _unknown_option(name, [*known, _CONDITIONAL, *more], location)
        _check_option(name, value, location)
    config = {known[name][0]: value for name, value in given.items()}
    secrets = [value for name, value in given.items() if known[name][1]]
    try:
        store = _make_store(parts, config)
    except (ObstoreError, ValueError):
        # The client's own words may quote a credential.
        raise StoreError(
            f"the options for {location} do not make a connection",
            hint="Check that keys are complete and the endpoint is a URL.",
        ) from None
    return ObstoreBackend(store, location, conditional_writes=conditional, secrets=secrets)


def _bucket_location(parts: SplitResult) -> str:
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise StoreError(
            f"a {parts.scheme}:// location holds a bucket and a prefix, and no credentials",
            hint="Give access_key and secret_key (or the provider's own) as options.",
        )
    if not parts.netloc:
        raise StoreError(f"{parts.scheme}:// names no bucket")
    prefix = parts.path.strip("/")
    location = f"{parts.scheme}://{parts.netloc}" + (f"/{prefix}" if prefix else "")
    if not (_BUCKET.fullmatch(parts.netloc) and _PREFIX.fullmatch(prefix)):
        raise StoreError(
            f"{location!r} has characters that no bucket or prefix may have",
            hint="Use letters, digits, '.', '_', '-', '=' and '/' between folders.",
        )
    return location


def _check_option(name: str, value: str, location: str) -> None:
    """Refuse what the client would choke on; the value itself may be a secret and is not told."""
    if name == "endpoint" and not _ENDPOINT.fullmatch(value):
        raise StoreError(
            f"the endpoint for {location} is not a URL",
            hint="Write https://host or http://host:port.",
        )
    if name != "service_account_key" and not (value.isascii() and value.isprintable() and value):
        raise StoreError(
            f"the option {name} for {location} is empty or has characters that it cannot have",
            hint="Look for line breaks that were copied with it.",
        )


def _make_store(parts: SplitResult, config: dict[str, str]) -> BucketStore:
    prefix = parts.path.strip("/") or None
    client: ClientConfig = {
        "timeout": timedelta(seconds=REQUEST_TIMEOUT_S),
        "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_S),
        "allow_http": config.get("endpoint", "").startswith("http://"),
    }
    retry: RetryConfig = {"max_retries": 0}  # RetryingBackend knows what it repeats
    bucket = parts.netloc
    # The names in `config` come from the tables above, which the client's types describe.
    if parts.scheme == "s3":
        s3 = cast("S3Config", {**config, "disable_bulk_delete": "true"})  # not all offer it
        return S3Store(bucket, prefix=prefix, config=s3, client_options=client, retry_config=retry)
    if parts.scheme == "az":
        az = cast("AzureConfig", config)
        return AzureStore(
            bucket, prefix=prefix, config=az, client_options=client, retry_config=retry
        )
    gs = cast("GCSConfig", config)
    return GCSStore(bucket, prefix=prefix, config=gs, client_options=client, retry_config=retry)


def _yes_or_no(word: str) -> bool:
    try:
        return _YES_NO[word.lower()]
    except KeyError:
        raise StoreError(f"{_CONDITIONAL} is yes or no, not {word!r}") from None


def _unknown_option(name: str, known: list[str], location: str) -> StoreError:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(sorted(known))}."
    return StoreError(f"{location} has no option {name!r}", hint=hint)
