"""What is over is forgotten; what counts stays."""

from dropally.auth import audit, housekeeping, password_reset
from dropally.auth.actors import Actor
from dropally.catalog.outbox import delivery_log
from tests.auth.appliance import ADMIN, OFFICE, Appliance


def test_a_day_later_ended_sessions_and_stale_mails_are_gone(
    appliance: Appliance, admin: Actor
) -> None:
    password_reset.ask(appliance.ctx, ADMIN, OFFICE)
    housekeeping.tidy(appliance.ctx)
    assert appliance.mailed_token("password_reset", ADMIN)
    appliance.clock.advance(86400)
    housekeeping.tidy(appliance.ctx)
    with appliance.ctx.read() as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (0,)
        (mail,) = delivery_log(connection, 10)
        assert (mail.state, mail.content) == ("failed", b"")
        assert audit.verify(connection).rows == 2


def test_the_audit_is_kept_for_two_years_by_default(appliance: Appliance, admin: Actor) -> None:
    appliance.clock.advance(729 * 86400)
    appliance.sign_in()
    housekeeping.tidy(appliance.ctx)
    with appliance.ctx.read() as connection:
        assert audit.verify(connection).rows == 2
    appliance.clock.advance(2 * 86400)
    housekeeping.tidy(appliance.ctx)
    with appliance.ctx.read() as connection:
        proof = audit.verify(connection)
    assert (proof.rows, proof.first_seq) == (1, 2)
