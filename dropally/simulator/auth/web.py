"""What the OAuth pages read and answer: plain web requests, not API calls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

#: The two faces' host names differ, the pages must not care: links inside them are relative.
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class WebAnswer:
    """Status, headers and body of one web answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def page_answer(status: int, html: str) -> WebAnswer:
    """A page that no cache keeps and no other site may frame."""
    return WebAnswer(
        status,
        html.encode(),
        {
            "content-type": _HTML,
            "cache-control": "no-store",
            "x-frame-options": "DENY",
        },
    )


def redirect_answer(location: str) -> WebAnswer:
    """Send the browser on; 302 as Dropbox does."""
    return WebAnswer(302, b"", {"location": location, "cache-control": "no-store"})


def json_answer(status: int, value: Mapping[str, Any]) -> WebAnswer:
    """A JSON answer; the content type is exactly what the SDK insists on."""
    return WebAnswer(
        status,
        json.dumps(value).encode(),
        {"content-type": "application/json", "cache-control": "no-store"},
    )


def read_form(text: str) -> dict[str, str]:
    """A query string or form body; of a repeated key the last value counts."""
    return dict(parse_qsl(text, keep_blank_values=True))
