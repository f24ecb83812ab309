"""The team's policies. They are fixed: nothing here enforces them, clients only read them."""

from typing import Any

Json = dict[str, Any]


def member_policies() -> Json:
    """The `TeamMemberPolicies` of team/get_info."""
    return {
        "sharing": {
            "shared_folder_member_policy": {".tag": "anyone"},
            "shared_folder_join_policy": {".tag": "from_anyone"},
            "shared_link_create_policy": {".tag": "default_team_only"},
            "group_creation_policy": {".tag": "admins_only"},
            "shared_folder_link_restriction_policy": {".tag": "anyone"},
            "enforce_link_password_policy": {".tag": "optional"},
            "default_link_expiration_days_policy": {".tag": "none"},
            "shared_link_default_permissions_policy": {".tag": "default"},
        },
        "emm_state": {".tag": "disabled"},
        "office_addin": {".tag": "enabled"},
        "suggest_members_policy": {".tag": "enabled"},
        "top_level_content_policy": {".tag": "admin_only"},
    }
