"""Structured logs on the standard error: JSON for machines, text on a terminal; never a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from dropally.config import Log

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
# Tokens carry their kind at their beginning, so that none passes unseen whatever it stands in.
_SECRET = re.compile(r"\b(?:dp[a-z]_|sl\.[a-z]*\.?)[A-Za-z0-9_\-]{8,}|(?i:bearer)\s+\S+")
_QUIET = ("uvicorn", "uvicorn.error", "apscheduler", "asyncio", "httpx", "httpcore", "urllib3")


def set_up_logs(log: Log, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to `stream`, in the form the settings ask for.

    Libraries and rooms that use the standard `logging` come out the same way.
    """
    target = stream or sys.stderr
    is_text = log.format == "text" or (log.format == "auto" and target.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _text_renderer() if is_text else structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_LEVELS[log.level])
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, _LEVELS[log.level]))


def _text_renderer() -> Processor:
    # The renderer's own way to show an error prints the values of variables: secrets among them.
    return structlog.dev.ConsoleRenderer(
        timestamp_key="ts", exception_formatter=structlog.dev.plain_traceback
    )


def redact(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> Any:
    """Take tokens out of whatever is about to be written."""
    for key, value in entry.items():
        if isinstance(value, str):
            entry[key] = _SECRET.sub("***", value)
    return entry
