"""The team changes, and the tasks' entities follow."""

import pytest
from dropally.common.errors import NotFoundError
from dropally.protection import acting, discovery, entities, task_views
from dropally.protection.acting import Selection
from dropally.protection.entities import EntityQuery
from dropally.protection.settings import TaskSettings
from tests.protection.appliance import DROPBOX_ADMIN, SAMPLE_ADMIN, Protected


def look(place: Protected, connection_id: str) -> None:
    job = discovery.request_discovery(place.ctx, place.admin, connection_id)
    assert place.finished(job.id).status == "succeeded"


def add_member(place: Protected, given: str, surname: str = "New", **more: object) -> str:
    email = f"{given.lower()}@hollenberg.example"
    place.edit(
        {"op": "add_member", "email": email, "given_name": given, "surname": surname, **more}
    )
    return email


def activate(place: Protected, task_id: str, *names: str) -> None:
    acting.act(
        place.ctx, place.admin, task_id, "activate", Selection(tuple(place.ids(task_id, *names)))
    )


def test_the_sample_team_is_found(sample: Protected) -> None:
    task = sample.task()
    rows = {row.name: row for row in sample.rows(task.id)}
    assert rows["Ann Berger"].email == SAMPLE_ADMIN
    assert rows["Farid O'Neill"].dropbox_status == "suspended"
    assert "Hugo Winter" not in rows  # removed before anybody looked
    assert "Iris Novak" not in rows  # invited: no home yet
    assert {row.kind for row in rows.values()} >= {"member", "team folder", "shared folder"}
    assert len({row.namespace for row in rows.values()}) == len(rows)


def test_f53_new_members_and_folders_are_activated_and_told(place: Protected) -> None:
    task = place.task()
    add_member(place, "Bea")
    place.edit({"op": "add_team_folder", "name": "Plans"})
    look(place, task.connection.id)
    assert place.statuses(task.id) == {
        "Ada Admin": "Not Active",  # was there before: the admin decides
        "Bea New": "Scheduled",
        "Plans": "Scheduled",
    }
    [(kind, recipient, values)] = place.people.mails()
    assert (kind, recipient) == ("entity_discovered", "ann@example.com")
    assert (values["activated"], values["waiting"]) == ("Bea New\nPlans", "")


def test_f53_each_switch_counts_for_its_own_kind(place: Protected) -> None:
    settings = TaskSettings(auto_activate_members=False)
    task = place.task(settings=settings)
    add_member(place, "Bea")
    place.edit({"op": "add_team_folder", "name": "Plans"})
    look(place, task.connection.id)
    assert place.statuses(task.id)["Bea New"] == "Not Active"
    assert place.statuses(task.id)["Plans"] == "Scheduled"


def test_f53_only_members_of_chosen_groups_are_activated(place: Protected) -> None:
    task = place.task(settings=TaskSettings(auto_activate_groups=("sales",)))
    seller, other = add_member(place, "Bea"), add_member(place, "Cy")
    place.edit({"op": "add_group", "name": "Sales", "members": [seller]})
    assert other
    look(place, task.connection.id)
    assert place.statuses(task.id)["Bea New"] == "Scheduled"
    assert place.statuses(task.id)["Cy New"] == "Not Active"


def test_f37_f42_names_follow_and_identities_stay(place: Protected) -> None:
    task = place.task(activate="all")
    place.back_up(task.id)
    before = place.row(task.id, "Ada Admin")
    place.edit(
        {
            "op": "rename_member",
            "member": DROPBOX_ADMIN,
            "email": "ada.married@hollenberg.example",
            "display_name": "Ada Married",
        }
    )
    look(place, task.connection.id)
    after = place.row(task.id, "Ada Married")
    assert (after.id, after.first_backup, after.status) == (
        before.id,
        before.first_backup,
        "Active",
    )
    assert after.email == "ada.married@hollenberg.example"


def test_f54_who_leaves_is_archived_and_who_returns_goes_on(place: Protected) -> None:
    bea = add_member(place, "Bea")
    add_member(place, "Cy")
    task = place.task()
    activate(place, task.id, "Bea New")
    place.back_up(task.id)
    first = place.row(task.id, "Bea New").first_backup
    place.edit(
        {"op": "set_status", "member": bea, "status": "removed"},
        {"op": "set_status", "member": "cy@hollenberg.example", "status": "removed"},
    )
    look(place, task.connection.id)
    assert place.statuses(task.id) == {"Ada Admin": "Not Active", "Bea New": "Archived"}
    [(kind, _, values)] = place.people.mails()
    assert kind == "entity_discovered"
    assert values["archived"] == "Bea New"  # Cy was never to be backed up
    place.edit({"op": "set_status", "member": bea, "status": "active"})
    look(place, task.connection.id)
    row = place.row(task.id, "Bea New")
    assert (row.status, row.first_backup) == ("Active", first)


def test_f54_a_deleted_team_folder_is_archived(place: Protected) -> None:
    [made] = place.edit({"op": "add_team_folder", "name": "Plans"})
    place.put("/a.txt", "a", namespace=made["namespace_id"])
    task = place.task(activate="all")
    place.back_up(task.id)
    place.edit(
        {
            "op": "set_team_folder_status",
            "namespace": made["namespace_id"],
            "status": "archived",
        }
    )
    look(place, task.connection.id)
    row = place.row(task.id, "Plans")
    assert (row.status, row.dropbox_status) == ("Active", "archived")  # can be read, and still is
    place.simulator.run(lambda world: world.namespaces.remove(made["namespace_id"]))
    look(place, task.connection.id)
    assert place.statuses(task.id)["Plans"] == "Archived"
    assert place.back_up(task.id).status == "succeeded"


def test_f188_one_mail_names_all_that_came_and_went(place: Protected) -> None:
    bea = add_member(place, "Bea")
    task = place.task(activate="all")
    add_member(place, "Cy")
    add_member(place, "Di")
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    look(place, task.connection.id)
    [(_, _, values)] = place.people.mails()
    assert (values["activated"], values["archived"]) == ("Cy New\nDi New", "Bea New")


def test_suspended_members_are_backed_up_on(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/a.txt", "a", member=bea)
    task = place.task(activate="all")
    place.edit({"op": "set_status", "member": bea, "status": "suspended"})
    job = place.back_up(task.id)
    assert job.status == "succeeded"
    row = place.row(task.id, "Bea New")
    assert (row.status, row.dropbox_status, row.files) == ("Active", "suspended", 1)


def test_a_folder_deep_in_a_suspended_members_home_is_backed_up_on(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/Plans/2026/Old.txt", "old", member=bea)
    place.edit({"op": "share", "member": bea, "path": "/Plans/2026", "members": {}})
    task = place.task(activate="all")
    assert place.back_up(task.id).status == "succeeded"
    before = place.row(task.id, "2026")
    place.edit({"op": "set_status", "member": bea, "status": "suspended"})
    place.put("/Plans/2026/New.txt", "new", member=bea)  # Bea was still at it
    assert place.back_up(task.id).status == "succeeded"
    row = place.row(task.id, "2026")
    assert (before.status, before.files, row.status, row.files) == ("Active", 1, "Active", 2)
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    look(place, task.connection.id)
    assert place.row(task.id, "2026").status == "Not Active"  # nobody has it any more


def test_a_look_that_fails_changes_nothing(place: Protected) -> None:
    task = place.task(activate="all")
    before = place.rows(task.id)
    place.edit({"op": "revoke_tokens"})
    job = discovery.request_discovery(place.ctx, place.admin, task.connection.id)
    assert place.finished(job.id).status == "failed"
    assert place.rows(task.id) == before
    view = task_views.get_task(place.ctx, place.admin, task.id).connection
    assert view.discovery_error


def test_f86_names_are_found_whatever_their_case_and_accents(sample: Protected) -> None:
    task = sample.task()

    def found(text: str) -> list[str]:
        page = entities.list_page(
            sample.ctx, sample.admin, task.id, EntityQuery(name_part=text, kinds=("member",))
        )
        return [row.name for row in page.items]

    assert found("MOLL") == ["Greta Möller"]
    assert found("ÉLO") == ["Éloise Marchand"]
    assert found("o'neill") == ["Farid O'Neill"]
    assert found("ann.berger@") == ["Ann Berger"]
    assert found("nobody") == []


def test_a_second_look_while_one_is_under_way_is_the_same_job(place: Protected) -> None:
    team = place.connect()
    place.hold_back("team/*")
    jobs = {discovery.request_discovery(place.ctx, place.admin, team.id).id for _ in range(5)}
    assert len(jobs) == 1
    place.control.clear_faults()
    place.finish_all()


def test_no_look_at_a_team_that_is_not_there(place: Protected) -> None:
    assert discovery.discover_all(place.ctx, place.admin) == []
    with pytest.raises(NotFoundError):
        discovery.request_discovery(place.ctx, place.admin, "con_none")


def test_f37_backups_from_before_the_task_are_taken_over(place: Protected) -> None:
    bea = add_member(place, "Bea")
    place.put("/a.txt", "four", member=bea)
    old = place.task(activate="all")
    place.back_up(old.id)
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    first = place.row(old.id, "Ada Admin").first_backup
    with place.ctx.write() as connection:  # the appliance's database was lost, the storage was not
        connection.execute("DELETE FROM task")
    place.pass_time(days=2)
    place.fresh_admin()
    task = place.task()
    ada, gone = place.row(task.id, "Ada Admin"), place.row(task.id, bea)
    assert (ada.status, ada.first_backup) == ("Not Active", first)
    assert (gone.status, gone.files, gone.bytes) == ("Archived", 1, 4)
    place.edit({"op": "set_status", "member": bea, "status": "active"})
    look(place, task.connection.id)
    assert place.row(task.id, "Bea New").id == gone.id
