"""One Huawei request for a group: each phone gets its own result, whatever part of the batch fails."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from providers.huawei import Huawei
from providers.notification import Notification, fingerprint
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.simulator.simulator import Simulator
from providers.transport import Http, Transport

Api = Literal["v1", "v2", "v3"]
SIZE = 1000


@pytest.fixture(params=["v1", "v2", "v3"])
def api(request: pytest.FixtureRequest) -> Api:
    """Each version of the API."""
    version: Api = request.param
    return version


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """A loop for one test."""
    with asyncio.Runner() as runner:
        yield runner


#: What the receivers of a group message have in common.
DATA = {"f": "alice", "m": "626473521765161476", "g": "1234567"}
MESSAGE = Notification(id="message", title="Night runners", body="今晚八点", badge=7, data=DATA, collapse_id="message")


def secret_of(path: str) -> str:
    """Return the client secret that the simulator wrote."""
    return Path(path).read_text("utf-8").strip()


@asynccontextmanager
async def adapter(simulator: Simulator, api: Api) -> AsyncIterator[Huawei]:
    """Yield an adapter for the fake Huawei."""
    known, ca_file = simulator.credentials["huawei"], str(simulator.ca_file)
    huawei = Huawei(
        Transport(simulator.endpoints["huawei"], http=Http.NEGOTIATE, ca_file=ca_file),
        api,
        app_id=known["app_id"],
        project_id=known["project_id"],
        secret=None if api == "v3" else secret_of(known["secret_file"]),
        service_account=known["service_account_file"] if api == "v3" else None,
        token_endpoint=known["token_url"],
        ca_file=ca_file,
        badge_class="com.example.Main",
    )
    try:
        yield huawei
    finally:
        await huawei.aclose()


async def sent(api: Api, fates: dict[str, str], size: int = SIZE) -> tuple[list[Result], Simulator]:
    """Send a batch to a fake Huawei in which some tokens have a fate; return the results and what the fake saw."""
    async with Simulator() as simulator:
        for name, state in fates.items():
            simulator.vendors["huawei"].set_token(name, state, None)
        async with adapter(simulator, api) as huawei:
            return list(await huawei.send_batch(MESSAGE, [token(number) for number in range(size)], 10)), simulator


def token(number: int) -> str:
    """Return a phone's token."""
    return f"token-{number:04}"


def test_a_thousand_phones_are_one_request(api: Api, loop: asyncio.Runner) -> None:
    """Each of a thousand pushes is accepted, in one request with one badge and the same members for every app."""
    results, simulator = loop.run(sent(api, {}))
    entries = simulator.ledger.entries()
    assert len({entry.vendor_id for entry in entries}) == 1
    request = entries[0].vendor_id
    assert results == [Accepted(f"{request} {fingerprint(token(number))}") for number in range(SIZE)]
    payload = entries[0].payload
    shown = payload["payload"]["notification"] if api == "v3" else payload["android"]["notification"]
    assert shown["badge"]["setNum" if api == "v3" else "set_num"] == 7
    assert (shown["clickAction"]["data"] if api == "v3" else json.loads(payload["data"])) == DATA


def test_bad_tokens_of_a_batch_are_named(api: Api, loop: asyncio.Runner) -> None:
    """Of a batch with three dead tokens these three are rejected, and nobody else."""
    dead = {token(number): "invalid" for number in (0, 500, 999)}
    results, _ = loop.run(sent(api, dead))
    rejected = {number: result for number, result in enumerate(results) if not isinstance(result, Accepted)}
    reason = "tokenFormatError" if api == "v3" else "80100000"
    assert rejected == dict.fromkeys((0, 500, 999), Rejected(reason, RejectionKind.TOKEN))


def test_a_batch_of_bad_tokens_only_proves_nothing(loop: asyncio.Runner) -> None:
    """All tokens invalid is also a wrong address's answer: each is tried by itself before it is believed."""
    results, _ = loop.run(sent("v1", {token(number): "invalid" for number in range(5)}, size=5))
    assert results == [Retryable("80300007", detail="all tokens of a batch")] * 5


@pytest.mark.parametrize(("data", "may_share"), [(DATA, True), ({"f": "alice", "m": "1"}, False), ({}, False)])
def test_only_a_group_message_is_shared(loop: asyncio.Runner, data: dict[str, str], may_share: bool) -> None:
    """What is for one receiver only goes alone."""

    async def answer() -> bool:
        async with Simulator() as simulator, adapter(simulator, "v1") as huawei:
            return huawei.may_share(Notification(data=data))

    assert loop.run(answer()) is may_share
