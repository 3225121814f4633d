"""The end of a process that cannot help itself: one line, then at once. What it held is in Redis for others."""

import os
import threading

import structlog

#: ``EX_SOFTWARE`` of sysexits(3): told from a bad configuration, so that a supervisor starts another process.
STATUS = 70
#: The log may be what everything waits for: a pipe that nobody reads.
_LAST_WORDS_S = 2.0
_log = structlog.get_logger(__name__)


def end_process(event: str, **details: object) -> None:
    """Log one line and end; no handler runs, nothing is flushed. It does not return."""
    said = threading.Thread(
        target=_log.critical, args=(f"{event}, ending the process",), kwargs={**details, "status": STATUS}, daemon=True
    )
    said.start()
    said.join(_LAST_WORDS_S)
    os._exit(STATUS)
