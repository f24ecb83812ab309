"""The whole API under generated requests: no 5xx, no answer that its own description does not know.

DROPALLY_SCHEMA_EXAMPLES sets how many requests each operation gets; the suite sends a few to each,
the same ones at each run. HYPOTHESIS_PROFILE=explore makes others.
"""

import os
from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema_rs
import pytest
from dropally.auth.verbs import Role
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import openapi
from tests.server.security.conftest import Target

EXAMPLES = int(os.environ.get("DROPALLY_SCHEMA_EXAMPLES", "6"))
SHARES = 3
# The stream never ends; the others would end what the requests come by.
LEFT_OUT = {"stream_events", "sign_out", "end_own_other_sessions"}


@pytest.mark.parametrize("share", range(SHARES), ids=[f"share{n}" for n in range(SHARES)])
def test_generated_requests_get_answers_as_described(own_target: Target, share: int) -> None:
    """To somebody who may only look, and then to an administrator."""
    people = [own_target.served.person(role) for role in (Role.VIEWER, Role.ADMINISTRATOR)]
    clients = {person.id: own_target.served.browser(person) for person in people}
    schema = openapi.from_dict(own_target.document)
    found: list[str] = []
    operations: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]  # ours are all valid
    for operation in sorted(operations, key=lambda one: one.label)[share::SHARES]:
        name = operation.definition.raw["operationId"]
        if name not in LEFT_OUT:
            found += _send(own_target, clients, operation)
    assert not found, "\n".join(found)


def _send(target: Target, clients: Mapping[str, httpx.Client], operation: Any) -> list[str]:
    """Send some requests to one operation, each by these people; what is wrong with the answers."""
    problems: list[str] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def send(case: Any, is_known: bool) -> None:
        parameters = dict(case.path_parameters or {})
        if is_known:
            parameters.update(
                {key: target.ids.get(key, value) for key, value in parameters.items()}
            )
        case.path_parameters = parameters
        request = case.as_transport_kwargs(base_url="https://backup.example.com")
        for own_id, client in clients.items():
            answer = None if own_id in parameters.values() else _ask(client, request)
            problem = "" if answer is None else _wrong(target, operation.definition.raw, answer)
            if problem:
                told = f"{operation.label} {request['url']} {request.get('params')}"
                problems.append(f"{told} {request.get('json')!r}: {problem}"[:1500])

    send()
    return problems[:3]


def _ask(client: httpx.Client, request: dict[str, Any]) -> httpx.Response | None:
    """The answer; None if no HTTP client could send this."""
    body = request.get("json")
    try:
        return client.request(
            request["method"],
            request["url"],
            params=request.get("params") or None,
            headers=_headers(request),
            json=body if isinstance(body, dict | list) else None,
            cookies=None,
        )
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError):
        return None


def _headers(request: dict[str, Any]) -> dict[str, str]:
    kept = {"if-match", "idempotency-key", "range", "if-none-match"}
    return {
        key: value
        for key, value in dict(request.get("headers") or {}).items()
        if key.lower() in kept
    }


def _wrong(target: Target, operation: dict[str, Any], answer: httpx.Response) -> str:
    """Why an answer does not fit the operation's description; "" if it does."""
    status = answer.status_code
    if status >= 500 and status != 503:
        return f"{status} {answer.text[:500]}"
    described = operation["responses"].get(str(status))
    if described is None:
        return f"{status} is not described: {answer.text[:300]}"
    content = described.get("content")
    if not content:
        return ""
    media = answer.headers.get("content-type", "").partition(";")[0]
    if media not in content:
        return f"{status} came as {media!r}, described are {sorted(content)}"
    schema = content[media].get("schema")
    if schema is None or not media.endswith("json"):
        return ""
    whole = {**schema, "components": target.document["components"]}
    errors = [
        error.message for error in jsonschema_rs.validator_for(whole).iter_errors(answer.json())
    ]
    return (
        f"{status} does not fit its schema: {errors[:3]} in {answer.text[:300]}" if errors else ""
    )
