"""`restore` and `export`, asked of a server: a selection, a plan to look at, a job to watch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropally.cli.api.arguments import selected
from dropally.cli.api.client import ApiClient
from dropally.cli.api.names import entities_of, id_of
from dropally.cli.api.picking import fetch_download
from dropally.cli.api.places import FoundPlace, change_selection, find_place
from dropally.cli.api.running import confirm
from dropally.cli.api.watching import end_of, follow, wait_for_job
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError
from dropally.common.text import format_bytes
from dropally.jobs.address import parse_address

_PLANNED = (
    ("identical", "are there already, identical"),
    ("conflicts", "meet something else under their name"),
    ("skipped", "stay as they are"),
    ("from_history", "come back from Dropbox's own history"),
    ("copies", "are copied inside Dropbox"),
    ("impossible", "cannot be restored"),
)


@dataclass(frozen=True)
class RestoreOptions:
    """What the command line says of a restore."""

    task: str
    to: str
    mode: str
    conflict: str | None
    dry_run: bool
    yes: bool


def restore(api: ApiClient, screen: Screen, addresses: list[str], options: RestoreOptions) -> None:
    """Plan, ask, restore, and show it to its end."""
    places = [find_place(api, one, options.task) for one in addresses]
    with selected(api) as selection_id:
        change_selection(api, selection_id, "add", places)
        wish: dict[str, Any] = {"selection_id": selection_id, "mode": options.mode}
        wish |= _target(api, options.to, options.task)
        if options.conflict:
            wish["conflict"] = options.conflict
        plan = api.ask("POST", "/restores/plan", body=wish)
        show_plan(screen, plan)
        if options.dry_run:
            screen.result({"plan": plan})
            return
        if not options.yes:
            if screen.as_json:
                raise UsageError(
                    "with --json nobody is asked", hint="add --yes, or --dry-run to see the plan"
                )
            confirm("Restore?")
        job = api.start("/restores", {"plan_id": plan["plan_id"]})
    follow(api, screen, job, wait=True)


def _target(api: ApiClient, to: str, task: str) -> dict[str, str]:
    if not to:
        return {}
    address = parse_address(to)
    return {
        "target_entity_id": id_of(api, "entity", address.entity, task),
        "target_path": "" if address.path == "/" else address.path,
    }


def show_plan(screen: Screen, plan: Any) -> None:
    """What a restore would do, for people."""
    screen.say(plan["sentence"])
    screen.say(f"Into: {plan['destination']}")
    screen.say(
        f"{plan['files']:,} files, {format_bytes(plan['size_bytes'])};"
        f" {plan['folders']:,} folders to make"
    )
    for key, words in _PLANNED:
        if plan[key]:
            screen.say(f"  {plan[key]:,} {words}")
    screen.say(f"  {plan['uploads']:,} to upload, {format_bytes(plan['upload_bytes'])}")
    limit = f" of {plan['upload_limit']:,} allowed in a month" if plan["upload_limit"] else ""
    screen.say(
        f"Calls to Dropbox: about {plan['upload_calls']:,} for uploads{limit},"
        f" {plan['other_calls']:,} others"
    )


def export(
    api: ApiClient, screen: Screen, addresses: list[str], task: str, everything_at: str, to: Path
) -> None:
    """Let the server prepare a zip, and fetch it into a folder. `everything_at`: of that date."""
    places = (
        _everything(api, task, everything_at)
        if everything_at
        else [find_place(api, one, task) for one in addresses]
    )
    with selected(api) as selection_id:
        change_selection(api, selection_id, "add", places)
        job = api.start("/exports", {"selection_id": selection_id, "to": "download"})
    if not api.starts_jobs:
        follow(api, screen, job, wait=False)
        return
    ended = wait_for_job(api, screen, job["id"])
    if download_id := (ended.get("result") or {}).get("download_id", ""):
        fetch_download(api, screen, download_id, to)
    end_of(screen, ended)


def _everything(api: ApiClient, task: str, date: str) -> list[FoundPlace]:
    """Every member and folder that has a backup of then."""
    found = {row["namespace"]: row["id"] for row in entities_of(api, task) if row["first_backup"]}
    if not found:
        raise UsageError("nothing is backed up yet", hint="dropally task run")
    return [
        FoundPlace(entity_id, id_of(api, "point", date, entity_id), "")
        for entity_id in found.values()
    ]
