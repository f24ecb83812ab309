"""The names of all actions, and reading a rule from JSON."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dropally.common.errors import UsageError
from dropally.simulator.faults import connection, limits, refusals, results
from dropally.simulator.faults.rules import RuleCounter, RuleSpec
from dropally.simulator.faults.scene import Action

ACTIONS: Final[dict[str, type[msgspec.Struct]]] = {
    "rate_limit": refusals.RateLimit429,
    "server_error": refusals.ServerError,
    "api_error": refusals.ApiRefusal,
    "cursor_reset": refusals.CursorReset,
    "path_not_found": refusals.PathNotFound,
    "restricted_content": refusals.RestrictedContent,
    "export_retry": refusals.ExportRetry,
    "expired_token": refusals.ExpiredToken,
    "no_permission": refusals.NoPermission,
    "invalid_root": refusals.InvalidRoot,
    "quota_used_up": refusals.QuotaUsedUp,
    "token_bucket": limits.TokenBucketLimit,
    "write_lock": limits.WriteLock,
    "drop_connection": connection.DropConnection,
    "delay": connection.Delay,
    "slow_body": connection.SlowBody,
    "cut_body": connection.CutBody,
    "wrong_bytes": connection.WrongBytes,
    "gzip_body": connection.GzipBody,
    "empty_page": results.EmptyPage,
    "duplicate_entries": results.DuplicateEntries,
    "children_first": results.ChildrenFirst,
    "wrong_hash": results.WrongHash,
    "wrong_size": results.WrongSize,
    "invisible_after_write": results.InvisibleAfterWrite,
    "restricted_hashes": results.RestrictedHashes,
}


def parse_rule(
    document: object, more_actions: Mapping[str, type[msgspec.Struct]]
) -> tuple[RuleCounter, Action]:
    """Read one rule from its JSON object. Raises UsageError naming what is wrong.

    `more_actions` are actions that need the world, such as `edit`.
    """
    actions = {**ACTIONS, **more_actions}
    try:
        spec = msgspec.convert(document, RuleSpec)
    except msgspec.ValidationError as error:
        fields = ", ".join(RuleSpec.__struct_fields__)
        raise UsageError(f"A fault rule is wrong: {error}", hint=f"Fields: {fields}.") from error
    kind = actions.get(spec.action)
    if kind is None:
        known = ", ".join(sorted(actions))
        raise UsageError(f"There is no fault action {spec.action!r}.", hint=f"Actions: {known}.")
    return RuleCounter(spec), _read_action(spec.action, kind, spec.args)


def _read_action(name: str, kind: type[msgspec.Struct], args: dict[str, Any]) -> Action:
    try:
        action: Any = msgspec.convert(args, kind)
    except msgspec.ValidationError as error:
        known = ", ".join(kind.__struct_fields__) or "none"
        raise UsageError(f"{name}: {error}", hint=f"Settings of {name}: {known}.") from error
    read: Action = action
    return read
