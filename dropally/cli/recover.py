"""`dropally recover`: on an empty machine, from the repository and its recovery code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from dropally.app.direct import Application, make_private_folder
from dropally.app.folder_lock import locked_folder
from dropally.auth.actors import host_operator
from dropally.cli.host import acting_as_owner, login_name
from dropally.cli.options import ConfigOption, JsonFlag, StorageOption
from dropally.cli.screen import Screen
from dropally.common.errors import NotFoundError, UsageError
from dropally.common.text import format_bytes, format_time
from dropally.config import find_config_file, load_config
from dropally.jobs.storage_definition import StorageDefinition, StorageKind
from dropally.store import Passphrase, RecoveryCode, Secret
from dropally.upkeep.recovering.finishing import finish
from dropally.upkeep.recovering.source import Found, RecoverySource, look
from dropally.upkeep.recovering.staging import Staged, stage

_KINDS: dict[str, StorageKind] = {"s3": "s3", "az": "azure", "gs": "gcs"}


def recover(
    location: Annotated[
        str,
        typer.Option(
            "--from", help="The repository: /folder, s3://bucket/prefix, az://… or gs://…."
        ),
    ] = "",
    code_file: Annotated[
        Path | None,
        typer.Option("--recovery-code-file", help="A file with the recovery code; else asked for."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The empty folder, instead of [paths] data.")
    ] = None,
    self_backup: Annotated[
        str, typer.Option("--self-backup", help="Which one (see --list); the newest if left out.")
    ] = "",
    only_list: Annotated[
        bool, typer.Option("--list", help="Show what could be recovered, change nothing.")
    ] = False,
    endpoint: Annotated[str, typer.Option("--endpoint", help="Of an S3 that is not AWS's.")] = "",
    region: Annotated[str, typer.Option("--region", help="Of the bucket.")] = "",
    config: ConfigOption = None,
    storage: StorageOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Become a lost appliance again, from its repository alone."""
    told = {"paths.data": str(data)} if data else {}
    loaded = load_config(find_config_file(config, os.environ), os.environ, command_line=told)
    app = Application(loaded.config, os.environ, storage_id=storage)
    screen = Screen(as_json=as_json)
    definition = definition_of(app, location, endpoint, region)
    source = RecoverySource(definition, _secret(app, code_file))
    if only_list:
        _show(screen, look(source, app.clock))
        return
    with _folder(app.config.paths.data):
        staged = stage(
            source,
            app.config.paths.data,
            app.clock,
            host_operator(login_name()),
            self_backup_id=self_backup,
            key_file=Path(app.config.encryption.key_file).expanduser()
            if app.config.encryption.key_file
            else None,
            needs_key=app.config.encryption.key_source == "file",
        )
        finish(app.config.paths.data)
    _tell(screen, staged, app.config.paths.data)


def definition_of(app: Application, location: str, endpoint: str, region: str) -> StorageDefinition:
    """The storage meant; credentials are those configured for the same place, if any are."""
    if not location:
        chosen = app.config.storage_named(app.storage_id).id
        return next(one for one in app.storage_definitions() if one.id == chosen)
    for one in app.storage_definitions():
        if one.location == location.rstrip("/"):
            return one
    scheme, colon, _ = location.partition("://")
    given = {"endpoint": endpoint, "region": region}
    options = {name: value for name, value in given.items() if value}
    if not colon:
        if options:
            raise UsageError("--endpoint and --region are for buckets")
        return StorageDefinition("recovered", "local", str(Path(location).expanduser().absolute()))
    if scheme not in _KINDS:
        raise UsageError(
            f"{scheme}:// is no storage",
            hint="write /folder, s3://bucket/prefix, az://container/prefix or gs://bucket/prefix",
        )
    return StorageDefinition("recovered", _KINDS[scheme], location.rstrip("/"), options)


def _secret(app: Application, code_file: Path | None) -> Secret:
    if code_file is not None:
        try:
            return RecoveryCode(code_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise NotFoundError(f"{code_file} cannot be read: {error.strerror}") from error
    if any(
        name.startswith(("DROPALLY_RECOVERY_CODE", "DROPALLY_PASSPHRASE")) for name in os.environ
    ):
        return app.secret()
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked for the recovery code",
            hint="name a file by --recovery-code-file, or set DROPALLY_RECOVERY_CODE_FILE;"
            " a passphrase by DROPALLY_PASSPHRASE_FILE",
        )
    typed = str(typer.prompt("Recovery code (or the passphrase)", hide_input=True, err=True))
    is_code = len("".join(typed.split()).replace("-", "")) == 40
    return RecoveryCode(typed) if is_code else Passphrase(typed)


@contextmanager
def _folder(data: Path) -> Iterator[None]:
    """As the folder's owner, and nobody else in it."""
    with acting_as_owner(data) if data.exists() else nullcontext():
        make_private_folder(data)
        with locked_folder(data):
            yield


def _show(screen: Screen, found: Found) -> None:
    screen.table(
        ("ID", "MADE", "APPLIANCE", "VERSION", "SIZE", "REASON"),
        [
            (
                one.id,
                format_time(one.made),
                one.appliance,
                one.version,
                format_bytes(one.size_bytes),
                one.reason,
            )
            for one in found.self_backups
        ],
    )
    if not found.self_backups:
        screen.say("There is no self-backup in this repository.")
    if found.unreadable:
        screen.problem(f"{found.unreadable} could not be read.")
    screen.result({"items": found.self_backups, "unreadable": found.unreadable})


def _tell(screen: Screen, staged: Staged, data: Path) -> None:
    name = staged.appliance or "the appliance"
    screen.say(f"Recovered {name} from the self-backup of {format_time(staged.made)} into {data}")
    for note in staged.notes:
        screen.say(f"- {note}")
    screen.say()
    screen.say("Everybody has to sign in again. Jobs that were not done then were given up.")
    screen.say("If the old machine still runs, switch it off: two would back up one team.")
    screen.say(f"Next: dropally serve --data {data}")
    screen.result(staged)
