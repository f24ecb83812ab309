"""The opened parts of one command, which works on the repository itself and needs no server."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import DeniedError, NotFoundError, UsageError
from dropally.config import Config, Storage
from dropally.dropbox_api import ConnectionSettings, Credentials, missing_scopes
from dropally.jobs.handles import RepositoryHandle, TeamHandle
from dropally.jobs.storage_definition import OPTION_NAMES, StorageDefinition, location_of
from dropally.jobs.storages import Storages
from dropally.store import (
    KeyFile,
    Passphrase,
    RecoveryCode,
    Repository,
    Secret,
    create_repository,
    new_key_file,
    new_recovery_code,
)
from dropally.store.backend import Rates, Throttle, open_backend
from dropally.upkeep.self_backup.package import GROUP as SELF_BACKUP_GROUP

_LINK_FILE = "dropbox.json"
AskSecret = Callable[[str], str]


def _nobody_to_ask(_question: str) -> str:
    raise DeniedError(
        "nothing here opens the repository",
        hint="set DROPALLY_PASSPHRASE_FILE, or give the key file by [encryption] key_file",
    )


def _no_stored_link() -> Credentials | None:
    return None


@dataclass(frozen=True)
class Created:
    """A new repository. The recovery code is shown once and kept nowhere."""

    location: str
    repository_id: str
    recovery_code: str = field(repr=False)
    key_file: Path | None


@dataclass(frozen=True)
class Application:
    """The configuration and what belongs to this process: environment, clock, somebody to ask."""

    config: Config
    environ: Mapping[str, str]
    storage_id: str = ""
    clock: Clock = field(default_factory=SystemClock)
    ask_secret: AskSecret = _nobody_to_ask
    # Of an appliance's own database, for where no link file is.
    stored_link: Callable[[], Credentials | None] = _no_stored_link

    # -- repository ------------------------------------------------------------------------

    @property
    def storage(self) -> Storage:
        """The storage in use."""
        return self.config.storage_named(self.storage_id)

    @property
    def location(self) -> str:
        """Where the repository lies, without any secret."""
        return self._define(self.storage).location

    @property
    def key_file(self) -> Path:
        """The appliance's own key, for starting unattended."""
        named = self.config.encryption.key_file
        return Path(named).expanduser() if named else self.config.paths.data / "repository.key"

    def create_repository(self) -> Created:
        """Make a repository with its key slots: key file or passphrase, and a recovery code.

        Raises the store's AlreadyExistsError, and UsageError when there is no passphrase to use.
        """
        with self.new_secret() as (secret, key_file):
            code = new_recovery_code()
            repository = create_repository(
                open_backend(self.location, self._storage_options()),
                secrets=[secret, RecoveryCode(code)],
                cache_dir=self.config.paths.cache,
                clock=self.clock.now,
            )
        try:
            return Created(self.location, repository.config.repository_id, code, key_file)
        finally:
            repository.close()

    def repository_handle(self) -> RepositoryHandle:
        """How to open the repository, as plain data. DeniedError when nothing opens it."""
        return RepositoryHandle(
            self.location,
            self.secret(),
            self.config.paths.cache,
            self._storage_options(),
            self.throttle,
            self._define(self.storage).floor,
        )

    @contextmanager
    def open_repository(self) -> Iterator[Repository]:
        """The opened repository."""
        with self.repository_handle().open(self.clock) as repository:
            yield repository

    def group(self, repository: Repository) -> str:
        """Whose restore points are meant: the linked team's, else the only one there are any of.

        Where there are several, an appliance's own connection tells.

        Raises NotFoundError when there are none, UsageError when several teams could be meant.
        """
        if self.has_link():
            return self.credentials().team_id
        groups = [name for name in repository.point_chain.owners() if name != SELF_BACKUP_GROUP]
        if not groups:
            raise NotFoundError(
                "there is no restore point yet",
                hint="run `dropally connect`, then `dropally backup`",
            )
        if len(groups) > 1:
            if (stored := self.stored_link()) is not None:
                return stored.team_id
            raise UsageError(
                f"the repository holds {len(groups)} teams and none is linked",
                hint="run `dropally connect` for the team you mean",
            )
        return groups[0]

    def storage_definitions(self) -> list[StorageDefinition]:
        """Every configured storage, or the built-in one."""
        return [self._define(storage) for storage in self.config.storage]

    def storages(self) -> Storages:
        """Every configured storage, opened at first use; the caller closes it."""
        return Storages(
            self.storage_definitions(),
            secret=self.secret,
            data_dir=self.config.paths.data,
            cache_dir=self.config.paths.cache,
            clock=self.clock,
            default_id=self.storage_id,
            throttle=self.throttle,
        )

    @cached_property
    def throttle(self) -> Throttle | None:
        """What keeps buckets and Dropbox together within [limits]; None without any."""
        limits = self.config.limits
        if not (limits.upload or limits.download):
            return None
        return Throttle(Rates(limits.upload, limits.download, limits.zone), self.clock.now)

    def _define(self, storage: Storage) -> StorageDefinition:
        path = storage.path or str(self.config.paths.data / "repository")
        is_local = storage.kind == "local"
        values = {name: str(getattr(storage, name)) for name in OPTION_NAMES}
        return StorageDefinition(
            id=storage.id,
            kind=storage.kind,
            location=location_of(
                storage.kind,
                path=path if is_local else "",
                bucket=storage.bucket,
                prefix=storage.prefix,
            ),
            options={name: value for name, value in values.items() if value},
            region_label=storage.region_label,
            min_free_bytes=storage.min_free.size_bytes,
            min_free_share=storage.min_free.share,
            origin="builtin" if self.config.storage == Config().storage else "file",
        )

    def _storage_options(self) -> dict[str, str]:
        return dict(self._define(self.storage).options)

    def secret(self) -> Secret:
        """What was given for this run, else the key file, else what somebody types."""
        if code := self._from_environment("DROPALLY_RECOVERY_CODE"):
            return RecoveryCode(code)
        if passphrase := self._from_environment("DROPALLY_PASSPHRASE"):
            return Passphrase(passphrase)
        if self.config.encryption.key_source == "file":
            if self.key_file.is_file():
                return KeyFile(self.key_file)
            if self.config.encryption.key_file:
                raise NotFoundError(
                    f"the key file {self.key_file} does not exist",
                    hint="correct [encryption] key_file, or set DROPALLY_RECOVERY_CODE",
                )
        return Passphrase(self.ask_secret("Passphrase of the repository"))

    @contextmanager
    def new_secret(self) -> Iterator[tuple[Secret, Path | None]]:
        """The first secret of a new repository; a key file made for it goes if that fails."""
        passphrase = self._from_environment("DROPALLY_PASSPHRASE")
        if self.config.encryption.key_source == "passphrase" or passphrase:
            chosen = passphrase or self.ask_secret("New passphrase of the repository")
            if not chosen:
                raise UsageError("an empty passphrase protects nothing", hint="choose a longer one")
            yield Passphrase(chosen), None
            return
        make_private_folder(self.key_file.parent)
        if self.key_file.exists():
            yield KeyFile(self.key_file), self.key_file
            return
        secret = new_key_file(self.key_file)
        try:
            yield secret, self.key_file
        except BaseException:
            self.key_file.unlink(missing_ok=True)
            raise

    def _from_environment(self, name: str) -> str:
        """The value of NAME, or the content of the file that NAME_FILE names."""
        if value := self.environ.get(name, ""):
            return value
        path = self.environ.get(f"{name}_FILE", "")
        if not path:
            return ""
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise NotFoundError(f"{name}_FILE={path} cannot be read: {error.strerror}") from error

    # -- Dropbox ---------------------------------------------------------------------------

    @property
    def connection_settings(self) -> ConnectionSettings:
        """How Dropbox is reached."""
        dropbox = self.config.dropbox
        return ConnectionSettings(
            api_url=dropbox.api_url,
            proxy_url=dropbox.proxy,
            ca_file=Path(dropbox.ca_file).expanduser() if dropbox.ca_file else None,
            max_workers=dropbox.max_parallel_requests + 8,
            upload_quota_reserve=dropbox.upload_quota_reserve,
            line_limit=self.throttle,
        )

    @property
    def link_file(self) -> Path:
        """Where the team's link is kept: tokens, readable by its owner only."""
        return self.config.paths.data / _LINK_FILE

    def has_link(self) -> bool:
        """True if a team is linked."""
        return self.link_file.is_file()

    def credentials(self) -> Credentials:
        """The linked team's. NotFoundError says how to link one."""
        try:
            return msgspec.json.decode(self.link_file.read_bytes(), type=Credentials)
        except FileNotFoundError:
            raise NotFoundError(
                "no Dropbox team is linked",
                hint="run `dropally connect` first; tasks of an appliance run by `dropally task run`",
            ) from None
        except (OSError, msgspec.MsgspecError) as error:
            raise DeniedError(
                f"{self.link_file} cannot be read: {error}",
                hint="link the team again: dropally connect",
            ) from error

    def writing_credentials(self) -> Credentials:
        """The linked team's, or those that an appliance keeps in its own database.

        Raises NotFoundError, DeniedError when they may only read.
        """
        stored = None if self.has_link() else self.stored_link()
        credentials = stored or self.credentials()
        if credentials.scopes and missing_scopes(credentials.scopes, "restore"):
            raise DeniedError(
                "Dropally may only read this team's Dropbox so far",
                hint="run `dropally connection connect --for restore --reconnect TEAM`"
                if stored
                else "run `dropally connect --for restore`: it asks Dropbox for writing, too",
            )
        return credentials

    def save_credentials(self, credentials: Credentials) -> None:
        """Keep the link; the file is replaced whole."""
        make_private_folder(self.link_file.parent)
        write_private_file(self.link_file, msgspec.json.encode(credentials))

    def team_handle(self) -> TeamHandle:
        """The link, as plain data."""
        return TeamHandle(self.credentials(), self.connection_settings)

    # -- work under way --------------------------------------------------------------------

    def work_folder(self, kind: str, repository_id: str) -> Path:
        """Where jobs of a kind keep what they need to go on after an interruption."""
        return self.config.paths.data / kind / repository_id

    @property
    def workers(self) -> int:
        """Parallel requests to Dropbox."""
        return self.config.dropbox.max_parallel_requests


def make_private_folder(path: Path) -> None:
    """The folder, open to its owner only. DeniedError names why it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DeniedError(
            f"the folder {path} cannot be made: {error.strerror}",
            hint="set [paths] data to a folder of yours, or run as the user who owns it",
        ) from error


def write_private_file(path: Path, content: bytes) -> None:
    """Replace a file whole, durably, with mode 0600. DeniedError names why it cannot be."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise DeniedError(
            f"{path} cannot be written: {error.strerror}",
            hint="check the folder and its free space",
        ) from error
