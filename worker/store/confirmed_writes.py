"""Writes that outlive the master that took them: a replica has them before they are answered.

What a master acknowledges itself is lost with the acknowledgement, or kept with it. What another master acknowledges
must be with a replica first, because a replica becomes master with what it has.
"""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import MovedError, NoScriptError, RedisError

#: A replica in step with its master confirms within a millisecond or two.
_WAIT_MS = 1000
#: A script that is unknown where the slot has moved to.
_ATTEMPTS = 4


class UnconfirmedError(RedisError):
    """A replica is connected and does not have the write yet: it may have it when the call is repeated."""


class ConfirmedWrites:
    """The scripts that write into one slot from elsewhere. They may run twice: a repeat must change nothing.

    A master without a replica in step is not waited for: nobody could take its place with less. Whether there is one
    is asked behind the write, on its connection, so that no other master answers.
    """

    def __init__(self, client: Redis) -> None:
        """``client`` is that of the slot; nothing is sent before the first call."""
        self._client = client
        #: Whether the master had a replica in step when we heard of it last: then WAIT, else INFO.
        self._has_replica = False

    async def run(self, script: AsyncScript, keys: Sequence[str], arguments: Sequence[Any], mark: str) -> Any:
        """Run a script and return its answer when a replica, if there is one, has what it wrote.

        ``mark`` is a key of the slot that is written behind the script: WAIT speaks of a connection's own writes, and
        a repeat that changes nothing makes none.

        Raises:
            UnconfirmedError: there is a replica, and it did not confirm in time.
            RedisError: what the script's call raises.
        """
        first, is_safe = await self._attempt(script, keys, arguments, mark)
        if is_safe:
            return first
        # What was believed of the replica was wrong. The first answer knows what was new.
        _, is_safe = await self._attempt(script, keys, arguments, mark)
        if is_safe:
            return first
        raise UnconfirmedError(f"NOREPLICAS no replica has what was written beside {mark} yet")

    async def _attempt(
        self, script: AsyncScript, keys: Sequence[str], arguments: Sequence[Any], mark: str
    ) -> tuple[Any, bool]:
        """Run the script; return its answer, and whether what it wrote is safe."""
        waits = self._has_replica
        question = ("WAIT", 1, _WAIT_MS) if waits else ("INFO", "replication")
        answer, said = await self._write(script, [len(keys), *keys, *arguments], mark, question)
        self._has_replica = has_replica = said > 0 if waits else _has_replica_in_step(said)
        # The one that was waited for has it, or there is none.
        return answer, has_replica is waits

    async def _write(
        self, script: AsyncScript, rest: Sequence[Any], mark: str, question: Sequence[Any]
    ) -> tuple[Any, Any]:
        """Send script, mark and question at once; follow the slot, and load the script where it is unknown."""
        name: tuple[str, Any] = ("EVALSHA", script.sha)
        for _ in range(_ATTEMPTS):
            answer, marked, said = await self._answers([*name, *rest], ["SET", mark, 1], question)
            if isinstance(answer, NoScriptError):
                name = ("EVAL", script.script)
            elif not isinstance(answer, MovedError):
                break
        for fault in (answer, marked):
            if isinstance(fault, Exception):
                raise fault
        if isinstance(said, Exception):  # the master has become a replica, or the user may not ask
            raise UnconfirmedError(f"NOREPLICAS {said}") from said
        return answer, said

    async def _answers(self, *commands: Sequence[Any]) -> list[Any]:
        """Send commands on one connection; return an answer or an error for each."""
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return list(await pipe.execute(raise_on_error=False))


def _has_replica_in_step(replication: dict[str, Any]) -> bool:
    """Return whether a replica takes every write. One that still copies the whole confirms nothing for minutes.

    https://redis.io/docs/latest/commands/info/
    """
    replicas = [value for name, value in replication.items() if name.startswith("slave") and isinstance(value, dict)]
    return any(replica["state"] == "online" for replica in replicas)
