"""What is sent in one turn, event by event: unlike a ``Turn``, of any shape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.benchmarks.turn import Push


class Message(NamedTuple):
    """One event as the IM server writes it, and the tokens that it must reach, once each."""

    msg_id: str
    event: bytes
    tokens: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages in the order of their events."""

    messages: Sequence[Message]

    @property
    def count(self) -> int:
        """The notifications that must arrive."""
        return sum(len(message.tokens) for message in self.messages)

    def pushes(self) -> Iterator[Push]:
        """Yield what must arrive."""
        return (Push(token, message.msg_id) for message in self.messages for token in message.tokens)
