"""What users take: their bindings and settings, as the product's scripts write them."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import redis

from tests.benchmarks.growth.population import Kind, populate
from tests.benchmarks.memory.counted import used_memory

#: As long as a UUID, which devices are named by.
_PLAIN = Kind(settings={}, device_id="8f14e45f-ceea-467f-a8c1-3b1f0ab7d901")
_DEVICES, _OVERRIDES = 5, 20


def bytes_of_users(client: redis.Redis, url: str, items: int) -> Mapping[str, float]:
    """Return the bytes of a user with one device and default settings, and of what a user may have beside."""
    client.flushall()
    users, few = range(items), range(-(-items // _OVERRIDES))
    sizes = [used_memory(client)]
    for numbers, kind in (
        (users, _PLAIN),
        (users, replace(_PLAIN, devices=_DEVICES)),
        (few, replace(_PLAIN, devices=_DEVICES, overrides=_OVERRIDES)),
    ):
        populate(client, url, numbers, kind)
        sizes.append(used_memory(client))
    user, bindings, overrides = (after - before for before, after in pairwise(sizes))
    return {
        "user": user / items,
        "binding": bindings / items / (_DEVICES - 1),
        "override": overrides / len(few) / _OVERRIDES,
    }
