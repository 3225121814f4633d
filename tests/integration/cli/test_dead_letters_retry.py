"""Retry without a worker: what goes back to which stream, what stays, and that nothing is lost or doubled."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.integration.burials import HOUR_MS, Burials, message, push
from tests.integration.cli.command import COMMAND, dead_letters, environment
from tests.integration.configuration import APNS, APPKEY, FCM
from tests.integration.deployment import now_ms
from tests.integration.eventually import eventually
from worker.job import Job

MANY = 3000


def test_an_event_goes_back_as_it_was(burials: Burials, two_apps: Path) -> None:
    """Names, bytes and order of all fields are those of the buried entry; its letters are gone."""
    fields: dict[Any, Any] = {"trace": "7", b"\xff": b"\x00\xfe", "message": json.dumps(message()), "": "last"}
    burials.event(fields)
    burials.event({"message": b"{"})
    done = dead_letters(two_apps, "retry", "--stage", "events")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 retried\n", "")
    first, second = burials.entries(burials.keys.events)
    assert list(first.items()) == [(encoded(name), encoded(value)) for name, value in fields.items()]
    assert second == {b"message": b"{"}
    assert burials.left() == []


def encoded(value: bytes | str) -> bytes:
    """Return what Redis keeps."""
    return value.encode() if isinstance(value, str) else value


def test_a_push_begins_again(burials: Burials, two_apps: Path) -> None:
    """Its job is at attempt 1, its retries count from now; the push itself, its names and its end stay as they were."""
    job = push("bob")
    burials.job(job)
    before = now_ms()
    assert dead_letters(two_apps, "retry", "--user", "bob").stdout == "1 retried\n"
    (entry,) = burials.entries(burials.keys.outbox(APPKEY, APNS))
    again = msgspec.json.decode(entry[b"job"], type=Job)
    assert before <= again.revived_ms <= now_ms()
    assert again == msgspec.structs.replace(job, attempt=1, revived_ms=again.revived_ms)
    assert entry[b"badge"] == b""


def test_a_push_keeps_the_badge_beside_it(burials: Burials, two_apps: Path) -> None:
    """An outbox entry that was buried whole, job and badge, goes back with the badge that was counted."""
    outbox = burials.keys.outbox(APPKEY, APNS)
    for name, value in (("job", msgspec.json.encode(push())), ("badge", b"7")):
        members: Any = {"stream": outbox, "id": "5-0", "field": name, "value": value, "reason": "internal error"}
        burials.client.xadd(burials.keys.dead, members)
    assert dead_letters(two_apps, "retry", "--reason", "internal").stdout == "1 retried\n"
    (entry,) = burials.entries(outbox)
    assert (entry[b"badge"], msgspec.json.decode(entry[b"job"], type=Job).attempt) == (b"7", 1)


def test_a_job_that_cannot_be_read_goes_back_as_it_was(burials: Burials, two_apps: Path) -> None:
    """Another version may read what this one cannot; the worker judges it again."""
    burials.job(b'{"v": 2}')
    assert dead_letters(two_apps, "retry", "--all").stdout == "1 retried\n"
    assert burials.entries(burials.keys.outbox(APPKEY, APNS)) == [{b"job": b'{"v": 2}'}]


def test_the_ledger_says_planned_again(burials: Burials, two_apps: Path) -> None:
    """A message that is remembered shows its push as planned; one that is forgotten is not made again."""
    known, forgotten = push("bob"), push("carol")
    ledger = burials.keys.message(APPKEY, known.draft.msg_id)
    burials.client.hset(ledger, mapping={known.ledger_field: "given up ambiguous, attempt 12", "bob": "1-0"})
    burials.job(known)
    burials.job(forgotten)
    assert dead_letters(two_apps, "retry", "--all").stdout == "2 retried\n"
    assert burials.client.hgetall(ledger) == {known.ledger_field.encode(): b"planned", b"bob": b"1-0"}
    assert burials.client.exists(burials.keys.message(APPKEY, forgotten.draft.msg_id)) == 0


def test_what_has_expired_is_not_sent(burials: Burials, two_apps: Path) -> None:
    """Pushes past their end, messages past their age, presence past its lease stay, or go with --drop-expired."""
    burials.job(push(expires_at=now_ms() // 1000 - 1))
    burials.job(push(expires_at=None))
    burials.event({"message": message(timestamp=now_ms() - 25 * HOUR_MS)})
    gone = {"appkey": APPKEY, "user": "bob", "resource": "r", "state": "online", "timestamp": now_ms() - HOUR_MS}
    burials.event({"presence": gone})
    good = burials.event({"presence": {**gone, "lease_s": 7200}})
    dry = dead_letters(two_apps, "retry", "--all", "--dry-run", "--drop-expired")
    assert (dry.returncode, dry.stdout) == (0, "1 would be retried\n4 would be dropped\n")
    kept = dead_letters(two_apps, "retry", "--all")
    assert (kept.returncode, kept.stdout) == (0, "1 retried\n4 kept: expired\n")
    assert len(burials.left()) == 4
    assert good not in burials.left()
    nothing = dead_letters(two_apps, "retry", "--all")
    assert (nothing.returncode, nothing.stdout) == (1, "4 kept: expired\n")
    assert dead_letters(two_apps, "retry", "--all", "--drop-expired").stdout == "4 dropped\n"
    assert burials.left() == []
    assert burials.entries(burials.keys.outbox(APPKEY, APNS)) == []


def test_a_push_of_a_removed_channel_stays(burials: Burials, two_apps: Path) -> None:
    """An outbox that nobody reads would swallow it: the letter stays and the reason is said."""
    burials.job(push("bob", "removed"))
    burials.job(push("bob", APNS, "org#unknown"))
    done = dead_letters(two_apps, "retry", "--all")
    assert (done.returncode, done.stdout) == (1, "2 kept: no such channel in the configuration\n")
    assert len(burials.left()) == 2


def test_an_entry_too_wide_for_a_script_stays(burials: Burials, two_apps: Path) -> None:
    """3,000 fields go back at once; what has more is kept and can be dropped."""
    burials.event({f"f{number}": "x" for number in range(3000)})
    burials.event({f"f{number}": "x" for number in range(3001)})
    done = dead_letters(two_apps, "retry", "--all")
    assert done.stdout == "1 retried\n1 kept: more fields than can be added again\n"
    assert [len(fields) for fields in burials.entries(burials.keys.events)] == [3000]
    assert dead_letters(two_apps, "drop", "--all").stdout == "1 dropped\n"
    assert burials.left() == []


def test_oldest_first_up_to_the_limit(burials: Burials, two_apps: Path) -> None:
    """Events go back in the order in which they came, and a limit takes the oldest."""
    texts = [json.dumps(message(msg_id=f"m{number}")).encode() for number in range(250)]
    for text in texts:
        burials.event({"message": text})
    assert dead_letters(two_apps, "retry", "--stage", "events", "--limit", "220").stdout == "220 retried\n"
    assert [fields[b"message"] for fields in burials.entries(burials.keys.events)] == texts[:220]
    assert len(burials.left()) == 30


def test_a_dry_run_changes_nothing(burials: Burials, two_apps: Path) -> None:
    """What would be done is counted, and every key stays as it was."""
    burials.job(push())
    burials.event({"message": message()})
    before = {key: burials.client.dump(key) for key in burials.client.keys("*")}
    done = dead_letters(two_apps, "retry", "--all", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "2 would be retried\n")
    assert {key: burials.client.dump(key) for key in burials.client.keys("*")} == before


def test_a_letter_of_large_events(burials: Burials, two_apps: Path) -> None:
    """Events of megabytes go back whole."""
    for size in (1, 3_000_000, 20, 5_000_000):
        burials.event({"message": b"x" * size})
    assert dead_letters(two_apps, "retry", "--all").stdout == "4 retried\n"
    assert [len(fields[b"message"]) for fields in burials.entries(burials.keys.events)] == [1, 3_000_000, 20, 5_000_000]


def many(burials: Burials) -> set[str]:
    """Bury many pushes; return their messages."""
    jobs = [push(f"u{number}", FCM) for number in range(MANY)]
    with burials.client.pipeline(transaction=False) as pipe:
        batch = Burials(pipe)
        for job in jobs:
            members: Any = {"stream": batch.keys.outbox(APPKEY, FCM), "id": "", "field": "job"}
            pipe.xadd(batch.keys.dead, {**members, "value": msgspec.json.encode(job), "reason": "r", "path": ""})
        pipe.execute()
    return {job.draft.msg_id for job in jobs}


def running(config: Path, command: str) -> "subprocess.Popen[str]":
    """Start a command on all letters."""
    arguments = [*COMMAND, "dead-letters", command, "--all", "--config", str(config)]
    pipe = subprocess.PIPE
    return subprocess.Popen(arguments, env=environment(), stdout=pipe, stderr=pipe, text=True)


def in_outbox(burials: Burials) -> list[str]:
    """Return the messages of the pushes that went back, in order."""
    entries = burials.entries(burials.keys.outbox(APPKEY, FCM))
    return [msgspec.json.decode(fields[b"job"], type=Job).draft.msg_id for fields in entries]


@pytest.mark.parametrize("other", ["retry", "drop"])
def test_two_at_once(burials: Burials, two_apps: Path, other: str) -> None:
    """Two operators at the same time: every letter ends once, and the two counts add up."""
    messages = many(burials)
    commands = [running(two_apps, "retry"), running(two_apps, other)]
    outputs = [command.communicate(timeout=60) for command in commands]
    assert [errors for _, errors in outputs if "Traceback" in errors] == []
    counts = [line.split(" ", 1) for output, _ in outputs for line in output.splitlines()]
    done = {what: sum(int(count.replace(",", "")) for count, said in counts if said == what) for _, what in counts}
    found = in_outbox(burials)
    assert len(found) == len(set(found)) == done.get("retried", 0)
    assert set(found) <= messages
    assert done.get("retried", 0) + done.get("dropped", 0) == MANY
    assert burials.left() == []


def test_a_killed_command_loses_and_doubles_nothing(burials: Burials, two_apps: Path) -> None:
    """Kill -9 in the middle: each push is either a letter still or back in its outbox; a second run does the rest."""
    messages = many(burials)
    with running(two_apps, "retry") as command:
        eventually(lambda: burials.client.xlen(burials.keys.outbox(APPKEY, FCM)))
        command.send_signal(signal.SIGKILL)
        command.communicate()
    # At one moment: the server may still have a script of the dead to run.
    with burials.client.pipeline(transaction=True) as pipe:
        pipe.xlen(burials.keys.outbox(APPKEY, FCM))
        pipe.xlen(burials.keys.dead)
        assert sum(pipe.execute()) == MANY
    if burials.left():
        assert dead_letters(two_apps, "retry", "--all").returncode == 0
    assert len(in_outbox(burials)) == MANY
    assert set(in_outbox(burials)) == messages
