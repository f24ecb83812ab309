"""The audit: chained, verified, filtered, exported."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from dropally.auth import audit, audit_reading, sign_in
from dropally.auth.actors import Actor, Client, host_operator, scheduler
from dropally.auth.audit import Activity, AuditBrokenError
from dropally.auth.audit_reading import COLUMNS, AuditQuery
from dropally.auth.errors import FieldsError, ForbiddenError, SignInRefusedError
from dropally.auth.verbs import Role
from dropally.catalog import audit as catalog_audit
from dropally.common.errors import UsageError
from hypothesis import given
from hypothesis import strategies as st
from tests.auth.appliance import ADMIN, OFFICE, START, Appliance


def write_rows(appliance: Appliance, actor: Actor, count: int) -> None:
    for number in range(count):
        appliance.clock.advance(60)
        with appliance.ctx.write() as connection:
            audit.record(
                connection,
                appliance.ctx.now(),
                actor,
                Activity.DATA_ACCESS,
                f"Row {number} was looked at.",
                task="Nightly",
                service="Dropbox",
                details={"number": number},
            )


def tamper(appliance: Appliance, statement: str, values: tuple[object, ...] = ()) -> None:
    """As somebody would who has the file and a tool: without the triggers."""
    path = appliance.ctx.data_folder / "dropally.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for trigger in ("audit_row_is_final", "audit_row_stays"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.execute(statement, values)
    finally:
        connection.close()


def verify(appliance: Appliance, noted: str = "") -> audit.Proof:
    with appliance.ctx.read() as connection:
        return audit.verify(connection, noted)


def test_f143_a_whole_chain_verifies_and_its_head_can_be_noted(
    appliance: Appliance, admin: Actor
) -> None:
    write_rows(appliance, admin, 5)
    noted = verify(appliance).noted
    write_rows(appliance, admin, 5)
    proof = verify(appliance, noted)
    assert proof.rows == 11  # the setup is the first
    assert proof.last_seq == 11


def _flip_text(appliance: Appliance) -> None:
    tamper(appliance, "UPDATE audit SET description = 'Row 2 was looked at?' WHERE seq = 4")


def _flip_time(appliance: Appliance) -> None:
    tamper(appliance, "UPDATE audit SET at_us = at_us + 1 WHERE seq = 4")


def _flip_hash(appliance: Appliance) -> None:
    tamper(appliance, "UPDATE audit SET hash = zeroblob(32) WHERE seq = 4")


def _remove(appliance: Appliance) -> None:
    tamper(appliance, "DELETE FROM audit WHERE seq = 4")


def _swap(appliance: Appliance) -> None:
    tamper(appliance, "UPDATE audit SET seq = 100 WHERE seq = 4")
    tamper(appliance, "UPDATE audit SET seq = 4 WHERE seq = 5")
    tamper(appliance, "UPDATE audit SET seq = 5 WHERE seq = 100")


@pytest.mark.parametrize("change", [_flip_text, _flip_time, _flip_hash, _remove, _swap])
def test_f143_whatever_is_changed_verifying_fails_at_that_row(
    appliance: Appliance, admin: Actor, change: Callable[[Appliance], None]
) -> None:
    write_rows(appliance, admin, 6)
    change(appliance)
    with pytest.raises(AuditBrokenError) as caught:
        verify(appliance)
    assert caught.value.seq == 4
    assert "row 4" in caught.value.message


def test_f143_every_column_is_in_the_chain(appliance: Appliance, admin: Actor) -> None:
    write_rows(appliance, admin, 1)
    with appliance.ctx.read() as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(audit)")]
    for column in set(columns) - {"seq", "hash", "at_us", "status"}:
        tamper(appliance, f"UPDATE audit SET {column} = {column} || 'x' WHERE seq = 2")
        with pytest.raises(AuditBrokenError):
            verify(appliance)
        tamper(
            appliance,
            f"UPDATE audit SET {column} = substr({column}, 1, length({column}) - 1) WHERE seq = 2",
        )
        verify(appliance)


def test_rows_cut_from_the_end_are_missed(appliance: Appliance, admin: Actor) -> None:
    write_rows(appliance, admin, 4)
    tamper(appliance, "DELETE FROM audit WHERE seq > 3")
    with pytest.raises(AuditBrokenError) as caught:
        verify(appliance)
    assert caught.value.finding == "rows at the end are missing"


def test_a_chain_computed_anew_fails_against_a_noted_head(
    appliance: Appliance, admin: Actor
) -> None:
    write_rows(appliance, admin, 4)
    noted = verify(appliance).noted
    tamper(appliance, "DELETE FROM audit")
    tamper(appliance, "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'audit'")
    write_rows(appliance, admin, 9)
    assert verify(appliance).rows == 9, "in itself the forged chain is whole"
    with pytest.raises(AuditBrokenError) as caught:
        verify(appliance, noted)
    assert caught.value.seq == 5


@pytest.mark.parametrize("noted", ["x", "5", "5:abc", "-1:" + "0" * 64, "٣:" + "0" * 64])
def test_a_malformed_noted_head_is_told(appliance: Appliance, admin: Actor, noted: str) -> None:
    with pytest.raises(UsageError):
        verify(appliance, noted)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET description = ''", "DELETE FROM audit WHERE seq = 1"]
)
def test_the_database_itself_refuses_changes(
    appliance: Appliance, admin: Actor, statement: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError), appliance.ctx.write() as connection:
        connection.execute(statement)


def test_old_rows_are_given_up_and_the_rest_still_verifies(
    appliance: Appliance, admin: Actor
) -> None:
    write_rows(appliance, admin, 10)
    early = verify(appliance).noted
    appliance.clock.advance(86400)
    write_rows(appliance, admin, 3)
    now = appliance.ctx.now()
    with appliance.ctx.write() as connection:
        assert audit.give_up_old(connection, now, keep_days=1) == 11
        assert audit.give_up_old(connection, now, keep_days=1) == 0
    proof = verify(appliance)
    assert (proof.rows, proof.first_seq, proof.last_seq) == (3, 12, 14)
    with pytest.raises(UsageError):
        verify(appliance, early)
    with appliance.ctx.write() as connection:
        assert audit.give_up_old(connection, now + timedelta(days=9), keep_days=1) == 3
    write_rows(appliance, admin, 1)
    assert verify(appliance).first_seq == 15


def test_a_row_belongs_to_the_transaction_it_tells_about(
    appliance: Appliance, admin: Actor
) -> None:
    before = verify(appliance).rows

    def fail() -> None:
        with appliance.ctx.write() as connection:
            audit.record(connection, START, admin, Activity.KEY_USED, "never happened")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert verify(appliance).rows == before


def test_f140_each_filter_and_all_together_equal_the_rows_themselves(
    appliance: Appliance, admin: Actor
) -> None:
    write_rows(appliance, admin, 4)
    appliance.clock.advance(3600)
    with pytest.raises(SignInRefusedError):
        sign_in.sign_in(appliance.ctx, ADMIN, "wrong", OFFICE)
    write_rows(appliance, scheduler(), 3)
    everything = appliance.audit(admin)
    start, end = START + timedelta(minutes=2), START + timedelta(hours=2)
    queries = [
        AuditQuery(start=start),
        AuditQuery(end=start),
        AuditQuery(activity=Activity.DATA_ACCESS),
        AuditQuery(status="failed"),
        AuditQuery(actor_id="scheduler"),
        AuditQuery(text="ROW 2"),
        AuditQuery(
            start=start, end=end, activity=Activity.DATA_ACCESS, status="succeeded",
            actor_id=admin.id, text="row",
        ),
    ]  # fmt: skip
    for query in queries:
        expected = [
            entry
            for entry in everything
            if (query.start is None or entry.at >= query.start)
            and (query.end is None or entry.at < query.end)
            and (query.activity is None or entry.activity == query.activity)
            and (query.status is None or entry.status == query.status)
            and (not query.actor_id or entry.actor_id == query.actor_id)
            and query.text.lower() in entry.description.lower()
        ]
        assert audit_reading.list_entries(appliance.ctx, admin, query) == expected
        assert expected, query


def test_f140_a_start_after_the_end_is_told(appliance: Appliance, admin: Actor) -> None:
    query = AuditQuery(start=START, end=START - timedelta(days=1))
    for call in (
        lambda: audit_reading.list_entries(appliance.ctx, admin, query),
        lambda: audit_reading.export(appliance.ctx, admin, query, "csv"),
    ):
        with pytest.raises(FieldsError) as caught:
            call()
        assert caught.value.fields[0][0] == "from"


def test_pages_follow_one_another(appliance: Appliance, admin: Actor) -> None:
    write_rows(appliance, admin, 25)
    seen: list[int] = []
    before: int | None = None
    while page := audit_reading.list_entries(
        appliance.ctx, admin, AuditQuery(), before_seq=before, limit=10
    ):
        seen += [entry.seq for entry in page]
        before = page[-1].seq
    assert seen == list(range(26, 0, -1))


def test_f139_f143_csv_has_the_columns_and_somebody_in_every_row(
    appliance: Appliance, admin: Actor
) -> None:
    with pytest.raises(SignInRefusedError):
        sign_in.sign_in(appliance.ctx, ADMIN, "wrong", Client("10.0.0.9", "=cmd|' /C calc'!A0"))
    write_rows(appliance, admin, 600)
    pieces = audit_reading.export(appliance.ctx, admin, AuditQuery(), "csv", bom=True)
    text = b"".join(pieces).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == COLUMNS
    assert header[:7] == [
        "Date", "User Activity", "Service", "Status", "Task", "Performed By", "Description",
    ]  # fmt: skip
    assert len(rows) == 603
    assert all(row[5] for row in rows)
    assert [row[8] for row in rows if row[7] == "10.0.0.9"] == ["'=cmd|' /C calc'!A0"]
    assert rows[-1][6] == "The security audit was exported as CSV."


def test_f143_json_lines_can_be_checked_elsewhere(appliance: Appliance, admin: Actor) -> None:
    write_rows(appliance, admin, 3)
    exported = b"".join(audit_reading.export(appliance.ctx, admin, AuditQuery(), "jsonl"))
    lines = [json.loads(line) for line in exported.splitlines()]
    proof = audit_reading.verify(appliance.ctx, admin)
    assert lines[-1]["hash"] == proof.head
    assert lines[1]["details"] == {"number": 0}
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]


def test_f132_only_who_may_reads_the_audit(appliance: Appliance, admin: Actor) -> None:
    viewer = appliance.add(admin, "vic@example.com")
    for call in (
        lambda: audit_reading.list_entries(appliance.ctx, viewer, AuditQuery()),
        lambda: audit_reading.export(appliance.ctx, viewer, AuditQuery(), "csv"),
        lambda: audit_reading.verify(appliance.ctx, viewer),
    ):
        with pytest.raises(ForbiddenError):
            call()
    auditor = appliance.add(admin, "eve@example.com", Role.AUDITOR)
    assert audit_reading.list_entries(appliance.ctx, auditor, AuditQuery())


def test_f142_the_sentences_admins_know() -> None:
    assert audit.backup_now_sentence("Acme") == "Backup Now was initiated for account Acme."
    assert audit.CANCELLATION_RECEIVED == "Task cancellation request received."


def test_f138_the_classes_have_their_words() -> None:
    assert [activity.label for activity in list(Activity)[:6]] == [
        "Backup deleted",
        "User deactivated",
        "Settings changed",
        "Sign-in",
        "Permissions changed",
        "Notifications",
    ]


def test_f121_initiators_are_named_by_kind(appliance: Appliance, admin: Actor) -> None:
    for actor in (scheduler(), host_operator("root")):
        write_rows(appliance, actor, 1)
    names = [(entry.actor_kind, entry.performed_by) for entry in appliance.audit(admin)[:2]]
    assert names == [("cli", "root on the host"), ("scheduler", "Scheduler")]


def test_what_strangers_send_cannot_move_a_terminal(appliance: Appliance, admin: Actor) -> None:
    with pytest.raises(SignInRefusedError):
        sign_in.sign_in(appliance.ctx, ADMIN, "wrong", Client("10.0.0.9", "\x1b[2J" + "x" * 9999))
    stored = appliance.audit(admin)[0].user_agent
    assert stored.isprintable()
    assert len(stored) <= 2000


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_verifies(texts: list[str]) -> None:
    """What is hashed is what is read back, whatever the texts hold."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in catalog_audit._CREATE:
            connection.execute(statement)
        for text in texts:
            actor = host_operator(text.encode("utf-8", "replace").decode())
            audit.record(connection, START, actor, Activity.KEY_USED, text, details={"text": text})
        assert audit.verify(connection).rows == len(texts)
    finally:
        connection.close()
