"""A logger for lines that come with each request: those of all loggers, in a third of the time."""

import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
from structlog.typing import EventDict, WrappedLogger

from worker.logs import column_renderer
from worker.redaction import redact


class QuickLogger:
    """Writes to a stream, stderr unless told, past the standard library's logging and whatever its level."""

    def __init__(self, name: str, *, stream: TextIO | None = None, columns: bool | None = None) -> None:
        """``columns`` chooses the renderer: None asks whether the stream is a terminal."""
        self._name, self._stream = name, stream or sys.stderr
        is_terminal = self._stream.isatty() if columns is None else columns
        self._render = column_renderer() if is_terminal else _json

    def info(self, event: str, **members: Any) -> None:
        """Write one line. As in the standard library, one that cannot be written stops nobody."""
        line = {
            **redact(None, "info", {**members, "event": event}),
            "level": "info",
            "logger": self._name,
            "timestamp": f"{datetime.now(UTC).isoformat().removesuffix('+00:00')}Z",
        }
        with suppress(OSError, ValueError):
            self._stream.write(f"{self._render(None, 'info', line)}\n")
            self._stream.flush()


def _json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    """Return JSON with a space behind each comma and colon, as the other lines have it."""
    return msgspec.json.format(msgspec.json.encode(line), indent=0).decode()
