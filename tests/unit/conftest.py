"""What several unit tests need."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the logs go; logging is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # pytest's own handlers are not for configure_logs to close
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
