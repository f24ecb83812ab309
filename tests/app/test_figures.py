"""The figures of a whole appliance, from its database."""

import re
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from dropally.app.appliance import open_parts
from dropally.catalog.moments import to_micros
from dropally.common.clock import ManualClock
from dropally.config import load_config
from tests.app.process import environment
from tests.auth.appliance import START

_TEAM = """
    INSERT INTO connection (id, team_id, team_name, credentials, state, created_us, since_us)
    VALUES ('con_1', 'dbtid:1', 'Secret Ltd', x'', 'connected', 0, 0)
"""
_TASK = """
    INSERT INTO task (id, name, name_key, connection, storage, settings, created_us,
      last_success_us)
    VALUES ('tsk_1', 'Payroll', 'payroll', 'con_1', 'main', '{}', 0, :day)
"""
_ENTITIES = """
    INSERT INTO entity (id, task, identity, kind, namespace, name, name_key, search_key, status,
      own_bytes, last_backup_us)
    VALUES
      ('ent_1', 'tsk_1', 'm1', 'member', 'n1', 'Ann', 'ann', 'ann', 'Active', 700, :day),
      ('ent_2', 'tsk_1', 'm2', 'member', 'n2', 'Bob', 'bob', 'bob', 'Active', 300, :hour),
      ('ent_3', 'tsk_1', 'm3', 'member', 'n3', 'Cleo', 'cleo', 'cleo', 'Not Active', 9, NULL)
"""


def test_figures_are_those_of_the_database_and_name_nobody(tmp_path: Path) -> None:
    loaded = load_config(None, environment(tmp_path / "data"))
    ago = {
        name: to_micros(START - timedelta(hours=hours))
        for name, hours in (("day", 24), ("hour", 1))
    }
    with ExitStack() as ending:
        parts, _ = open_parts(loaded, environment(tmp_path / "data"), ManualClock(START), ending)
        with parts.database.write() as database:
            for statement in (_TEAM, _TASK, _ENTITIES):
                database.conn.execute(statement, ago)
        text = parts.metrics.text().decode()
    for line in (
        'dropally_entity_status{status="Active",task="tsk_1"} 2.0',
        'dropally_entity_status{status="Not Active",task="tsk_1"} 1.0',
        'dropally_source_bytes{task="tsk_1"} 1000.0',
        'dropally_task_oldest_backup_age_seconds{task="tsk_1"} 86400.0',
        'dropally_task_last_success_timestamp_seconds{task="tsk_1"} 1.7723556e+09',
        'dropally_connection_up{connection="con_1"} 1.0',
        'dropally_storage_up{storage="main"} 0.0',
        'dropally_dropbox_upload_calls_used{connection="con_1"} 0.0',
    ):
        assert line in _labels_sorted(text), line
    for name in ("Payroll", "Ann", "Secret"):
        assert name not in text


def _labels_sorted(text: str) -> str:
    def ordered(found: re.Match[str]) -> str:
        return "{" + ",".join(sorted(found[1].split(","))) + "}"

    return re.sub(r"\{([^}]*)\}", ordered, text)
