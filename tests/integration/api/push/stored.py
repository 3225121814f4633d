"""What Redis holds of a user, as the worker finds it and as other programs write it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from tests.integration.configuration import APPKEY
from worker.store.keys import Keys


@dataclass(frozen=True, slots=True)
class Stored:
    """The users' hashes of one Redis."""

    client: redis.Redis
    keys: Keys = field(default_factory=Keys)

    def read(self, user: str) -> dict[str, Any]:
        """Return the fields of a user's hash, decoded."""
        fields: Any = self.client.hgetall(self.keys.user(APPKEY, user))
        return {name.decode(): json.loads(text) for name, text in fields.items()}

    def write(self, user: str, fields: Mapping[str, str]) -> None:
        """Write fields, whatever they hold."""
        for name, text in fields.items():
            self.client.hset(self.keys.user(APPKEY, user), name, text)
