"""A user's settings and overrides, changed member by member."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from worker.store.keys import Keys, Partitions
from worker.store.scripts import Argument, Scripts

#: Fields of a user's hash, overrides almost all of them: a client can make up conversations without end.
MOST_FIELDS = 5_000
#: The field of the settings at app level.
SETTINGS = "s"
_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Patch:
    """Members of the field ``name`` of a user's hash to set, or to remove (None); the others stay.

    It applies only where the record has the members of ``condition``.
    """

    name: str
    members: Mapping[str, Any]
    condition: Mapping[str, Any] = field(default_factory=dict)


class TooManyFieldsError(Exception):
    """The user has an override for so many conversations that another one is refused."""


class SettingsStore:
    """Reads settings, and merges patches into them, one script for all of a partition."""

    def __init__(self, scripts: Scripts, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._partitions = scripts, partitions

    async def change(self, appkey: str, user: str, *patches: Patch) -> list[bytes]:
        """Apply patches to one user; return for each the record as it then is, as JSON.

        Raises:
            TooManyFieldsError: one of them was not applied; the others were.
        """
        keys = self._partitions.of(appkey, user)
        records = await self._merge([keys.user(appkey, user)], _arguments(patches))
        if not all(records):
            raise TooManyFieldsError
        return records

    async def change_users(self, appkey: str, changes: Mapping[str, Patch]) -> None:
        """Apply one patch to each user's settings, all at once in each partition."""
        parts: dict[Keys, tuple[list[str], list[Argument]]] = {}
        for user, patch in changes.items():
            keys = self._partitions.of(appkey, user)
            names, arguments = parts.setdefault(keys, ([], []))
            names.append(keys.user(appkey, user))
            arguments += _arguments([patch])
        await asyncio.gather(*(self._merge(*part) for part in parts.values()))

    async def read(self, appkey: str, user: str, fields: Sequence[str]) -> list[bytes | None]:
        """Return fields of one user's hash as they are stored."""
        if not fields:
            return []  # the script would read all of them
        keys = self._partitions.of(appkey, user)
        return list(await self._scripts.run("members", [keys.user(appkey, user)], list(fields)))

    async def whole(self, appkey: str, user: str) -> dict[str, bytes]:
        """Return all of one user's hash."""
        keys = self._partitions.of(appkey, user)
        flat = await self._scripts.run("members", [keys.user(appkey, user)], [])
        return {name.decode("utf-8", "replace"): value for name, value in zip(flat[::2], flat[1::2], strict=True)}

    async def _merge(self, users: Sequence[str], arguments: Sequence[Argument]) -> list[bytes]:
        return list(await self._scripts.run("merge", users, [MOST_FIELDS, *arguments]))


def _arguments(patches: Sequence[Patch]) -> list[Argument]:
    arguments: list[Argument] = [len(patches)]
    for patch in patches:
        arguments += [patch.name, _JSON.encode(patch.condition), _JSON.encode(patch.members)]
    return arguments
