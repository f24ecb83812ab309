"""Errors carry reason, cause and next step, also across processes."""

import pickle
from typing import Any

import pytest
from dropally.dropbox_api.errors import ItemFailure, RouteError, item_failure, tag_path


@pytest.mark.parametrize(
    ("error", "path"),
    [
        ({".tag": "path", "path": {".tag": "not_found"}}, "path/not_found"),
        ({".tag": "reset"}, "reset"),
        ({".tag": "path", "reason": {".tag": "conflict", "conflict": {".tag": "file"}}}, None),
        ("reset", "reset"),
        (None, "unknown"),
        ({}, "unknown"),
    ],
)
def test_tags_outermost_first(error: Any, path: str | None) -> None:
    assert tag_path(error) == (path or "path/conflict/file")


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("path/restricted_content", "restricted_content"),
        ("path/unsupported_content_type", "unsupported"),
        ("unsupported_file", "unsupported"),
        ("non_exportable", "unsupported"),
        ("retry_error", "export_failed"),
        ("path/not_found", "vanished"),
        ("path/conflict/folder", "conflict"),
        ("path/insufficient_space", "no_space"),
        ("to/disallowed_name", "bad_name"),
        ("path/no_write_permission", "no_permission"),
        ("something/nobody/knows", "refused"),
    ],
)
def test_a_refusal_becomes_one_items_failure(tags: str, reason: str) -> None:
    error: Any = None
    for tag in reversed(tags.split("/")):
        error = {".tag": tag, tag: error}
    failure = item_failure(RouteError("files/x", error), "rev:1")
    assert failure.reason == reason
    assert failure.hint
    assert tags in failure.detail


def test_errors_survive_pickling() -> None:
    failure = pickle.loads(pickle.dumps(ItemFailure("mismatch", "rev:1: bad", retryable=True)))
    assert (failure.reason, failure.detail, failure.retryable) == ("mismatch", "rev:1: bad", True)
    error = pickle.loads(pickle.dumps(RouteError("files/x", {".tag": "reset"}, "words")))
    assert (error.route, error.tag, error.user_message) == ("files/x", "reset", "words")
