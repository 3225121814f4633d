"""The operator's side of dead letters: which are found, what is shown of them, and what is not."""

import json
import subprocess
from pathlib import Path

import pytest
from rich.cells import cell_len

from providers.notification import fingerprint
from tests.integration.burials import BODY, HOUR_MS, OTHER, TITLE, TOKEN, Burials, message, push
from tests.integration.cli.command import COMMAND, dead_letters, environment, json_lines, offline_push, refused
from tests.integration.configuration import APNS, APPKEY, FCM, HUAWEI
from tests.integration.deployment import now_ms
from worker.store.keys import Keys

COMMANDS = ("list", "show", "retry", "drop")


def listed(two_apps: Path, *arguments: str) -> list[str]:
    """Return the ids that a list prints."""
    done = dead_letters(two_apps, "list", *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [record["id"] for record in json_lines(done.stdout)]


@pytest.fixture
def mixed(burials: Burials) -> dict[str, str]:
    """Letters of every kind, oldest first; name -> id."""
    hours = [now_ms() - hours * HOUR_MS for hours in (30, 9, 8, 7, 6, 5, 4)]
    group = message(["carol", "ORG#APP_Dora@easemob.com"], chat_type="groupchat", group_id="77")
    presence = {"appkey": OTHER, "user": "emil", "state": "away"}
    return {
        "old": burials.job(push("bob"), at_ms=hours[0]),
        "refused": burials.job(push("carol", FCM), "configuration: PERMISSION_DENIED", at_ms=hours[1]),
        "other app": burials.job(push("bob", APNS, OTHER), "ambiguous: 3 attempts", at_ms=hours[2]),
        "group": burials.event({"message": group}, "Expected `int`, got `str`", "$.to[1]", at_ms=hours[3]),
        "presence": burials.event({"presence": presence}, at_ms=hours[4]),
        "garbage": burials.event({"message": b"\xff\xfe"}, "not UTF-8: byte 0", "$", at_ms=hours[5]),
        "huawei": burials.job(push("李雷", HUAWEI), "configuration: 80300011", at_ms=hours[6]),
    }


#: Options -> which letters they find.
FILTERS: dict[tuple[str, ...], list[str]] = {
    (): ["huawei", "garbage", "presence", "group", "other app", "refused", "old"],
    ("--app", OTHER): ["presence", "other app"],
    ("--reason", "attempts"): ["other app", "old"],
    ("--reason", "ambiguous: N attempts"): ["other app", "old"],
    ("--reason", "configuration"): ["huawei", "refused"],
    ("--reason", "$.TO[1]"): ["group"],
    ("--stage", "events"): ["garbage", "presence", "group"],
    ("--stage", "outbox", "--app", APPKEY): ["huawei", "refused", "old"],
    ("--notifier", FCM): ["refused"],
    ("--user", "Carol"): ["group", "refused"],
    ("--user", "dora"): ["group"],
    ("--user", "李雷"): ["huawei"],
    ("--user", "emil", "--app", OTHER): ["presence"],
    ("--user", "nobody"): [],
    ("--since", "7h30m"): ["huawei", "garbage", "presence", "group"],
    ("--until", "1d"): ["old"],
    ("--since", "8h30m", "--until", "5h30m"): ["presence", "group", "other app"],
    ("--limit", "2"): ["huawei", "garbage"],
    ("--reason", "attempts", "--limit", "1"): ["other app"],
}


@pytest.mark.parametrize("options", FILTERS, ids=" ".join)
def test_filters(mixed: dict[str, str], two_apps: Path, options: tuple[str, ...]) -> None:
    """Each filter finds what it says, all of them together what meets all, newest first."""
    assert listed(two_apps, *options) == [mixed[name] for name in FILTERS[options]]


def test_times_as_people_write_them(burials: Burials, two_apps: Path) -> None:
    """A time without a zone is UTC, and both ends are included, to the millisecond."""
    name = burials.job(push(), at_ms=1_789_999_200_000)
    assert listed(two_apps, "--since", "2026-09-21T14:00:00", "--until", "2026-09-21T16:00+02:00") == [name]
    assert listed(two_apps, "--since", "2026-09-21 14:00:00.001Z") == []
    assert listed(two_apps, "--until", "2026-09-21") == []


def test_ids_with_and_without_their_partition(mixed: dict[str, str], two_apps: Path) -> None:
    """Ids name letters, bare ones too where there is one partition; each is listed once, and filters still hold."""
    old, huawei = mixed["old"], mixed["huawei"]
    assert listed(two_apps, old, huawei.removeprefix("p0:"), old) == [huawei, old]
    assert listed(two_apps, old, huawei, "--notifier", HUAWEI) == [huawei]


def test_counts_by_reason(mixed: dict[str, str], burials: Burials, two_apps: Path) -> None:
    """Reasons that differ in a number are one, a vendor's code is not such a number; most frequent first."""
    for number in range(1, 4):
        burials.job(push(), f"not_sent: {number} attempts")
        burials.event({"message": b"{"}, f"{number}000000 bytes, limit 524288", "$")
    done = dead_letters(two_apps, "list", "--counts", "--json")
    counts = {line["reason"]: line["count"] for line in json_lines(done.stdout)}
    assert counts == {
        "not_sent: N attempts": 3,
        "N bytes, limit N": 3,
        "ambiguous: N attempts": 2,
        "configuration: PERMISSION_DENIED": 1,
        "configuration: 80300011": 1,
        "$.to[N]: Expected `int`, got `str`": 1,
        "$.msg_id: missing": 1,
        "not UTF-8: byte N": 1,
    }
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    words = dead_letters(two_apps, "list", "--counts", "--stage", "events").stdout
    assert [" ".join(line.split()) for line in words.splitlines()][:2] == ["COUNT REASON", "3 N bytes, limit N"]
    assert words.endswith("6 dead letters\n")
    assert mixed["old"] not in words


def test_the_list_fits_80_columns(burials: Burials, two_apps: Path) -> None:
    """However long its parts: ids stay whole, the newest are above, and all are counted."""
    long, user = "org-with-a-long-name#application-with-a-longer-one", "没有人" * 20
    for number in range(25):
        name = burials.job(push(user, "com.example.application.voip", long), f"configuration: {'Bad' * 40}{number}")
    done = dead_letters(two_apps, "list", "--app", long)
    assert max(map(cell_len, done.stdout.splitlines())) <= 80
    assert done.stdout.split().count("p0:") == 0
    assert done.stdout.split()[4] == name
    assert sum(line.startswith("p0:") for line in done.stdout.splitlines()) == 20
    assert done.stdout.endswith("25 dead letters, the newest 20 above\n")


def test_nothing_to_list(burials: Burials, two_apps: Path) -> None:
    """No dead letters are good news, status 0; an id that nothing has is not, status 1."""
    done = dead_letters(two_apps, "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no dead letters\n", "")
    name = burials.job(push())
    done = dead_letters(two_apps, "list", "p0:7-0", name, "--json")
    assert (done.returncode, done.stderr) == (1, "offline-push: p0:7-0: no such dead letter\n")
    assert [record["id"] for record in json_lines(done.stdout)] == [name]


def test_an_entry_of_several_fields_is_one_letter(burials: Burials, two_apps: Path) -> None:
    """Fields that were buried together are one letter, whichever of them is named."""
    first = burials.event({"trace": "1", "message": message(), b"\xff": b"\x00"})
    assert len(burials.left()) == 3
    (record,) = json_lines(dead_letters(two_apps, "show", burials.left()[1], "--json").stdout)
    assert (record["id"], record["fields"]) == (first, ["trace", "message", "[1 bytes]"])
    assert listed(two_apps) == [first]


SECRETS = (TOKEN, TITLE, BODY, "Pier", "482913")


def test_nothing_shows_tokens_or_text(burials: Burials, two_apps: Path) -> None:
    """Tokens are fingerprints, texts are lengths, in words and in JSON, whatever a producer put where."""
    bad = {**message(), "chat_type": BODY, "from": [BODY], "payload": {BODY: {BODY: BODY, "payload.from": TOKEN}}}
    burials.job(push())
    burials.job(json.dumps({"notification": TOKEN, "token": TOKEN, "user": BODY, "job": {"title": TITLE}}).encode())
    burials.job(f'{{"token": "{TOKEN}", "title": "{TITLE}"'.encode())
    burials.event({"message": message()})
    burials.event({"message": bad})
    burials.event({"massage": message(), BODY: "message", "trace": TOKEN})
    burials.event({"message": json.dumps(BODY), "presence": json.dumps([BODY, TITLE])})
    burials.event({"message": message()["payload"]["bodies"][0]["msg"].encode() + b"\xff"})
    commands = [("list",), ("list", "--json"), ("show", "--limit", "99"), ("show", "--limit", "99", "--json")]
    commands += [("retry", "--all", "--dry-run"), ("drop", "--all", "--dry-run")]
    for command in commands:
        done = dead_letters(two_apps, *command)
        assert done.returncode == 0
        assert [secret for secret in SECRETS if secret in done.stdout + done.stderr] == [], command


def test_show_tells_what_is_no_secret(burials: Burials, two_apps: Path) -> None:
    """Ids, times and shapes are shown as they are; the token by what other places say of it."""
    job = push("bob")
    name = burials.job(job)
    (record,) = json_lines(dead_letters(two_apps, "show", name, "--json").stdout)
    content = record["content"]["job"]
    draft, told = job.draft, content["draft"]
    assert (content["user"], content["token"], content["attempt"]) == ("bob", f"[fingerprint {fingerprint(TOKEN)}]", 12)
    assert told["notification"]["title"] == f"[{len(TITLE)} characters]"
    assert told["notification"]["data"] == {"f": "alice", "m": "m", "e": {"note": "[22 characters]"}}
    assert (told["decided_ms"], told["msg_id"]) == (draft.decided_ms, draft.msg_id)
    assert record["retry_until"] == (draft.notification.expires_at or 0) * 1000
    words = dead_letters(two_apps, "show", name).stdout
    assert all(word in words for word in (name, draft.msg_id, "ambiguous: 12 attempts", APNS, fingerprint(TOKEN)))


#: Bytes -> what is said of them.
MALFORMED = {
    b"": "[0 bytes, $: not JSON: Input data was truncated]",
    b"Hello": "[5 bytes, $: not JSON: JSON is malformed: invalid character (byte 0)]",
    b'{"a": "\xff"}': "[10 bytes, $: not UTF-8: byte 7]",
    b"[" * 5000: "[5000 bytes, $: nested too deeply]",
    b"1" * 400: "[number]",
    b"1" * 5000: "[5000 bytes, $: Integer value out of range]",
    b"[" * 40 + b"]" * 40: None,
}


@pytest.mark.parametrize("value", MALFORMED, ids=lambda value: str(value[:10]))
def test_malformed_bytes_are_described(burials: Burials, two_apps: Path, value: bytes) -> None:
    """Bytes of any kind are described by their length and the place of their fault, and break no command."""
    name = burials.event({"message": value})
    (record,) = json_lines(dead_letters(two_apps, "show", name, "--json").stdout)
    assert MALFORMED[value] in (None, record["content"]["message"])
    done = dead_letters(two_apps, "show", name)
    assert (done.returncode, max(map(len, done.stdout.splitlines())) <= 80) == (0, True)


def test_control_characters_stay_out_of_the_terminal(burials: Burials, two_apps: Path) -> None:
    """A letter cannot colour, clear or rename the reader's terminal."""
    evil = "\x1b[2J\x1b]0;owned\x07[red]:bomb:[/]"
    burials.event({"message": {"appkey": evil, "to": evil, "msg_id": evil}, evil: evil}, evil, evil)
    for command in (("list",), ("show",)):
        done = dead_letters(two_apps, *command)
        assert "\x1b" not in done.stdout
        assert "\x07" not in done.stdout
        assert "[red]:bomb:[/]" in done.stdout


def test_strange_letters_break_nothing(burials: Burials, two_apps: Path) -> None:
    """What nobody could have buried is listed and shown, is not retried, and can be dropped."""
    burials.client.xadd(burials.keys.dead, {"what": "ever"})
    burials.client.xadd(burials.keys.dead, {"stream": "push:{p1}:events", "field": "message", "value": "{}"})
    burials.client.xadd(burials.keys.dead, {"stream": "push:{p0}:out:org#app", "field": "job", "value": "{}"}, id="*")
    assert len(listed(two_apps)) == 3
    assert dead_letters(two_apps, "show", "--limit", "3").returncode == 0
    done = dead_letters(two_apps, "retry", "--all")
    assert (done.returncode, done.stdout) == (1, "3 kept: not from a stream of this partition\n")
    assert dead_letters(two_apps, "drop", "--all").stdout == "3 dropped\n"


def test_drop(mixed: dict[str, str], burials: Burials, two_apps: Path) -> None:
    """What matches is deleted for good and counted; a dry run counts the same and deletes nothing."""
    dry = dead_letters(two_apps, "drop", "--reason", "attempts", "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, "2 would be dropped\n")
    assert len(burials.left()) == 7
    done = dead_letters(two_apps, "drop", "--reason", "attempts")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 dropped\n", "")
    assert burials.left() == [name for key, name in mixed.items() if key not in {"old", "other app"}]
    assert dead_letters(two_apps, "drop", "--stage", "events", "--limit", "1").stdout == "1 dropped\n"
    assert mixed["group"] not in burials.left()
    assert dead_letters(two_apps, "drop", "--all").stdout == "4 dropped\n"
    assert burials.client.xlen(Keys().dead) == 0


@pytest.mark.parametrize("command", ["retry", "drop", "show"])
@pytest.mark.parametrize("which", [("--reason", "no such reason"), ("p0:7-0",)])
def test_nothing_matches(mixed: dict[str, str], two_apps: Path, command: str, which: tuple[str, ...]) -> None:
    """A command that found nothing says so in one line, status 1."""
    done = dead_letters(two_apps, command, *which)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout, line.startswith("offline-push: ")) == (1, "", True)
    assert len(listed(two_apps)) == len(mixed)


@pytest.mark.parametrize("command", ["retry", "drop"])
@pytest.mark.parametrize("options", [(), ("--limit", "5"), ("--dry-run",)])
def test_everything_has_to_be_said(burials: Burials, two_apps: Path, command: str, options: tuple[str, ...]) -> None:
    """Without an id, a filter or --all nothing is touched: one line, status 2."""
    burials.job(push())
    done = dead_letters(two_apps, command, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "offline-push: say which dead letters: ids, a filter, or --all\n"
    assert len(burials.left()) == 1


WRONG: dict[tuple[str, ...], str] = {
    ("--since", "yesterday"): "yesterday",
    ("--until", "2026-13-01"): "2026-13-01",
    ("--stage", "inbox"): "inbox",
    ("--limit", "0"): "--limit",
    ("--reason", ""): "--reason",
    ("--app", ""): "--app",
    ("--user", ""): "--user",
    ("--notifier", ""): "--notifier",
    ("1790000000000",): "1790000000000",
    ("p1:1790000000000-0",): "p1",
    ("px:1790000000000-0",): "px",
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_arguments(burials: Burials, two_apps: Path, command: str, arguments: tuple[str, ...]) -> None:
    """A wrong id, time or empty filter is named in the last line, status 2, and nothing is touched."""
    burials.job(push())
    done = dead_letters(two_apps, command, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    error = done.stderr.splitlines()[-1]
    assert error.startswith("Error: ")
    assert WRONG[arguments] in error
    assert len(burials.left()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_server(command: str) -> None:
    """Without a configured server each command says so in one line, status 2."""
    refused(offline_push("dead-letters", command, "--reason", "x"), "redis.url")


def test_the_members_of_a_listed_letter(burials: Burials, two_apps: Path) -> None:
    """What --json prints of a letter has the members that the documentation names, in its order."""
    burials.job(push("bob"))
    (record,) = json_lines(dead_letters(two_apps, "list", "--json").stdout)
    assert list(record) == [
        *("id", "at", "stage", "stream", "entry", "app", "notifier"),
        *("fields", "users", "msg_id", "path", "reason", "bytes"),
    ]


@pytest.mark.parametrize("options", [("--json",), ("--limit", "2000")])
def test_a_reader_that_has_seen_enough(burials: Burials, two_apps: Path, options: tuple[str, ...]) -> None:
    """``| head -1`` ends the list in the middle, with status 0 and no word."""
    for _ in range(2000):
        burials.event({"message": b"{"})
    command = [*COMMAND, "dead-letters", "list", *options, "--config", str(two_apps)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, b"")


def test_several_partitions(burials: Burials, two_apps: Path) -> None:
    """With several partitions all of them are searched, an id says which is meant, and a bare one is refused."""
    two_apps.write_text(two_apps.read_text().replace("[redis]", "[redis]\npartitions = 3"))
    parts = [
        burials,
        Burials(burials.client, Keys(1)),
        Burials(burials.client, Keys(2)),
        Burials(burials.client, Keys(3)),
    ]
    names = [part.event({"message": "{"}, at_ms=1_790_000_000_000) for part in parts]
    assert sorted(listed(two_apps)) == names[:3]
    bare = dead_letters(two_apps, "drop", names[1].partition(":")[2])
    assert (bare.returncode, "say which" in bare.stderr) == (2, True)
    assert dead_letters(two_apps, "drop", names[3]).returncode == 2
    assert dead_letters(two_apps, "drop", names[1]).stdout == "1 dropped\n"
    assert dead_letters(two_apps, "retry", "--stage", "events").stdout == "2 retried\n"
    assert [part.client.xlen(part.keys.events) for part in parts] == [1, 0, 1, 0]
    assert parts[3].left() == [names[3]]


def test_the_whole_command_line(mixed: dict[str, str], two_apps: Path) -> None:
    """As a process of its own, in a clean environment, the commands do the same."""
    done = offline_push("dead-letters", "list", "--user", "carol", "--config", two_apps)
    assert (done.returncode, done.stderr, mixed["refused"] in done.stdout) == (0, "", True)
    assert offline_push("dead-letters", "drop", mixed["old"], "--config", two_apps).stdout == "1 dropped\n"
    refused(offline_push("dead-letters", "drop", "--config", two_apps), "--all")
