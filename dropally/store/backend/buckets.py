"""A repository in a bucket: S3 and what speaks like it, Azure Blob Storage, Google Cloud Storage.

Create-only puts and compare-and-set rest on the store's conditional writes (If-None-Match,
If-Match). Some S3 look-alikes ignore them without a word: `probe_backend` finds that out, and
with `conditional_writes=False` this backend looks before it writes, which is enough for a single
writer (packs and index segments are named by their bytes, so writing one twice does no harm).
Retries are left to `RetryingBackend`, which knows how to take back a lost answer.
"""

import json
import re
from collections.abc import Iterator, Sequence

import obstore
from obstore.exceptions import AlreadyExistsError as StoreHasIt
from obstore.exceptions import BaseError as ObstoreError
from obstore.exceptions import (
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, S3Store

from dropally.store.backend.contract import (
    BytesLike,
    ObjectStat,
    Version,
    check_key,
    check_prefix,
    is_key,
)
from dropally.store.backend.ranges import cut_short, resolve_range
from dropally.store.errors import (
    AlreadyExistsError,
    BackendUnavailableError,
    ConflictError,
    DamagedError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    StoreFullError,
)

BucketStore = S3Store | AzureStore | GCSStore

_LIST_CHUNK = 1000
_FULL = re.compile(r"StorageFull|QuotaExceeded|InsufficientStorage|507 ", re.IGNORECASE)
_QUERY = re.compile(r"\?[^\s\"')]+")
_MAX_REASON = 300
# The client tells only far behind its first line why a request could not even be sent.
_CAUSES = (
    (re.compile(r"dns error"), "the name of the server is not known"),
    (re.compile(r"ConnectionRefused"), "connection refused"),
    (re.compile(r"InvalidCertificate\(\s*(\w+)"), "the server's certificate is not trusted"),
    (re.compile(r"InvalidData|tls|handshake", re.IGNORECASE), "no encrypted connection"),
    (re.compile(r"NetworkUnreachable|HostUnreachable"), "no way to the server"),
    (re.compile(r"TimedOut"), "no answer in time"),
)


class ObstoreBackend:
    """Objects below one prefix of a bucket. `secrets` are struck out of every message."""

    def __init__(
        self,
        store: BucketStore,
        location: str,
        *,
        conditional_writes: bool = True,
        secrets: Sequence[str] = (),
    ) -> None:
        self.location = location
        self._store = store
        self._conditional = conditional_writes
        self._secrets = [secret for secret in secrets if secret]

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """Store the parts under a free key; the store has them durably when it answers."""
        check_key(key)
        if not self._conditional and self._exists(key):
            raise AlreadyExistsError(f"{key} exists already in {self.location}")
        mode: obstore.PutMode = "create" if self._conditional else "overwrite"
        try:
            self._put(key, _joined(parts), mode)
        except (StoreHasIt, PreconditionError):
            raise AlreadyExistsError(f"{key} exists already in {self.location}") from None

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A byte range, exactly as long as asked for."""
        check_key(key)
        if length == 0 or (length is None and offset):
            start, end = resolve_range(key, self.stat(key).size_bytes, offset, length)
            length = end - start
        if length == 0:
            return b""
        try:
            if length is None:
                return obstore.get(self._store, key).bytes().to_bytes()
            data = obstore.get_range(self._store, key, start=offset, length=length).to_bytes()
        except (ObstoreError, FileNotFoundError, ValueError) as error:
            self._check_range(key, offset, length, error)
            raise self._translate(error, f"read {key}") from None
        if len(data) != length:
            raise cut_short(key, offset + len(data), offset, length)
        return data

    def stat(self, key: str) -> ObjectStat:
        """Size and time of one object."""
        check_key(key)
        try:
            found = obstore.head(self._store, key)
        except (ObstoreError, FileNotFoundError) as error:
            raise self._translate(error, f"look at {key}") from None
        return ObjectStat(key, found["size"], found["last_modified"])

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Objects under a prefix. A store that lists out of order is refused, not believed."""
        check_prefix(prefix)
        previous = ""
        try:
            folder = prefix.rpartition("/")[0] or None
            for batch in obstore.list(self._store, folder, chunk_size=_LIST_CHUNK):
                for found in batch:
                    key = found["path"]
                    if not is_key(key) or not key.startswith(prefix):
                        continue
                    if key <= previous:
                        raise DamagedError(
                            f"{self.location} lists {key} after {previous}: such a listing may "
                            "lack objects",
                            hint="Use a store that lists keys in order, as S3 does.",
                        )
                    previous = key
                    yield ObjectStat(key, found["size"], found["last_modified"])
        except (ObstoreError, FileNotFoundError) as error:
            raise self._translate(error, f"list {prefix or 'the repository'}") from None

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return
        except ObstoreError as error:
            raise self._translate(error, f"delete {key}") from None

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """Bytes and the store's own version of them."""
        check_key(key)
        try:
            found = obstore.get(self._store, key)
            meta = found.meta
            return found.bytes().to_bytes(), _version(meta["e_tag"], meta["version"])
        except (ObstoreError, FileNotFoundError) as error:
            raise self._translate(error, f"read {key}") from None

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """Compare-and-set by the store's If-Match; without it, look and then write."""
        check_key(key)
        if not self._conditional and self._current_version(key) != expected:
            raise ConflictError(f"{key} was changed by somebody else")
        mode: obstore.PutMode = "overwrite"
        if self._conditional:
            mode = "create" if expected is None else _update_mode(expected)
        try:
            return self._put(key, data, mode)
        except (StoreHasIt, PreconditionError):
            raise ConflictError(f"{key} was changed by somebody else") from None
        except ObjectNotFoundError:
            if expected is None:
                raise
            raise ConflictError(f"{key} was deleted by somebody else") from None

    def close(self) -> None:
        """The client's connections end with it."""

    def _put(self, key: str, data: BytesLike, mode: "obstore.PutMode") -> Version:
        try:
            # One request: multipart uploads know no conditions on every store.
            result = obstore.put(self._store, key, data, mode=mode, use_multipart=False)
        except (StoreHasIt, PreconditionError):
            raise
        except (ObstoreError, FileNotFoundError) as error:
            raise self._translate(error, f"write {key}") from None
        return _version(result["e_tag"], result["version"])

    def _exists(self, key: str) -> bool:
        try:
            self.stat(key)
        except ObjectNotFoundError:
            return False
        return True

    def _current_version(self, key: str) -> Version | None:
        try:
            return self.read_version(key)[1]
        except ObjectNotFoundError:
            return None

    def _check_range(self, key: str, offset: int, length: int | None, error: Exception) -> None:
        """Stores answer a range beyond the end in many ways; the object's size settles it."""
        if isinstance(error, FileNotFoundError | PermissionDeniedError | UnauthenticatedError):
            return
        resolve_range(key, self.stat(key).size_bytes, offset, length)

    def _translate(self, error: Exception, what: str) -> StoreError:
        message = f"cannot {what} in {self.location}: {self._reason(error)}"
        if isinstance(error, FileNotFoundError):
            return ObjectNotFoundError(message, hint="Check that the bucket exists.")
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            return ReadOnlyError(message, hint="Check the access key and what it may do.")
        if _FULL.search(message):
            return StoreFullError(message, hint="Raise the quota or free space.")
        return BackendUnavailableError(
            message, hint="Check the endpoint, the region and the network."
        )

    def _reason(self, error: Exception) -> str:
        """The client's words without credentials: SAS tokens and signatures travel in queries."""
        first, _, more = str(error).strip().partition("\n")
        cause = next((words for found, words in _CAUSES if found.search(more)), "")
        text = _QUERY.sub("?…", first or type(error).__name__)
        if cause:
            text = f"{cause} ({text})"
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text[:_MAX_REASON]


def _joined(parts: Sequence[BytesLike]) -> BytesLike:
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _version(e_tag: str | None, version: str | None) -> Version:
    return Version(json.dumps([e_tag, version]))


def _update_mode(expected: Version) -> "obstore.UpdateVersion":
    """What the client compares: S3 and Azure the tag, Google the version."""
    e_tag, version = json.loads(expected.token)
    mode: obstore.UpdateVersion = {}
    if e_tag is not None:
        mode["e_tag"] = e_tag
    if version is not None:
        mode["version"] = version
    return mode
