"""`dropally undelete`: bring back what somebody deleted from a versioned bucket."""

import os
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from dropally.app.direct import Application
from dropally.cli.options import ConfigOption, JsonFlag, StorageOption
from dropally.cli.recover import definition_of
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError
from dropally.common.text import format_bytes, format_time
from dropally.config import find_config_file, load_config
from dropally.store.backend import open_object_lock
from dropally.store.locking import put_back


def undelete(
    since: Annotated[
        str,
        typer.Option(
            "--since", help="The last moment when all was well, in UTC: 2026-11-22T18:00:00."
        ),
    ],
    location: Annotated[
        str, typer.Option("--from", help="The repository: s3://bucket/prefix.")
    ] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", help="Of an S3 that is not AWS's.")] = "",
    region: Annotated[str, typer.Option("--region", help="Of the bucket.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be brought back.")
    ] = False,
    config: ConfigOption = None,
    storage: StorageOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Undo deletions in a versioned S3 bucket, whoever made them; what is newer stays."""
    loaded = load_config(find_config_file(config, os.environ), os.environ)
    app = Application(loaded.config, os.environ, storage_id=storage)
    screen = Screen(as_json=as_json)
    definition = definition_of(app, location, endpoint, region)
    moment = _moment(since, app.clock.now())
    with closing(
        open_object_lock(definition.location, definition.options, now=app.clock.now)
    ) as locks:
        done = put_back(locks, moment, dry_run=dry_run)
    verb = "would come back" if dry_run else "are back"
    screen.say(
        f"{done.objects:,} objects ({format_bytes(done.size_bytes)}) {verb} as of"
        f" {format_time(moment)}."
    )
    if done.copied:
        screen.say(f"{done.copied:,} of them as copies: these credentials may not delete.")
    if done.objects and not dry_run:
        screen.say("Next: make new credentials, then dropally storage verify.")
    screen.result(done)


def _moment(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time", hint="write it as 2026-11-22T18:00:00, in UTC"
        ) from None
    moment = found if found.tzinfo else found.replace(tzinfo=UTC)
    if moment > now:
        raise UsageError(f"{text} lies in the future", hint="name a time before the deletions")
    return moment
