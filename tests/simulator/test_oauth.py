"""Linking an app: the consent page in all its outcomes, with the SDK's own flows."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from dropally.simulator.auth.apps import App, RedirectUriError
from dropally.simulator.auth.minting import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from dropally.simulator.state.model import Member
from dropbox import DropboxOAuth2Flow, DropboxOAuth2FlowNoRedirect, oauth
from tests.simulator.office import Office, open_office
from tests.simulator.sdk import team_client, user_client

REDIRECT = "http://localhost:8080/linked"
TEAM_SCOPES = ["team_info.read", "members.read", "team_data.member"]
TOKEN_URL = "https://api.dropboxapi.com/oauth2/token"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


def pasted_flow(office: Office, **options: Any) -> DropboxOAuth2FlowNoRedirect:
    """The SDK's flow for apps that have the code pasted."""
    flow = DropboxOAuth2FlowNoRedirect(
        DEFAULT_APP_KEY, use_pkce=True, token_access_type="offline", **options
    )
    flow.requests_session = office.session
    return flow


def decide(
    office: Office, url: str, member: Member | None, decision: str = "allow"
) -> requests.Response:
    """Open the page, sign in as somebody, press a button."""
    page = office.session.get(url)
    assert page.status_code == 200, page.text
    hidden = re.search(r'name="request" value="([^"]*)"', page.text)
    assert hidden is not None
    form = {
        "request": unescape(hidden.group(1)),
        "login": member.member_id if member else "",
        "decision": decision,
    }
    return office.session.post(url.partition("?")[0], data=form, allow_redirects=False)


def shown_code(page: requests.Response) -> str:
    """The code on the page."""
    found = re.search(r'id="auth-code"[^>]*>([^<]+)<', page.text)
    assert found is not None, page.text
    return found.group(1)


def redirected_query(answer: requests.Response) -> dict[str, str]:
    """The query that the browser brings to the redirect URI."""
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(REDIRECT)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_f43_admin_links_the_team_by_pasting_the_code(office: Office) -> None:
    flow = pasted_flow(office, scope=TEAM_SCOPES)
    url = flow.start()
    page = office.session.get(url)
    assert "Dropally" in page.text
    assert "the team Acme Works" in page.text
    assert "members.read" in page.text
    result = flow.finish(shown_code(decide(office, url, office.people.ann)))
    assert result.account_id.startswith("dbtid:")
    assert set(result.scope.split()) == {*TEAM_SCOPES, "account_info.read"}
    assert team_client(office.session, result.access_token).team_get_info().name == "Acme Works"


def test_refresh_token_of_a_pkce_link_needs_no_secret(office: Office) -> None:
    flow = pasted_flow(office, scope=TEAM_SCOPES)
    result = flow.finish(shown_code(decide(office, flow.start(), office.people.ann)))
    client = team_client(
        office.session,
        None,
        oauth2_refresh_token=result.refresh_token,
        app_key=DEFAULT_APP_KEY,
    )
    assert client.team_get_info().name == "Acme Works"


def test_only_an_admin_can_link_a_team(office: Office) -> None:
    answer = decide(office, pasted_flow(office, scope=TEAM_SCOPES).start(), office.people.bob)
    assert answer.status_code == 403
    assert "Only a team admin" in answer.text


def test_user_scopes_link_one_account(office: Office) -> None:
    flow = pasted_flow(office, scope=["files.metadata.read"])
    result = flow.finish(shown_code(decide(office, flow.start(), office.people.bob)))
    assert result.account_id == office.people.bob.account_id
    client = user_client(office.session, result.access_token)
    assert client.users_get_current_account().email == "bob@acme.example"


def test_nobody_signed_in_or_not_active_gets_no_code(office: Office) -> None:
    url = pasted_flow(office, scope=["files.metadata.read"]).start()
    for person in (None, office.people.eve, office.people.rex):
        answer = decide(office, url, person)
        assert answer.status_code == 400
        assert "Choose who signs in" in answer.text


def test_redirect_flow_brings_code_and_state(office: Office) -> None:
    session: dict[str, str] = {}
    flow = DropboxOAuth2Flow(
        DEFAULT_APP_KEY,
        REDIRECT,
        session,
        "csrf",
        consumer_secret=DEFAULT_APP_SECRET,
        token_access_type="offline",
        scope=TEAM_SCOPES,
    )
    flow.requests_session = office.session
    answer = decide(office, flow.start("back-here"), office.people.ann)
    result = flow.finish(redirected_query(answer))
    assert result.url_state == "back-here"
    assert result.account_id.startswith("dbtid:")


def test_refusal_is_sent_back(office: Office) -> None:
    session: dict[str, str] = {}
    flow = DropboxOAuth2Flow(
        DEFAULT_APP_KEY, REDIRECT, session, "csrf", use_pkce=True, token_access_type="offline"
    )
    answer = decide(office, flow.start(), office.people.ann, "deny")
    with pytest.raises(oauth.NotApprovedException):
        flow.finish(redirected_query(answer))
    page = decide(office, pasted_flow(office).start(), office.people.ann, "deny")
    assert page.status_code == 200
    assert "no access" in page.text


def test_f43_code_works_once(office: Office) -> None:
    flow = pasted_flow(office, scope=TEAM_SCOPES)
    code = shown_code(decide(office, flow.start(), office.people.ann))
    flow.finish(code)
    with pytest.raises(requests.HTTPError) as refused:
        flow.finish(code)
    assert refused.value.response.json()["error"] == "invalid_grant"


def test_code_expires() -> None:
    with open_office() as office:
        flow = pasted_flow(office, scope=TEAM_SCOPES)
        code = shown_code(decide(office, flow.start(), office.people.ann))
        office.simulator.run(lambda world: world.clock.advance(601))
        with pytest.raises(requests.HTTPError) as refused:
            flow.finish(code)
        assert "expired" in refused.value.response.json()["error_description"]


def test_code_of_another_flow_fails_on_the_verifier(office: Office) -> None:
    code = shown_code(decide(office, pasted_flow(office).start(), office.people.ann))
    with pytest.raises(requests.HTTPError) as refused:
        pasted_flow(office).finish(code)
    assert refused.value.response.json()["error"] == "invalid_grant"


def test_plain_challenge_is_its_own_verifier(office: Office) -> None:
    secret = "v" * 43
    url = (
        "https://www.dropbox.com/oauth2/authorize?response_type=code"
        f"&client_id={DEFAULT_APP_KEY}&code_challenge={secret}&code_challenge_method=plain"
    )
    form = {
        "grant_type": "authorization_code",
        "code": shown_code(decide(office, url, office.people.ann)),
        "client_id": DEFAULT_APP_KEY,
        "code_verifier": secret,
    }
    answer = office.session.post(TOKEN_URL, data=form).json()
    assert answer["expires_in"] == 14_400
    assert "refresh_token" not in answer  # token_access_type was not offline


def test_second_consent_can_add_to_the_first(office: Office) -> None:
    first = pasted_flow(office, scope=["team_info.read", "events.read"])
    first.finish(shown_code(decide(office, first.start(), office.people.ann)))
    second = pasted_flow(office, scope=["team_data.content.write"], include_granted_scopes="team")
    result = second.finish(shown_code(decide(office, second.start(), office.people.ann)))
    assert {"events.read", "team_data.content.write"} <= set(result.scope.split())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("response_type=code&client_id=nobody", "no app"),
        (f"response_type=token&client_id={DEFAULT_APP_KEY}", "response_type"),
        (f"response_type=code&client_id={DEFAULT_APP_KEY}&redirect_uri=https://evil.example/", "redirect_uri"),
        (f"response_type=code&client_id={DEFAULT_APP_KEY}&scope=files.fly", "files.fly"),
        (f"response_type=code&client_id={DEFAULT_APP_KEY}&token_access_type=ever", "token_access_type"),
        (f"response_type=code&client_id={DEFAULT_APP_KEY}&code_challenge=short", "code_challenge"),
        (f"response_type=code&client_id={DEFAULT_APP_KEY}&code_challenge_method=S256", "code_challenge"),
        (f"response_type=code&client_id={DEFAULT_APP_KEY}&include_granted_scopes=all", "include_granted"),
    ],
)  # fmt: skip
def test_wrong_links_say_what_is_wrong(office: Office, query: str, words: str) -> None:
    page = office.session.get(f"https://www.dropbox.com/oauth2/authorize?{query}")
    assert page.status_code == 400
    assert words in page.text
    posted = office.session.post(
        "https://www.dropbox.com/oauth2/authorize", data={"request": query, "decision": "allow"}
    )
    assert posted.status_code == 400


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "none"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "none"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client"),
    ],
)
def test_token_errors_are_json(office: Office, form: dict[str, str], error: str) -> None:
    answer = office.session.post(TOKEN_URL, data={"client_id": DEFAULT_APP_KEY, **form})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_key_and_secret_may_come_as_http_basic(office: Office) -> None:
    minted = office.mint()
    answer = office.session.post(
        TOKEN_URL,
        data={"grant_type": "refresh_token", "refresh_token": minted.refresh_token},
        auth=(DEFAULT_APP_KEY, DEFAULT_APP_SECRET),
    )
    assert answer.json()["token_type"] == "bearer"


def test_refresh_can_narrow_but_not_widen(office: Office) -> None:
    refresh = office.mint(scopes=frozenset({"team_info.read", "members.read"})).refresh_token
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": DEFAULT_APP_KEY,
    }
    narrowed = office.session.post(TOKEN_URL, data={**form, "scope": "team_info.read"}).json()
    assert narrowed["scope"] == "team_info.read"
    widened = office.session.post(TOKEN_URL, data={**form, "scope": "events.read"}).json()
    assert widened["error"] == "invalid_scope"


def test_page_shows_names_as_text() -> None:
    with open_office() as office:
        office.simulator.run(
            lambda world: world.auth.apps.put(
                "odd", App("odd", "<script>alert(1)</script>", None, (), frozenset())
            )
        )
        page = office.session.get(
            "https://www.dropbox.com/oauth2/authorize?response_type=code&client_id=odd"
        )
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("uri", ["http://backup.example/x", "https://a.example/#x", "ftp://a"])
def test_redirect_uris_must_be_https_or_local(uri: str) -> None:
    with pytest.raises(RedirectUriError):
        App("key", "App", None, (uri,))
