"""Locks and versions of the objects below one prefix of an S3 bucket."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import httpx

from dropally.store.backend.contract import check_key, check_prefix, is_key
from dropally.store.backend.object_lock import Lock, LockMode, LockRule, LockWish, ObjectVersion
from dropally.store.backend.s3_calls import S3Calls, parsed
from dropally.store.errors import DamagedError, ObjectNotFoundError, StoreError

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_MODES: Mapping[str, LockMode] = {"GOVERNANCE": "governance", "COMPLIANCE": "compliance"}
_AT_ONCE = "1000"
_DAYS_A_YEAR = 365


class S3ObjectLock:
    """Safe for threads."""

    def __init__(self, calls: S3Calls, prefix: str, wish: LockWish | None) -> None:
        """`prefix` of the repository within the bucket, without slashes at its ends."""
        self.wish = wish
        self._calls = calls
        self._prefix = f"{prefix}/" if prefix else ""

    @property
    def location(self) -> str:
        """Where this is."""
        return self._calls.location

    @property
    def calls(self) -> int:
        """Requests so far."""
        return self._calls.made

    def rule(self) -> LockRule:
        """The bucket's object lock configuration."""
        what = "read the object lock configuration"
        try:
            answer = self._calls.ask("GET", "", {"object-lock": ""}, what)
        except ObjectNotFoundError:
            return LockRule(is_enabled=False)
        found = parsed(answer, what)
        default = found.find("Rule/DefaultRetention")
        is_enabled = found.findtext("ObjectLockEnabled", "") == "Enabled"
        if default is None:
            return LockRule(is_enabled)
        days = _number(default, "Days") + _DAYS_A_YEAR * _number(default, "Years")
        return LockRule(is_enabled, _MODES.get(default.findtext("Mode", "")), days)

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """By a listing of versions, a thousand with each request."""
        check_prefix(prefix)
        what = f"list the versions of {prefix or 'the repository'}"
        query = {
            "versions": "",
            "prefix": self._prefix + prefix,
            "encoding-type": "url",
            "max-keys": _AT_ONCE,
        }
        while True:
            page = parsed(self._calls.ask("GET", "", query, what), what)
            yield from self._versions_in(page)
            if page.findtext("IsTruncated") != "true":
                return
            marker = unquote(page.findtext("NextKeyMarker", ""))
            if not marker:
                raise DamagedError(f"{self.location} cuts its listing of versions short")
            query["key-marker"] = marker
            query["version-id-marker"] = page.findtext("NextVersionIdMarker", "")

    def lock_of(self, key: str, version: str = "") -> Lock | None:
        """From the object's headers."""
        answer = self._of_version("HEAD", key, version, f"look at the lock of {key}")
        until = answer.headers.get("x-amz-object-lock-retain-until-date", "")
        mode = _MODES.get(answer.headers.get("x-amz-object-lock-mode", ""))
        return Lock(mode, _time(until)) if mode and until else None

    def extend(self, key: str, version: str, lock: Lock) -> None:
        """S3 itself refuses to shorten a lock of compliance."""
        body = (
            f'<Retention xmlns="{_NAMESPACE}"><Mode>{lock.mode.upper()}</Mode>'
            f"<RetainUntilDate>{lock.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</RetainUntilDate>"
            "</Retention>"
        ).encode()
        # S3 wants a checksum with this call, and every S3 knows this one.
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        query = {"retention": "", **_versioned(version)}
        self._calls.ask(
            "PUT",
            self._name(key),
            query,
            f"lock {key}",
            body=body,
            headers={"content-md5": digest},
        )

    def remove(self, key: str, version: str) -> None:
        """For good."""
        self._of_version("DELETE", key, version, f"delete a version of {key}")

    def copy_back(self, key: str, version: str) -> None:
        """Within the bucket: no bytes travel."""
        name = self._name(key)
        what = f"copy an old version of {key}"
        headers = {
            "x-amz-copy-source": self._calls.source_of(name, version),
            "x-amz-checksum-algorithm": "SHA256",
        }
        answer = self._calls.ask("PUT", name, {}, what, headers=headers)
        # S3 may find out that it cannot after it said that it can.
        if parsed(answer, what).tag == "Error":
            raise StoreError(f"cannot {what} in {self.location}", retryable=True)

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _of_version(self, method: str, key: str, version: str, what: str) -> httpx.Response:
        return self._calls.ask(method, self._name(key), _versioned(version), what)

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _versions_in(self, page: Element) -> Iterator[ObjectVersion]:
        """Those of a page in the order of their keys; versions and markers may come apart."""
        found = []
        for element in page:
            if element.tag in {"Version", "DeleteMarker"}:
                name = unquote(element.findtext("Key", ""))
                key = name.removeprefix(self._prefix)
                if name.startswith(self._prefix) and is_key(key):
                    found.append(_version_in(element, key))
        found.sort(key=lambda one: (one.key, not one.is_latest, -one.modified.timestamp()))
        yield from found


def _version_in(element: Element, key: str) -> ObjectVersion:
    return ObjectVersion(
        key=key,
        version=element.findtext("VersionId", ""),
        modified=_time(element.findtext("LastModified", "")),
        size_bytes=_number(element, "Size"),
        is_latest=element.findtext("IsLatest") == "true",
        is_marker=element.tag == "DeleteMarker",
    )


def _versioned(version: str) -> dict[str, str]:
    return {"versionId": version} if version else {}


def _number(element: Element, name: str) -> int:
    text = element.findtext(name, "") or "0"
    if not text.isdecimal():
        raise DamagedError(f"an answer of the bucket has {name} {text[:20]!r}")
    return int(text)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise DamagedError(f"an answer of the bucket has the time {text[:40]!r}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
