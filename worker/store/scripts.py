"""The Lua scripts: everything that must be atomic, and everything that is read for a batch, is one of them.

Scripts, not Functions: they are versioned with the code and need no deployment step.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from worker.store.cluster_client import ClusterScript

Argument = str | bytes | int
_USES = "-- uses "
#: A batch has thousands of arguments. One by one they would cost the worker, and Redis, more than what they say.
_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = "local ARGV = cmsgpack.unpack(ARGV[1])\n"


class Scripts:
    """Run the shipped scripts by name; a flushed script cache (NOSCRIPT) is refilled by redis-py."""

    def __init__(self, client: Redis) -> None:
        """Bind to a client; nothing is sent before the first call."""
        self._client = client
        folder = files("worker.store") / "lua"
        self._scripts = {
            path.name.removesuffix(".lua"): client.register_script(_whole(path, folder / "parts"))
            for path in folder.iterdir()
            if path.name.endswith(".lua")
        }

    async def run(self, name: str, keys: Sequence[str], arguments: Sequence[Argument], confirm: str = "") -> Any:
        """Run one script; its header says what it takes and returns.

        ``confirm`` is for what is acknowledged in another partition, and names this partition's key for it: in a
        Cluster the two may be on different masters, and a replica must have what was written.

        Raises:
            UnconfirmedError: it does not have it yet.
        """
        script, packed = self._scripts[name], [_packed(arguments)]
        if confirm and isinstance(script, ClusterScript):
            return await script.run_confirmed(keys, packed, confirm)
        command = ("EVALSHA", script.sha, len(keys), *keys, *packed)
        try:  # redis-py's own way to this command costs a fifth of the call
            return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except NoScriptError:
            return await script(keys=keys, args=packed)


def _packed(arguments: Sequence[Argument]) -> bytes:
    """Return the arguments as one. All are texts, as Redis hands them to a script."""
    packers = _PACKERS  # most are texts already
    return _PACK([each if (kind := type(each)) is str else packers[kind](each) for each in arguments])


def _packed_bytes(data: bytes) -> msgspec.Raw:
    """Return bytes as MessagePack has texts: Redis's reader knows no other type for them."""
    return msgspec.Raw(b"\xdb%b%b" % (len(data).to_bytes(4), data))


#: By type: how an argument that is no text is made one.
_PACKERS: Mapping[type, Callable[[Any], Any]] = {int: str, bytes: _packed_bytes}


def _whole(script: Traversable, parts: Traversable) -> str:
    """Return a script behind the parts that its header says it uses, in that order."""
    text = script.read_text("utf-8")
    line = next((line for line in text.splitlines() if line.startswith(_USES)), _USES)
    used = [part.strip() for part in line.removeprefix(_USES).split(",") if part.strip()]
    return "".join([_UNPACK, *((parts / f"{part}.lua").read_text("utf-8") for part in used), text])


class KeyTable:
    """Collects the keys of one script call; arguments name them by their Lua index."""

    def __init__(self, *fixed: str) -> None:
        """Start with the keys that the script knows by place."""
        self.keys = list(fixed)
        self._index = {key: number for number, key in enumerate(fixed, 1)}

    def add(self, key: str) -> int:
        """Return the Lua index of a key that is most likely not in the table yet; twice is no fault."""
        self.keys.append(key)
        return len(self.keys)

    def index(self, key: str) -> int:
        """Return the Lua index of a key, adding it once."""
        number = self._index.get(key)
        if number is None:
            number = self._index[key] = self.add(key)
        return number
