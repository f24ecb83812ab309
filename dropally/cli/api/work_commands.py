"""Commands about jobs, storages, settings and the appliance itself."""

from dropally.cli.api.cells import Column
from dropally.cli.api.command import ApiCommand, Word

JOB = Word("job_id", "The job's id.", "path")
STORAGE = Word("storage_id", "The storage's id.", "path")
_WINDOW = Word("window", "24h, 7d, 30d, 90d or all.", flag="--window")
_PLACE = (
    Word("kind", "local, s3, azure or gcs.", "body", flag="--kind", default="local"),
    Word("path", "The folder of a local storage.", "body", flag="--path"),
    Word("bucket", "The bucket or container.", "body", flag="--bucket"),
    Word("prefix", "Within the bucket.", "body", flag="--prefix"),
    Word("options.endpoint", "Of an S3 that is not AWS's.", "body", flag="--endpoint"),
    Word("options.region", "Of the bucket.", "body", flag="--region"),
    Word("options.access_key", "S3 access key.", "body", flag="--access-key"),
    Word("options.secret_key", "S3 secret key.", "body", flag="--secret-key"),
    Word("options.account", "Azure account.", "body", flag="--account"),
    Word("options.account_key", "Azure account key.", "body", flag="--account-key"),
    Word("options.checksum", "sha256: what an S3 bucket with object lock demands.", "body", flag="--checksum"),
    Word("options.object_lock", "Keep what backups need locked: \"governance 30d\" or \"compliance 30d\".", "body", flag="--object-lock"),
    Word("options.maintenance_access_key", "S3 access key that may delete, if the other may not.", "body", flag="--maintenance-access-key"),
    Word("options.maintenance_secret_key", "Its secret.", "body", flag="--maintenance-secret-key"),
    Word("options.service_account_file", "GCS service account, on the appliance.", "body", flag="--service-account-file"),
)  # fmt: skip

COMMANDS: tuple[ApiCommand, ...] = (
    ApiCommand(
        "job", "list", "list_jobs", "GET", "/jobs", "List jobs.",
        (
            Word("kind", "Only these kinds: backup, restore, export, …", flag="--kind", many=True, commas=True, default=()),
            Word("status", "Only with this status.", flag="--status", many=True, commas=True, default=()),
            Word("task", "Only of this task.", flag="--task", means="task", default=""),
            Word("q", "Only with this in their title.", flag="--filter", default=""),
            _WINDOW,
        ),
        (
            Column("Started", "started_at", "time"), Column("Job", "title"), Column("Status", "status_label"), Column("By", "initiator.name"),
            Column("Items", "total_items", "count"), Column("Size", "size_bytes", "bytes"), Column("Problems", "problems", "count"), Column("Id", "id"),
        ),
        "No jobs in this time.",
    ),
    ApiCommand("job", "summary", "get_jobs_summary", "GET", "/jobs/summary", "Count jobs by status.", (_WINDOW,)),
    ApiCommand("job", "show", "get_job", "GET", "/jobs/{job_id}", "Show a job.", (JOB,)),
    ApiCommand("job", "cancel", "cancel_job", "POST", "/jobs/{job_id}/cancel", "Stop a job.", (JOB,), done="{title}: it is being stopped."),
    ApiCommand(
        "job", "retry", "retry_job", "POST", "/jobs/{job_id}/retry", "Run a finished job again.",
        (JOB, Word("only_failed", "Only what failed.", "body", bool, flag="--only-failed", default=False),
         Word("cause", "Only what failed by this cause (`dropally job problems` names them).", "body", flag="--cause", default="")), starts=True,
    ),
    ApiCommand(
        "job", "problems", "list_job_problems", "GET", "/jobs/{job_id}/problems", "List what did not work in a job.",
        (JOB, Word("cause", "Only of this cause.", flag="--cause")),
        (Column("Cause", "cause"), Column("Item", "item"), Column("Message", "message")), "No problems.",
    ),
    ApiCommand(
        "job", "log", "get_job_log", "GET", "/jobs/{job_id}/log", "Show a job's log.",
        (JOB, Word("level", "note or warning.", flag="--level")),
        (Column("Time", "time", "time"), Column("Level", "level"), Column("Message", "message")), "The log is empty.", items="items",
    ),
    ApiCommand(
        "job", "download", "get_restore_results", "GET", "/restores/{job_id}/results", "Write a restore's list of items and outcomes as CSV.",
        (JOB, Word("bom", "Begin with a byte order mark, for spreadsheets.", kind=bool, flag="--bom", default=False)), writes=True,
    ),
    ApiCommand(
        "storage", "list", "list_storages", "GET", "/storages", "List the storages.", (),
        (
            Column("Id", "id"), Column("Kind", "kind"), Column("Location", "location"), Column("Region", "region_label"), Column("Default", "is_default", "yes"),
            Column("Reachable", "is_reachable", "yes"), Column("Free", "free_bytes", "bytes"), Column("Tasks", "tasks", "count"), Column("Warnings", "warnings"),
        ),
        items="items",
    ),
    ApiCommand("storage", "show", "get_storage", "GET", "/storages/{storage_id}", "Show a storage.", (STORAGE,)),
    ApiCommand(
        "storage", "add", "add_storage", "POST", "/storages", "Add a storage.",
        (Word("id", "A short name for it.", "body"), *_PLACE, Word("region_label", "Where the data is, for people.", "body", flag="--region-label")),
        done="Added. Next: dropally storage create-repository {id}",
    ),
    ApiCommand(
        "storage", "set", "change_storage", "PATCH", "/storages/{storage_id}", "Change a storage's label and limits.",
        (
            STORAGE, Word("region_label", "Where the data is, for people.", "body", flag="--region-label"),
            Word("min_free_share", "Backups stop when less than this share is free, 0.05.", "body", float, flag="--min-free"),
            Word("options.object_lock", "Keep what backups need locked: \"governance 30d\"; \"\" for no more locks.", "body", flag="--object-lock"),
        ),
        changes=True, done="Saved.",
    ),
    ApiCommand("storage", "remove", "remove_storage", "DELETE", "/storages/{storage_id}", "Forget a storage; nothing in it is deleted.", (STORAGE,), confirm="Forget the storage {storage_id}?", done="Forgotten."),
    ApiCommand("storage", "default", "make_storage_default", "POST", "/storages/{storage_id}/default", "Let new tasks use it.", (STORAGE,), done="New tasks use {storage_id}."),
    ApiCommand("storage", "try", "test_new_storage", "POST", "/storages/test", "Test a place before it is added.", _PLACE),
    ApiCommand("storage", "test", "test_storage", "POST", "/storages/{storage_id}/test", "Test a storage: put, get, list, delete.", (STORAGE,)),
    ApiCommand(
        "storage", "create-repository", "create_repository", "POST", "/storages/{storage_id}/repository", "Make the encrypted repository; shows the recovery code once.",
        (STORAGE,), done="Recovery code, shown only now:\n\n    {recovery_code}\n\nWrite it down, then prove that you did: dropally key confirm {storage_id}",
    ),
    ApiCommand("storage", "stat", "get_storage_use", "GET", "/storages/{storage_id}/use", "Show how much a storage's repository holds.", (STORAGE,)),
    ApiCommand(
        "storage", "prune", "prune_storage", "POST", "/storages/{storage_id}/prune", "Free the space of what was forgotten.",
        (
            STORAGE, Word("dry_run", "Only say what would be freed.", "body", bool, flag="--dry-run", default=False),
            Word("reencrypt", "Also write anew what older keys sealed.", "body", bool, flag="--reencrypt", default=False),
        ),
        starts=True,
    ),
    ApiCommand("storage", "lock-report", "get_storage_lock", "GET", "/storages/{storage_id}/lock", "Show how long backups are locked in their bucket.", (STORAGE,)),
    ApiCommand(
        "storage", "lock", "lock_storage", "POST", "/storages/{storage_id}/lock", "Extend the locks of all that backups need.",
        (
            STORAGE, Word("look_again", "Ask the bucket for every lock.", "body", bool, flag="--look-again", default=False),
            Word("dry_run", "Only say what would be extended.", "body", bool, flag="--dry-run", default=False),
        ),
        starts=True,
    ),
    ApiCommand("storage", "rebuild", "rebuild_catalog", "POST", "/storages/{storage_id}/rebuild", "Make the catalog again from the repository.", (STORAGE,), starts=True),
    ApiCommand(
        "storage", "proof", "get_storage_proof", "GET", "/storages/{storage_id}/proof", "Show how much was found good, and what is damaged.", (STORAGE,),
    ),
    ApiCommand(
        "storage", "verify", "verify_storage", "POST", "/storages/{storage_id}/verify", "Look whether the repository is whole.",
        (
            STORAGE, Word("level", "names, hashes or chunks.", "body", flag="--level", default="chunks"),
            Word("time_s", "Stop after so many seconds.", "body", int, flag="--time"), Word("size_bytes", "Stop after so many bytes.", "body", int, flag="--bytes"),
            Word("newer_than_days", "Pass over what was found good within so many days.", "body", int, flag="--newer-than-days"),
            Word("repair", "Heal what is damaged.", "body", bool, flag="--repair", default=False), Word("replicas", "A storage that holds a copy.", "body", flag="--replica", many=True),
        ),
        starts=True,
    ),
    ApiCommand(
        "storage", "repair", "repair_storage", "POST", "/storages/{storage_id}/repair", "Heal what verify found damaged.",
        (STORAGE, Word("replicas", "A storage that holds a copy.", "body", flag="--replica", many=True), Word("dry_run", "Only say what would be done.", "body", bool, flag="--dry-run", default=False)),
        starts=True,
    ),
    ApiCommand(
        "storage", "drill", "drill_storage", "POST", "/storages/{storage_id}/drill", "Restore sampled files to nowhere and compare them with Dropbox's hash.",
        (STORAGE, Word("files", "How many.", "body", int, flag="--files", default=100), Word("size_bytes", "At most so many bytes.", "body", int, flag="--bytes")),
        starts=True,
    ),
    ApiCommand(
        "storage", "replicate", "replicate_storage", "POST", "/storages/{storage_id}/replicate", "Copy the repository to another storage, byte for byte.",
        (
            STORAGE, Word("target", "The storage to copy to.", "body"), Word("remove_vanished", "The copy loses what the source lost.", "body", bool, flag="--remove-vanished", default=False),
            Word("check", "Read the whole copy back.", "body", bool, flag="--check", default=False), Word("dry_run", "Only say what would be done.", "body", bool, flag="--dry-run", default=False),
        ),
        starts=True,
    ),
    ApiCommand(
        "storage", "migrate", "migrate_storage", "POST", "/storages/{storage_id}/migrate", "Move a storage to the place of another: copy, read back, switch.",
        (STORAGE, Word("target", "The storage whose place it takes.", "body"), Word("dry_run", "Only say what would be done.", "body", bool, flag="--dry-run", default=False)),
        starts=True, confirm="Move {storage_id} to the place of {target}? Backups wait during the switch.",
    ),
    ApiCommand(
        "key", "renew", "renew_recovery_code", "POST", "/storages/{storage_id}/recovery-code", "Make a new recovery code; the old one ends.",
        (STORAGE,), confirm="Make a new recovery code for {storage_id}? The old one ends.", done="Recovery code, shown only now:\n\n    {recovery_code}\n\nWrite it down, then prove that you did: dropally key confirm {storage_id}",
    ),
    ApiCommand(
        "key", "remove", "remove_key", "DELETE", "/storages/{storage_id}/keys/{slot_id}", "Take a key slot away; `key status --json` names them.",
        (STORAGE, Word("slot_id", "The id of the slot.", "path")), confirm="Remove the key {slot_id} of {storage_id}?", done="Removed. Begin new keys (dropally key rotate) if its secret is in wrong hands.",
    ),
    ApiCommand("mail", "list", "list_mails", "GET", "/mails", "List mails and what became of them.", (), (
        Column("Created", "created", "time"), Column("Kind", "kind"), Column("To", "recipient"), Column("State", "state"), Column("Tries", "tries", "count"), Column("Answer", "answer")), "No mails."),
    ApiCommand("mail", "test", "send_test_mail", "POST", "/mails/test", "Send a test mail.", (Word("recipient", "To whom.", "body"),), done="Sent. The server answered: {answer}"),
    ApiCommand("self", "status", "get_appliance", "GET", "/appliance", "Show name, version and state."),
    ApiCommand("self", "health", "get_appliance_health", "GET", "/appliance/health", "Look at everything the appliance needs.", (), (Column("Check", "title"), Column("State", "state"), Column("Finding", "detail"), Column("Next", "hint")), items="items"),
    ApiCommand("self", "decommission-status", "get_decommission", "GET", "/appliance/decommission", "Show whether the appliance is being taken out of service."),
    ApiCommand(
        "self", "decommission", "request_decommission", "POST", "/appliance/decommission",
        "Take the appliance out of service: in seven days all keys and backups are destroyed.",
        (Word("approval", "The sentence that decommission-status shows, word by word.", "body"),),
        confirm="Destroy all keys and backups in seven days?", done="On its way: {state}, until {due}. Take it back: dropally self reactivate",
    ),
    ApiCommand("self", "approve-decommission", "approve_decommission", "POST", "/appliance/decommission/approve", "Approve, as the second administrator, that the appliance is taken out of service.", confirm="Destroy all keys and backups in seven days?", done="Approved. Everything is destroyed at {due}."),
    ApiCommand("self", "reactivate", "reactivate_appliance", "POST", "/appliance/decommission/reactivate", "Keep the appliance in service after all.", done="Nothing is destroyed."),
    ApiCommand("self", "address", "check_address", "GET", "/appliance/address", "Show how this very request came, and what does not fit: for proxies."),
    ApiCommand("self", "pre-flight", "get_pre_flight", "GET", "/appliance/pre-flight", "What has to be there before the first backup.", (), (Column("Check", "title"), Column("State", "state"), Column("Finding", "detail"), Column("Next", "hint")), items="items"),
    ApiCommand("self", "backup", "make_self_backup", "POST", "/appliance/self-backups", "Back the appliance itself up now.", (Word("storage_ids", "Only into this storage.", "body", flag="--storage", many=True),), starts=True),
    ApiCommand(
        "self", "support-bundle", "make_support_bundle", "POST", "/appliance/support-bundle", "Write a zip for whoever helps; names of people and files are masked.",
        (Word("with_names", "Names and error texts as they are.", "body", bool, flag="--with-names", default=False),), writes=True,
    ),
    ApiCommand(
        "self", "list", "list_self_backups", "GET", "/appliance/self-backups", "List the self-backups in a storage.",
        (Word("storage_id", "Which storage.", flag="--storage", default=""),),
        (Column("Made", "made_at", "time"), Column("Version", "version"), Column("Reason", "reason"), Column("Size", "size_bytes", "bytes"), Column("Id", "id")), items="items",
    ),
)  # fmt: skip
