"""Rounds: in each of them every subject has its turn, so that what slows the machine slows all of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

from tests.benchmarks.missing import Missing
from tests.benchmarks.processor import Used, used_by
from tests.benchmarks.rig import Rig
from tests.benchmarks.sinks.book import Arrivals
from tests.benchmarks.subjects.subject import Sender, Shape, Subject
from tests.benchmarks.turn import Turn

#: Of a turn's notifications, so many go ahead uncounted: connections are made, caches are warm.
_WARM_UP = 0.05


@dataclass(frozen=True, slots=True)
class Size:
    """How much is sent: notifications a turn, to so many users of each vendor, or to groups of so many."""

    notifications: int
    users: int
    group: int

    def turn(self, number: int, subject: Subject, share: float) -> Turn:
        """Return a turn of a subject. Groups are whole, and of other users: their badges stay the same."""
        wanted = max(1, round(self.notifications * subject.share * share))
        match subject.shape:
            case Shape.SINGLES:
                return Turn(number, wanted, self.users, subject.vendors)
            case Shape.GROUPS:
                whole = -(-wanted // self.group) * self.group
                return Turn(number, whole, self.group, subject.vendors, self.group, first=self.users)
            case Shape.ONE:
                return Turn(number, wanted, wanted, subject.vendors, wanted)


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn of one subject: microseconds of CPU a notification, and what arrived."""

    subject: str
    notifications: int
    cpu_us: float
    redis_us: float
    sink_us: float
    wall_s: float
    rss: int
    arrivals: Arrivals


class Rounds:
    """Runs rounds on a rig."""

    def __init__(self, rig: Rig, size: Size) -> None:
        """Start nothing yet."""
        self._rig, self._size, self._numbers = rig, size, count()
        #: Why a subject has no row.
        self.missing: dict[str, str] = {}

    def run(self, subjects: Sequence[Subject], rounds: int) -> Iterator[Sample]:
        """Yield a sample for each subject and round, round by round."""
        with ExitStack() as stack:
            running = self._started(subjects, stack)
            for _ in range(rounds):
                for subject, sender in running:
                    yield self._sample(subject, sender)

    def _warmed(self, subject: Subject, sender: Sender) -> Sender:
        """Have it send a whole turn, uncounted: compilers and caches need as much."""
        sender.send(self._turn(subject, 1.0))
        return sender

    def _started(self, subjects: Sequence[Subject], stack: ExitStack) -> list[tuple[Subject, Sender]]:
        running = []
        for subject in subjects:
            try:
                running.append((subject, self._warmed(subject, stack.enter_context(subject.start(self._rig)))))
            except Missing as reason:
                self.missing[subject.name] = str(reason)
        return running

    def _sample(self, subject: Subject, sender: Sender) -> Sample:
        sender.send(self._turn(subject, _WARM_UP))
        self._rig.sinks.book.empty()
        turn, before, began = self._turn(subject, 1.0), self._used(sender), time.monotonic()
        sender.send(turn)
        wall_s, after = time.monotonic() - began, self._used(sender)
        cpu = {name: (after[name].cpu_s - used.cpu_s) * 1e6 / turn.count for name, used in before.items()}
        arrivals = self._rig.sinks.book.arrivals(turn)
        return Sample(
            subject.name, turn.count, cpu["subject"], cpu["redis"], cpu["sink"], wall_s, after["subject"].rss, arrivals
        )

    def _turn(self, subject: Subject, share: float) -> Turn:
        return self._size.turn(next(self._numbers), subject, share)

    def _used(self, sender: Sender) -> Mapping[str, Used]:
        return {"subject": sender.used(), "redis": used_by(self._rig.server.pid), "sink": used_by(self._rig.sinks.pid)}
