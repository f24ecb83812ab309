"""Commands about restore points, selections and downloads."""

from dropally.cli.api.cells import Column
from dropally.cli.api.command import ApiCommand, Word
from dropally.cli.api.protection_commands import ENTITY, WITHIN

SELECTION = Word("selection_id", "The selection's id.", "path")
DOWNLOAD = Word("download_id", "The download's id.", "path")
POINT = Word(
    "point_id",
    "When: a day, a time, a restore point's id, or -2 for two back.",
    "path",
    flag="--at",
    means="point",
    default="latest",
)
_PERIOD = (
    Word("from", "From this day on, 2026-11-01.", flag="--from"),
    Word("to", "Until the end of this day.", flag="--to"),
    Word("zone", "In this time zone.", flag="--zone"),
)
_PATH = Word("path", "The path, /Reports/2026.", default="")
COMMANDS: tuple[ApiCommand, ...] = (
    ApiCommand(
        "snapshot", "list", "list_points", "GET", "/entities/{entity_id}/points", "List the restore points of a member or folder.", (WITHIN, ENTITY, *_PERIOD),
        (
            Column("Time", "time", "time"), Column("Added", "added", "count"), Column("Changed", "changed", "count"), Column("Deleted", "deleted", "count"),
            Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes"), Column("Failures", "failures", "count"), Column("Id", "id", "point"),
        ),
        "No backup in this time.",
    ),
    ApiCommand("snapshot", "calendar", "get_calendar", "GET", "/entities/{entity_id}/calendar", "Count restore points by day.", (WITHIN, ENTITY, *_PERIOD), (Column("Day", "date"), Column("Points", "points", "count")), items="."),
    ApiCommand("snapshot", "show", "get_backups_of_entity", "GET", "/entities/{entity_id}/backups", "Show first and last backup, and what the last one holds.", (WITHIN, ENTITY)),
    ApiCommand(
        "snapshot", "diff", "list_differences", "GET", "/entities/{entity_id}/points/{point_id}/differences", "List what differs from an older restore point.",
        (
            WITHIN, ENTITY,
            Word("since", "The older restore point: a day, a time, an id, or -2 for two back.", means="point"),
            POINT, Word("path", "Only below this folder.", flag="--path", default=""),
        ),
        (Column("Change", "change"), Column("Path", "shown")), "Nothing differs.",
    ),
    ApiCommand("snapshot", "item", "get_item", "GET", "/entities/{entity_id}/points/{point_id}/item", "Show a file or folder as it was.", (WITHIN, ENTITY, _PATH, POINT)),
    ApiCommand("snapshot", "point", "get_point", "GET", "/entities/{entity_id}/points/{point_id}", "Show one restore point.", (WITHIN, ENTITY, POINT)),
    ApiCommand("snapshot", "details", "get_item_details", "GET", "/entities/{entity_id}/points/{point_id}/details", "Show all that is known about a file or folder as it was.", (WITHIN, ENTITY, _PATH, POINT)),
    ApiCommand(
        "snapshot", "deleted", "list_deleted", "GET", "/entities/{entity_id}/points/{point_id}/deleted", "List what is deleted from a folder.", (WITHIN, ENTITY, _PATH, POINT),
        (Column("Last seen", "last_time", "time"), Column("Name", "name"), Column("Kind", "kind"), Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes"), Column("Restore point", "last_point", "point")), "Nothing is deleted here.",
    ),
    ApiCommand("selection", "list", "list_selections", "GET", "/selections", "List one's own selections.", (), (
        Column("Id", "id"), Column("Items", "items", "count"), Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes"), Column("Expires", "expires", "time")), "No selection.", items="."),
    ApiCommand("selection", "create", "create_selection", "POST", "/selections", "Begin a selection.", (), done="{id}"),
    ApiCommand("selection", "show", "get_selection", "GET", "/selections/{selection_id}", "Show a selection.", (SELECTION,)),
    ApiCommand("selection", "items", "list_selected_items", "GET", "/selections/{selection_id}/items", "List what is selected.", (SELECTION,), (
        Column("Entity", "entity_id"), Column("Path", "shown"), Column("Kind", "kind"), Column("Included", "is_included", "yes"), Column("Files", "files", "count"), Column("Size", "size_bytes", "bytes")), "Nothing is selected."),
    ApiCommand("selection", "delete", "delete_selection", "DELETE", "/selections/{selection_id}", "Forget a selection.", (SELECTION,), done="Forgotten."),
    ApiCommand("selection", "zip", "download_selection", "GET", "/selections/{selection_id}/zip", "Write what is selected as a zip.", (SELECTION,), writes=True),
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
