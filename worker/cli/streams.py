"""The three standard streams, made safe: each is open, takes every character, and may lose its reader."""

import os
import select
import sys
from contextlib import suppress

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_streams() -> None:
    """Open the null device for each closed stream, and let none fail for a character its encoding lacks.

    Left closed, its descriptor would go to the next file or socket, and what is printed would go there.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < len(_STREAMS):
        pass
    os.close(descriptor)
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # TextIOWrapper, not just TextIO


def reader_has_gone() -> bool:
    """Return whether nobody reads standard output any more, as after ``| head -1``."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # errors and hang-ups are reported unasked
    return bool(poll.poll(0))


def finish_output() -> None:
    """Write what Python still holds; what cannot be written is dropped, for at exit it would fail again."""
    with suppress(OSError):
        sys.stdout.flush()
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, sys.stdout.fileno())
    os.close(descriptor)
