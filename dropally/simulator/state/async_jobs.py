"""Batches that Dropbox answers with a job id, to be asked after."""

from typing import Any

import msgspec

from dropally.simulator.state.model import AsyncJob
from dropally.simulator.state.world import World


def start(world: World, kind: str, result: dict[str, Any]) -> dict[str, Any]:
    """Keep a batch's result; the launch answer with its job id."""
    number = len(world.async_jobs) + 1
    job_id = f"dbjid:{kind}-{number:08d}-{world.counters.seq:010d}"
    world.async_jobs.put(
        job_id, AsyncJob(kind=kind, result=msgspec.Raw(msgspec.json.encode(result)))
    )
    return {".tag": "async_job_id", "async_job_id": job_id}


def poll(world: World, kind: str, job_id: str) -> dict[str, Any] | None:
    """How the job stands; None when there is no such job of this kind."""
    job = world.async_jobs.get(job_id)
    if job is None or job.kind != kind:
        return None
    if job.polls_left > 0:
        job.polls_left -= 1
        world.async_jobs.put(job_id, job)
        return {".tag": "in_progress"}
    done: dict[str, Any] = msgspec.json.decode(job.result)
    return {".tag": "complete"} | done
