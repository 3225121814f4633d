"""The account of a flood: every entry is decided, applied or dead-lettered, and none is only gone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.letters import Letter, Letters, is_whole, reason_of
from tests.fuzz.sample import Fate, Sample
from tests.fuzz.traces import MessageTrace, PresenceTrace, Superseded, Trace, trace_of
from tests.integration.deployment import Deployment, now_ms

#: Problems that are told; all are counted.
_TOLD = 50


@dataclass(frozen=True, slots=True)
class Case:
    """An entry on the stream and what it was made as."""

    entry_id: bytes
    sample: Sample


@dataclass(slots=True, repr=False)
class Account:
    """What became of the entries so far."""

    deployment: Deployment
    letters: Letters
    #: By recipe and what became of it.
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: Of dead-lettered events, by reason.
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    #: Ledgers of messages whose pushes were still on their way when they were looked at.
    _open: set[str] = field(default_factory=set)
    #: Presence events without a trace, which a later one may explain.
    _suspects: list[tuple[Case, PresenceTrace, str]] = field(default_factory=list)
    _superseded: Superseded = field(default_factory=Superseded)

    def close(self, added: Mapping[bytes, Sample]) -> None:
        """Account for entries that are no longer on the stream."""
        self.letters.read()
        traced: list[tuple[Case, Trace]] = []
        for entry_id, sample in added.items():
            case, letters = Case(entry_id, sample), self.letters.take(entry_id)
            if letters:
                self._bury(case, letters)
            else:
                traced += self._traced(case)
        self._look_for(traced)

    def judge(self) -> None:
        """Judge what had to wait for the end: pushes that were on their way, presence that later events replaced."""
        for case, trace, fault in self._suspects:
            if not self._superseded.explains(trace):
                self._blame(case, fault)
        for ledger in self._asked([MessageTrace(key, ()) for key in self._open]):
            if MessageTrace.is_open(ledger):
                self._tell("a push has no end")

    @property
    def total(self) -> int:
        """How many entries are accounted for."""
        return self.fates.total()

    def _bury(self, case: Case, letters: list[Letter]) -> None:
        self._count(case, "buried")
        self.reasons[reason_of(letters[0])] += 1
        if case.sample.fate is Fate.DECIDED:
            self._blame(case, f"buried: {letters[0][b'path']!r} {letters[0][b'reason']!r}")
        if not is_whole(letters, case.sample.fields):
            self._blame(case, "not kept whole")

    def _traced(self, case: Case) -> Iterable[tuple[Case, Trace]]:
        trace = trace_of(case.entry_id, case.sample.fields, self.deployment.keys)
        if trace is None or case.sample.fate is Fate.BURIED:
            self._blame(case, "not buried")
            return []
        return [(case, trace)]

    def _look_for(self, traced: list[tuple[Case, Trace]]) -> None:
        now = now_ms()
        for (case, trace), answer in zip(traced, self._asked([trace for _, trace in traced]), strict=True):
            self._count(case, trace.verb)
            fault = str(answer) if isinstance(answer, Exception) else trace.fault(answer, now)
            if isinstance(trace, PresenceTrace):
                self._superseded.note(trace, now)
                self._suspects += [(case, trace, fault)] if fault else []
            elif fault:
                self._blame(case, fault)
            elif isinstance(trace, MessageTrace) and MessageTrace.is_open(answer):
                self._open.add(trace.key)

    def _asked(self, traces: Iterable[Trace]) -> list[Any]:
        with self.deployment.client.pipeline(transaction=False) as pipe:
            for trace in traces:
                trace.ask(pipe)
            return list(pipe.execute(raise_on_error=False))

    def _count(self, case: Case, fate: str) -> None:
        self.fates[case.sample.recipe, fate] += 1

    def _blame(self, case: Case, what: str) -> None:
        sample = case.sample
        self._tell(f"entry {sample.number} ({sample.recipe}, {case.entry_id.decode()}): {what}")

    def _tell(self, problem: str) -> None:
        self.problem_count += 1
        if len(self.problems) < _TOLD:
            self.problems.append(problem)
