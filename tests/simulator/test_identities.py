"""Tokens, scopes, select headers and path roots: who may call what, as whom."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from dropally.simulator.auth.grants import Subject
from dropally.simulator.auth.minting import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from dropally.simulator.auth.scopes import ALL_SCOPES
from dropally.simulator.state.world import World
from dropbox import exceptions
from tests.simulator.office import Office, open_office


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


def post(office: Office, route: str, arg: Any = None, **headers: str) -> requests.Response:
    """A call with exactly these headers (`_` stands for `-`)."""
    url = f"https://api.dropboxapi.com/2/{route}"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return office.session.post(
        url, data=json.dumps(arg), headers={"Content-Type": "application/json", **sent}
    )


def root(mode: str, namespace: str = "") -> str:
    """A Dropbox-API-Path-Root header."""
    return json.dumps({".tag": mode, mode: namespace} if namespace else {".tag": mode})


def test_member_is_acted_as_by_select_user(office: Office) -> None:
    account = office.acting_as(office.people.bob).users_get_current_account()
    assert account.email == "bob@acme.example"
    assert account.account_type.is_business()
    assert account.team.name == "Acme Works"
    assert account.team_member_id == office.people.bob.member_id


def test_f36_personal_token_is_recognised_and_refused_on_team_routes(office: Office) -> None:
    account = office.as_person(office.people.pat).users_get_current_account()
    assert account.team is None
    assert account.account_type.is_pro()
    assert account.root_info.root_namespace_id == account.root_info.home_namespace_id
    token = office.mint_for(office.people.pat).access_token
    refused = post(office, "team/get_info", Authorization=f"Bearer {token}")
    assert refused.status_code == 400
    assert "team management function" in refused.text


def test_team_token_alone_does_not_open_an_account(office: Office) -> None:
    token = office.team_token.access_token
    refused = post(office, "users/get_current_account", Authorization=f"Bearer {token}")
    assert refused.status_code == 400
    assert refused.text.startswith('Error in call to API function "users/get_current_account": ')
    assert "Dropbox-API-Select-User" in refused.text


@pytest.mark.parametrize(
    ("who", "tag"),
    [("eve", "user_suspended"), ("rex", "invalid_select_user"), ("ida", "invalid_select_user")],
)
def test_members_who_are_not_active_cannot_be_acted_as(office: Office, who: str, tag: str) -> None:
    with pytest.raises(exceptions.AuthError) as refused:
        office.acting_as(getattr(office.people, who)).users_get_current_account()
    assert refused.value.error._tag == tag


def test_select_admin_needs_an_admin_and_a_route_that_allows_it(office: Office) -> None:
    ann, bob = office.people.ann, office.people.bob
    assert office.administering_as(ann).users_get_current_account().email == "ann@acme.example"
    with pytest.raises(exceptions.AuthError) as refused:
        office.administering_as(bob).users_get_current_account()
    assert refused.value.error.is_invalid_select_admin()
    with pytest.raises(exceptions.BadInputError, match="select admin"):
        office.administering_as(ann).users_get_space_usage()


def test_expired_token_is_told_apart_from_an_unknown_one(office: Office) -> None:
    short = office.mint(lifetime_s=-1).access_token
    for token, tag in ((short, "expired_access_token"), ("sl.none", "invalid_access_token")):
        answer = post(office, "team/get_info", Authorization=f"Bearer {token}")
        assert answer.status_code == 401
        assert answer.json()["error"] == {".tag": tag}


def test_missing_scope_is_named(office: Office) -> None:
    token = office.mint(scopes=ALL_SCOPES - {"members.read", "team_data.member"}).access_token
    answer = post(office, "team/members/list_v2", {}, Authorization=f"Bearer {token}")
    assert answer.json()["error"] == {".tag": "missing_scope", "required_scope": "members.read"}
    acting = {"Dropbox_API_Select_User": office.people.bob.member_id}
    answer = post(office, "users/get_current_account", Authorization=f"Bearer {token}", **acting)
    assert answer.json()["error"]["required_scope"] == "team_data.member"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "Authorization"),
        ({"Authorization": "Token abc"}, "Invalid authorization value"),
        ({"Authorization": "Basic abc"}, "App authentication"),
    ],
)
def test_strange_authorization_is_a_bad_request(
    office: Office, headers: dict[str, str], words: str
) -> None:
    answer = post(office, "team/get_info", **headers)
    assert answer.status_code == 400
    assert words in answer.text


def test_check_echoes_for_users_and_apps(office: Office) -> None:
    assert office.acting_as(office.people.ann).check_user("hello").result == "hello"
    pair = base64.b64encode(f"{DEFAULT_APP_KEY}:{DEFAULT_APP_SECRET}".encode()).decode()
    answer = post(office, "check/app", {"query": "here"}, Authorization=f"Basic {pair}")
    assert answer.json() == {"result": "here"}
    wrong = base64.b64encode(f"{DEFAULT_APP_KEY}:nothing".encode()).decode()
    assert post(office, "check/app", {}, Authorization=f"Basic {wrong}").status_code == 400


def test_revoking_ends_the_refresh_token_and_the_siblings(office: Office) -> None:
    minted = office.mint()
    grants = office.simulator.world.auth.grants

    def sibling(world: Any) -> str:
        grant = grants.find_refresh(minted.refresh_token)
        return grants.issue(grant).value if grant else ""

    other = office.simulator.run(sibling)
    assert post(office, "team/get_info", Authorization=f"Bearer {other}").status_code == 200
    revoked = post(office, "auth/token/revoke", Authorization=f"Bearer {minted.access_token}")
    assert (revoked.status_code, revoked.json()) == (200, None)
    assert post(office, "team/get_info", Authorization=f"Bearer {other}").status_code == 401
    gone = office.simulator.run(lambda world: grants.find_refresh(minted.refresh_token))
    assert gone is None


def test_admin_who_left_is_no_longer_the_authenticated_admin() -> None:
    with open_office() as office:
        office.simulator.run(
            lambda world: setattr(world.members[office.people.ann.member_id], "is_admin", False)
        )
        with pytest.raises(exceptions.ApiError) as refused:
            office.team.team_token_get_authenticated_admin()
        assert refused.value.error.is_admin_not_active()
        office.simulator.run(_forget_who_linked)
        with pytest.raises(exceptions.ApiError) as refused:
            office.team.team_token_get_authenticated_admin()
        assert refused.value.error.is_mapping_not_found()


def _forget_who_linked(world: World) -> None:
    for grant in world.auth.grants.grants.values():
        grant.subject = Subject("team", "dbmid:none", world.team.team_id)


def test_path_root_takes_home_the_right_root_and_visible_namespaces(office: Office) -> None:
    bob = office.people.bob
    for header in (
        root("home"),
        root("root", bob.root_namespace),
        root("namespace_id", office.people.sales.ns_id),
    ):
        client = office.acting_as(bob, Dropbox_API_Path_Root=header)
        assert client.users_get_current_account().email == "bob@acme.example"


def test_wrong_root_answers_the_right_one(office: Office) -> None:
    bob = office.people.bob
    client = office.acting_as(bob, Dropbox_API_Path_Root=root("root", "1"))
    with pytest.raises(exceptions.PathRootError) as refused:
        client.users_get_current_account()
    told = refused.value.error.get_invalid_root()
    assert told.root_namespace_id == bob.root_namespace
    assert told.home_path == "/Bob Jones"


def test_foreign_namespace_as_root_is_no_permission(office: Office) -> None:
    ann, bob = office.people.ann, office.people.bob
    header = root("namespace_id", ann.home_namespace)
    with pytest.raises(exceptions.PathRootError) as refused:
        office.acting_as(bob, Dropbox_API_Path_Root=header).users_get_current_account()
    assert refused.value.error.is_no_permission()
    # An admin opens any home of the team on routes that reach the whole team ...
    header = root("namespace_id", bob.home_namespace)
    office.administering_as(ann, Dropbox_API_Path_Root=header).users_get_current_account()
    # ... but nobody opens an account outside it.
    header = root("namespace_id", office.people.pat.home_namespace)
    with pytest.raises(exceptions.PathRootError):
        office.administering_as(ann, Dropbox_API_Path_Root=header).users_get_current_account()


@pytest.mark.parametrize("header", ["{", '"root"', '{".tag": "root"}', "[]"])
def test_malformed_path_root_is_a_bad_request(office: Office, header: str) -> None:
    with pytest.raises(exceptions.BadInputError, match="Path-Root"):
        office.acting_as(office.people.bob, Dropbox_API_Path_Root=header).check_user("")


@pytest.mark.parametrize(
    ("layout", "tag", "home_path"),
    [("2016", "user", None), ("2017", "team", "/Bob Jones"), ("2023", "user", "/Bob Jones")],
)
def test_root_info_of_each_layout(layout: str, tag: str, home_path: str | None) -> None:
    with open_office(layout) as office:  # type: ignore[arg-type]  # the table above has them
        answer = post(
            office,
            "users/get_current_account",
            Authorization=f"Bearer {office.team_token.access_token}",
            Dropbox_API_Select_User=office.people.bob.member_id,
        )
        info = answer.json()["root_info"]
        assert info[".tag"] == tag
        assert info.get("home_path") == home_path
        assert (info["root_namespace_id"] == info["home_namespace_id"]) is (layout == "2016")


def test_accounts_of_others_one_by_one_and_in_a_batch(office: Office) -> None:
    client, people = office.acting_as(office.people.bob), office.people
    ann = client.users_get_account(people.ann.account_id)
    assert (ann.is_teammate, ann.team_member_id) == (True, people.ann.member_id)
    both = client.users_get_account_batch([people.ann.account_id, people.pat.account_id])
    assert [one.is_teammate for one in both] == [True, False]
    unknown = "dbid:" + "x" * 35
    with pytest.raises(exceptions.ApiError) as refused:
        client.users_get_account_batch([people.ann.account_id, unknown])
    assert refused.value.error.get_no_account() == unknown
    with pytest.raises(exceptions.ApiError) as refused:
        client.users_get_account(unknown)
    assert refused.value.error.is_no_account()


def test_space_usage_of_members_and_of_personal_accounts(office: Office) -> None:
    member = office.acting_as(office.people.bob).users_get_space_usage()
    assert member.allocation.get_team().allocated > 0
    person = office.as_person(office.people.pat).users_get_space_usage()
    assert person.allocation.get_individual().allocated > 0
