"""The routes. Importing this package registers them all."""

from dropally.simulator.api import (
    auth_token,
    check,
    files_batches,
    files_list,
    files_read,
    files_sessions,
    files_upload,
    files_write,
    oauth,
    team_folders,
    team_groups,
    team_info,
    team_log,
    team_members,
    team_namespaces,
    users,
)

__all__ = [
    "auth_token",
    "check",
    "files_batches",
    "files_list",
    "files_read",
    "files_sessions",
    "files_upload",
    "files_write",
    "oauth",
    "team_folders",
    "team_groups",
    "team_info",
    "team_log",
    "team_members",
    "team_namespaces",
    "users",
]
