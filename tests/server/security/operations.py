"""Who may use which operation, and with what body it is asked."""

from typing import Any

from dropally.auth.verbs import Verb

PUBLIC = frozenset(
    [
        "get_health",
        "get_readiness",
        "get_openapi",
        "get_setup",
        "complete_setup",
        "sign_in",
        "ask_password_reset",
        "complete_password_reset",
        "look_up_invitation",
        "accept_invitation",
        "register",
        "confirm_email",
        "open_download",
        "fetch_download",
        "find_self_backups",
        "recover_appliance",
    ]
)
"""Strangers may: they prove themselves by what they send, or learn nothing."""

_TABLE = """
activity.read           list_activity export_activity get_activity_info
appliance.manage        list_self_backups make_self_backup make_support_bundle check_address
audit.read              list_audit list_audit_activities export_audit verify_audit
connection.manage       adopt_connection authorize_connection finish_redirect exchange_code
connection.manage       get_redirect_address delete_connection disconnect_connection probe_connection
task.create             create_task discover_connection
task.read               get_task list_entities count_entities list_groups get_entity get_next_runs get_following get_task_days
task.read               preview_task_deletion
task.read               preview_retention list_holds
snapshot.delete         retain_task
task.read               list_erasures get_erasure get_erasure_certificate list_exclusions
erase                   erase_items remove_exclusion
hold.set                set_hold
hold.release            release_hold
task.run                run_task run_entities retry_job
task.pause              pause_task resume_task
task.settings           change_task
task.delete             delete_task undelete_task
entity.activate         act_on_entities
content.browse          get_backups_of_entity get_calendar list_points list_differences get_item
content.browse          list_folder list_versions list_deleted get_point get_item_details
content.download        get_content
restore.elsewhere       list_live_folders
job.read                list_jobs get_jobs_summary get_job get_job_log list_job_problems
job.cancel              cancel_job
notification.manage     list_mails send_test_mail
user.read               list_users
user.manage             invite_user resend_invitation change_user delete_user deactivate_user
user.manage             make_password_reset_link reactivate_user reset_second_factor unlock_user
token.manage            revoke_token
organisation.manage     rename_organisation make_owner
storage.read            list_storages get_storage get_storage_proof get_storage_use get_storage_lock
storage.manage          prune_storage lock_storage
storage.manage          add_storage test_new_storage remove_storage change_storage make_storage_default
storage.manage          rebuild_catalog confirm_recovery_code create_repository adopt_repository
storage.manage          test_storage make_recovery_kit
storage.manage          verify_storage repair_storage drill_storage replicate_storage migrate_storage
key.export              renew_recovery_code add_key remove_key rotate_keys
security.manage         change_security_policy
appliance.decommission  request_decommission approve_decommission reactivate_appliance
status.read             get_decommission
status.read             get_appliance get_appliance_health get_pre_flight list_connections
status.read             get_connection get_organisation
self.read               get_own_account list_roles get_security_policy list_tokens
self.read               refuse_second_factor_hint refuse_checklist
self.profile            change_own_profile ask_email_change
self.password           change_own_password
self.security           begin_second_factor enable_second_factor disable_second_factor
self.security           renew_recovery_codes
self.sessions           list_own_sessions end_own_session end_own_other_sessions sign_out
self.tokens             create_token
"""
_SIGNED_IN = """
stream_events get_session list_tasks prove_again get_console_settings list_settings change_settings preview_schedule
list_selections create_selection delete_selection get_selection list_selected_items change_selection
download_selection plan_restore start_restore get_restore_results start_export list_downloads get_download
delete_download create_download_link
"""
"""Whoever is signed in may ask; what comes of it is decided by each item, setting or event."""


def _parse() -> dict[str, Verb | None]:
    found: dict[str, Verb | None] = dict.fromkeys(_SIGNED_IN.split())
    for line in _TABLE.strip().splitlines():
        verb, *names = line.split()
        found.update(dict.fromkeys(names, Verb(verb)))
    return found


VERB_OF = _parse()

BODY_OF: dict[str, dict[str, Any]] = {
    "exchange_code": {"link_id": "lnk_none", "code": "none"},
    "invite_user": {
        "name": "X",
        "email": "no address",
        "rights": {"role": "viewer", "reach": {"everywhere": True}},
    },
    "send_test_mail": {"recipient": "x@example.com"},
    "change_own_profile": {"name": ""},
    "ask_email_change": {"email": "no address"},
    "change_own_password": {"current": "x", "new": "x", "new_again": "y"},
    "enable_second_factor": {"code": "000000"},
    "rename_organisation": {"name": ""},
    "prove_again": {"password": "wrong"},
    "change_security_policy": {"changes": {"password_mix": 1}},
    "change_settings": {"changes": {"recovery.none": 1}},
    "change_selection": {"action": "add", "items": []},
    "add_storage": {"kind": "local", "id": "none", "path": "/proc/none"},
    "test_new_storage": {"kind": "local", "path": "/proc/none"},
    "confirm_recovery_code": {"groups": {}},
    "adopt_repository": {"recovery_code": "wrong"},
    "make_recovery_kit": {"recovery_code": "wrong"},
    "add_key": {"kind": "passphrase", "passphrase": "short"},
    "rotate_keys": {"recovery_code": "wrong"},
    "create_task": {"name": "", "connection_id": "con_none"},
    "delete_task": {"name": "another name"},
    "act_on_entities": {"action": "activate", "q": "nobody is called so"},
    "change_user": {"name": "X"},
    "change_task": {"name": "Dropbox"},
    "create_token": {"name": ""},
    "preview_schedule": {"plan": {}},
    "preview_retention": {"mode": "unlimited"},
    "set_hold": {"task_id": "tsk_none", "reason": ""},
    "prune_storage": {"dry_run": True},
    "request_decommission": {"approval": "no"},
    "erase_items": {"dry_run": True},
    "start_export": {"selection_id": "sel_none"},
    "plan_restore": {"selection_id": "sel_none"},
    "start_restore": {"selection_id": "sel_none"},
    "replicate_storage": {"target": "none"},
    "migrate_storage": {"target": "none"},
}
"""What fits the form, but changes nothing even for those who may."""

QUERY_OF: dict[str, dict[str, str]] = {"list_differences": {"since": "latest"}}
