"""Batches of creates, deletes, moves and copies, and the jobs that some of them become."""

from collections.abc import Callable
from typing import Literal, TypeVar

from dropally.simulator.api.files_write import create_one_folder, delete_one, relocate_one
from dropally.simulator.errors import Json, RouteError
from dropally.simulator.routing import Answer, Call, route
from dropally.simulator.state import async_jobs

Item = TypeVar("Item")


@route("files/create_folder_batch")
def create_folder_batch(call: Call) -> Answer:
    """Make many folders; at once, unless the caller forces a job."""
    autorename = call.arg.get("autorename", False)

    def create(path: str) -> Json:
        return {"metadata": create_one_folder(call, path, autorename=autorename)}

    entries = [_outcome(create, path) for path in call.arg["paths"]]
    return _launch(call, "create_folder", entries, job=call.arg.get("force_async", False))


@route("files/delete_batch")
def delete_batch(call: Call) -> Answer:
    """Delete many."""

    def remove(arg: Json) -> Json:
        return {"metadata": delete_one(call, arg)}

    entries = [_outcome(remove, arg) for arg in call.arg["entries"]]
    return _launch(call, "delete", entries, job=call.world.knobs.async_batches)


@route("files/move_batch_v2")
def move_batch(call: Call) -> Answer:
    """Move many."""
    return _relocate(call, "move")


@route("files/copy_batch_v2")
def copy_batch(call: Call) -> Answer:
    """Copy many."""
    return _relocate(call, "copy")


@route("files/create_folder_batch/check")
def check_create_folder_batch(call: Call) -> Answer:
    """How a batch stands."""
    return check_job(call, "create_folder")


@route("files/delete_batch/check")
def check_delete_batch(call: Call) -> Answer:
    """How a batch stands."""
    return check_job(call, "delete")


@route("files/move_batch/check_v2")
def check_move_batch(call: Call) -> Answer:
    """How a batch stands."""
    return check_job(call, "move")


@route("files/copy_batch/check_v2")
def check_copy_batch(call: Call) -> Answer:
    """How a batch stands."""
    return check_job(call, "copy")


def check_job(call: Call, kind: str) -> Json:
    """The status of an asynchronous job. Raises RouteError `invalid_async_job_id`."""
    status = async_jobs.poll(call.world, kind, call.arg["async_job_id"])
    if status is None:
        raise RouteError.of("invalid_async_job_id")
    return status


def _relocate(call: Call, how: Literal["move", "copy"]) -> Answer:
    autorename = call.arg.get("autorename", False)

    def attempt(arg: Json) -> Json:
        try:
            return {".tag": "success", "success": relocate_one(call, arg, how, autorename)}
        except RouteError as refused:
            return {
                ".tag": "failure",
                "failure": {".tag": "relocation_error", "relocation_error": refused.error},
            }

    entries = [attempt(arg) for arg in call.arg["entries"]]
    return _launch(call, how, entries, job=call.world.knobs.async_batches)


def _outcome(attempt: Callable[[Item], Json], item: Item) -> Json:
    try:
        return {".tag": "success"} | attempt(item)
    except RouteError as refused:
        return {".tag": "failure", "failure": refused.error}


def _launch(call: Call, kind: str, entries: list[Json], *, job: bool) -> Json:
    result: Json = {"entries": entries}
    if job:
        return async_jobs.start(call.world, kind, result)
    return {".tag": "complete"} | result
