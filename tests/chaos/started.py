"""What runs for the length of a block."""

from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import Self


class Started(ABC):
    """Started when a block begins, stopped at its end; also when it does not start as a whole."""

    @abstractmethod
    def start(self) -> None:
        """Start everything."""

    @abstractmethod
    def stop(self) -> None:
        """End every process that still runs."""

    def __enter__(self) -> Self:
        """Start it."""
        with ExitStack() as failed:
            failed.callback(self.stop)
            self.start()
            failed.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()
