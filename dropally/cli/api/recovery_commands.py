"""Commands about restore points, selections and downloads."""

from dropally.cli.api.cells import Column
from dropally.cli.api.command import ApiCommand, Word
from dropally.cli.api.protection_commands import ENTITY

SELECTION = Word("selection_id", "The selection's id.", "path")
DOWNLOAD = Word("download_id", "The download's id.", "path")
POINT = Word(
    "point_id",
    "A restore point's id; `latest` is the newest.",
    "path",
    flag="--at",
    default="latest",
)
_PERIOD = (
    Word("from", "From this day on, 2026-11-01.", flag="--from"),
    Word("to", "Until the end of this day.", flag="--to"),
    Word("zone", "In this time zone.", flag="--zone"),
)
_PATH = Word("path", "The path, /Reports/2026.", default="")
_ITEMS = (
    Column("Name", "name"), Column("Kind", "kind"), Column("Size", "size_bytes", "bytes"), Column("Modified", "modified", "time"), Column("By", "modified_by"),
)  # fmt: skip

COMMANDS: tuple[ApiCommand, ...] = (
    ApiCommand(
        "snapshot", "list", "list_points", "GET", "/entities/{entity_id}/points", "List the restore points of a member or folder.", (ENTITY, *_PERIOD),
        (
            Column("Time", "time", "time"), Column("Added", "added", "count"), Column("Changed", "changed", "count"), Column("Deleted", "deleted", "count"),
            Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes"), Column("Failures", "failures", "count"), Column("Id", "id"),
        ),
        "No backup in this time.",
    ),
    ApiCommand("snapshot", "calendar", "get_calendar", "GET", "/entities/{entity_id}/calendar", "Count restore points by day.", (ENTITY, *_PERIOD), (Column("Day", "day"), Column("Points", "points", "count")), items="."),
    ApiCommand("snapshot", "range", "get_backups_of_entity", "GET", "/entities/{entity_id}/backups", "Show first and last backup.", (ENTITY,)),
    ApiCommand(
        "snapshot", "diff", "list_differences", "GET", "/entities/{entity_id}/points/{point_id}/differences", "List what differs from an older restore point.",
        (ENTITY, POINT, Word("since", "The older restore point's id.", flag="--since"), Word("path", "Only below this folder.", flag="--path", default="")),
        (Column("Change", "change"), Column("Path", "shown")), "Nothing differs.",
    ),
    ApiCommand("snapshot", "tree", "list_folder", "GET", "/entities/{entity_id}/points/{point_id}/tree", "List a folder as it was.", (ENTITY, _PATH, POINT), _ITEMS, "The folder is empty."),
    ApiCommand("snapshot", "item", "get_item", "GET", "/entities/{entity_id}/points/{point_id}/item", "Show a file or folder as it was.", (ENTITY, _PATH, POINT)),
    ApiCommand("snapshot", "versions", "list_versions", "GET", "/entities/{entity_id}/versions", "List the versions of a file.", (ENTITY, _PATH), (
        Column("Seen first", "first_seen", "time"), Column("Size", "size_bytes", "bytes"), Column("Modified", "modified", "time"), Column("By", "modified_by"), Column("Restore point", "point_id")), items="."),
    ApiCommand("snapshot", "cat", "get_content", "GET", "/entities/{entity_id}/points/{point_id}/content", "Write a file's bytes.", (ENTITY, _PATH, POINT), writes="application/octet-stream"),
    ApiCommand("selection", "list", "list_selections", "GET", "/selections", "List one's own selections.", (), (
        Column("Id", "id"), Column("Items", "items", "count"), Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes"), Column("Expires", "expires", "time")), "No selection.", items="."),
    ApiCommand("selection", "create", "create_selection", "POST", "/selections", "Begin a selection.", (), done="{id}"),
    ApiCommand("selection", "show", "get_selection", "GET", "/selections/{selection_id}", "Show a selection.", (SELECTION,)),
    ApiCommand("selection", "items", "list_selected_items", "GET", "/selections/{selection_id}/items", "List what is selected.", (SELECTION,), (
        Column("Entity", "entity_id"), Column("Path", "shown"), Column("Kind", "kind"), Column("Included", "is_included", "yes"), Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes")), "Nothing is selected."),
    ApiCommand("selection", "delete", "delete_selection", "DELETE", "/selections/{selection_id}", "Forget a selection.", (SELECTION,), done="Forgotten."),
    ApiCommand("selection", "zip", "download_selection", "GET", "/selections/{selection_id}/zip", "Write what is selected as a zip.", (SELECTION,), writes="application/zip"),
    ApiCommand("download", "list", "list_downloads", "GET", "/exports", "List prepared downloads.", (), (
        Column("Title", "title"), Column("State", "state"), Column("Size", "size_bytes", "bytes"), Column("Expires", "expires", "time"), Column("Id", "id")), "No download."),
    ApiCommand("download", "show", "get_download", "GET", "/exports/{download_id}", "Show a prepared download.", (DOWNLOAD,)),
    ApiCommand("download", "link", "create_download_link", "POST", "/exports/{download_id}/link", "Make a link to a prepared download.", (DOWNLOAD,), done="{link}"),
    ApiCommand("download", "delete", "delete_download", "DELETE", "/exports/{download_id}", "Delete a prepared download now.", (DOWNLOAD,), done="Deleted."),
    ApiCommand(
        "download", "prepare", "start_export", "POST", "/exports", "Prepare a selection as a zip to download, or write it to a folder of the appliance.",
        (
            Word("selection_id", "The selection's id.", "body"), Word("folder", "A folder of the appliance instead of a download.", "body", flag="--folder"),
            Word("part_bytes", "Cut the zip into parts of so many bytes.", "body", int, flag="--part-bytes"), Word("to", "download or folder.", "body", flag="--to", default="download"),
        ),
        starts=True,
    ),
)  # fmt: skip
