"""A flood of random requests: none of them is too much for the API."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from tests.compatibility.places import Place, running_place
from tests.compatibility.random_requests import Described, random_request
from tests.compatibility.wire import Reply, Wire
from tests.figures import Figure
from worker.processes import Children

_SHORT, _LONG = 2000, 100_000
#: Requests with the same tokens.
_PORTION = 1000
_CONNECTIONS = 16
#: Any: a failure names the number of the request, and the same number makes the same request.
_SEED = 20_261_125
_WITNESS = "/users/wendy/notification/user/wendy"


class Source:
    """Operations and tokens of one API. Tokens are renewed now and then, since the flood ends some of them."""

    def __init__(self, place: Place, portions: int) -> None:
        self._place, self.server = place, place.server()
        # Made before the flood: afterwards the API is slow to believe that this address knows the secret.
        self._tokens = [(place.server().token, place.server("/org/plain").token) for _ in range(portions)]
        paths = httpx.get(f"{place.api}/openapi.json", trust_env=False, timeout=30).json()["paths"]
        self._operations = [(method.upper(), path) for path, methods in paths.items() for method in methods]

    def portions(self) -> Iterator[Described]:
        """Yield every operation, and tokens: right ones, those of others, and none."""
        for own, foreign in self._tokens:
            users = [self.server.user_token(user) for user in ("bob", "bob", "alice")]
            bearers = [f"Bearer {token}" for token in (*users, own, foreign, "garbage", "", "x" * 4000)]
            yield Described(self._operations, [*bearers, "Basic Ym9iOmJvYg==", "Bearer", "\x80"])


async def flood(place: Place, known: Described, numbers: Iterator[int], statuses: Counter[int]) -> None:
    """Send the requests of these numbers over some connections; count the answers of each status."""

    async def connection() -> None:
        async with Wire("127.0.0.1", urlsplit(place.api).port or 0) as wire:
            for each in numbers:
                statuses[await ask(wire, known, each)] += 1

    async with asyncio.TaskGroup() as connections:
        for _ in range(_CONNECTIONS):
            connections.create_task(connection())


async def ask(wire: Wire, known: Described, number: int) -> int:
    """Send one request and judge the answer; return its status."""
    request = random_request(known, Random(_SEED + number))  # noqa: S311 - to be made again
    try:
        reply = await wire.ask(request)
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
        raise AssertionError(f"request {number} has no answer: {request!r}") from error
    assert reply.status < 500, (number, request, reply)
    assert is_readable(request, reply), (number, request, reply)
    return reply.status


def is_readable(request: bytes, reply: Reply) -> bool:
    """Return whether a page could read a refusal: JSON that it may see. What is no HTTP cannot have such an answer."""
    if reply.status < 400 or request.startswith(b"HEAD ") or reply.body == b"Invalid HTTP request received.":
        return True
    is_open = "access-control-allow-origin" in reply.headers or is_for_no_page(request)
    return is_open and reply.headers.get("content-type") == "application/json"


def is_for_no_page(request: bytes) -> bool:
    """Return whether a request is for what only servers ask for."""
    return request.partition(b" ")[2].startswith((b"/huawei/", b"/healthz", b"/readyz", b"/metrics"))


@pytest.mark.timeout(1500)
def test_random_requests(session_children: Children, tmp_path: Path, figure: Figure, *, is_long: bool) -> None:
    """No answer is a 5xx, each refusal is JSON for any page, the log has no traceback, and afterwards all is well."""
    number, statuses = _LONG if is_long else _SHORT, Counter[int]()
    with running_place(session_children, tmp_path) as place:
        source = Source(place, number // _PORTION)
        source.server.done("PUT", _WITNESS, {"type": "AT"})
        for start, known in zip(range(0, number, _PORTION), source.portions(), strict=True):
            asyncio.run(flood(place, known, iter(range(start, start + _PORTION)), statuses))
        assert source.server.done("GET", _WITNESS)["data"] == {"type": "AT"}
    figure(f"{number} random requests: {', '.join(f'{n} × {status}' for status, n in sorted(statuses.items()))}")
    assert statuses.total() == number
    assert statuses.keys() >= {200, 400, 401, 403, 404, 405}
