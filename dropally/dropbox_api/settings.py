"""How to reach Dropbox and how hard to knock."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from dropally.common.errors import UsageError

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class LineLimit(Protocol):
    """How fast bytes may go over the line: makes those wait who come too early.

    `wait` sleeps so many seconds, and says True to whoever is to wait no longer.
    """

    def send(self, size_bytes: int, wait: Callable[[float], bool] | None = None) -> None:
        """Wait until so many bytes may go out."""
        ...

    def receive(self, size_bytes: int, wait: Callable[[float], bool] | None = None) -> None:
        """Wait after so many bytes came in."""
        ...


class PacingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Start values and bounds of the pacer; `docs/connecting-dropbox.md` explains the numbers."""

    start_concurrency: int = 4
    max_concurrency: int = 32
    start_calls_per_s: float = 8.0
    burst_calls: int = 8


class RetrySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How often a call that failed for no reason of its own is made again."""

    attempts: int = 8
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    limited_attempts: int = 30


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The way to Dropbox.

    `api_url`: talk to this server instead of Dropbox's (a simulator on loopback).
    `proxy_url`: an HTTP proxy for the way to Dropbox; the environment's proxies are not read.
    `ca_file`: certificates to trust instead of the ones Dropally brings (PEM).
    `max_workers`: threads that will make calls; as many connections are kept open.
    `stalled_after_s`: a body that brings less than 64 KiB in this time is fetched anew.
    `line_limit`: how fast bytes may come and go; None for as fast as they do. Must be picklable.
    `upload_quota_reserve`: the share of the month's upload calls that is left for other apps.
    """

    api_url: str = ""
    proxy_url: str = ""
    ca_file: Path | None = None
    max_workers: int = 32
    connect_timeout_s: float = 15.0
    read_timeout_s: float = 100.0
    stalled_after_s: float = 120.0
    line_limit: LineLimit | None = None
    upload_quota_reserve: float = 0.10
    pacing: PacingSettings = PacingSettings()
    retry: RetrySettings = RetrySettings()


def check_settings(settings: ConnectionSettings) -> None:
    """Refuse settings that cannot work or would send the team's token in clear text.

    Raises UsageError.
    """
    _check_url("api_url", settings.api_url, ("https", "http"))
    _check_url("proxy_url", settings.proxy_url, ("http",))
    parts = urlsplit(settings.api_url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            f"api_url {settings.api_url!r} would send the team's token unencrypted.",
            hint="Use https://, or http:// only for a simulator on 127.0.0.1.",
        )
    if settings.ca_file is not None and not settings.ca_file.is_file():
        raise UsageError(
            f"The certificate file {settings.ca_file} does not exist.",
            hint="Set ca_file to a PEM file, or leave it out to use the usual certificates.",
        )
    if settings.max_workers < 1:
        raise UsageError("max_workers must be at least 1.", hint="Leave it out to use 32.")
    if not 0 <= settings.upload_quota_reserve <= 1:
        raise UsageError(
            "upload_quota_reserve must lie between 0 and 1.",
            hint="0.10 keeps a tenth of the month's upload calls for other apps.",
        )


def _check_url(key: str, url: str, schemes: tuple[str, ...]) -> None:
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        written = " or ".join(f"{scheme}://host:port" for scheme in schemes)
        raise UsageError(f"{key} is no URL of a kind that works.", hint=f"Write it as {written}.")
