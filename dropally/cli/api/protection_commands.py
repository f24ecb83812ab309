"""Commands about tasks, entities and connections."""

from dropally.cli.api.cells import Column
from dropally.cli.api.command import ApiCommand, Word

TASK = Word("task_id", "The task's name or id.", "path", means="task")
OF_TASK = Word(
    "task_id",
    "The task's name or id; needed where there are several.",
    "path",
    flag="--task",
    means="task",
    or_only=True,
    default="",
)
WITHIN = Word("task_id", "Only look in this task.", "here", flag="--task", means="task", default="")
ERASURE = Word("erasure_id", "The erasure's id.", "path")
ENTITY = Word("entity_id", "A member's address, a folder's name, or an id.", "path", means="entity")
CONNECTION = Word(
    "connection_id", "The team's name or the connection's id.", "path", means="connection"
)
_FILTERS = (
    Word("status", "Only those with this status.", "body", flag="--status", many=True, default=()),
    Word(
        "kind",
        "Only member, team folder or shared folder.",
        "body",
        flag="--kind",
        many=True,
        default=(),
    ),
    Word("group", "Only members of this group.", "body", flag="--group", many=True, default=()),
    Word("q", "Only those with this in their name.", "body", flag="--filter", default=""),
)
_CHOICE = (
    OF_TASK,
    Word("ids", "Addresses, names or ids.", "body", means="entity", many=True, default=()),
    *_FILTERS,
    Word("all", "All that the task protects.", "here", bool, flag="--all", default=False),
)
_NEEDS = ("ids", "status", "kind", "group", "q", "all")
_PLAN = (
    Word(
        "plan.frequency",
        "daily, every-3-days, weekly, hourly, every-6-hours, cron or continuous.",
        "body",
        flag="--frequency",
    ),
    Word("plan.hour", "The time of day, 03:00.", "body", flag="--hour"),
    Word("plan.weekday", "For weekly plans: mon … sun.", "body", flag="--weekday"),
    Word("plan.zone", "The time zone, Europe/Berlin.", "body", flag="--zone"),
    Word("plan.cron", "For cron plans: minute hour day month weekday.", "body", flag="--cron"),
    Word("plan.jitter_s", "Spread runs over so many seconds.", "body", int, flag="--jitter"),
)
_SETTINGS = (
    Word("settings.auto_activate_members", "Back up new members.", "body", bool, flag="--auto-members"),
    Word("settings.auto_activate_team_folders", "Back up new team folders.", "body", bool, flag="--auto-team-folders"),
    Word("settings.auto_activate_shared_folders", "Back up new shared folders.", "body", bool, flag="--auto-shared-folders"),
    Word("settings.archived_keep_days", "Days to keep what has left the team; 0 is for ever.", "body", int, flag="--keep-archived"),
)  # fmt: skip
_TASK_COLUMNS = (
    Column("Name", "name"),
    Column("State", "state"),
    Column("Team", "connection.team_name"),
    Column("Connection", "connection.state"),
    Column("Plan", "plan_words"),
    Column("Next run", "next_run", "time"),
    Column("Last success", "last_success", "time"),
    Column("Entities", "entities", "count"),
    Column("Size", "bytes", "bytes"),
    Column("Id", "id"),
)


def _on_entities(name: str, action: str, help_text: str, confirm: str = "") -> ApiCommand:
    until = (Word("until", "When the pause ends, 2026-12-24T08:00:00Z.", "body", flag="--until"),)
    return ApiCommand(
        "entity", name, "act_on_entities", "POST", "/tasks/{task_id}/entities/actions", help_text,
        (*_CHOICE, *(until if action == "pause" else ())),
        fixed={"action": action}, needs=_NEEDS, done="{changed} changed, {skipped_total} left as they are.", leftovers="skipped",
        confirm=confirm,
    )  # fmt: skip


COMMANDS: tuple[ApiCommand, ...] = (
    ApiCommand(
        "task", "list", "list_tasks", "GET", "/tasks", "List the backup tasks.",
        (
            Word("q", "Only those with this in their name.", flag="--filter", default=""),
            Word("trash", "Those that were deleted and can be taken back.", kind=bool, flag="--trash", default=False),
        ),
        _TASK_COLUMNS, "No task yet. Connect a team (dropally connection connect), then: dropally task add",
    ),
    ApiCommand("task", "show", "get_task", "GET", "/tasks/{task_id}", "Show a task with its settings.", (TASK,)),
    ApiCommand(
        "task", "add", "create_task", "POST", "/tasks", "Make a backup task for a connected team.",
        (
            Word("name", "What to call it.", "body"),
            Word("connection_id", "Which team: its name or the connection's id.", "body", flag="--team", means="connection", or_only=True, default=""),
            Word("storage_id", "Which storage; the default one if left out.", "body", flag="--storage", default=""),
            Word("activate", "all: back up everybody at once; none: choose later.", "body", flag="--activate", default="none"),
            *_PLAN,
        ),
        done="Task {name} made: {id}. Next: dropally entity list, or dropally task run '{name}'",
        settles="synced",
    ),
    ApiCommand(
        "task", "set", "change_task", "PATCH", "/tasks/{task_id}", "Change a task's plan and settings.",
        (TASK, *_PLAN, *_SETTINGS), changes=True, merges=("plan", "settings"), done="{name}: {plan_words}",
    ),
    ApiCommand(
        "task", "rename", "change_task", "PATCH", "/tasks/{task_id}", "Give a task another name.",
        (TASK, Word("name", "The new name.", "body")), changes=True, done="It is called {name} now.",
    ),
    ApiCommand("task", "run", "run_task", "POST", "/tasks/{task_id}/run", "Back up now.", (TASK,), starts=True),
    ApiCommand(
        "task", "pause", "pause_task", "POST", "/tasks/{task_id}/pause", "Pause a task.",
        (TASK, Word("until", "When the pause ends by itself, 2026-12-24T08:00:00Z.", "body", flag="--until")),
        done="{name} is paused.",
    ),
    ApiCommand("task", "resume", "resume_task", "POST", "/tasks/{task_id}/resume", "End a pause.", (TASK,), done="{name} runs again."),
    ApiCommand(
        "task", "retention-preview", "preview_retention", "POST", "/tasks/{task_id}/retention-preview",
        "Show what a retention would forget, and keep over a year.",
        (
            TASK,
            Word("mode", "unlimited, period or gfs.", "body", flag="--mode"),
            Word("period", "For period: 30d, 12mo or 7y.", "body", flag="--period", default=""),
            *(
                Word(f"keep_{name}", f"For gfs: so many of the {words}.", "body", int, flag=f"--keep-{name}", default=0)
                for name, words in (
                    ("last", "latest"), ("daily", "days"), ("weekly", "weeks"), ("monthly", "months"), ("yearly", "years"),
                )
            ),
        ),
    ),
    ApiCommand(
        "task", "retain", "retain_task", "POST", "/tasks/{task_id}/retain",
        "Forget now what the retention does not keep.", (TASK,), starts=True,
        confirm="Forget the restore points of {task_id} that its retention does not keep?",
    ),
    ApiCommand(
        "hold", "list", "list_holds", "GET", "/holds", "List the holds on restore points.", (),
        (
            Column("Task", "task_name"), Column("Reason", "reason"), Column("Owner", "owner"), Column("Set by", "set_by"), Column("Set", "created", "time"),
            Column("From", "start", "time"), Column("To", "end", "time"), Column("Until", "until", "time"), Column("In force", "is_in_force", "yes"), Column("Id", "id"),
        ),
        "There are no holds.", items="items",
    ),
    ApiCommand(
        "hold", "set", "set_hold", "POST", "/holds", "Keep restore points whatever retention says.",
        (
            Word("task_id", "The task's name or id.", "body", means="task"), Word("reason", "Why.", "body"),
            Word("owner", "Who answers for it; without it, who sets it.", "body", flag="--owner", default=""),
            Word("start", "Only points from this time on, 2026-12-01T00:00:00Z.", "body", flag="--from"),
            Word("end", "Only points up to this time.", "body", flag="--to"),
            Word("until", "When the hold ends; without it, when it is released.", "body", flag="--until"),
        ),
        done="Set: {id}",
    ),
    ApiCommand(
        "hold", "release", "release_hold", "DELETE", "/holds/{hold_id}", "Take a hold away.",
        (Word("hold_id", "The hold's id.", "path"),), confirm="Release the hold {hold_id}?", done="Released.",
    ),
    ApiCommand(
        "erasure", "start", "erase_items", "POST", "/entities/{entity_id}/erasures", "Erase items from all backups of a member or folder.",
        (
            WITHIN, ENTITY,
            Word("paths", "Paths as lists show them; whatever ever lay there goes, with all below.", "body", many=True, default=()),
            Word("item_ids", "Dropbox's id of a file or folder; may be repeated.", "body", flag="--id", many=True, default=()),
            Word("reason", "Why; it stands in the certificate.", "body", flag="--reason", default=""),
            Word("confirm", "The member's or folder's name, to be sure.", "body", flag="--confirm", default=""),
            Word("exclude", "Never back them up again.", "body", bool, flag="--exclude", default=None),
            Word("dry_run", "Only say what would be erased.", "body", bool, flag="--dry-run", default=False),
        ),
        starts=True,
    ),
    ApiCommand(
        "erasure", "list", "list_erasures", "GET", "/erasures", "List erasures and how far they are.", (),
        (
            Column("Backups of", "entity_name"), Column("State", "state"), Column("Reason", "reason"), Column("Asked by", "asked_by"),
            Column("Asked", "asked", "time"), Column("Complete", "completed", "time"), Column("Id", "id"),
        ),
        "Nothing was erased.", items="items",
    ),
    ApiCommand("erasure", "show", "get_erasure", "GET", "/erasures/{erasure_id}", "Show an erasure.", (ERASURE,)),
    ApiCommand(
        "erasure", "certificate", "get_erasure_certificate", "GET", "/erasures/{erasure_id}/certificate", "Write the certificate of an erasure.",
        (ERASURE, Word("form", "pdf, text or json.", flag="--form", default="pdf")), writes=True,
    ),
    ApiCommand(
        "erasure", "exclusions", "list_exclusions", "GET", "/entities/{entity_id}/exclusions",
        "List what backups of a member or folder pass over, since it was erased.", (WITHIN, ENTITY),
        (Column("Item", "item_id"), Column("Places", "places"), Column("Since", "since", "time"), Column("Erasure", "erasure_id"), Column("Id", "id")),
        "Nothing is passed over.", items="items",
    ),
    ApiCommand(
        "erasure", "include", "remove_exclusion", "DELETE", "/entities/{entity_id}/exclusions/{rule_id}",
        "Let an erased item be backed up again.", (WITHIN, ENTITY, Word("rule_id", "The rule's id.", "path")),
        confirm="Let it be backed up again?", done="The next backup finds it, if it is in Dropbox still.",
    ),
    ApiCommand(
        "task", "delete-preview", "preview_task_deletion", "GET", "/tasks/{task_id}/delete-preview",
        "Show what deleting a task would take away.", (TASK,),
    ),
    ApiCommand(
        "task", "delete", "delete_task", "POST", "/tasks/{task_id}/delete",
        "Delete a task; for seven days it can be taken back.",
        (TASK, Word("name", "Its name once more, to be sure.", "body")),
        confirm="Delete the task {task_id}, and all its backups in seven days?",
        done="{name} is in the trash. Take it back: dropally task undelete {id}",
    ),
    ApiCommand(
        "task", "undelete", "undelete_task", "POST", "/tasks/{task_id}/undelete", "Take a deleted task back.",
        (Word("task_id", "Its name or id.", "path", means="deleted task"),
         Word("name", "Another name, where its own is taken.", "body", flag="--name", default="")),
        done="{name} is back.",
    ),
    ApiCommand(
        "task", "next-runs", "get_next_runs", "GET", "/tasks/{task_id}/next-runs", "Show when a task runs next.",
        (TASK, Word("count", "How many.", kind=int, flag="--count", default=5)),
        (Column("Time", "time", "time"), Column("There", "shown")), items="preview.runs",
    ),
    ApiCommand(
        "task", "days", "get_task_days", "GET", "/tasks/{task_id}/days", "Show how a task's last days went.",
        (TASK, Word("days", "How many.", kind=int, flag="--days", default=30),
         Word("zone", "Whose calendar counts, as Europe/Berlin.", flag="--zone", default="UTC")),
        (Column("Day", "date"), Column("Went", "state"), Column("Runs", "runs")), items="days",
    ),
    ApiCommand("task", "following", "get_following", "GET", "/tasks/{task_id}/following", "Show how following a continuous task fares.", (TASK,)),
    ApiCommand(
        "task", "preview-plan", "preview_schedule", "POST", "/schedule-preview", "Show when a plan would run.",
        (*_PLAN, Word("count", "How many.", "body", int, flag="--count", default=5)),
        (Column("Time", "time", "time"), Column("There", "shown")), items="runs",
    ),
    ApiCommand(
        "entity", "list", "list_entities", "GET", "/tasks/{task_id}/entities", "List what a task protects.",
        (
            OF_TASK,
            Word("status", "Only those with this status.", flag="--status", many=True, default=()),
            Word("kind", "Only member, team folder or shared folder.", flag="--kind", many=True, default=()),
            Word("group", "Only members of this group.", flag="--group", many=True, default=()),
            Word("q", "Only those with this in their name.", flag="--filter", default=""),
        ),
        (
            Column("Name", "name"), Column("E-mail", "email"), Column("Kind", "kind"), Column("Status", "status"),
            Column("First backup", "first_backup", "time"), Column("Last backup", "last_backup", "time"),
            Column("Files", "files", "count"), Column("Size", "bytes", "bytes"), Column("Problems", "problems", "count"),
            Column("Id", "id"),
        ),
        "Nothing matches. Where nothing is found at all: dropally connection discover",
    ),
    ApiCommand("entity", "show", "get_entity", "GET", "/entities/{entity_id}", "Show a member or folder.", (WITHIN, ENTITY)),
    ApiCommand(
        "entity", "count", "count_entities", "GET", "/tasks/{task_id}/entity-counts", "Count a task's entities by status.",
        (OF_TASK,), (Column("Status", "status"), Column("Kind", "kind"), Column("Count", "count", "count")), items="counts",
    ),
    ApiCommand(
        "entity", "groups", "list_groups", "GET", "/tasks/{task_id}/groups", "List the groups of a task's team.", (OF_TASK,),
        (Column("Group", "name"), Column("Members", "members", "count"), Column("Id", "id")),
        "The team has no groups.", items="items",
    ),
    _on_entities("activate", "activate", "Begin to back up members and folders."),
    _on_entities("deactivate", "deactivate", "Back them up no more; what was backed up stays."),
    _on_entities("pause", "pause", "Pause members and folders."),
    _on_entities("resume", "resume", "End their pause."),
    _on_entities("delete", "delete", "Delete their backups; for seven days that can be undone.", "Delete these backups?"),
    _on_entities("undelete", "undelete", "Take deleted ones back."),
    ApiCommand(
        "entity", "run", "run_entities", "POST", "/tasks/{task_id}/entities/run", "Back up some members and folders now.",
        _CHOICE, needs=_NEEDS, starts=True,
    ),
    ApiCommand(
        "connection", "list", "list_connections", "GET", "/connections", "List the connected Dropbox teams.", (),
        (
            Column("Team", "team_name"), Column("State", "state"), Column("Since", "since", "time"), Column("Cause", "detail"),
            Column("Members", "licensed_users", "count"), Column("Uploads this month", "uploads_this_month", "count"), Column("Id", "id"),
        ),
        "No team is connected. Begin with: dropally connection connect", items="items",
    ),
    ApiCommand("connection", "show", "get_connection", "GET", "/connections/{connection_id}", "Show a connection.", (CONNECTION,)),
    ApiCommand(
        "connection", "authorize", "authorize_connection", "POST", "/connections/authorize",
        "Begin to connect a team, or to reconnect one: prints the address to open.",
        (
            Word("purpose", "backup, or restore to be able to write too.", "body", flag="--for", default="backup"),
            Word("connection_id", "Reconnect this team.", "body", flag="--reconnect", means="connection", default=""),
        ),
        fixed={"mode": "code"},
        done="Open this address as an admin of the team, allow access, and copy the code:\n\n    {url}\n\nThen: dropally connection finish {id} CODE",
    ),
    ApiCommand(
        "connection", "finish", "exchange_code", "POST", "/connections/exchange-code", "Finish with the code that Dropbox showed.",
        (Word("link_id", "What `authorize` printed.", "body"), Word("code", "The code from Dropbox.", "body")),
        done="Connected: {team_name}", takes_hyphens=True,
    ),
    ApiCommand("connection", "adopt", "adopt_connection", "POST", "/connections/adopt", "Take over the link that `dropally connect` made.", (), done="Connected: {team_name}"),
    ApiCommand("connection", "redirect-address", "get_redirect_address", "GET", "/connections/redirect-address", "Show the redirect address to register in Dropbox's app console."),
    ApiCommand("connection", "probe", "probe_connection", "POST", "/connections/{connection_id}/probe", "Ask Dropbox whether the connection works.", (CONNECTION,), done="{team_name}: {state} {detail}"),
    ApiCommand("connection", "discover", "discover_connection", "POST", "/connections/{connection_id}/discover", "Look for new members and folders now.", (CONNECTION,), starts=True),
    ApiCommand(
        "connection", "disconnect", "disconnect_connection", "POST", "/connections/{connection_id}/disconnect", "Give a team's access back; backups stay.",
        (CONNECTION,), confirm="Disconnect {connection_id}? Backups of it stop.", done="{team_name} is disconnected.",
    ),
    ApiCommand(
        "connection", "delete", "delete_connection", "DELETE", "/connections/{connection_id}", "Forget a connection that no task uses.",
        (CONNECTION,), confirm="Forget the connection {connection_id}?", done="Forgotten.",
    ),
)  # fmt: skip
