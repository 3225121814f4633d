"""The hard profile: reproducible from its seed, met by every run, and survivable by a client that retries."""

import json
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from random import Random
from statistics import quantiles
from typing import Any

import msgspec
import pytest

from providers.simulator.addresses import fcm, huawei
from providers.simulator.exchange import Reply, Request
from providers.simulator.faults import Answer, Delay, GoAway, OnRequest, Settings
from providers.simulator.injector import Injector
from providers.simulator.ledger import Ledger
from providers.simulator.profile import AT_THE_DOOR, ON_THE_WIRE, PROFILES, VENDOR_FAULTS
from providers.simulator.rules import Script
from providers.simulator.simulator import Simulator
from tests.contract.raw_h2 import RawH2
from tests.contract.scripted import FrameClient, Scripted, scripted

PUSHES, BATCH = 500, 20
#: Of a client that finds its connections silent for a second, again and again, on a machine that is busy.
PATIENCE_S = 100
PATHS = {"apns": "/3/device/{:06}", "fcm": "/v1/projects/p/messages:send", "huawei": "/v2/p/messages:send"}


def request(vendor: str, number: int, connection: int = 1, at: float = 0.0) -> Request:
    """Return a push to a device of its own."""
    body = json.dumps({"message": {"token": [str(number)] if vendor == "huawei" else str(number)}})
    return Request("POST", PATHS[vendor].format(number), (), body.encode(), connection, at)


def injector(vendor: str, seed: int = 1) -> Injector:
    """Return the bad days of one vendor."""
    return PROFILES["hard"].injector(vendor, Ledger(), seed)


def met(book: Injector, asked: Request) -> list[OnRequest]:
    """Return the faults of one request."""
    return book.on_request(asked, book.address(asked))


@pytest.mark.parametrize("vendor", PATHS)
def test_the_same_seed_throws_the_same_dice(vendor: str) -> None:
    """1,000 requests on one connection meet the same faults with the same seed, others with another."""
    runs = [
        [met(book, request(vendor, number, at=float(number))) for number in range(1000)]
        for book in (injector(vendor), injector(vendor), injector(vendor, seed=2))
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_other_connections_do_not_disturb() -> None:
    """What a connection meets does not depend on the connections beside it."""
    alone, disturbed = injector("apns"), injector("apns")
    expected = [met(alone, request("apns", number)) for number in range(300)]
    found = []
    for number in range(300):
        found.append(met(disturbed, request("apns", number)))
        met(disturbed, request("apns", number, connection=2))
    assert found == expected


@pytest.mark.parametrize("vendor", PATHS)
def test_a_long_run_meets_everything(vendor: str) -> None:
    """10,000 pushes meet each fault of the wire and of the vendor at least once, and 19 of 20 nothing worse."""
    book, seen, harmed = injector(vendor), Counter[bytes](), 0
    for number in range(10_000):
        faults = met(book, request(vendor, number, connection=number // 500, at=float(number)))
        harmed += any(not isinstance(fault, Delay) and fault.__class__.__name__ != "LateSettings" for fault in faults)
        seen.update(msgspec.json.encode(fault) for fault in faults)
    own = [fault for path, _, fault in VENDOR_FAULTS[vendor] if path not in {"/token", "/oauth2/*"}]
    expected = [fault for _, fault in ON_THE_WIRE if not isinstance(fault, Delay)] + own
    assert min(seen[msgspec.json.encode(fault)] for fault in expected) >= 1
    assert harmed < 500


def test_new_connections_meet_the_door() -> None:
    """Some new connections are refused or stalled, most are not."""
    book = injector("apns")
    thrown = [book.on_connect() for _ in range(2000)]
    assert min(sum(fault == one for one in thrown) for _, fault in AT_THE_DOOR) >= 20
    assert thrown.count(None) > 1800


def test_latency_has_its_percentiles() -> None:
    """A lognormal delay keeps its median and its 99th percentile."""
    random, delay = Random(1), Delay(p50_s=0.01, p99_s=0.5)  # noqa: S311 - dice
    cuts = quantiles((delay.drawn(random).seconds or 0 for _ in range(20_000)), n=100)
    assert 0.009 < cuts[49] < 0.011
    assert 0.4 < cuts[98] < 0.6


class TestHabits:
    """What depends on what went before."""

    def answers(self, vendor: str, replies: list[Reply], streams: int = 1000) -> Iterator[Settings | GoAway]:
        """Yield what follows these answers on one connection."""
        book, limit = injector(vendor), streams
        for number, reply in enumerate(replies):
            for fault in book.on_answer(request(vendor, number), reply, limit):
                limit = fault.streams if isinstance(fault, Settings) else limit
                yield fault

    def test_errors_shrink_the_limit_and_good_days_restore_it(self) -> None:
        """Ten 4xx halve the streams, ten more halve again, a hundred good answers bring them back; 410 is neutral."""
        bad, gone, good = Reply(400), Reply(410), Reply(200)
        faults = list(self.answers("apns", [gone] * 30 + [bad] * 20 + [good] * 200))
        assert faults == [Settings(streams=streams) for streams in (500, 250, 500, 1000)]

    def test_bad_tokens_send_the_connection_away(self) -> None:
        """Every tenth BadDeviceToken brings GOAWAY with Apple's reason, by turns gently and abruptly."""
        bad = Reply(400, b'{"reason": "BadDeviceToken"}')
        faults = [fault for fault in self.answers("apns", [bad] * 20) if isinstance(fault, GoAway)]
        assert [fault.end for fault in faults] == ["drain", "fin"]
        assert {str(fault.debug) for fault in faults} == {"{'reason': 'BadDeviceToken'}"}

    def test_google_sends_old_connections_away(self) -> None:
        """A connection to FCM ends gently after 1,000 answers."""
        assert list(self.answers("fcm", [Reply(200)] * 2500)) == [GoAway(), GoAway()]

    def quota(self, vendor: str, requests: list[Request]) -> list[Answer]:
        """Return the refusals of the habits alone."""
        reader = {"fcm": fcm, "huawei": huawei}[vendor]
        book = Injector(reader=reader, weather=PROFILES["hard"].habits(vendor))
        found = [met(book, asked) for asked in requests]
        return [fault for faults in found for fault in faults if isinstance(fault, Answer)]

    def test_the_projects_quota(self) -> None:
        """The 1,201st send in two seconds is 429, with Retry-After in three forms by turns; later it fits again."""
        refused = self.quota("fcm", [request("fcm", number, at=number / 1000) for number in range(1203)])
        assert [answer.status for answer in refused] == [429] * 3
        assert [(answer.retry_after_s, answer.as_date) for answer in refused] == [(1, False), (1, True), (None, False)]
        slow = self.quota("fcm", [request("fcm", number, at=number / 500) for number in range(3000)])
        assert slow == []

    def test_a_devices_quota(self) -> None:
        """The 241st send to one device in a minute is 429."""
        assert len(self.quota("fcm", [request("fcm", 7, at=number / 10) for number in range(242)])) == 2

    def test_huaweis_quota_counts_devices(self) -> None:
        """Two requests of 1,000 devices fill Huawei's second; the third is 503 without a body."""
        body = json.dumps({"message": {"token": [str(number) for number in range(1000)]}}).encode()
        asked = [Request("POST", PATHS["huawei"], (), body, 1, at) for at in (0.0, 0.1, 0.2, 1.1)]
        assert self.quota("huawei", asked) == [Answer(status=503)]


def test_a_retrying_client_finishes() -> None:
    """A client that retries delivers every push through the hard profile, and every duplicate is explained."""
    with scripted(profile="hard", seed=11) as apple:
        waiting, deadline = {f"{number:06}" for number in range(PUSHES)}, time.monotonic() + PATIENCE_S
        while waiting:
            assert time.monotonic() < deadline
            waiting -= delivered(apple, waiting)
        counts = apple.statistics()
    assert counts["accepted_messages"] == PUSHES
    assert counts["unexplained_duplicates"] == 0
    assert counts["attempts"] > PUSHES
    assert len(counts["faults"]) >= 5


def delivered(apple: Scripted, tokens: set[str]) -> set[str]:
    """Use one connection for as long as it lives; return the tokens whose push was answered 200."""
    streams: dict[int, str] = {}
    with ExitStack() as closing, suppress(OSError, AssertionError):
        client = closing.enter_context(FrameClient(apple.simulator.endpoints["apns"], apple.context))
        client.give_up_after(1)
        client.wait(lambda: bool(client.log))
        for batch in batches(client, tokens):
            streams.update({start(apple, client, token): token for token in batch})
            client.wait(lambda: all(client.answers[stream].is_over for stream in streams))
    return {token for stream, token in streams.items() if client.answers[stream].status == 200}


def start(apple: Scripted, client: RawH2, token: str) -> int:
    """Start the push that belongs to a token; its id is the same for every attempt."""
    return apple.start(client, token, f"00000000-0000-4000-8000-{token:0>12}")


def batches(client: RawH2, tokens: set[str]) -> Iterator[list[str]]:
    """Yield as many tokens at a time as the server allows, at most BATCH."""
    rest = iter(sorted(tokens))
    while batch := list(islice(rest, min(BATCH, client.h2.remote_settings.max_concurrent_streams))):
        yield batch


def test_bad_tokens_on_the_wire() -> None:
    """Ten bad tokens in a row cost the connection: GOAWAY says why, though no push is in work."""
    with scripted(profile="hard", seed=5) as apple:
        apple.simulator.injectors["apns"]._climate = Script()
        farewells = [farewell(apple), farewell(apple)]
    assert farewells == [(b'{"reason": "BadDeviceToken"}', True), (b'{"reason": "BadDeviceToken"}', False)]


def farewell(apple: Scripted) -> tuple[bytes, bool]:
    """Send ten bad tokens; return the debug data of GOAWAY, and whether the connection ended properly."""
    with apple.connect() as client:
        for _ in range(10):
            apple.push(client, "bad!")
        is_proper = True
        try:
            client.read_to_end()
        except ssl.SSLEOFError:
            is_proper = False
    assert client.farewell is not None
    return client.farewell.additional_data, is_proper


def test_a_profile_must_exist() -> None:
    """A misspelt profile is refused with the list of those there are."""
    with pytest.raises(ValueError, match="plain, hard"):
        Simulator(profile="soft")


def test_the_vendors_of_the_hard_profile() -> None:
    """Access tokens live for seconds, and Huawei pads its reasons."""
    vendors: dict[str, Any] = dict(Simulator(profile="hard").vendors)
    assert (vendors["fcm"].expires_in, vendors["huawei"].expires_in) == (20, 20)
    assert vendors["huawei"]._padded
