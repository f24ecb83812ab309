"""Every route of accounts, team, sharing and the log, in every layout, checked by Dropbox's types.

In strict mode an answer that is not of the route's type becomes a 500, so that a 200 or a 409 here
means: an answer Dropbox could have given.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from dropally.simulator.auth.scopes import ALL_SCOPES
from dropally.simulator.routing import Endpoint, endpoints
from dropbox import files
from tests.simulator.office import Office, open_office

GROUPS = ("auth/", "check/", "users/", "team/", "team_log/", "sharing/", "files/paper/")
ENDPOINTS = {name: one for name, one in endpoints.items() if name.startswith(GROUPS)}
SCOPED = {
    name: one
    for name, one in endpoints.items()
    if one.route.scope and "noauth" not in one.route.auth
}
USER = {name: one for name, one in endpoints.items() if one.route.auth == {"user"}}


@dataclass
class Sweep:
    """An office with something in it, and the names its routes need."""

    office: Office
    names: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module", params=["2016", "2017", "2023"])
def sweep(request: pytest.FixtureRequest) -> Iterator[Sweep]:
    with open_office(request.param) as office:
        prepared = Sweep(office)
        ann, people = office.acting_as(office.people.ann), office.people
        shared = ann.sharing_share_folder("/Shared").get_complete().shared_folder_id
        link = ann.files_upload(b"x", "/Shared/file.txt").path_lower
        ann.files_paper_create(b"x", "/page.paper", files.ImportFormat.html)
        prepared.names = {
            "ann": people.ann.member_id,
            "account": people.ann.account_id,
            "group": people.crew.group_id,
            "sales": people.sales.ns_id,
            "shared": shared,
            "file": link,
            "url": ann.sharing_create_shared_link_with_settings(link).url,
        }
        yield prepared


#: An argument for each route: `$name` is filled in from the sweep's names. Continuations get a
#: cursor of their list where it has one, and answer for a strange one otherwise.
ARGUMENTS: dict[str, Any] = {
    "auth/token/revoke": None,
    "check/user": {"query": "q"},
    "check/app": {"query": "q"},
    "users/get_current_account": None,
    "users/get_space_usage": None,
    "users/get_account": {"account_id": "$account"},
    "users/get_account_batch": {"account_ids": ["$account"]},
    "users/features/get_values": {
        "features": [
            {".tag": "paper_as_files"},
            {".tag": "file_locking"},
            {".tag": "team_shared_dropbox"},
            {".tag": "distinct_member_home"},
        ]
    },
    "team/get_info": None,
    "team/features/get_values": {
        "features": [
            {".tag": "upload_api_rate_limit"},
            {".tag": "has_team_shared_dropbox"},
            {".tag": "has_team_file_events"},
            {".tag": "has_team_selective_sync"},
            {".tag": "has_distinct_member_homes"},
        ]
    },
    "team/token/get_authenticated_admin": None,
    "team/members/list": {"limit": 1, "include_removed": True},
    "team/members/list/continue": {"cursor": "strange"},
    "team/members/list_v2": {"include_removed": True},
    "team/members/list/continue_v2": {"cursor": "strange"},
    "team/members/get_info": {"members": [{".tag": "team_member_id", "team_member_id": "$ann"}]},
    "team/members/get_info_v2": {"members": [{".tag": "team_member_id", "team_member_id": "$ann"}]},
    "team/groups/list": {},
    "team/groups/list/continue": {"cursor": "strange"},
    "team/groups/members/list": {"group": {".tag": "group_id", "group_id": "$group"}},
    "team/groups/members/list/continue": {"cursor": "strange"},
    "team/team_folder/list": {},
    "team/team_folder/list/continue": {"cursor": "strange"},
    "team/team_folder/get_info": {"team_folder_ids": ["$sales", "1"]},
    "team/team_folder/create": {"name": "Sweep"},
    "team/team_folder/rename": {"team_folder_id": "$sales", "name": "Sold"},
    "team/team_folder/archive": {"team_folder_id": "$sales", "force_async_off": True},
    "team/team_folder/archive/check": {"async_job_id": "strange"},
    "team/team_folder/activate": {"team_folder_id": "$sales"},
    "team/namespaces/list": {},
    "team/namespaces/list/continue": {"cursor": "strange"},
    "team_log/get_events": {},
    "team_log/get_events/continue": {"cursor": "strange"},
    "sharing/list_folders": {},
    "sharing/list_folders/continue": {"cursor": "strange"},
    "sharing/list_mountable_folders": {},
    "sharing/list_mountable_folders/continue": {"cursor": "strange"},
    "sharing/get_folder_metadata": {"shared_folder_id": "$shared"},
    "sharing/list_folder_members": {"shared_folder_id": "$shared"},
    "sharing/list_folder_members/continue": {"cursor": "strange"},
    "sharing/add_folder_member": {
        "shared_folder_id": "$shared",
        "members": [{"member": {".tag": "email", "email": "a@b.example"}}],
    },
    "sharing/remove_folder_member": {
        "shared_folder_id": "$shared",
        "member": {".tag": "dropbox_id", "dropbox_id": "dbid:none"},
        "leave_a_copy": False,
    },
    "sharing/share_folder": {"path": "/Shared"},
    "sharing/check_share_job_status": {"async_job_id": "strange"},
    "sharing/mount_folder": {"shared_folder_id": "$shared"},
    "sharing/unmount_folder": {"shared_folder_id": "$sales"},
    "sharing/unshare_folder": {"shared_folder_id": "$sales"},
    "sharing/check_job_status": {"async_job_id": "strange"},
    "sharing/list_file_members": {"file": "$file"},
    "sharing/list_file_members/continue": {"cursor": "strange"},
    "sharing/get_file_metadata": {"file": "$file"},
    "sharing/add_file_member": {
        "file": "$file",
        "members": [{".tag": "email", "email": "a@b.example"}],
    },
    "sharing/list_received_files": {},
    "sharing/list_received_files/continue": {"cursor": "strange"},
    "sharing/create_shared_link_with_settings": {"path": "/Shared"},
    "sharing/list_shared_links": {},
    "sharing/revoke_shared_link": {"url": "https://www.dropbox.com/none"},
    "files/paper/create": {"path": "/sweep.paper", "import_format": {".tag": "markdown"}},
    "files/paper/update": {
        "path": "/page.paper",
        "import_format": {".tag": "markdown"},
        "doc_update_policy": {".tag": "overwrite"},
    },
}


def test_every_route_of_these_groups_is_swept() -> None:
    assert set(ARGUMENTS) == set(ENDPOINTS)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_answer_is_one_that_dropbox_could_give(sweep: Sweep, name: str) -> None:
    office = sweep.office
    token = office.mint().access_token
    answer = call(office, ENDPOINTS[name], filled(ARGUMENTS[name], sweep.names), token)
    assert answer.status_code in (200, 403, 409), answer.text
    if answer.status_code == 409:
        assert not answer.json()["error_summary"].startswith("other"), answer.text


@pytest.mark.parametrize("name", sorted(SCOPED))
def test_each_route_asks_for_its_scope(sweep: Sweep, name: str) -> None:
    endpoint = SCOPED[name]
    scope = endpoint.route.scope
    token = sweep.office.mint(scopes=ALL_SCOPES - {scope}).access_token
    answer = call(sweep.office, endpoint, {}, token)
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == {".tag": "missing_scope", "required_scope": scope}


@pytest.mark.parametrize("name", sorted(USER))
def test_select_admin_is_taken_where_dropbox_takes_it(sweep: Sweep, name: str) -> None:
    endpoint, office = USER[name], sweep.office
    headers = {"Dropbox-API-Select-Admin": office.people.ann.member_id}
    answer = send(office, endpoint, None, office.mint().access_token, headers)
    refused = answer.status_code == 400 and "select admin header" in answer.text
    assert refused is not bool(endpoint.route.select_admin_mode), answer.text


def call(office: Office, endpoint: Endpoint, arg: Any, token: str) -> requests.Response:
    """Call a route as whoever may call it."""
    headers: dict[str, str] = {}
    if "user" in endpoint.route.auth:
        headers["Dropbox-API-Select-User"] = office.people.ann.member_id
    elif endpoint.route.auth == {"app"}:
        pair = ("simdropallyapp1", "simdropallykey1")
        request = requests.Request("POST", "https://a", auth=pair).prepare()
        headers["Authorization"] = request.headers["Authorization"]
    return send(office, endpoint, arg, token, headers)


def send(
    office: Office, endpoint: Endpoint, arg: Any, token: str, headers: dict[str, str]
) -> requests.Response:
    """Post with the argument where the route's style wants it."""
    url = f"https://{endpoint.route.host}.dropboxapi.com/2/{endpoint.route.name}"
    headers = {"Authorization": f"Bearer {token}", **headers}
    text = json.dumps(arg)
    if endpoint.route.style == "rpc":
        headers["Content-Type"] = "application/json"
        return office.session.post(url, data=text, headers=headers)
    return office.session.post(url, data=b"", headers={**headers, "Dropbox-API-Arg": text})


def filled(arg: Any, names: dict[str, Any]) -> Any:
    """The argument with its `$names` filled in."""
    if isinstance(arg, dict):
        return {key: filled(value, names) for key, value in arg.items()}
    if isinstance(arg, list):
        return [filled(value, names) for value in arg]
    return names[arg[1:]] if isinstance(arg, str) and arg.startswith("$") else arg
