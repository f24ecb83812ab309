"""What people may do, as one table: verbs x roles.

A verb is about a *place* (a task or an entity: the person's reach counts), about the *appliance*
(only for people whose reach is everything), or about *oneself*. Sensitive verbs need the
password again; those of `FOUR_EYES` need a second person where the organisation asks for it.
"""

from enum import StrEnum
from typing import Literal, get_args

Subject = Literal["place", "appliance", "self"]


class Role(StrEnum):
    """What somebody is for."""

    ADMINISTRATOR = "administrator"
    BACKUP_OPERATOR = "backup_operator"
    RECOVERY_OPERATOR = "recovery_operator"
    HELP_DESK = "help_desk"
    AUDITOR = "auditor"
    VIEWER = "viewer"
    BILLING = "billing"


class Verb(StrEnum):
    """One thing that can be allowed."""

    # tasks and entities
    TASK_READ = "task.read"
    TASK_CREATE = "task.create"
    TASK_RUN = "task.run"
    TASK_PAUSE = "task.pause"
    TASK_SETTINGS = "task.settings"
    TASK_DELETE = "task.delete"
    ENTITY_ACTIVATE = "entity.activate"
    ENTITY_DELETE = "entity.delete"
    SNAPSHOT_DELETE = "snapshot.delete"
    RETENTION_SHRINK = "retention.shrink"
    # content
    CONTENT_BROWSE = "content.browse"
    CONTENT_SEARCH = "content.search"
    CONTENT_PREVIEW = "content.preview"
    CONTENT_DOWNLOAD = "content.download"
    RESTORE_TO_OWNER = "restore.to_owner"
    RESTORE_ELSEWHERE = "restore.elsewhere"
    RESTORE_REPLACE = "restore.replace"
    EXPORT = "export"
    HOLD_SET = "hold.set"
    HOLD_RELEASE = "hold.release"
    ERASE = "erase"
    # work and what is told about it
    JOB_READ = "job.read"
    JOB_CANCEL = "job.cancel"
    ACTIVITY_READ = "activity.read"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    # the appliance
    STATUS_READ = "status.read"
    AUDIT_READ = "audit.read"
    REPORT_READ = "report.read"
    REPORT_MANAGE = "report.manage"
    NOTIFICATION_MANAGE = "notification.manage"
    CONNECTION_MANAGE = "connection.manage"
    STORAGE_READ = "storage.read"
    STORAGE_MANAGE = "storage.manage"
    REPOSITORY_VERIFY = "repository.verify"
    SEARCH_MANAGE = "search.manage"
    LIMITS_MANAGE = "limits.manage"
    KEY_EXPORT = "key.export"
    USER_READ = "user.read"
    USER_MANAGE = "user.manage"
    SECURITY_MANAGE = "security.manage"
    TOKEN_MANAGE = "token.manage"  # noqa: S105  a permission's name
    ORGANISATION_MANAGE = "organisation.manage"
    APPLIANCE_MANAGE = "appliance.manage"
    APPLIANCE_DECOMMISSION = "appliance.decommission"
    BILLING_READ = "billing.read"
    BILLING_MANAGE = "billing.manage"
    # oneself
    SELF_READ = "self.read"
    SELF_PROFILE = "self.profile"
    SELF_SESSIONS = "self.sessions"
    SELF_PASSWORD = "self.password"  # noqa: S105  a permission's name
    SELF_SECURITY = "self.security"
    SELF_TOKENS = "self.tokens"


# Columns: Administrator, Backup operator, Recovery operator, Help-desk, aUditor, Viewer, biLling.
_LETTERS = dict(zip("ABRHUVL", Role, strict=True))
_TABLE = """
task.read               place      A B R H U V .
task.create             appliance  A B . . . . .
task.run                place      A B . . . . .
task.pause              place      A B . . . . .
task.settings           place      A B . . . . .
task.delete             place      A . . . . . .
entity.activate         place      A B . . . . .
entity.delete           place      A . . . . . .
snapshot.delete         place      A . . . . . .
retention.shrink        place      A . . . . . .
content.browse          place      A . R H . . .
content.search          place      A . R H . . .
content.preview         place      A . R . . . .
content.download        place      A . R . . . .
restore.to_owner        place      A . R H . . .
restore.elsewhere       place      A . R . . . .
restore.replace         place      A . . . . . .
export                  place      A . R . . . .
hold.set                place      A B R . . . .
hold.release            place      A . . . . . .
erase                   place      A . . . . . .
job.read                place      A B R H U V .
job.cancel              place      A B R . . . .
activity.read           place      A B R H U V .
alert.acknowledge       place      A B . . . . .
status.read             appliance  A B R H U V L
audit.read              appliance  A . . . U . .
report.read             appliance  A B . . U . .
report.manage           appliance  A B . . . . .
notification.manage     appliance  A B . . . . .
connection.manage       appliance  A . . . . . .
storage.read            appliance  A B . . U . .
storage.manage          appliance  A . . . . . .
repository.verify       appliance  A B . . . . .
search.manage           appliance  A B . . . . .
limits.manage           appliance  A B . . . . .
key.export              appliance  A . . . . . .
user.read               appliance  A . . . U . .
user.manage             appliance  A . . . . . .
security.manage         appliance  A . . . . . .
token.manage            appliance  A . . . . . .
organisation.manage     appliance  A . . . . . .
appliance.manage        appliance  A . . . . . .
appliance.decommission  appliance  A . . . . . .
billing.read            appliance  A . . . . . L
billing.manage          appliance  A . . . . . L
self.read               self       A B R H U V L
self.profile            self       A B R H U V L
self.sessions           self       A B R H U V L
self.password           self       A B R H U V L
self.security           self       A B R H U V L
self.tokens             self       A B R H U V L
"""


def _parse(table: str) -> tuple[dict[Verb, Subject], dict[Role, frozenset[Verb]]]:
    subjects: dict[Verb, Subject] = {}
    verbs_of: dict[Role, set[Verb]] = {role: set() for role in Role}
    known = {subject: subject for subject in get_args(Subject)}
    for line in table.strip().splitlines():
        name, subject, *cells = line.split()
        verb = Verb(name)
        subjects[verb] = known[subject]
        for letter in cells:
            if letter != ".":
                verbs_of[_LETTERS[letter]].add(verb)
    return subjects, {role: frozenset(verbs) for role, verbs in verbs_of.items()}


SUBJECT_OF, VERBS_OF = _parse(_TABLE)

SENSITIVE = frozenset(
    {
        Verb.TASK_DELETE,
        Verb.SNAPSHOT_DELETE,
        Verb.RETENTION_SHRINK,
        Verb.RESTORE_REPLACE,
        Verb.HOLD_RELEASE,
        Verb.ERASE,
        Verb.KEY_EXPORT,
        Verb.USER_MANAGE,
        Verb.SECURITY_MANAGE,
        Verb.APPLIANCE_DECOMMISSION,
        Verb.SELF_SECURITY,
        Verb.SELF_TOKENS,
    }
)
"""Need the password (and code) within the last minutes."""

WHILE_RESTRICTED = frozenset(
    {Verb.SELF_READ, Verb.SELF_SESSIONS, Verb.SELF_PASSWORD, Verb.SELF_SECURITY}
)
"""All that is left to somebody who has to change their password, or set up a second factor."""

FOUR_EYES = frozenset(
    {
        Verb.SNAPSHOT_DELETE,
        Verb.RETENTION_SHRINK,
        Verb.HOLD_RELEASE,
        Verb.ERASE,
        Verb.KEY_EXPORT,
        Verb.APPLIANCE_DECOMMISSION,
    }
)
"""Need a second person where `four_eyes` is on."""

SETTINGS_SECTIONS: tuple[tuple[str, Verb], ...] = (
    ("account", Verb.ORGANISATION_MANAGE),
    ("users", Verb.USER_READ),
    ("security", Verb.SELF_READ),
    ("notifications", Verb.NOTIFICATION_MANAGE),
    ("storage", Verb.STORAGE_READ),
    ("connections", Verb.CONNECTION_MANAGE),
    ("search", Verb.SEARCH_MANAGE),
    ("limits", Verb.LIMITS_MANAGE),
    ("tokens", Verb.SELF_READ),
    ("appliance", Verb.APPLIANCE_MANAGE),
)
"""The sections of the settings in their order, and the verb that makes each of them visible."""
