"""Every operation of the API against every role (F150).

The table says for each operation which verb it asks for; an operation that is not listed fails, so
that nobody adds one without thinking about who may use it.
"""

from typing import Any

import pytest
from dropally.auth.verbs import SENSITIVE, VERBS_OF, Role
from tests.server.security.conftest import Target, ask
from tests.server.security.operations import PUBLIC, VERB_OF


def test_every_operation_says_who_may_use_it(target: Target) -> None:
    known = set(PUBLIC) | set(VERB_OF)
    found = {operation["operationId"] for _, _, operation in target.operations()}
    assert found - known == set(), "say in operations.py who may use these"
    assert known - found == set(), "these are no more"


def _ends_the_session(operation: dict[str, Any]) -> bool:
    return operation["operationId"] in {"sign_out", "end_own_other_sessions"}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_f150_roles_may_do_what_the_table_says_and_nothing_else(target: Target, role: Role) -> None:
    """Denied is 403 with a reason. Whatever else is answered, the door was open.

    Bodies fit their forms, but ask for nothing that can be done.
    """
    client = target.served.as_role(role)
    wrong = []
    for method, path, operation in target.operations():
        name = operation["operationId"]
        if name in PUBLIC or _ends_the_session(operation) or name == "stream_events":
            continue
        if method == "DELETE" and role == Role.ADMINISTRATOR:
            continue  # would be done; what administrators may delete, tests of the rooms show
        answer = ask(target, client, method, path, name)
        is_refused = answer.status_code == 403 and answer.json()["code"] in {
            "role_lacks_permission",
            "outside_reach",
        }
        verb = VERB_OF[name]
        is_wrong = verb is not None and (verb in VERBS_OF[role]) == is_refused
        if is_wrong or answer.status_code >= 500:
            wrong.append((name, answer.status_code, answer.text[:200]))
    assert not wrong, "\n".join(map(str, wrong))


def test_f12_strangers_get_no_further_than_the_public_operations(target: Target) -> None:
    stranger = target.served.stranger()
    wrong = []
    for method, path, operation in target.operations():
        name = operation["operationId"]
        answer = ask(target, stranger, method, path, name)
        if name not in PUBLIC and answer.status_code != 401:
            wrong.append((name, answer.status_code))
        if (
            name in PUBLIC
            and answer.status_code in {401, 403}
            and name not in {"sign_in", "complete_setup"}
        ):
            wrong.append((name, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_sensitive_operations_want_the_password_again(own_target: Target) -> None:
    """A session that was left open is not enough for them."""
    target = own_target
    browser = target.served.as_role(Role.ADMINISTRATOR)
    target.served.clock.advance(11 * 60)
    wrong = []
    for method, path, operation in target.operations():
        verb = VERB_OF.get(operation["operationId"])
        if verb not in SENSITIVE:
            continue
        answer = ask(target, browser, method, path, operation["operationId"])
        is_asked = (
            answer.status_code == 403 and answer.json()["code"] == "reauthentication_required"
        )
        if not is_asked and answer.status_code not in {404, 422, 428, 400}:
            wrong.append((operation["operationId"], answer.status_code, answer.text[:200]))
    assert not wrong, "\n".join(map(str, wrong))
