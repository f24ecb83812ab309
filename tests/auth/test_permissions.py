"""Who may do what: the whole matrix, and properties of the one function that decides."""

from dataclasses import replace

import pytest
from dropally.auth.actors import (
    EVERYTHING,
    EVERYWHERE,
    NOWHERE,
    Actor,
    Client,
    Place,
    Reach,
    Restriction,
    anonymous,
    host_operator,
    scheduler,
)
from dropally.auth.permissions import (
    allowed,
    may_approve,
    may_give,
    reach_of,
    settings_sections,
    verbs_of,
)
from dropally.auth.verbs import (
    FOUR_EYES,
    SENSITIVE,
    SUBJECT_OF,
    VERBS_OF,
    WHILE_RESTRICTED,
    Role,
    Verb,
)
from hypothesis import given
from hypothesis import strategies as st

HERE = Place("tsk_1", "ent_1")
SIBLING = Place("tsk_1", "ent_2")
OTHER = Place("tsk_2", "ent_9")
PLACES = (EVERYTHING, Place("tsk_1"), HERE, SIBLING, OTHER)
REACHES = (
    EVERYWHERE,
    NOWHERE,
    Reach(tasks=frozenset({"tsk_1"})),
    Reach(entities=frozenset({"ent_1"})),
)

# Written out a second time, by hand, from what each role is for: a slip in the table shows here.
EXPECTED: dict[Role, set[str]] = {
    Role.BACKUP_OPERATOR: {
        "task.read", "task.create", "task.run", "task.pause", "task.settings", "entity.activate",
        "hold.set", "job.read", "job.cancel", "activity.read", "alert.acknowledge", "status.read",
        "report.read", "report.manage", "notification.manage", "storage.read",
        "repository.verify", "search.manage", "limits.manage",
    },
    Role.RECOVERY_OPERATOR: {
        "task.read", "content.browse", "content.search", "content.preview", "content.download",
        "restore.to_owner", "restore.elsewhere", "export", "hold.set", "job.read", "job.cancel",
        "activity.read", "status.read",
    },
    Role.HELP_DESK: {
        "task.read", "content.browse", "content.search", "restore.to_owner", "job.read",
        "activity.read", "status.read",
    },
    Role.AUDITOR: {
        "task.read", "job.read", "activity.read", "status.read", "audit.read", "report.read",
        "storage.read", "user.read",
    },
    Role.VIEWER: {"task.read", "job.read", "activity.read", "status.read"},
    Role.BILLING: {"status.read", "billing.read", "billing.manage"},
    Role.ADMINISTRATOR: {str(verb) for verb in Verb if SUBJECT_OF[verb] != "self"},
}  # fmt: skip
SELF = {str(verb) for verb in Verb if SUBJECT_OF[verb] == "self"}


def person(
    role: Role,
    reach: Reach = EVERYWHERE,
    *,
    granted: frozenset[Verb] = frozenset(),
    denied: frozenset[Verb] = frozenset(),
    restriction: Restriction = "",
    fresh: bool = True,
) -> Actor:
    return Actor(
        "user", "usr_1", "Ann", role, reach, granted, denied, restriction, is_freshly_proved=fresh
    )


def token_of(owner: Actor, verbs: frozenset[Verb] | None, reach: Reach = EVERYWHERE) -> Actor:
    return replace(owner, kind="token", token_id="tok_1", token_verbs=verbs, token_reach=reach)


def covers(reach: Reach, place: Place) -> bool:
    return (
        reach.everywhere
        or (place.task_id in reach.tasks if place.task_id else False)
        or (place.entity_id in reach.entities if place.entity_id else False)
    )


@pytest.mark.parametrize("role", list(Role))
def test_f150_each_role_has_exactly_its_verbs(role: Role) -> None:
    assert {str(verb) for verb in VERBS_OF[role]} == EXPECTED[role] | SELF


def test_f10_the_administrator_has_every_verb_everywhere() -> None:
    admin = person(Role.ADMINISTRATOR)
    for verb in Verb:
        for place in PLACES:
            assert allowed(admin, verb, place).is_allowed, (verb, place)


def test_f150_the_whole_matrix_of_roles_verbs_reaches_and_places() -> None:
    for role in Role:
        for reach in REACHES:
            actor = person(role, reach)
            for verb in Verb:
                for place in PLACES:
                    subject = SUBJECT_OF[verb]
                    reached = (
                        subject == "self"
                        or verb == Verb.STATUS_READ
                        or (reach.everywhere if subject == "appliance" else covers(reach, place))
                    )
                    has = verb.value in EXPECTED[role] | SELF
                    decision = allowed(actor, verb, place)
                    assert decision.is_allowed == (has and reached), (role, reach, verb, place)
                    if not has:
                        assert decision.reason == "role_lacks_permission"
                    elif not reached:
                        assert decision.reason == "outside_reach"
                    else:
                        assert decision.reason == "allowed"


def test_every_verb_stands_in_the_table() -> None:
    assert set(SUBJECT_OF) == set(Verb)


def test_help_desk_restores_to_the_owner_only_and_sees_no_content() -> None:
    desk = person(Role.HELP_DESK)
    assert allowed(desk, Verb.RESTORE_TO_OWNER, HERE).is_allowed
    for verb in (
        Verb.RESTORE_ELSEWHERE,
        Verb.RESTORE_REPLACE,
        Verb.CONTENT_PREVIEW,
        Verb.CONTENT_DOWNLOAD,
        Verb.EXPORT,
    ):
        assert not allowed(desk, verb, HERE).is_allowed


@pytest.mark.parametrize("verb", sorted(SENSITIVE))
def test_sensitive_verbs_want_the_password_again(verb: Verb) -> None:
    stale = person(Role.ADMINISTRATOR, fresh=False)
    assert allowed(stale, verb, HERE).reason == "reauthentication_required"
    assert allowed(person(Role.ADMINISTRATOR), verb, HERE).is_allowed


def test_who_could_never_do_it_is_not_asked_for_the_password() -> None:
    stale = person(Role.VIEWER, fresh=False)
    assert allowed(stale, Verb.ERASE, HERE).reason == "role_lacks_permission"


@pytest.mark.parametrize("restriction", ["enrol_required", "password_expired"])
def test_f159_f160_a_restricted_person_can_only_put_it_right(restriction: Restriction) -> None:
    actor = person(Role.ADMINISTRATOR, restriction=restriction)
    for verb in Verb:
        decision = allowed(actor, verb, HERE)
        if verb in WHILE_RESTRICTED:
            assert decision.is_allowed
        else:
            assert decision.reason == restriction
    assert reach_of(actor, Verb.CONTENT_SEARCH) == (NOWHERE,)


def test_a_grant_adds_and_a_denial_wins() -> None:
    verb = Verb.EXPORT
    assert allowed(person(Role.VIEWER, granted=frozenset({verb})), verb, HERE).is_allowed
    both = person(Role.VIEWER, granted=frozenset({verb}), denied=frozenset({verb}))
    assert allowed(both, verb, HERE).reason == "denied_for_person"
    taken = person(Role.RECOVERY_OPERATOR, denied=frozenset({verb}))
    assert allowed(taken, verb, HERE).reason == "denied_for_person"


def test_nobody_signed_in_may_nothing() -> None:
    stranger = anonymous(Client())
    assert all(
        allowed(stranger, verb, place).reason == "signed_out" for verb in Verb for place in PLACES
    )
    assert verbs_of(stranger) == frozenset()
    assert settings_sections(stranger) == []


def test_scheduler_and_host_may_everything_without_a_password() -> None:
    for actor in (scheduler(), host_operator("root")):
        assert all(allowed(actor, verb, HERE).is_allowed for verb in Verb)


verbs = st.sampled_from(list(Verb))
verb_sets = st.frozensets(verbs, max_size=12)
ids = st.sampled_from(["1", "2", "3"])
reaches = st.builds(
    Reach,
    everywhere=st.booleans(),
    tasks=st.frozensets(ids.map(lambda n: "tsk_" + n)),
    entities=st.frozensets(ids.map(lambda n: "ent_" + n)),
)
places = st.builds(
    Place,
    task_id=st.one_of(st.just(""), ids.map(lambda n: "tsk_" + n)),
    entity_id=st.one_of(st.just(""), ids.map(lambda n: "ent_" + n)),
)
persons = st.builds(
    person,
    st.sampled_from(list(Role)),
    reaches,
    granted=verb_sets,
    denied=verb_sets,
    fresh=st.booleans(),
)


@given(persons, st.none() | verb_sets, reaches, verbs, places)
def test_a_token_never_may_what_its_owner_may_not(
    owner: Actor, named: frozenset[Verb] | None, reach: Reach, verb: Verb, place: Place
) -> None:
    token = token_of(owner, named, reach)
    fresh_owner = replace(owner, is_freshly_proved=True)
    if allowed(token, verb, place).is_allowed:
        assert allowed(fresh_owner, verb, place).is_allowed
        assert SUBJECT_OF[verb] != "self" or verb == Verb.SELF_READ
        if named is None:
            assert verb not in SENSITIVE
        elif verb != Verb.SELF_READ:
            assert verb in named


@given(persons, reaches, verbs, places)
def test_a_wider_reach_never_takes_anything_away(
    actor: Actor, wider: Reach, verb: Verb, place: Place
) -> None:
    if actor.reach.within(wider) and allowed(actor, verb, place).is_allowed:
        assert allowed(replace(actor, reach=wider), verb, place).is_allowed


@given(persons, st.none() | verb_sets, reaches, verbs, places)
def test_reach_of_agrees_with_allowed(
    owner: Actor, named: frozenset[Verb] | None, reach: Reach, verb: Verb, place: Place
) -> None:
    """What filters a list is the same as what guards one row."""
    if SUBJECT_OF[verb] != "place":
        return
    for actor in (replace(owner, is_freshly_proved=True), token_of(owner, named, reach)):
        filtered = all(part.covers(place) for part in reach_of(actor, verb))
        assert filtered == allowed(actor, verb, place).is_allowed


@given(persons, st.sampled_from(list(Role)), reaches, verb_sets, verbs, places)
def test_nobody_can_give_more_than_they_have(
    giver: Actor, role: Role, reach: Reach, granted: frozenset[Verb], verb: Verb, place: Place
) -> None:
    giver = replace(giver, is_freshly_proved=True)
    given_to = person(role, reach, granted=granted)
    if may_give(giver, role, reach, granted) and allowed(given_to, verb, place).is_allowed:
        assert allowed(giver, verb, place).is_allowed


def test_only_administrators_make_administrators() -> None:
    almost = person(Role.AUDITOR, granted=frozenset(Verb))
    assert not may_give(almost, Role.ADMINISTRATOR, EVERYWHERE)
    assert may_give(almost, Role.VIEWER, EVERYWHERE)


@pytest.mark.parametrize("verb", sorted(FOUR_EYES))
def test_four_eyes_wants_another_person_with_the_same_right(verb: Verb) -> None:
    first = person(Role.ADMINISTRATOR)
    second = replace(first, id="usr_2")
    assert allowed(first, verb, HERE).needs_second_person
    assert may_approve(second, first, verb, HERE).is_allowed
    assert may_approve(first, first, verb, HERE).reason == "needs_person"
    assert may_approve(token_of(second, frozenset({verb})), first, verb).reason == "needs_person"
    viewer = replace(person(Role.VIEWER), id="usr_3")
    assert may_approve(viewer, first, verb, HERE).reason == "role_lacks_permission"


def test_f144_sections_are_in_order_and_hidden_without_the_verb() -> None:
    assert settings_sections(person(Role.ADMINISTRATOR)) == [
        "account", "users", "security", "notifications", "storage", "connections", "search",
        "limits", "tokens", "appliance",
    ]  # fmt: skip
    assert settings_sections(person(Role.VIEWER)) == ["security", "tokens"]
    scoped = person(Role.BACKUP_OPERATOR, Reach(tasks=frozenset({"tsk_1"})))
    assert settings_sections(scoped) == ["security", "tokens"]
