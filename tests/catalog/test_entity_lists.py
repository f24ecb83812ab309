"""Pages of ten thousand entities come from indexes, and hold together in every order."""

import random
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropally.catalog import connections, entity_discovery, entity_facts, tasks
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.entity_discovery import FoundEntity
from dropally.catalog.entity_lists import (
    EntityFilter,
    EntityMark,
    SortBy,
    list_entities,
    mark_of,
    matching_entities,
)
from dropally.common.text import search_key

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
COUNT = 300
NAMES = ("Ann", "Bjørn", "Müller", "Zoë", "ann", "Øyvind")


def entity(number: int) -> FoundEntity:
    name = f"{NAMES[number % len(NAMES)]} {number // 7}"
    return FoundEntity(
        f"m{number}",
        "member" if number % 3 else "shared folder",
        f"ns{number}",
        name,
        f"p{number}@example.com",
        search_key(name),
        search_key(f"{name} p{number}@example.com"),
        "active",
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseFile]:
    folder: Path = tmp_path_factory.mktemp("entities")
    with open_appliance_database(folder) as opened:
        with opened.write() as found:
            fill(found.conn)
        yield opened


def fill(connection: sqlite3.Connection) -> None:
    connections.insert_connection(
        connection, "con_1", team_id="dbtid:1", team_name="Team", created=NOW
    )
    for task in ("tsk_1", "tsk_2"):
        tasks.insert_task(
            connection,
            task,
            name=task,
            name_key=task,
            connection_id="con_1",
            storage_id="main",
            settings="{}",
            first_activation="none",
            created=NOW,
        )
        entity_discovery.insert_entities(
            connection,
            task,
            [(f"ent_{task}_{number}", entity(number)) for number in range(COUNT)],
            activated=frozenset(f"m{number}" for number in range(0, COUNT, 2)),
            now=NOW,
        )
    dice = random.Random(5)
    for number in range(COUNT):
        last = int((NOW + timedelta(hours=dice.randrange(9))).timestamp() * 1e6)
        connection.execute(
            "UPDATE entity SET bytes = ?, last_backup_us = ?, status = ? WHERE id = ?",
            (
                dice.randrange(20),
                last if dice.random() < 0.8 else None,
                dice.choice(["Active", "Paused"]),
                f"ent_tsk_1_{number}",
            ),
        )


@pytest.mark.parametrize("by", ["name", "size", "last_backup"])
@pytest.mark.parametrize("descending", [False, True], ids=["asc", "desc"])
@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(EntityFilter("tsk_1"), id="all"),
        pytest.param(EntityFilter("tsk_1", statuses=("Active",)), id="one-status"),
        pytest.param(EntityFilter("tsk_1", statuses=("Active", "Paused")), id="two-statuses"),
        pytest.param(EntityFilter("tsk_1", kinds=("member",), name_part="mull"), id="search"),
        pytest.param(EntityFilter("tsk_1", ids=("ent_tsk_1_3", "ent_tsk_1_9")), id="ids"),
        pytest.param(EntityFilter("tsk_1", ids=()), id="nothing"),
    ],
)
def test_pages_hold_everything_once_and_in_order(
    database: DatabaseFile, wanted: EntityFilter, by: SortBy, descending: bool
) -> None:
    seen: list[EntityMark] = []
    with database.read() as connection:
        mark: EntityMark | None = None
        while page := list_entities(
            connection, wanted, by=by, descending=descending, after=mark, limit=17
        ):
            seen += [mark_of(row, by) for row in page]
            mark = seen[-1]
        everything = {row.id for row in matching_entities(connection, wanted)}
    assert {mark.id for mark in seen} == everything
    assert seen == sorted(seen, key=lambda mark: (mark.value, mark.id), reverse=descending)


@pytest.mark.parametrize("by", ["name", "size", "last_backup"])
@pytest.mark.parametrize("statuses", [(), ("Active",)], ids=["all", "one-status"])
def test_no_page_is_sorted_or_read_from_end_to_end(
    database: DatabaseFile, by: SortBy, statuses: tuple[str, ...]
) -> None:
    asked: list[str] = []
    with database.read() as connection:
        connection.set_trace_callback(asked.append)
        page = list_entities(connection, EntityFilter("tsk_1", statuses), by=by, limit=5)
        list_entities(
            connection, EntityFilter("tsk_1", statuses), by=by, after=mark_of(page[-1], by)
        )
        connection.set_trace_callback(None)
        for text in asked:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            assert not [step for step in plan if re.search("SCAN|TEMP B-TREE", step)], plan


def test_refreshing_reads_each_task_through_an_index(database: DatabaseFile) -> None:
    asked: list[str] = []
    with database.write() as found:
        connection = found.conn
        connection.set_trace_callback(asked.append)
        entity_facts.refresh(connection, "con_1", lambda _facts: "Active")
        connection.set_trace_callback(None)
    reads = [text for text in asked if text.lstrip().startswith("SELECT")]
    assert reads
    with database.read() as connection:
        for text in reads:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            assert not [
                step for step in plan if re.match(r"SCAN (entity|other|member|team_mount)\b", step)
            ], (text, plan)
