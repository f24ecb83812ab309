"""What people do at the same moment: one of them wins, and nothing is lost."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

from dropally.auth import audit, invitations, sign_in, users
from dropally.auth.actors import EVERYWHERE, Actor
from dropally.auth.errors import LastAdministratorError, LinkEndedError, SignInRefusedError
from dropally.auth.invitations import InvitationForm
from dropally.auth.rights import Rights
from dropally.auth.verbs import Role
from dropally.common.errors import DropallyError
from tests.auth.appliance import ADMIN, OFFICE, PASSWORD, Appliance


def at_once(calls: Sequence[Callable[[], object]]) -> list[type[DropallyError] | None]:
    """Start all of them together; what each raised."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[type[DropallyError] | None] = []

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
        except DropallyError as error:
            outcomes.append(type(error))
        else:
            outcomes.append(None)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_f164_one_code_opens_one_session(appliance: Appliance, admin: Actor) -> None:
    app, recovery_codes = appliance.enrol(admin)
    for code in (None, recovery_codes[0]):
        appliance.clock.advance(600)
        used = code or appliance.code(app)
        enter = partial(sign_in.sign_in, appliance.ctx, ADMIN, PASSWORD, OFFICE, code=used)
        outcomes = at_once([enter] * 4)
        assert outcomes.count(None) == 1
        assert outcomes.count(SignInRefusedError) == 3


def test_f152_two_administrators_cannot_demote_each_other(
    appliance: Appliance, admin: Actor
) -> None:
    other = appliance.add(admin, "bo@example.com", Role.ADMINISTRATOR)
    viewing = Rights(Role.VIEWER, EVERYWHERE)
    outcomes = at_once(
        [
            lambda: users.change_rights(appliance.ctx, admin, other.id, viewing),
            lambda: users.change_rights(appliance.ctx, other, admin.id, viewing),
        ]
    )
    assert set(outcomes) == {None, LastAdministratorError}


def test_f19_a_link_clicked_twice_at_once_is_used_once(appliance: Appliance, admin: Actor) -> None:
    form = InvitationForm("Bo", "bo@example.com", Rights(Role.VIEWER, EVERYWHERE))
    invitations.invite(appliance.ctx, admin, form)
    token = appliance.mailed_token("invitation", "bo@example.com")
    outcomes = at_once(
        [lambda: invitations.accept(appliance.ctx, token, PASSWORD, PASSWORD, OFFICE)] * 4
    )
    assert outcomes.count(None) == 1
    assert outcomes.count(LinkEndedError) == 3


def test_f143_rows_written_at_once_make_one_chain(appliance: Appliance, admin: Actor) -> None:
    def write() -> None:
        for _ in range(10):
            with appliance.ctx.write() as connection:
                audit.record(
                    connection, appliance.ctx.now(), admin, audit.Activity.DATA_ACCESS, "Looked."
                )

    assert at_once([write] * 6) == [None] * 6
    with appliance.ctx.read() as connection:
        assert audit.verify(connection).rows == 61
