"""Logs on stderr: JSON lines, or columns when it is a terminal. Nothing confidential passes (``redaction``)."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from worker.redaction import redact

#: Libraries whose lines below WARNING quote requests: addresses that hold tokens, headers, frames.
_QUIET = ("aioapns", "asyncio", "h2", "hpack", "httpcore", "httpx", "urllib3")

#: Every record passes these, ours and those of libraries.
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    # Here rather than in a renderer: what an exception says must pass redaction too.
    structlog.processors.format_exc_info,
)


def configure_logs(level: str = "INFO", *, stream: TextIO | None = None, columns: bool | None = None) -> None:
    """Send structlog and the standard library's logging through one formatter to ``stream``, stderr unless told.

    ``columns`` chooses the renderer: None asks whether the stream is a terminal. Calling again replaces the first.
    Celery must be kept from replacing the handlers: ``worker_hijack_root_logger=False``.

    Raises:
        ValueError: The standard library does not know ``level``.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(columns=target.isatty() if columns is None else columns))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _formatter(*, columns: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=list(_SHARED),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, _renderer(columns=columns)],
    )


def _renderer(*, columns: bool) -> Processor:
    return column_renderer() if columns else structlog.processors.JSONRenderer(ensure_ascii=False)


def column_renderer() -> structlog.dev.ConsoleRenderer:
    """Return what makes a line for a terminal."""
    # Should an exception come here unformatted: the default formatter shows local variables, tokens among them.
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
