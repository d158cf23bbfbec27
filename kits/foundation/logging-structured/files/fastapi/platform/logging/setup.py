"""Everything that logs, libraries included, goes through one formatter."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from structlog.typing import Processor

from app.platform.logging.redaction import redact
from app.platform.logging.settings import LogSettings

# The server's own loggers; requests are logged by the service itself.
SERVER: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")

SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def make_formatter(settings: LogSettings) -> logging.Formatter:
    """One line of JSON for each entry, or something that people read easily."""
    last: Processor = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, last],
    )


@contextmanager
def logging_to_stdout(settings: LogSettings) -> Iterator[None]:
    """Log while the service runs."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(make_formatter(settings))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    for name in SERVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
