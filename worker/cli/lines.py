"""JSON lines from a file or standard input: progress on long input, and every bad line by its number."""

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from worker.codec import Fault, decode

Decoded = TypeVar("Decoded")
_PROGRESS_FROM_BYTES = 1_000_000


class Lines:
    """The lines of one input. ``faults`` counts what was reported, for the exit status."""

    def __init__(self, source: str) -> None:
        """``source`` is a path, or ``-``. Nothing is opened yet."""
        self._name = "<stdin>" if source == "-" else source
        self._source = source
        self._stack = ExitStack()
        self.faults = 0

    def __enter__(self) -> Self:
        """Open the input.

        Raises:
            OSError: it cannot be read.
        """
        self._file = self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the input."""
        self._stack.close()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield (line number, line) for each line that is not blank."""
        for number, line in enumerate(self._read(), 1):
            text = line.removeprefix(BOM_UTF8) if number == 1 else line
            if text.strip():
                yield number, text.rstrip(b"\r\n")

    def decoded(self, kind: type[Decoded]) -> Iterator[Decoded]:
        """Yield each line as a Struct; report what cannot be read and go on."""
        for number, line in self:
            value = decode(line, kind)
            if isinstance(value, Fault):
                self.report(number, value)
            else:
                yield value

    def report(self, number: int, fault: Fault) -> None:
        """Say on stderr what is wrong with a line."""
        self.faults += 1
        sys.stderr.write(f"{self._name}:{number}: {fault}\n")

    @property
    def status(self) -> int:
        """The command's exit status: 1 when any line was bad."""
        return int(self.faults > 0)

    def _read(self) -> Iterator[bytes]:
        try:
            yield from self._file
        except OSError as error:  # it opened well and fails to be read: only here is its name known
            raise OSError(error.errno, error.strerror, self._name) from None

    def _open(self) -> BinaryIO:
        if self._source == "-":
            return sys.stdin.buffer
        path = Path(self._source)
        file = self._stack.enter_context(path.open("rb"))
        size = path.stat().st_size
        console = Console(stderr=True)
        if size < _PROGRESS_FROM_BYTES or not console.is_terminal:
            return file
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        progress = self._stack.enter_context(Progress(*columns, console=console, transient=True))
        return progress.wrap_file(file, total=size, description=path.name)


def batches(items: Iterator[Decoded], size: int) -> Iterator[list[Decoded]]:
    """Yield lists of up to ``size`` items."""
    while batch := list(islice(items, size)):
        yield batch
