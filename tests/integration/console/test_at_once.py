"""Two clients, and two API processes, at the same moment: nobody's change is lost, and nothing is half done."""

import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.integration.api.api_process import Api, listening_port, running_api
from tests.integration.api.callers import bearer, token
from tests.integration.cli.command import COMMAND
from tests.integration.configuration import APPKEY
from tests.integration.console.console import FILE_NOTIFIER, Console, apns_body
from tests.integration.deployment import fresh, fresh_token
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT, Vendors
from tests.loopback import PLAIN
from tests.warm_children import WarmChildren
from worker.processes import Children
from worker.store.keys import Keys

KEYS = Keys()
OFF = {"enabled": False, "confirm": APPKEY}
#: Values by turns for each member of the policy.
POLICY: dict[str, tuple[Any, Any]] = {
    "multi_device": ("any-offline", "all-offline"),
    "timezone": ("Europe/Berlin", "Asia/Tokyo"),
    "force_beats": ("all", "dnd"),
    "max_age_s": (60, 61),
    "catch_up": ({"after_s": 60, "policy": "fold"}, {"after_s": 61, "policy": "drop"}),
    "locale": ("en", "zh"),
    "group_limit": (10, 11),
}


@pytest.fixture(autouse=True)
def _nothing_set(database: redis.Redis) -> None:
    """Begin with what the file says."""
    assert database.ping()


@pytest.fixture
def children() -> Iterator[Children]:
    """Processes of one test."""
    with WarmChildren() as running:
        yield running


@pytest.fixture(scope="module")
def consoles(api: Api, configuration: Path, session_children: Children) -> Iterator[Sequence[Console]]:
    """The console through two processes."""
    with running_api(session_children, configuration, configuration.with_name("other-api.log")) as other:
        yield Console(api.client), Console(other.client)


def at_once(*calls: Callable[[], httpx.Response]) -> list[int]:
    """Return the statuses of requests that are made at the same moment."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [answer.status_code for answer in threads.map(lambda call: call(), calls)]


def asks(console: Console, method: str, path: str, *bodies: Any) -> Callable[[], httpx.Response]:
    """Return what sends these bodies one after the other, and returns the last answer."""
    return lambda: [console.ask(method, path, body) for body in bodies][-1]


def test_one_of_many_makes_a_channel(consoles: Sequence[Console], vendors: Vendors) -> None:
    """The same notifier from eight clients: one has made it, the others are told that it is there."""
    notifier = fresh("twice")
    sound = [f"{number}.caf" for number in range(8)]
    bodies = [apns_body(vendors, notifier, sound=each) for each in sound]
    pairs = zip(itertools.cycle(consoles), bodies, strict=False)
    statuses = at_once(*(asks(console, "POST", "channels", body) for console, body in pairs))
    assert sorted(statuses) == [200] + [409] * 7
    (made,) = consoles[0].channels("GET", f"channels/{notifier}")
    assert made["settings"]["sound"] == sound[statuses.index(200)]


def test_many_channels(consoles: Sequence[Console], vendors: Vendors) -> None:
    """Different ones at the same moment are all there, from both processes."""
    names = [fresh("many") for _ in range(12)]
    bodies = [apns_body(vendors, name) for name in names]
    pairs = zip(itertools.cycle(consoles), bodies, strict=False)
    assert set(at_once(*(asks(console, "POST", "channels", body) for console, body in pairs))) == {200}
    for console in consoles:
        assert {each["notifier"] for each in console.channels("GET")} == {*names, FILE_NOTIFIER}


def test_a_switch_and_a_replacement(consoles: Sequence[Console], vendors: Vendors) -> None:
    """One client disables while another replaces: both have what they said last, whoever came between."""
    notifier = fresh("both")
    one, other = consoles
    one.channels("POST", body=apns_body(vendors, notifier))
    path = f"channels/{notifier}"
    for last in (False, True):
        switches = [{"enabled": number % 2 == int(last)} for number in range(10)]
        sounds = [apns_body(vendors, sound=f"{number}.caf") for number in range(5)]
        assert at_once(asks(one, "PUT", f"{path}/enabled", *switches), asks(other, "PUT", path, *sounds)) == [200, 200]
        (found,) = one.channels("GET", path)
        assert (found["enabled"], found["settings"]["sound"]) == (switches[-1]["enabled"], "4.caf")


def test_two_replacements(consoles: Sequence[Console], vendors: Vendors) -> None:
    """The settings are one client's or the other's, never of both; and the credential is the one that was given."""
    notifier = fresh("both")
    consoles[0].channels("POST", body=apns_body(vendors, notifier))
    forms = [apns_body(vendors, sound=name, topic=name) for name in ("one", "two")]
    for _ in range(5):
        calls = [
            asks(console, "PUT", f"channels/{notifier}", form) for console, form in zip(consoles, forms, strict=True)
        ]
        assert at_once(*calls) == [200, 200]
        (found,) = consoles[0].channels("GET", f"channels/{notifier}")
        assert found["settings"]["sound"] == found["settings"]["topic"]


def test_made_here_and_tried_there(consoles: Sequence[Console], vendors: Vendors) -> None:
    """Another process knows it at once, and the credential that has replaced the first."""
    one, other = consoles
    for _ in range(5):
        notifier, trial = fresh("there"), {"device_token": fresh_token()}
        one.channels("POST", body=apns_body(vendors, notifier, key_id="WRONGKEYID"))
        assert other.data("POST", f"channels/{notifier}/test", trial)["outcome"] != "accepted"
        one.channels("PUT", f"channels/{notifier}", apns_body(vendors))
        assert other.data("POST", f"channels/{notifier}/test", trial)["outcome"] == "accepted"


def test_members_of_the_policy(consoles: Sequence[Console], vendors: Vendors) -> None:
    """Each member by a client of its own, beside channels and templates that come: each has what was said last."""
    names = [fresh("t") for _ in range(6)]
    patches = [[{name: values[number % 2]} for number in range(6)] for name, values in POLICY.items()]
    clients = itertools.cycle(consoles)
    calls = [asks(next(clients), "PUT", "policy", *each) for each in patches]
    calls += [lambda name=name: template(next(clients), name) for name in names]  # type: ignore[misc]
    calls.append(asks(next(clients), "POST", "channels", apns_body(vendors, "beside")))
    assert set(at_once(*calls)) == {200}
    assert consoles[0].data("GET", "policy")["set"] == {name: values[1] for name, values in POLICY.items()}
    assert {template(consoles[1], name).status_code for name in names} == {400}, "they are there"
    assert {each["notifier"] for each in consoles[0].channels("GET")} == {"beside", FILE_NOTIFIER}


def template(console: Console, name: str) -> httpx.Response:
    """Make a template."""
    body = {"name": name, "title_pattern": "a", "content_pattern": "b"}
    return console.client.post("/org/app/notification/template", json=body, headers=bearer(token()))


def test_off_from_everywhere(consoles: Sequence[Console], database: redis.Redis) -> None:
    """Twice, at the same moment, among patches of the policy: off once, since once, and the patches are there."""
    assert template(consoles[0], "mine").status_code == 200
    clients = itertools.cycle(consoles)
    calls = [asks(next(clients), "PUT", "advanced", OFF) for _ in range(6)]
    calls += [asks(next(clients), "PUT", "policy", {name: values[0]}) for name, values in POLICY.items()]
    assert set(at_once(*calls)) == {200}
    since = database.hget(KEYS.app(APPKEY), "clearing")
    found = consoles[1].data("PUT", "advanced", OFF)
    assert (found["advanced"], found["clearing"]) == (False, True)
    assert found["set"] == {name: values[0] for name, values in POLICY.items()}
    assert database.hget(KEYS.app(APPKEY), "clearing") == since
    assert not database.hexists(KEYS.app(APPKEY), "t:mine")


@pytest.mark.parametrize("looks", [0, 100, 1_000, 3_000, 10_000, 100_000])
def test_an_api_that_dies_switching_off(
    console: Console, configuration: Path, children: Children, database: redis.Redis, tmp_path: Path, looks: int
) -> None:
    """Killed sooner or later after it was asked to: it is off with all that belongs to it, or nothing has happened."""
    eventually(lambda: template(console, "mine").status_code, lambda status: status == 200)
    before: Any = database.hgetall(KEYS.app(APPKEY))
    process, base_url = started(children, configuration, tmp_path / "log")
    with httpx.Client(base_url=base_url, timeout=30, verify=PLAIN) as client, ThreadPoolExecutor(1) as thread:
        assert client.get("/readyz").status_code == 200
        off = thread.submit(Console(client).ask, "PUT", "advanced", OFF)
        for _ in range(looks):
            if off.done():
                break
        process.kill()
        off.exception()
    after: Any = database.hgetall(KEYS.app(APPKEY))
    is_off = set(after) == {b"policy", b"clearing"} and json.loads(after[b"policy"]) == {"advanced": False}
    assert is_off or after == before


def started(children: Children, configuration: Path, log: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """Start an API of this test's own; return where it listens."""
    with log.open("wb") as output:
        command = [*COMMAND, "api", "--port", "0", "--config", str(configuration)]
        process = children.start(command, stdout=output, stderr=output, cwd=ROOT, env=dict(os.environ))
    return process, f"http://127.0.0.1:{listening_port(log)}"
