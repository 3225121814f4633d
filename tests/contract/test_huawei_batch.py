"""One Huawei request for a group: each phone gets its own result, whatever part of the batch fails."""

import asyncio
import itertools
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


def notification(number: int, **members: object) -> Notification:
    """Return the push of a group message for one receiver."""
    data = {"t": f"user{number}", "f": "alice", "m": "626473521765161476", "g": "1234567"}
    told = {"title": "Night runners", "body": "今晚八点", "badge": 7, "data": data, "collapse_id": "message"}
    return Notification(**({"token": f"token-{number:04}", "id": f"id-{number}"} | told | members))  # type: ignore[arg-type]


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
        for token, state in fates.items():
            simulator.vendors["huawei"].set_token(token, state, None)
        async with adapter(simulator, api) as huawei:
            batch = [notification(number) for number in range(size)]
            assert len({huawei.batch_key(each) for each in batch}) == 1
            return list(await huawei.send_batch(batch, 10)), simulator


def test_a_thousand_phones_are_one_request(api: Api, loop: asyncio.Runner) -> None:
    """Each of a thousand pushes is accepted, in one request that names no receiver."""
    results, simulator = loop.run(sent(api, {}))
    entries = simulator.ledger.entries()
    assert len({entry.vendor_id for entry in entries}) == 1
    request = entries[0].vendor_id
    assert results == [Accepted(f"{request} {fingerprint(f'token-{number:04}')}") for number in range(SIZE)]
    payload = entries[0].payload
    shown = payload["payload"]["notification"] if api == "v3" else payload["android"]["notification"]
    assert shown["badge"]["setNum" if api == "v3" else "set_num"] == 7
    assert "user0" not in str(payload)


def test_bad_tokens_of_a_batch_are_named(api: Api, loop: asyncio.Runner) -> None:
    """Of a batch with three dead tokens these three are rejected, and nobody else."""
    dead = {f"token-{number:04}": "invalid" for number in (0, 500, 999)}
    results, _ = loop.run(sent(api, dead))
    rejected = {number: result for number, result in enumerate(results) if not isinstance(result, Accepted)}
    reason = "tokenFormatError" if api == "v3" else "80100000"
    assert rejected == dict.fromkeys((0, 500, 999), Rejected(reason, RejectionKind.TOKEN))


def test_a_batch_of_bad_tokens_only_proves_nothing(loop: asyncio.Runner) -> None:
    """All tokens invalid is also a wrong address's answer: each is tried by itself before it is believed."""
    results, _ = loop.run(sent("v1", {f"token-{number:04}": "invalid" for number in range(5)}, size=5))
    assert results == [Retryable("80300007", detail="all tokens of a batch")] * 5


def test_a_single_chat_goes_alone(loop: asyncio.Runner) -> None:
    """What is for one receiver shares no request."""

    async def key() -> object:
        async with Simulator() as simulator, adapter(simulator, "v1") as huawei:
            return huawei.batch_key(notification(1, data={"t": "bob", "f": "alice", "m": "1"}))

    assert loop.run(key()) is None


def test_another_text_or_badge_is_another_batch(loop: asyncio.Runner) -> None:
    """Receivers who read a translation are sent theirs, and each phone shows its own receiver's count."""

    async def keys() -> set[object]:
        async with Simulator() as simulator, adapter(simulator, "v1") as huawei:
            shown = itertools.product(range(4), ("你好", "Hello"), (0, 1, 2))
            told = [notification(number, body=text, badge=badge) for number, text, badge in shown]
            return {huawei.batch_key(each) for each in told}

    assert len(loop.run(keys())) == 6
