"""One point of a curve: a rig, and what is sent there."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.benchmarks.growth.gate import Gate
from tests.benchmarks.growth.mail import Mail
from tests.benchmarks.measure import Sample
from tests.benchmarks.processor import Used, used_by
from tests.benchmarks.rig import Rig
from tests.integration.eventually import eventually

#: Of a turn's notifications, so many go ahead uncounted.
_WARM_UP = 0.05
#: Of the slowest machine.
_DEADLINE_S = 300
#: Before a backlog there are so many more messages than are wanted: until the worker is stopped it reads on.
_MORE = 5_000


@dataclass(slots=True)
class Point:
    """``mail`` makes the messages of a turn's number that come to so many notifications, or to a few more."""

    size: int
    rig: Rig
    mail: Callable[[int, int], Mail]
    #: Idle events that wait behind the messages all the time.
    backlog: int = 0
    #: No turn has more notifications.
    most: int | None = None
    _gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        """Make the gate."""
        self._gate = Gate(self.rig.client)

    def sample(self, name: str, number: int, notifications: int) -> Sample:
        """Send two turns, ``number`` and the next, the first one uncounted; return what the second cost."""
        wanted = min(notifications, self.most or notifications)
        warm_up = max(1, round(wanted * _WARM_UP))
        self._send(self.mail(number, warm_up), warm_up)
        self.rig.sinks.book.empty()
        mail = self.mail(number + 1, wanted + (_MORE if self.backlog else 0))
        sent, cpu_s, wall_s = self._send(mail, wanted, self.backlog)
        cpu_us = [seconds * 1e6 / sent.count for seconds in cpu_s]
        rss, arrivals = self._used()[0].rss, self.rig.sinks.book.arrivals(sent)
        return Sample(name, sent.count, cpu_us[0], cpu_us[1], cpu_us[2], wall_s, rss, arrivals)

    def _send(self, mail: Mail, wanted: int, backlog: int = 0) -> tuple[Mail, list[float], float]:
        """Return what was sent, the CPU seconds of worker, Redis and sink, and how long it took.

        What is measured begins when all events are there and ends when the last push is settled.
        """
        self._gate.close()
        self.rig.add(message.event for message in mail.messages)
        self._gate.fill(backlog)
        self._gate.sync()
        accepted, before, began = self.rig.accepted(), self._used(), time.monotonic()
        self._gate.open()
        sent = self._begun(mail, wanted) if backlog else mail
        self.rig.has_accepted(accepted + sent.count, _DEADLINE_S)
        wall_s, after = time.monotonic() - began, self._used()
        self._gate.drop_rest(_DEADLINE_S)
        return sent, [now.cpu_s - then.cpu_s for now, then in zip(after, before, strict=True)], wall_s

    def _begun(self, mail: Mail, wanted: int) -> Mail:
        """Let the worker take so many messages, or a few more, while the rest waits; return those that it took."""
        waiting = self._gate.waiting
        most = waiting() - wanted
        eventually(waiting, lambda number: number <= most, _DEADLINE_S)
        self._gate.stop()
        self._gate.settle(_DEADLINE_S)
        return Mail(mail.messages[: wanted + most - waiting()])

    def _used(self) -> list[Used]:
        return [used_by(pid) for pid in (self.rig.worker.pid, self.rig.server.pid, self.rig.sinks.pid)]
