"""Linking a team through Dropbox's own pages (the simulator's): both ways, and all refusals."""

import pickle
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from dropally.common.clock import SystemClock
from dropally.common.errors import DeniedError, DropallyError, TryLaterError, UsageError
from dropally.dropbox_api import (
    BACKUP_SCOPES,
    Credentials,
    PendingLink,
    finish_link,
    identify,
    missing_scopes,
    open_team,
    scopes_for,
    start_link,
)
from dropally.simulator.auth.minting import DEFAULT_APP_KEY, mint_person_token
from dropally.simulator.state.model import Member
from dropally.simulator.state.team_space import add_outsider
from tests.dropbox_api.team_of_three import APP_REDIRECT, Stage, credentials_of


def begin(stage: Stage, **options: object) -> PendingLink:
    return start_link(
        DEFAULT_APP_KEY,
        scopes_for("backup"),
        stage.settings,
        **options,  # type: ignore[arg-type]  # what each test varies
    )


def decide(url: str, member: Member, decision: str = "allow") -> requests.Response:
    """The admin opens the page, signs in, and presses a button."""
    page = requests.get(url, timeout=60)
    hidden = re.search(r'name="request" value="([^"]*)"', page.text)
    assert hidden is not None, page.text
    request = unescape(hidden.group(1))
    form = {"request": request, "login": member.member_id, "decision": decision}
    return requests.post(url.partition("?")[0], data=form, allow_redirects=False, timeout=60)


def pasted_code(stage: Stage, pending: PendingLink, member: Member | None = None) -> str:
    page = decide(pending.url, member or stage.people.ann)
    found = re.search(r'id="auth-code"[^>]*>([^<]+)<', page.text)
    assert found is not None, page.text
    return found.group(1)


def redirected(url: str, member: Member, decision: str = "allow") -> dict[str, str]:
    query = urlsplit(decide(url, member, decision).headers["Location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def test_f43_a_pasted_code_links_the_team(stage: Stage) -> None:
    pending = pickle.loads(pickle.dumps(begin(stage)))
    credentials = finish_link(pending, f" {pasted_code(stage, pending)}\n", stage.settings)
    assert credentials.team_name == "Acme Works"
    assert credentials.team_id.startswith("dbtid:")
    assert credentials.admin_member_id == stage.people.ann.member_id
    assert missing_scopes(credentials.scopes, "backup") == []
    with open_team(credentials, stage.settings, clock=SystemClock()) as connection:
        assert connection.describe().name == "Acme Works"


def test_f43_a_redirect_links_the_team(stage: Stage) -> None:
    pending = begin(stage, redirect_uri=APP_REDIRECT)
    query = redirected(pending.url, stage.people.ann)
    assert finish_link(pending, query, stage.settings).team_name == "Acme Works"


def test_the_link_outlives_its_first_token(stage: Stage) -> None:
    pending = begin(stage)
    linked = finish_link(pending, pasted_code(stage, pending), stage.settings)
    later = Credentials(app_key=linked.app_key, refresh_token=linked.refresh_token)
    kept: list[Credentials] = []
    with open_team(
        later, stage.settings, clock=SystemClock(), on_credentials=kept.append
    ) as connection:
        assert connection.describe().name == "Acme Works"
    assert kept[0].access_token
    assert kept[0].expires_at is not None


def test_write_scopes_come_with_a_second_link(stage: Stage) -> None:
    first = begin(stage)
    reading = finish_link(first, pasted_code(stage, first), stage.settings)
    assert not reading.scopes & (scopes_for("restore") - BACKUP_SCOPES)
    second = start_link(
        DEFAULT_APP_KEY, scopes_for("restore"), stage.settings, already=reading.scopes
    )
    writing = finish_link(
        second,
        pasted_code(stage, second),
        stage.settings,
        expected_team_id=reading.team_id,
        purpose="restore",
    )
    assert missing_scopes(writing.scopes, "restore") == []
    with open_team(reading, stage.settings, clock=SystemClock()) as connection:
        assert connection.describe().name == "Acme Works"


def test_a_link_with_too_few_scopes_is_refused_by_name(stage: Stage) -> None:
    pending = start_link(DEFAULT_APP_KEY, scopes_for("backup") - {"sharing.read"}, stage.settings)
    with pytest.raises(DeniedError, match=r"sharing\.read"):
        finish_link(pending, pasted_code(stage, pending), stage.settings)


def test_missing_scopes_at_a_call_are_named(stage: Stage) -> None:
    lacking = stage.mint(scopes=scopes_for("backup") - {"members.read"})
    credentials = credentials_of(lacking)
    with (
        open_team(credentials, stage.settings, clock=SystemClock()) as connection,
        pytest.raises(DeniedError, match=r"members\.read"),
    ):
        list(connection.members())


def test_f36_a_personal_account_is_refused(stage: Stage) -> None:
    def personal(world: object) -> Credentials:
        person = add_outsider(stage.simulator.world, "pat@home.example", "Pat", "Brown")
        return credentials_of(mint_person_token(stage.simulator.world, person))

    credentials = stage.simulator.run(personal)
    with pytest.raises(DeniedError, match="Business team") as caught:
        identify(credentials, stage.settings)
    assert "personal" in caught.value.hint


def test_f36_a_personal_link_is_refused(stage: Stage) -> None:
    reading = frozenset({"files.metadata.read"})
    pending = start_link(DEFAULT_APP_KEY, reading, stage.settings)
    code = pasted_code(stage, pending, stage.people.ben)
    with pytest.raises(DeniedError, match="personal Dropbox account"):
        finish_link(pending, code, stage.settings)


def test_another_team_is_refused(stage: Stage) -> None:
    pending = begin(stage)
    code = pasted_code(stage, pending)
    with pytest.raises(DeniedError, match="not the one this task protects"):
        finish_link(pending, code, stage.settings, expected_team_id="dbtid:another")


def test_codes_work_once_and_must_be_right(stage: Stage) -> None:
    pending = begin(stage)
    code = pasted_code(stage, pending)
    finish_link(pending, code, stage.settings)
    for wrong in (code, "nonsense"):
        with pytest.raises(DeniedError, match="did not take the code") as caught:
            finish_link(pending, wrong, stage.settings)
        assert "again" in caught.value.hint


def test_a_code_of_another_attempt_is_refused(stage: Stage) -> None:
    code = pasted_code(stage, begin(stage))
    with pytest.raises(DeniedError):
        finish_link(begin(stage), code, stage.settings)


def test_an_admin_who_says_no(stage: Stage) -> None:
    pending = begin(stage, redirect_uri=APP_REDIRECT)
    query = redirected(pending.url, stage.people.ann, "deny")
    with pytest.raises(DeniedError, match="did not allow"):
        finish_link(pending, query, stage.settings)


@pytest.mark.parametrize("query", [{}, {"code": "x", "state": "forged"}, {"code": "x"}])
def test_answers_that_belong_elsewhere(stage: Stage, query: dict[str, str]) -> None:
    pending = begin(stage, redirect_uri=APP_REDIRECT)
    with pytest.raises(DropallyError, match="does not belong"):
        finish_link(pending, query, stage.settings)


def test_no_network_and_no_app_key(stage: Stage) -> None:
    pending = begin(stage)
    nowhere = type(stage.settings)(api_url="http://127.0.0.1:9")
    with pytest.raises(TryLaterError):
        finish_link(pending, "code", nowhere)
    with pytest.raises(UsageError, match="app key"):
        start_link("", scopes_for("backup"), stage.settings)


def test_a_pending_link_hides_its_secret(stage: Stage) -> None:
    pending = begin(stage)
    assert pending.verifier not in repr(pending)
    assert pending.verifier not in str(pending.__rich_repr__())
