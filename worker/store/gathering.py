"""A client for many small requests at the same time: scripts called at about the same moment are sent together.

redis-py takes longer to send a script and to read its answer than Redis does to run it, and most of that is the same
for one and for many.
"""

import asyncio
import math
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from hiredis import pack_command
from redis.asyncio import Redis
from redis.exceptions import MovedError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.store.cluster_client import ClusterClient

_RUN_SCRIPT = "EVALSHA"


def gathering(client: Redis) -> Redis:
    """Return a client that sends together what goes to the same place: to a server, or to a slot of a Cluster."""
    if isinstance(client, ClusterClient):
        client.send_by(GatheringClient)
        return client
    return GatheringClient(client)


@dataclass(frozen=True, slots=True)
class _Call:
    """A command, the bytes that it is sent as, and where its answer is waited for."""

    command: tuple[Any, ...]
    packed: bytes
    future: "asyncio.Future[Any]"

    def settle(self, answer: Any) -> None:
        """Hand over an answer, or what was raised instead of one."""
        if self.future.done():  # its caller has gone
            return
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class GatheringClient(Redis):
    """Looks like the client that it stands for, and leaves to it whatever is no script.

    One script's error is its caller's alone; a connection that breaks is everybody's whose script it carried.
    """

    def __init__(self, client: Redis) -> None:
        super().__init__(connection_pool=client.connection_pool)
        self._client = client
        self._calls: list[_Call] = []
        #: The loop keeps no task alive by itself.
        self._tasks: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a script with others, or send any other command; return the answer."""
        if args[0] != _RUN_SCRIPT:
            return await self._client.execute_command(*args, **options)  # type: ignore[no-untyped-call]
        loop = asyncio.get_running_loop()
        call = _Call(args, pack_command(args), loop.create_future())
        if not self._calls:
            # Not in this turn but in the next: under load each brings more, and without load it is there at once.
            loop.call_soon(loop.call_soon, self._begin)
        self._calls.append(call)
        return await call.future

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close the client that it stands for."""
        await self._client.aclose(close_connection_pool)

    def _begin(self) -> None:
        calls, self._calls = self._calls, []
        self._start(self._send(calls))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # A task of its own: a caller who goes away must not take the others along.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, calls: Sequence[_Call]) -> None:
        answers = await _outcome(self._answers(calls))
        if isinstance(answers, Exception):
            answers = [answers] * len(calls)
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, MovedError):  # proof that it was not executed; alone it finds its way
                self._start(self._send_alone(call))
            else:
                call.settle(answer)

    async def _send_alone(self, call: _Call) -> None:
        call.settle(await _outcome(self._client.execute_command(*call.command)))  # type: ignore[no-untyped-call]

    async def _answers(self, calls: Sequence[_Call]) -> list[Any]:
        """Return the answers in order; an error that Redis answers is one of them."""
        connection = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(b"".join(call.packed for call in calls))
            # One time limit for all of them; redis-py would begin one for each.
            async with asyncio.timeout(connection.socket_timeout):
                return [await _outcome(connection.read_response(timeout=math.inf), ResponseError) for _ in calls]
        except TimeoutError:
            raise RedisTimeoutError("Redis does not answer") from None
        finally:
            await self.connection_pool.release(connection)


async def _outcome(work: Awaitable[Any], kind: type[Exception] = Exception) -> Any:
    """Return what is returned, or what is raised if it is of a kind."""
    try:
        return await work
    except kind as error:
        return error
