"""Connecting teams: the code, the browser that comes back, refusals, lost and found again."""

import threading
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from dropally.auth.actors import host_operator
from dropally.auth.errors import ForbiddenError, LinkEndedError, StateError
from dropally.auth.verbs import Role
from dropally.common.errors import DeniedError, NotFoundError, UsageError
from dropally.dropbox_api import UploadQuota
from dropally.protection import connections, linking, pausing, probing, runs
from dropally.simulator import start_simulator
from dropally.simulator.auth.minting import register_default_app
from tests.protection.appliance import SAMPLE_ADMIN, Protected, allow, shown_code


def test_f43_the_pasted_code_connects_and_works_once(place: Protected) -> None:
    begun = linking.start(place.ctx, place.admin)
    code = shown_code(allow(begun.url))
    with pytest.raises(DeniedError):
        linking.finish_with_code(place.ctx, place.admin, begun.id, "mistyped")
    view = linking.finish_with_code(place.ctx, place.admin, begun.id, f" {code}\n")
    assert (view.state, view.team_name, view.layout) == ("Connected", "Empty team", "2023")
    assert "files.content.write" not in view.scopes  # reading first; writing is another consent
    assert "files.content.write" in view.missing_for_restore
    with pytest.raises(LinkEndedError):
        linking.finish_with_code(place.ctx, place.admin, begun.id, code)


def test_f43_the_browser_comes_back_with_the_right_state(place: Protected) -> None:
    address = linking.redirect_address(place.ctx)
    place.simulator.run(lambda world: register_default_app(world, redirect_uris=(address,)))
    begun = linking.start(place.ctx, place.admin, purpose="restore", by_redirect=True)
    answer = allow(begun.url)
    assert answer.is_redirect
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == address
    query = {name: values[0] for name, values in parse_qs(location.query).items()}
    with pytest.raises(LinkEndedError):
        linking.finish_with_redirect(place.ctx, place.admin, {**query, "state": "forged"})
    with pytest.raises(LinkEndedError):
        linking.finish_with_redirect(place.ctx, host_operator("somebody else"), query)
    view = linking.finish_with_redirect(place.ctx, place.admin, query)
    assert view.missing_for_restore == []


def test_a_link_that_was_begun_expires(place: Protected) -> None:
    begun = linking.start(place.ctx, place.admin)
    code = shown_code(allow(begun.url))
    place.pass_time(hours=1)
    with pytest.raises(LinkEndedError):
        linking.finish_with_code(place.ctx, place.fresh_admin(), begun.id, code)


def test_only_administrators_connect(place: Protected) -> None:
    operator = place.people.add(place.admin, "op@example.com", Role.BACKUP_OPERATOR)
    with pytest.raises(ForbiddenError):
        linking.start(place.ctx, operator)


def test_without_an_app_key_the_next_step_is_named(place: Protected) -> None:
    place.set_policy(app_key="")
    with pytest.raises(UsageError, match="app key"):
        linking.start(place.ctx, place.admin)


def test_f36_a_personal_account_is_refused(place: Protected) -> None:
    with pytest.raises(DeniedError, match="not one of a Dropbox Business team"):
        linking.take_credentials(place.ctx, place.admin, place.credentials(kind="personal"))
    assert connections.list_connections(place.ctx, place.admin) == []


@pytest.mark.parametrize("licences", [3, 25, 5000])
def test_f35_a_team_of_any_size_is_taken(place: Protected, licences: int) -> None:
    """Dropbox names the plan to no app: what it tells of it is shown."""
    place.simulator.run(lambda world: setattr(world.team, "num_licensed_users", licences))
    assert place.connect().licensed_users == licences


def test_missing_permissions_are_named(place: Protected) -> None:
    few = place.credentials(scopes=["team_info.read", "members.read"])
    known = msgspec.structs.replace(few, scopes=frozenset({"team_info.read", "members.read"}))
    with pytest.raises(DeniedError, match=r"files\.content\.read"):
        linking.take_credentials(place.ctx, place.admin, known)


def test_f37_f49_reconnecting_keeps_everything_and_takes_no_other_team(place: Protected) -> None:
    task = place.task(activate="all")
    place.back_up(task.id)
    before = place.row(task.id, "Ada Admin")
    begun = linking.start(place.ctx, place.admin, connection_id=task.connection.id)
    view = linking.finish_with_code(place.ctx, place.admin, begun.id, shown_code(allow(begun.url)))
    assert view.id == task.connection.id
    assert place.row(task.id, "Ada Admin") == before
    assert place.connect().id == view.id  # the same team, connected as if it were new
    with start_simulator(team="sample") as other:
        settings = msgspec.structs.replace(place.ctx.settings, api_url=other.http_url)
        elsewhere = place.with_settings(settings)
        begun = linking.start(elsewhere, place.admin, connection_id=view.id)
        code = shown_code(allow(begun.url, SAMPLE_ADMIN))
        with pytest.raises(StateError) as refused:
            linking.finish_with_code(elsewhere, place.admin, begun.id, code)
    assert refused.value.code == "different_team"
    assert place.back_up(task.id).status == "succeeded"  # the old link still works


def test_f48_a_revoked_link_shows_and_is_mailed_once(place: Protected) -> None:
    task = place.task(activate="all")
    place.edit({"op": "revoke_tokens"})
    [view] = probing.probe_all(place.ctx)
    assert (view.state, view.cause) == ("Disconnected", "revoked")
    assert view.hint
    since = view.since
    place.pass_time(minutes=5)
    [view] = probing.probe_all(place.ctx)
    assert view.since == since
    assert [kind for kind, _, _ in place.people.mails()] == ["connection_lost"]
    with pytest.raises(StateError) as refused:
        runs.request_backup(place.ctx, place.admin, task.id)
    assert refused.value.code == "disconnected"
    place.connect()
    assert place.back_up(task.id).status == "succeeded"


def test_f48_a_run_that_is_refused_disconnects_too(place: Protected) -> None:
    task = place.task(activate="all")
    place.edit({"op": "revoke_tokens"})
    job = place.back_up(task.id)
    assert job.status == "failed"
    assert "revoked" in job.error
    view = connections.get_connection(place.ctx, place.admin, task.connection.id)
    assert view.state == "Disconnected"


def test_a_network_that_is_down_disconnects_nobody(place: Protected) -> None:
    view = place.connect()
    place.simulator.stop()
    found = probing.probe(place.ctx, place.admin, view.id)
    assert (found.state, found.checked) == (view.state, view.checked)
    assert found.trouble


def test_f236_probing_goes_on_while_everything_is_paused(place: Protected) -> None:
    task = place.task()
    pausing.pause(place.ctx, place.admin, task.id)
    place.pass_time(days=40)
    place.control.reset_metrics()
    [view] = probing.probe_all(place.ctx)
    assert view.state == "Connected"
    assert place.calls("team/get_info") == 1


def test_renewed_tokens_are_stored_and_nothing_secret_is_readable(place: Protected) -> None:
    view = place.connect()
    first = connections.team_handle(place.ctx, view.id).credentials
    place.edit({"op": "expire_tokens"})
    probing.probe(place.ctx, place.admin, view.id)
    second = connections.team_handle(place.ctx, view.id).credentials
    assert first.access_token != second.access_token
    assert first.refresh_token == second.refresh_token
    stored = b"".join(
        path.read_bytes() for path in place.people.ctx.data_folder.glob("dropally.db*")
    )
    for secret in (second.refresh_token, second.access_token, first.access_token):
        assert secret.encode() not in stored


def test_the_link_of_the_direct_commands_is_taken_over(place: Protected) -> None:
    with pytest.raises(NotFoundError):
        linking.adopt_link_file(place.ctx, place.admin)
    path = place.people.ctx.data_folder / "dropbox.json"
    path.write_bytes(msgspec.json.encode(place.credentials()))
    assert linking.adopt_link_file(place.ctx, place.admin).state == "Connected"


def test_disconnecting_forgets_the_link_and_keeps_the_tasks(place: Protected) -> None:
    task = place.task(activate="all")
    view = connections.disconnect(place.ctx, place.admin, task.connection.id)
    assert (view.state, view.cause) == ("Disconnected", "by_admin")
    assert probing.probe_all(place.ctx) == []
    with pytest.raises(StateError):
        connections.team_handle(place.ctx, view.id)
    with pytest.raises(StateError) as refused:
        connections.remove(place.ctx, place.admin, view.id)
    assert refused.value.code == "in_use"


def test_a_team_without_tasks_can_be_removed(place: Protected) -> None:
    view = place.connect()
    connections.remove(place.ctx, place.admin, view.id)
    assert connections.list_connections(place.ctx, place.admin) == []


def test_connecting_is_in_the_audit(place: Protected) -> None:
    place.connect()
    assert place.people.audit(place.admin)[0].description == (
        "The Dropbox team Empty team was connected."
    )


def test_f100_upload_calls_are_counted_in_the_database(place: Protected) -> None:
    view = linking.take_credentials(place.ctx, place.admin, place.credentials())
    place.simulator.run(lambda world: setattr(world.team, "upload_api_rate_limit", 20))
    handles = [connections.handle_of_team(place.ctx, view.team_id) for _ in range(2)]
    for handle in handles:
        assert handle.uploads is not None
        handle.uploads.add(9)
    with connections.open_connection(place.ctx, view.id, threading.Event()) as team:
        assert team.upload_quota() == UploadQuota(limit=20, used=18, reserved=2)
        assert team.upload_quota().left == 0
    (shown,) = connections.list_connections(place.ctx, place.admin)
    assert shown.uploads_this_month == 18
    place.pass_time(days=31)
    assert handles[0].uploads is not None
    assert handles[0].uploads.used_this_month() == 0
