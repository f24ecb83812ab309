"""Commands about people, their rights, and what they did."""

from dropally.cli.api.cells import Column
from dropally.cli.api.command import ApiCommand, Word

USER = Word("user_id", "The person's address, name or id.", "path", means="user")
_RIGHTS = (
    Word(
        "rights.role",
        "administrator, backup_operator, recovery_operator, help_desk, auditor, viewer or billing.",
        "body",
        flag="--role",
        default="viewer",
    ),
    Word(
        "rights.reach.tasks",
        "Only for these tasks.",
        "body",
        flag="--task",
        means="task",
        many=True,
    ),
    Word(
        "rights.reach.entities",
        "Only for these members and folders.",
        "body",
        flag="--entity",
        means="entity",
        many=True,
    ),
    Word("rights.granted", "A permission added to the role.", "body", flag="--grant", many=True),
    Word("rights.denied", "A permission taken from the role.", "body", flag="--deny", many=True),
    Word(
        "rights.reach.everywhere",
        "For everything there is.",
        "body",
        bool,
        flag="--everywhere",
        default=False,
    ),
)


def _on_user(name: str, operation: str, path: str, help_text: str, done: str) -> ApiCommand:
    return ApiCommand("user", name, operation, "POST", f"/users/{{user_id}}/{path}", help_text, (USER,), done=done)  # fmt: skip


COMMANDS: tuple[ApiCommand, ...] = (
    ApiCommand(
        "user", "invite", "invite_user", "POST", "/invitations", "Invite somebody; --everywhere, --task or --entity says where their rights count.",
        (Word("email", "Their address.", "body"), Word("name", "Their name.", "body"), *_RIGHTS),
        needs=("rights_reach_everywhere", "rights_reach_tasks", "rights_reach_entities"),
        done="Invited. Link to hand over, if no mail is sent: {link}",
    ),
    ApiCommand("user", "resend", "resend_invitation", "POST", "/users/{user_id}/invitation", "Send a new invitation; the old link ends.", (USER,), done="Sent. Link to hand over, if no mail is sent: {link}"),
    ApiCommand("user", "rename", "change_user", "PATCH", "/users/{user_id}", "Give somebody another name.", (USER, Word("name", "The new name.", "body")), done="Saved."),
    ApiCommand("user", "delete", "delete_user", "DELETE", "/users/{user_id}", "Remove somebody for good.", (USER,), confirm="Remove {user_id} for good?", done="Removed."),
    _on_user("deactivate", "deactivate_user", "deactivation", "Let somebody in no more.", "{email} is out."),
    _on_user("reactivate", "reactivate_user", "reactivation", "Let somebody in again.", "{email} can sign in again."),
    _on_user("reset-link", "make_password_reset_link", "password-reset", "A link to choose a new password.", "Link to hand over, if no mail is sent: {link}"),
    _on_user("make-owner", "make_owner", "ownership", "Make an administrator the owner of the account.", "Done."),
    ApiCommand("user", "roles", "list_roles", "GET", "/roles", "Show roles and what they include.", (), (Column("Role", "role"), Column("Permissions", "verbs")), items="roles"),
    ApiCommand(
        "token", "list", "list_tokens", "GET", "/tokens", "List API tokens.",
        (Word("everybody", "Those of everybody.", kind=bool, flag="--everybody", default=False),),
        (
            Column("Name", "name"), Column("Expires", "expires", "time"), Column("Used", "used", "time"), Column("From", "used_address"),
            Column("Revoked", "revoked", "time"), Column("Id", "id"),
        ),
        "No token yet.", items="items",
    ),
    ApiCommand("token", "revoke", "revoke_token", "DELETE", "/tokens/{token_id}", "End a token at once.", (Word("token_id", "The token's id.", "path"),), done="Ended."),
    ApiCommand(
        "session", "list", "list_own_sessions", "GET", "/me/sessions", "List one's own sessions of the console.", (),
        (Column("Browser", "browser"), Column("Address", "address"), Column("Used", "seen", "time"), Column("Began", "created", "time"), Column("Id", "id")),
        "No session.", items="items",
    ),
    ApiCommand("session", "revoke", "end_own_session", "DELETE", "/me/sessions/{session_id}", "End one of one's own sessions.", (Word("session_id", "The session's id.", "path"),), done="Ended."),
    ApiCommand("session", "revoke-others", "end_own_other_sessions", "DELETE", "/me/sessions", "End all of one's own other sessions.", (), done="{ended} ended."),
    ApiCommand("session", "whoami", "get_session", "GET", "/session", "Show who the server takes one for."),
    ApiCommand("security", "show", "get_security_policy", "GET", "/security", "Show the rules for people."),
    ApiCommand("audit", "activities", "list_audit_activities", "GET", "/audit/activities", "List the kinds of events.", (), (Column("Activity", "activity"), Column("Label", "label")), items="."),
    ApiCommand(
        "activity", "list", "list_activity", "GET", "/activity", "Show what the system did.",
        (
            Word("window", "24h, 7d, 30d, 90d or all.", flag="--window"),
            Word("activity", "Only these.", flag="--activity", many=True, commas=True, default=()),
            Word("status", "Only with this status.", flag="--status", many=True, commas=True, default=()),
            Word("task_name", "Only tasks with this in their name.", flag="--task", default=""),
            Word("item", "Only items with this in their name.", flag="--item", default=""),
        ),
        (
            Column("Time", "time", "time"), Column("Activity", "activity_label"), Column("Status", "status_label"), Column("Task", "task_name"),
            Column("Item", "item"), Column("Message", "message"), Column("Id", "id"),
        ),
        "Nothing has happened in this time.",
    ),
    ApiCommand("activity", "show", "get_activity_info", "GET", "/activity/{activity_id}", "Show one activity.", (Word("activity_id", "Its id.", "path"),)),
    ApiCommand(
        "activity", "export", "export_activity", "GET", "/activity/export", "Write the activity as CSV.",
        (Word("window", "24h, 7d, 30d, 90d or all.", flag="--window"), Word("bom", "Begin with a byte order mark, for spreadsheets.", kind=bool, flag="--bom", default=False)),
        writes=True,
    ),
    ApiCommand("organisation", "show", "get_organisation", "GET", "/organisation", "Show the organisation."),
    ApiCommand("organisation", "rename", "rename_organisation", "PATCH", "/organisation", "Change the organisation's name.", (Word("name", "The new name.", "body"),), done="It is called {name} now."),
)  # fmt: skip
