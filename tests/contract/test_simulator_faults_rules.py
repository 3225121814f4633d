"""The script behind the faults: conditions, counts, mistakes, and what the books say afterwards."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from providers.simulator.faults import Fault
from providers.simulator.rules import When
from tests.contract.scripted import Scripted, scripted

ACTIONS = {str(kind.__struct_config__.tag): kind for kind in get_args(Fault)}
GONE = {"action": "reply", "status": 503}
MESSAGE = "0a1b2c3d-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def running() -> Iterator[Scripted]:
    """Run one fake APNs for the module."""
    with scripted(asyncio.new_event_loop) as found:
        yield found


@pytest.fixture
def apple(running: Scripted) -> Scripted:
    """Forget what came before."""
    running.control("POST", "/_sim/reset")
    return running


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the tables below a heading, without backquotes."""
    section = text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")] for line in lines]


def statuses(apple: Scripted, tokens: list[str]) -> list[int]:
    """Return the answers to pushes in turn on a fresh connection."""
    with apple.connect() as client:
        return [apple.push(client, token).status for token in tokens]


class TestWhen:
    """The conditions."""

    @pytest.mark.parametrize(
        ("when", "times", "struck"),
        [
            ({}, None, [503] * 6),
            ({}, 2, [503, 503, 200, 200, 200, 200]),
            ({"token": "ab"}, None, [503, 200, 200, 503, 200, 200]),
            ({"token_prefix": "a"}, None, [503, 503, 200, 503, 503, 200]),
            ({"path": "/3/device/ab"}, None, [503, 200, 200, 503, 200, 200]),
            ({"path": "/3/device/a*"}, None, [503, 503, 200, 503, 503, 200]),
            ({"nth": 2}, None, [200, 503, 200, 200, 200, 200]),
            ({"token": "ab", "nth": 2}, None, [200, 200, 200, 503, 200, 200]),
            ({"every": 3}, None, [200, 200, 503, 200, 200, 503]),
            ({"every": 2}, 2, [200, 503, 200, 503, 200, 200]),
            ({"share": 0}, None, [200] * 6),
            ({"share": 1}, None, [503] * 6),
        ],
        ids=str,
    )
    def test_conditions(self, apple: Scripted, when: dict[str, Any], times: int | None, struck: list[int]) -> None:
        """All conditions must hold; numbers count the occasions on which token and path fit."""
        with apple.connect() as client:
            apple.rules({"when": when, "do": GONE, "times": times})
            found = [apple.push(client, token).status for token in ["ab", "ac", "bd"] * 2]
        assert found == struck
        assert apple.control("GET", "/_sim/rules").json()["apns"]["rules"][0]["hits"] == struck.count(503)

    def test_the_first_decisive_rule_wins(self, apple: Scripted) -> None:
        """Faults that leave the answer alone add up; the first that decides ends the search."""
        with apple.connect() as client:
            slow = {"do": {"action": "delay", "seconds": 0}}
            apple.rules(slow, {"do": GONE, "times": 1}, {"do": {"action": "reply", "status": 500}})
            assert [apple.push(client, "ab").status for _ in range(2)] == [503, 500]
        assert [rule["hits"] for rule in apple.control("GET", "/_sim/rules").json()["apns"]["rules"]] == [2, 1, 1]

    def test_share_follows_the_seed(self, apple: Scripted) -> None:
        """The same seed and requests on a connection meet the same faults; another seed meets others."""
        tokens = [f"{number:04}" for number in range(60)]

        def thrown(seed: int) -> list[int]:
            with apple.connect() as client:
                apple.rules({"when": {"share": 0.3}, "do": GONE}, seed=seed)
                return [apple.push(client, token).status for token in tokens]

        first = thrown(7)
        assert thrown(7) == first
        assert thrown(8) != first
        assert 5 < first.count(503) < 35


class TestControl:
    """The control API."""

    @pytest.mark.parametrize(
        ("script", "hint"),
        [
            ({"vendor": "pigeon", "rules": []}, "vendor must be one of apns"),
            ({"vendor": "apns", "rules": [{"do": {"action": "explode"}}]}, "explode"),
            ({"vendor": "apns", "rules": [{"do": {"status": 200}}]}, "action"),
            ({"vendor": "apns", "rules": [{"when": {}}]}, "do"),
            ({"vendor": "apns", "rules": [{"do": GONE, "wen": {}}]}, "wen"),
            ({"vendor": "apns", "rules": [{"do": GONE, "when": {"tokn": "a"}}]}, "tokn"),
            ({"vendor": "apns", "rules": [{"do": GONE, "when": {"share": 2}}]}, "share"),
            ({"vendor": "apns", "rules": [{"do": GONE, "when": {"nth": 0}}]}, "nth"),
            ({"vendor": "apns", "rules": [{"do": GONE, "times": 0}]}, "times"),
            ({"vendor": "apns", "rules": [{"do": GONE | {"status": 99}}]}, "status"),
            ({"vendor": "apns", "rules": [{"do": GONE | {"headers": {"a": "b\r\nc"}}}]}, "headers"),
            ({"vendor": "apns", "rules": [{"do": GONE | {"headers": {"A b": "c"}}}]}, "headers"),
            ({"vendor": "apns", "rules": [{"do": {"action": "delay"}}]}, "seconds"),
            ({"vendor": "apns", "rules": [{"do": {"action": "delay", "p50_s": 1}}]}, "p99_s"),
            ({"vendor": "apns", "rules": [{"do": {"action": "delay", "p50_s": 2, "p99_s": 1}}]}, "p99_s"),
            ({"vendor": "apns", "rules": [{"do": {"action": "reset_stream", "code": "OOPS"}}]}, "REFUSED_STREAM"),
            ({"vendor": "apns", "rules": [{"do": {"action": "reset_stream", "code": -1}}]}, "32 bits"),
            ({"vendor": "apns", "rules": [{"do": {"action": "goaway", "end": "softly"}}]}, "softly"),
            ({"vendor": "apns", "rules": [{"do": {"action": "settings"}}]}, "streams"),
            ({"vendor": "apns", "rules": [{"do": {"action": "refuse_connection"}, "when": {"token": "a"}}]}, "token"),
        ],
        ids=lambda case: case if isinstance(case, str) else "",
    )
    def test_mistakes_are_explained(self, apple: Scripted, script: dict[str, Any], hint: str) -> None:
        """A mistake is a 400 that names it, and leaves the old script in place."""
        apple.rules({"do": GONE})
        answer = apple.control("POST", "/_sim/rules", json=script)
        assert answer.status_code == 400
        assert hint in answer.json()["error"]
        assert len(apple.control("GET", "/_sim/rules").json()["apns"]["rules"]) == 1

    @pytest.mark.parametrize(("method", "path"), [("DELETE", "/_sim/rules"), ("POST", "/_sim/reset")])
    def test_clearing(self, apple: Scripted, method: str, path: str) -> None:
        """Without its rules the vendor is itself again."""
        apple.rules({"do": GONE}, seed=3)
        assert apple.control(method, path).status_code == 200
        assert apple.control("GET", "/_sim/rules").json() == {"apns": {"seed": 0, "rules": []}}
        assert statuses(apple, ["ab"]) == [200]

    def test_paging(self, apple: Scripted) -> None:
        """``since`` and ``limit`` read the ledger in pages; ``x-next`` says where the next one begins."""
        statuses(apple, [f"{number:04}" for number in range(9)])
        read, since = [], "0"
        for _ in range(4):
            page = apple.control("GET", f"/_sim/requests?since={since}&limit=4")
            read += [entry["token"] for entry in page.json()]
            since = page.headers["x-next"]
        assert read == ["00", *(f"{number:04}" for number in range(9))]
        assert apple.control("GET", "/_sim/requests?vendor=fcm&limit=4").headers["x-next"] == "4"
        for mistake in ("since=-1", "since=x", "limit=1.5", "sinse=1"):
            assert apple.control("GET", f"/_sim/requests?{mistake}").status_code == 400


def test_the_readme_has_every_action_and_condition() -> None:
    """providers/simulator/README.md names each action with its members, each condition, and no other."""
    text = (Path(__file__).parents[2] / "providers" / "simulator" / "README.md").read_text("utf-8")
    actions = {row[0]: row[1] for row in rows(text, "## Scripted faults") if row[0] in ACTIONS}
    assert actions == {tag: ", ".join(kind.__struct_fields__) or "-" for tag, kind in ACTIONS.items()}
    conditions = [row[0] for row in rows(text, "## Scripted faults") if row[0] in When.__struct_fields__]
    assert conditions == list(When.__struct_fields__)


class TestBooks:
    """What the statistics say."""

    def test_attempts_and_duplicates(self, apple: Scripted) -> None:
        """Attempts, accepted pushes, lost answers and duplicates are counted by token and message."""
        lost = {"action": "reset_stream", "after_processing": True}
        with apple.connect() as client:
            apple.control("POST", "/_sim/reset")
            apple.rules({"do": {"action": "refuse_stream"}, "times": 1}, {"do": lost, "times": 1})
            for _ in range(4):
                apple.push(client, "ab", MESSAGE)
            apple.push(client, "cd", MESSAGE)
        rows = apple.control("GET", "/_sim/attempts?vendor=apns").json()
        row = {"token": "ab", "message": MESSAGE, "attempts": 4, "accepted": 3, "answers_lost": 1}
        assert rows == [row, {**row, "token": "cd", "attempts": 1, "accepted": 1, "answers_lost": 0}]
        assert apple.control("GET", "/_sim/attempts?vendor=apns&token=cd").json() == rows[1:]
        counts = apple.statistics()
        assert (counts["messages"], counts["attempts"], counts["most_attempts"]) == (2, 5, 4)
        assert counts["messages_by_attempts"] == {"1": 1, "4": 1}
        assert (counts["accepted"], counts["accepted_messages"], counts["answers_lost"]) == (4, 2, 1)
        assert (counts["duplicates"], counts["unexplained_duplicates"]) == (2, 1)
        assert counts["faults"] == {"refuse_stream": 1, "reset_stream": 1}

    def test_connections_and_streams(self, apple: Scripted) -> None:
        """Connections that came and are there, and the most streams each had open at once."""
        statuses(apple, ["ab"])
        apple.wait_until_alone()
        apple.control("POST", "/_sim/reset")
        with apple.connect() as client:
            apple.rule("delay", seconds=0.05)
            streams = [apple.start(client, "ab") for _ in range(5)]
            client.wait(lambda: all(client.answers[stream].is_over for stream in streams))
            counts = apple.statistics()
        assert counts["connections"] == {"opened": 1, "open": 1}
        assert (counts["streams"]["opened"], counts["streams"]["most_open"]) == (6, 5)
        assert list(counts["streams"]["most_open_by_connection"].values()) == [5]

    def test_payloads_can_be_left_out(self) -> None:
        """With payloads off the ledger keeps everything else."""
        with scripted(keep_payloads=False) as apple:
            statuses(apple, ["ab"])
            entries = apple.control("GET", "/_sim/requests").json()
        assert [(entry["token"], entry["outcome"], entry["payload"]) for entry in entries] == [
            ("00", "accepted", {}),
            ("ab", "accepted", {}),
        ]
