"""A flood of random, mutated and hostile entries against a real worker: it stays up, and accounts for every one."""

import re
from collections.abc import Iterator

import pytest

from tests.figures import Figure
from tests.fuzz.aftermath import Aftermath, aftermath_of
from tests.fuzz.stage import flooded
from tests.fuzz.words import CANARIES
from tests.integration.configuration import APPKEY
from worker.dispatch import UNKNOWN_APP
from worker.processes import Children

_MB = 2**20
#: What the worker's memory may grow by in the second half of a flood.
_GROWTH = 64 * _MB
_TOLD_REASONS = 25
_APP_LABEL = re.compile(r'^offline_push_decisions_total\{app="([^"]*)"', re.MULTILINE)


@pytest.fixture(scope="module")
def aftermath(
    session_children: Children, tmp_path_factory: pytest.TempPathFactory, entries: int, seed: int, figure: Figure
) -> Iterator[Aftermath]:
    """What the flood has left."""
    with flooded(session_children, tmp_path_factory.mktemp("fuzz")) as stage:
        found = aftermath_of(stage, seed, entries)
        tell(found, entries, seed, figure)
        yield found


def tell(found: Aftermath, entries: int, seed: int, figure: Figure) -> None:
    """Leave the figures of the run."""
    account = found.account
    ends = {verb: sum(n for (_, end), n in account.fates.items() if end == verb) for verb in ("decided", "applied")}
    figure(
        f"seed {seed}, base {found.base_ms}: {entries} entries in {found.seconds:.0f} s,"
        f" {entries / found.seconds:.0f} a second; {account.problem_count} problems"
    )
    figure(f"{ends['decided']} decided, {ends['applied']} applied, {account.reasons.total()} dead-lettered")
    figure(f"pushes accepted: {found.accepted}; dead letters of pushes: {dict(account.letters.pushes) or 'none'}")
    figure(f"worker's memory: {min(found.resident) / _MB:.0f} to {max(found.resident) / _MB:.0f} MB")
    figure(f"log lines: {dict(found.audit.lines)}")
    for reason, count in account.reasons.most_common(_TOLD_REASONS):
        figure(f"{count:8} {reason}")
    figure(f"{len(account.reasons)} different reasons")


def test_every_entry_is_decided_or_dead_lettered(aftermath: Aftermath, entries: int) -> None:
    """Each entry left the trace of its decision, or a dead letter that holds it whole; no legal one was buried."""
    account = aftermath.account
    assert account.problems == []
    assert account.problem_count == 0
    assert account.total == entries
    assert account.letters.left == 0
    assert aftermath.pending == 0


def test_the_worker_lived(aftermath: Aftermath) -> None:
    """One process took it all, and ended in good order when it was told to."""
    assert aftermath.was_alive
    assert aftermath.exit_status == 0
    assert aftermath.audit.lines["info: dispatch started"] == 1


def test_nothing_surprised_the_worker(aftermath: Aftermath) -> None:
    """There is no error in the log, no traceback, and nothing that is no record."""
    assert aftermath.audit.errors == []
    assert not [reason for reason in aftermath.account.reasons if "internal error" in reason]


def test_each_dead_letter_is_told_once(aftermath: Aftermath) -> None:
    """The log has one line for each entry that was buried."""
    assert aftermath.audit.lines["warning: event to dead letters"] == aftermath.account.reasons.total()


def test_no_text_and_no_token_leaked(aftermath: Aftermath) -> None:
    """What people wrote and the tokens of their devices are in no log line, no reason and no metric."""
    assert aftermath.audit.leaks == []
    assert aftermath.account.letters.leaks == []
    assert not [canary for canary in CANARIES if canary in aftermath.metrics]


def test_pushes_were_sent(aftermath: Aftermath, entries: int) -> None:
    """Every vendor took its share of pushes: what came in between did not keep messages from phones."""
    assert min(aftermath.accepted.values()) > entries / 200


def test_strangers_do_not_swell_the_metrics(aftermath: Aftermath) -> None:
    """Thousands of unknown apps share one label."""
    assert set(_APP_LABEL.findall(aftermath.metrics)) == {APPKEY, UNKNOWN_APP}


def test_memory_does_not_grow_with_the_flood(aftermath: Aftermath) -> None:
    """In the second half of the flood the worker needs hardly more memory than in the first."""
    half = len(aftermath.resident) // 2
    assert max(aftermath.resident[half:]) <= max(aftermath.resident[:half]) + _GROWTH
