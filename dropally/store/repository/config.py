"""The object `config`: what must be known before any key is: one line of JSON, one of its MAC.

The MAC (HMAC-SHA256 in hexadecimal, over the bytes of the first line) is checked once the keys are
there, so nobody without them can weaken the parameters.
"""

import hmac
from datetime import datetime

import msgspec

from dropally.store.backend import Backend
from dropally.store.chunker import ChunkerParameters
from dropally.store.errors import (
    AlreadyExistsError,
    DamagedError,
    NewerFormatError,
    NotARepositoryError,
    ObjectNotFoundError,
)
from dropally.store.keys import Keyring

KEY = "config"
FORMAT = 1
FEATURES: frozenset[str] = frozenset()
"""Feature names that this release knows."""
LOCAL_PACK_BYTES = 16 * 1024 * 1024
_PACK_LIMITS = (64 * 1024, 256 * 1024 * 1024)
_ZSTD_LEVELS = range(1, 20)
_MAC_LABEL = "config-mac"


class RepositoryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen when a repository is made. Sizes in bytes."""

    chunker: ChunkerParameters = ChunkerParameters()
    zstd_level: int = 3
    pack_bytes: int = LOCAL_PACK_BYTES

    def check(self) -> None:
        """Raise `ValueError` for a choice that cannot work."""
        self.chunker.check()
        if self.zstd_level not in _ZSTD_LEVELS:
            raise ValueError("the Zstandard level must be from 1 to 19")
        if not _PACK_LIMITS[0] <= self.pack_bytes <= _PACK_LIMITS[1]:
            raise ValueError("a pack's size must be from 64 KiB to 256 MiB")


class Features(msgspec.Struct, frozen=True):
    """What a release must know of to read, to write, or to free space in the repository."""

    read: list[str] = []
    write: list[str] = []
    gc: list[str] = []


class RepositoryConfig(msgspec.Struct, frozen=True):
    """The JSON of `config`. `mac_epoch` names the key epoch of the MAC."""

    format: int
    features: Features
    repository_id: str
    created: datetime
    chunker: ChunkerParameters
    zstd_level: int
    pack_bytes: int
    mac_epoch: int


class _Preamble(msgspec.Struct, frozen=True):
    """The two fields that every format version has."""

    format: int
    features: Features = Features()


def write_config(
    backend: Backend, keyring: Keyring, options: RepositoryOptions, created: datetime
) -> RepositoryConfig:
    """Write `config`; with it the repository exists. Raises `AlreadyExistsError`."""
    config = RepositoryConfig(
        format=FORMAT,
        features=Features(),
        repository_id=keyring.repository_id.hex(),
        created=created,
        chunker=options.chunker,
        zstd_level=options.zstd_level,
        pack_bytes=options.pack_bytes,
        mac_epoch=keyring.current_epoch,
    )
    line = msgspec.json.encode(config)
    mac = _mac(keyring, config.mac_epoch, line)
    try:
        backend.put_new(KEY, [line, b"\n", mac.encode(), b"\n"])
    except AlreadyExistsError as error:
        raise AlreadyExistsError(
            f"there is a repository already at {backend.location}",
            hint="Open it, or choose another place.",
        ) from error
    return config


class StoredConfig(msgspec.Struct, frozen=True):
    """A config as it was read, not yet trusted."""

    config: RepositoryConfig
    line: bytes
    mac_line: bytes

    def check(self, keyring: Keyring) -> RepositoryConfig:
        """The config, once its MAC is right. Raises `DamagedError`."""
        expected = _mac(keyring, self.config.mac_epoch, self.line).encode() + b"\n"
        if not hmac.compare_digest(expected, self.mac_line):
            raise DamagedError(
                "the repository's config was changed by somebody without its keys",
                hint="Bring the object 'config' back from a replica.",
            )
        return self.config


def read_config(backend: Backend) -> StoredConfig:
    """Raises `NotARepositoryError`, `NewerFormatError`, `DamagedError`."""
    try:
        stored = backend.get(KEY)
    except ObjectNotFoundError as error:
        raise NotARepositoryError(
            f"there is no repository at {backend.location}",
            hint="Check the place, or make a repository there first.",
        ) from error
    return parse_config(stored)


def parse_config(stored: bytes) -> StoredConfig:
    """A config from its bytes. Raises `NewerFormatError`, `DamagedError`."""
    line, _, rest = stored.partition(b"\n")
    _check_version(line)
    try:
        config = msgspec.json.decode(line, type=RepositoryConfig)
        bytes.fromhex(config.repository_id)
        RepositoryOptions(
            chunker=config.chunker, zstd_level=config.zstd_level, pack_bytes=config.pack_bytes
        ).check()
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedError(f"the repository's config makes no sense: {error}") from error
    return StoredConfig(config, line, rest)


def check_writable(config: RepositoryConfig) -> None:
    """Raise `NewerFormatError` when this release must not write to the repository."""
    _check_features(config.features.write, "write to")


def check_prunable(config: RepositoryConfig) -> None:
    """Raise `NewerFormatError` when this release must not free space in the repository."""
    check_writable(config)
    _check_features(config.features.gc, "free space in")


def _check_version(line: bytes) -> None:
    try:
        preamble = msgspec.json.decode(line, type=_Preamble)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(
            "the repository's config cannot be read",
            hint="Bring the object 'config' back from a replica.",
        ) from error
    if preamble.format > FORMAT:
        raise NewerFormatError(
            f"the repository has format {preamble.format}, this release reads up to {FORMAT}",
            hint="Use a newer release.",
        )
    _check_features(preamble.features.read, "read")


def _check_features(wanted: list[str], verb: str) -> None:
    unknown = sorted(set(wanted) - FEATURES)
    if unknown:
        raise NewerFormatError(
            f"to {verb} the repository one must know of: {', '.join(unknown)}",
            hint="Use a newer release.",
        )


def _mac(keyring: Keyring, epoch: int, line: bytes) -> str:
    return hmac.digest(keyring.key(_MAC_LABEL, epoch), line, "sha256").hex()
