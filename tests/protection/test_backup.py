"""Runs of tasks against a simulated team."""

import msgspec
from dropally.catalog.points import entity_spans
from tests.protection.appliance import Protected


def test_f66_nothing_is_listed_or_fetched_before_activation(sample: Protected) -> None:
    task = sample.task()
    assert set(sample.statuses(task.id).values()) == {"Not Active"}
    assert sample.content_calls() == 0


def test_a_run_makes_one_point_and_every_entity_active(sample: Protected) -> None:
    task = sample.task(activate="all")
    assert set(sample.statuses(task.id).values()) == {"Scheduled"}
    job = sample.back_up(task.id)
    assert job.status in ("succeeded", "partially_succeeded"), (job.error, job.hint)
    assert set(sample.statuses(task.id).values()) == {"Active"}
    summary = msgspec.json.decode(job.summary)
    assert summary["files"] > 0
    with sample.ctx.storages.catalog("main").read() as catalog:
        spans = entity_spans(catalog, task.connection.team_id)
    assert {span.entity.namespace for span in spans} >= {
        row.namespace for row in sample.rows(task.id)
    }
