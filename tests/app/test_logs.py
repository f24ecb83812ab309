"""What the log says, and what it never does."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from dropally.app.logs import set_up_logs
from dropally.config import Log

SECRETS = (
    "dpy_AbCdEfGhIjKlMnOpQrStUvWxYz",
    "dps_AbCdEfGhIjKlMnOpQrStUvWxYz",
    "dpd_AbCdEfGhIjKlMnOpQrStUvWxYz",
    "sl.u.AbCdEfGhIjKlMnOpQrStUvWxYz",
    "Bearer AbCdEf",
)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; everything is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _entries(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_carry_time_level_and_the_request(stream: io.StringIO) -> None:
    set_up_logs(Log(format="json"), stream)
    with structlog.contextvars.bound_contextvars(request_id="req_1"):
        structlog.get_logger("dropally.access").info("request", status=200)
        logging.getLogger("dropally.jobs").warning("job %s hangs", "job_1", extra={"job": "job_1"})
    structlog.get_logger("dropally.access").debug("not shown")
    one, other = _entries(stream)
    assert (one["event"], one["status"], one["request_id"]) == ("request", 200, "req_1")
    assert (other["event"], other["job"], other["level"]) == ("job job_1 hangs", "job_1", "warning")
    assert other["request_id"] == "req_1"
    assert str(one["ts"]).endswith("Z")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("secret", SECRETS, ids=["api", "session", "download", "dropbox", "header"])
def test_no_token_reaches_the_log(stream: io.StringIO, form: str, secret: str) -> None:
    set_up_logs(Log(format="json" if form == "json" else "text"), stream)
    log = structlog.get_logger("dropally.server")
    log.info("asked with %s", secret, sent=secret, url=f"https://x/{secret}/y")
    logging.getLogger("somebody.else").warning("header %s", secret)
    try:
        local = secret
        raise ValueError(f"not good: {local}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("somebody.else").exception("failed")
    written = stream.getvalue()
    assert "ValueError: not good" in written
    assert secret[-6:] not in written


def test_the_level_counts_for_everybody(stream: io.StringIO) -> None:
    set_up_logs(Log(format="json", level="warning"), stream)
    structlog.get_logger("dropally.access").info("request")
    logging.getLogger("dropally.jobs").info("nothing")
    logging.getLogger("dropally.jobs").error("something")
    assert [entry["event"] for entry in _entries(stream)] == ["something"]
