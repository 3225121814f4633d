"""Trials of channels: odd devices, odd channels, vendors that are dead or slow. An answer comes always, and in time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import redis

from tests.integration.console.console import Console, apns_body, fcm_body, huawei_body
from tests.integration.deployment import fresh, fresh_token
from tests.integration.vendors import Vendors

BODIES = {"apns": apns_body, "fcm": fcm_body, "huawei": huawei_body}
#: Printable, and in no vendor's form.
DEVICES = (
    "é",
    "证书",
    "a b",
    "a/b",
    "../..",
    "%00",
    "%",
    "?x=1",
    "#",
    "\u202e",
    "'\"",
    "x" * 4_096,
    "😀" * 100,
    "\xad",
    "{}",
)


@pytest.fixture(autouse=True)
def _no_channels(database: redis.Redis) -> None:
    """Begin with none made: an app may have fifty, and no worker runs that would clear away."""
    assert database.ping()


@pytest.fixture
def well(simulator: Vendors) -> Iterator[Vendors]:
    """Vendors whose faults end with the test."""
    yield simulator
    for vendor in BODIES:
        simulator.rules(vendor)


def made(console: Console, body: dict[str, Any]) -> str:
    """Make a channel, and return where it is tried."""
    console.channels("POST", body=body)
    return f"channels/{body['notifier']}/test"


@pytest.mark.parametrize("vendor", BODIES)
def test_odd_devices(console: Console, vendors: Vendors, vendor: str) -> None:
    """An outcome, or 400 that names the member; never a fault of ours, and the next trial works."""
    path = made(console, BODIES[vendor](vendors, fresh("tried")))
    for device in DEVICES:
        answer = console.ask("POST", path, {"device_token": device})
        assert answer.status_code in {200, 400}, answer.text
    assert console.data("POST", path, {"device_token": fresh_token()})["outcome"] == "accepted"


@pytest.mark.parametrize("vendor", BODIES)
@pytest.mark.parametrize("text", ["", "\0", "\n", "{$msg}", "😀" * 100, "\u202e", "x" * 1_000])
def test_odd_texts(console: Console, vendors: Vendors, vendor: str, text: str) -> None:
    """What a message may say, a trial may."""
    path = made(console, BODIES[vendor](vendors, fresh("tried")))
    body = {"device_token": fresh_token(), "title": text[:200], "body": text}
    assert console.ask("POST", path, body).status_code == 200


#: Members whose value goes into an address, a header or a signed text -> the vendor, and what has to be with it.
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "topic": ("apns", {}),
    "key_id": ("apns", {}),
    "team_id": ("apns", {}),
    "sound": ("apns", {}),
    "app_id": ("huawei", {}),
    "project_id": ("huawei", {"api": "v2"}),
    "category": ("huawei", {}),
    "badge_class": ("huawei", {}),
}


@pytest.mark.parametrize("value", ["é", "证书", "a b", "../../x", "%2F..%2F", "?x#y", "\xad", "x" * 256])
@pytest.mark.parametrize("member", ODD)
def test_odd_channels(console: Console, vendors: Vendors, member: str, value: str) -> None:
    """A channel that its vendor cannot want is refused at once, or tried and refused by the vendor: never our fault."""
    vendor, more = ODD[member]
    body = BODIES[vendor](vendors, fresh("odd")) | more | {member: value}
    answer = console.ask("POST", "channels", body)
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        trial = console.ask("POST", f"channels/{body['notifier']}/test", {"device_token": fresh_token()})
        assert trial.status_code == 200, trial.text


#: How a vendor is dead -> the fault, and whether it may have the push.
DEAD: dict[str, tuple[dict[str, Any], bool]] = {
    "refuses connections": ({"action": "refuse_connection"}, False),
    "never answers": ({"action": "black_hole", "after_processing": True}, True),
    "hangs in the handshake": ({"action": "stall_handshake", "seconds": 60}, False),
    "drops connections": ({"action": "reset_connection", "by": "rst", "after_processing": True}, True),
}


@pytest.mark.parametrize(("fault", "maybe_sent"), DEAD.values(), ids=list(DEAD))
def test_dead_vendors(console: Console, well: Vendors, fault: dict[str, Any], maybe_sent: bool) -> None:
    """It is said so before the caller's own patience ends, with whether it may have the push; others are served."""
    paths = {vendor: made(console, body(well, fresh("tried"))) for vendor, body in BODIES.items()}
    for vendor in BODIES:
        well.rules(vendor, {"do": fault})
    with ThreadPoolExecutor(len(BODIES)) as threads:
        trial = partial(console.ask, "POST", body={"device_token": fresh_token()}, timeout=15)
        trials = {vendor: threads.submit(trial, path) for vendor, path in paths.items()}
        assert console.ask("GET", "channels").status_code == 200
        answers = {vendor: trial.result() for vendor, trial in trials.items()}
    for answer in answers.values():
        assert (answer.status_code, answer.json()["data"]["outcome"]) == (200, "failed")
    # The others are asked for a token first, and that fails already.
    assert answers["apns"].json()["data"]["maybe_sent"] is maybe_sent
    for vendor, path in paths.items():
        well.rules(vendor)
        assert console.data("POST", path, {"device_token": fresh_token()})["outcome"] == "accepted"
