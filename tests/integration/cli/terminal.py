"""A terminal that is read all the time, as a person's is."""

import os
import pty
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def terminal() -> Iterator[tuple[int, "Future[bytes]"]]:
    """Give the descriptor that a program is to have for a stream, and what will have been shown on it in the end.

    It ends when nobody has the descriptor open any more; this block's own is closed with it.
    """
    screen, end = pty.openpty()
    with ThreadPoolExecutor(1) as thread:
        shown = thread.submit(_read, screen)
        try:
            yield end, shown
        finally:
            os.close(end)
    os.close(screen)


def _read(screen: int) -> bytes:
    seen = bytearray()
    try:
        while piece := os.read(screen, 65_536):
            seen += piece
    except OSError:  # EIO, as Linux says that nobody has it open any more
        pass
    return bytes(seen)
