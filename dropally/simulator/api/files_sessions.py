"""files/upload_session/*: files in pieces."""

from typing import Literal, cast

from dropally.simulator.api.files_batches import check_job
from dropally.simulator.api.files_upload import commit
from dropally.simulator.content_hash import ContentHasher
from dropally.simulator.errors import RouteError, tagged
from dropally.simulator.routing import Answer, Call, Json, UploadBody, route, tag_of
from dropally.simulator.state import async_jobs, upload_sessions
from dropally.simulator.state.edits import EditRefused, FileContent
from dropally.simulator.state.model import UploadSession
from dropally.simulator.state.spool import SpooledBody
from dropally.simulator.state.upload_sessions import SessionBody, SessionError

MAX_BATCH_SESSIONS = 1000


def _open_session_body(call: Call) -> UploadBody:
    cursor = call.arg["cursor"]
    session = call.world.upload_sessions.get(cursor["session_id"])
    return SessionBody(call.world, session, cursor["offset"])


@route("files/upload_session/start")
def start(call: Call) -> Answer:
    """Open a session, with its first bytes."""
    kind = _kind(call.arg)
    body, close = cast(SpooledBody, call.body), call.arg.get("close", False)
    if kind == "concurrent" and body.size:
        raise RouteError.of("concurrent_session_data_not_allowed")
    if kind == "concurrent" and close:
        raise RouteError.of("concurrent_session_close_not_allowed")
    _check_hash(call, body.hasher)
    session = upload_sessions.start(call.world, kind)
    if body.size or close:
        upload_sessions.fill(call.world, session, body, close=close)
    return {"session_id": session.session_id}


@route("files/upload_session/start_batch")
def start_batch(call: Call) -> Answer:
    """Open many empty sessions."""
    kind = _kind(call.arg)
    count = min(call.arg["num_sessions"], MAX_BATCH_SESSIONS)
    sessions = [upload_sessions.start(call.world, kind) for _ in range(count)]
    return {"session_ids": [session.session_id for session in sessions]}


@route("files/upload_session/append_v2", open_body=_open_session_body)
def append(call: Call) -> Answer:
    """The next bytes of a session."""
    cursor, body = call.arg["cursor"], cast(SessionBody, call.body)
    try:
        session = upload_sessions.find(call.world, cursor["session_id"])
        upload_sessions.check_acceptable(session, cursor["offset"])
        _check_hash(call, body.hasher)
        close = call.arg.get("close", False)
        upload_sessions.accept(call.world, session, cursor["offset"], body, close=close)
    except SessionError as refused:
        raise RouteError(refused.union()) from None
    return None


@route("files/upload_session/append_batch")
def append_batch(call: Call) -> Answer:
    """The next bytes of many sessions, one after the other in one body."""
    body = cast(SpooledBody, call.body)
    if sum(entry["length"] for entry in call.arg["entries"]) != body.size:
        raise RouteError.of("length_mismatch")
    _check_hash(call, body.hasher)
    results: list[Json] = []
    at = 0
    for entry in call.arg["entries"]:
        piece = body.read(at, entry["length"])
        at += entry["length"]
        try:
            _append_piece(call, entry, piece)
            results.append({".tag": "success"})
        except SessionError as refused:
            results.append({".tag": "failure", "failure": refused.union()})
    return {"entries": results}


@route("files/upload_session/finish", open_body=_open_session_body)
def finish(call: Call) -> Answer:
    """The last bytes, and the file."""
    cursor, body = call.arg["cursor"], cast(SessionBody, call.body)
    try:
        session = upload_sessions.find(call.world, cursor["session_id"])
        if body.size:
            if session.kind == "concurrent":
                raise RouteError.of("concurrent_session_data_not_allowed")
            upload_sessions.check_acceptable(session, cursor["offset"])
            _check_hash(call, body.hasher)
            upload_sessions.accept(call.world, session, cursor["offset"], body, close=True)
        return _finish(call, session, cursor["offset"] + body.size, call.arg["commit"])
    except SessionError as refused:
        raise RouteError(_finish_error(refused)) from None
    except EditRefused as refused:
        raise RouteError(tagged("path", *refused.tags)) from None


@route("files/upload_session/finish_batch_v2")
def finish_batch(call: Call) -> Answer:
    """Many files at once."""
    return {"entries": [_finish_entry(call, entry) for entry in call.arg["entries"]]}


@route("files/upload_session/finish_batch")
def finish_batch_as_job(call: Call) -> Answer:
    """Many files, as a job to ask after."""
    entries = [_finish_entry(call, entry) for entry in call.arg["entries"]]
    return async_jobs.start(call.world, "finish", {"entries": entries})


@route("files/upload_session/finish_batch/check")
def check_finish_batch(call: Call) -> Answer:
    """How a batch stands."""
    return check_job(call, "finish")


def _append_piece(call: Call, entry: Json, piece: bytes) -> None:
    cursor = entry["cursor"]
    session = upload_sessions.find(call.world, cursor["session_id"])
    upload_sessions.check_acceptable(session, cursor["offset"])
    body = SessionBody(call.world, session, cursor["offset"])
    try:
        body.write(piece)
        close = entry.get("close", False)
        upload_sessions.accept(call.world, session, cursor["offset"], body, close=close)
    finally:
        body.abort()


def _finish_entry(call: Call, entry: Json) -> Json:
    cursor = entry["cursor"]
    try:
        session = upload_sessions.find(call.world, cursor["session_id"])
        upload_sessions.check_closed(session)
        metadata = _finish(call, session, cursor["offset"], entry["commit"])
        return {".tag": "success"} | metadata
    except SessionError as refused:
        return {".tag": "failure", "failure": _finish_error(refused)}
    except EditRefused as refused:
        return {".tag": "failure", "failure": tagged("path", *refused.tags)}


def _finish(call: Call, session: UploadSession, offset: int, info: Json) -> Json:
    upload_sessions.check_complete(session, offset)
    digest = upload_sessions.content_hash(call.world, session)
    # A refusal leaves the session as it is: the caller may finish it at another path.
    metadata = commit(call, info, FileContent(size=session.size, content_hash=digest))
    upload_sessions.store(call.world, session, digest)
    return metadata


def _finish_error(refused: SessionError) -> Json:
    """The finish error's own tags stand beside `lookup_failed`."""
    if refused.tag in ("concurrent_session_not_closed", "concurrent_session_missing_data"):
        return {".tag": refused.tag}
    return {".tag": "lookup_failed", "lookup_failed": refused.union()}


def _kind(arg: Json) -> Literal["sequential", "concurrent"]:
    return "concurrent" if tag_of(arg.get("session_type")) == "concurrent" else "sequential"


def _check_hash(call: Call, hasher: ContentHasher) -> None:
    expected = call.arg.get("content_hash")
    if expected is not None and expected != hasher.hexdigest():
        raise RouteError.of("content_hash_mismatch")
