"""`dropally restore`."""

from typing import Annotated, Any, Literal

import msgspec
import typer

from dropally.app.direct import Application
from dropally.cli.api import restoring
from dropally.cli.api.arguments import AddressesArgument
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asked_for
from dropally.cli.exits import OK, PARTIAL
from dropally.cli.options import (
    ConfigOption,
    JsonFlag,
    QuietFlag,
    Session,
    StorageOption,
    TaskOption,
    YesFlag,
    open_session,
)
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError
from dropally.common.text import format_bytes
from dropally.jobs import restore as restore_job
from dropally.jobs.address import parse_address
from dropally.jobs.handles import TeamHandle

_SHOWN_PROBLEMS = 20


def restore(
    addresses: AddressesArgument,
    to: Annotated[
        str, typer.Option("--to", metavar="ENTITY[:/PATH]", help="Another member or folder.")
    ] = "",
    mode: Annotated[
        Literal["new-folder", "in-place"],
        typer.Option("--mode", help="Into a new folder, or to where things were."),
    ] = "new-folder",
    conflict: Annotated[
        Literal["duplicate", "skip", "replace"] | None,
        typer.Option("--conflict", help="In place: if something else is there now."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, change nothing.")
    ] = False,
    yes: YesFlag = False,
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Restore files and folders into Dropbox.

    The default makes a new folder and touches nothing else. Without --yes the plan is shown and
    you are asked. An interrupted restore goes on when the same command is given again.
    """
    for address in addresses:
        parse_address(address)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            options = restoring.RestoreOptions(task, to, mode, conflict, dry_run, yes)
            restoring.restore(api, Screen(as_json=as_json, quiet=quiet), addresses, options)
            return
    session = open_session(config, storage, task=task, as_json=as_json, quiet=quiet)
    work = restore_work(session.app, addresses, to, mode, conflict)
    with session.job() as context:
        plan = restore_job.open_restore(context, work)
    _print_plan(session, plan)
    if dry_run:
        session.screen.result(msgspec.to_builtins({"plan": _plan_json(plan)}))
        raise typer.Exit(OK)
    if not yes and not _agreed(session):
        raise typer.Exit(OK)
    with session.job() as context:
        result = restore_job.run(context, work, plan)
    _print_result(session, plan, result)
    raise typer.Exit(PARTIAL if result.failed else OK)


def restore_work(
    app: Application,
    addresses: list[str],
    to: str,
    mode: Literal["new-folder", "in-place"],
    conflict: Literal["duplicate", "skip", "replace"] | None,
) -> restore_job.RestoreWork:
    """The restore that the command line asks for. DeniedError when the link may only read."""
    credentials = app.writing_credentials()
    with app.open_repository() as repository:
        repository_id = repository.config.repository_id
    stamp = app.clock.now().strftime("%Y-%m-%d %H-%M")
    return restore_job.RestoreWork(
        repository=app.repository_handle(),
        team=TeamHandle(credentials, app.connection_settings),
        group=credentials.team_id,
        addresses=tuple(addresses),
        log_dir=app.work_folder("restore", repository_id),
        target=to,
        mode=mode,
        conflict=conflict or app.config.recovery.inplace_conflict,
        folder_name=app.config.recovery.restored_folder.replace("{date}", stamp),
    )


def _agreed(session: Session) -> bool:
    if session.screen.as_json:
        raise UsageError(
            "with --json nobody is asked", hint="add --yes, or --dry-run to see the plan"
        )
    return typer.confirm("Restore?", err=True)


def _print_plan(session: Session, plan: restore_job.RestorePlan) -> None:
    say = session.screen.say
    if plan.is_resumed:
        say("An interrupted restore of the same items goes on.")
    say(f"Into: {plan.destination}")
    say(f"{plan.items:,} files, {format_bytes(plan.bytes)}; {plan.folders:,} folders to make")
    for count, words in (
        (plan.identical, "are there already, identical"),
        (plan.conflicts, "meet something else under their name"),
        (plan.skipped, "stay as they are"),
        (plan.revisions, "come back from Dropbox's own history"),
        (plan.copies, "are copied inside Dropbox"),
        (plan.impossible, "cannot be restored"),
    ):
        if count:
            say(f"  {count:,} {words}")
    say(f"  {plan.uploads:,} to upload, {format_bytes(plan.upload_bytes)}")
    limit = f" of {plan.upload_limit:,} allowed in a month" if plan.upload_limit else ""
    say(
        f"Calls to Dropbox: about {plan.upload_calls:,} for uploads{limit}, {plan.other_calls:,} others"
    )


def _print_result(
    session: Session, plan: restore_job.RestorePlan, result: restore_job.RestoreResult
) -> None:
    screen = session.screen
    screen.say(
        f"Restored {result.restored:,} files, {format_bytes(result.restored_bytes)};"
        f" {result.identical:,} were there, {result.skipped:,} skipped, {len(result.failed):,} failed"
    )
    for renamed in result.renamed[:_SHOWN_PROBLEMS]:
        screen.say(f"Restored beside what is there: {renamed.detail}")
    for failed in result.failed[:_SHOWN_PROBLEMS]:
        screen.problem(f"Not restored: {failed.path}: {failed.detail}")
    screen.result(
        {
            "plan": _plan_json(plan),
            "restored": result.restored,
            "restored_bytes": result.restored_bytes,
            "identical": result.identical,
            "skipped": result.skipped,
            "renamed": [{"path": r.path, "as": r.detail} for r in result.renamed],
            "failed": [
                {"source": f.source, "path": f.path, "detail": f.detail} for f in result.failed
            ],
        }
    )


def _plan_json(plan: restore_job.RestorePlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__ if name not in {"log"}}
