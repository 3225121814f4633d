"""Users by the million: what the product's own scripts write for one of them, copied within Redis."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.asyncio import Redis

from tests.benchmarks.turn import NICKNAME, SENDER, token_of, user_of
from tests.integration.configuration import APPKEY, NOTIFIERS
from tests.integration.script_calls import runner
from worker.store.bindings import BindingStore
from worker.store.keys import Keys, Partitions, conversation_field
from worker.store.scripts import Scripts
from worker.store.settings import SETTINGS, Patch, SettingsStore

#: Tokens of a user's further devices are so far apart; users have lower numbers.
_APART = 10_000_000
#: A script holds up all of Redis.
_AT_A_TIME = 2_000
#: The one user that is written by the product, and gone when the copies are made.
_MODEL = "model"
_KEYS = Keys()
#: ARGV: first and last number, the beginning of a key, then the model's fields and values. ``@2`` is the token of the
#: second device.
_COPY = """
local beginning, fields = ARGV[3], {}
for number = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  for i = 4, #ARGV, 2 do
    local value = ARGV[i + 1]
    if ARGV[i] == 'd' then
      value = value:gsub('@(%d+)', function(device)
        return string.format('01%062x', number + (tonumber(device) - 1) * {apart})
      end)
    end
    fields[i - 3], fields[i - 2] = ARGV[i], value
  end
  redis.call('HSET', beginning .. string.format('%07d', number), unpack(fields))
end
""".replace("{apart}", str(_APART))


@dataclass(frozen=True, slots=True)
class Kind:
    """What all users of a population have: iPhones, settings, overrides of conversations that nobody writes in."""

    devices: int = 1
    settings: Mapping[str, Any] = field(default_factory=lambda: {"style": 1})
    overrides: int = 0
    #: The first device's id; the others are named after it.
    device_id: str = "apns_1"


def populate(client: redis.Redis, url: str, numbers: range, kind: Kind, appkeys: Sequence[str] = (APPKEY,)) -> None:
    """Give users of apps what their kind has, and the sender a nickname."""
    for appkey in appkeys:
        client.hset(_KEYS.user(appkey, SENDER), SETTINGS, json.dumps({"nickname": NICKNAME}))
    model = written_by_the_product(client, url, kind)
    flat = [part for pair in model.items() for part in pair]
    copy = client.register_script(_COPY)
    for appkey in appkeys:
        beginning = _KEYS.user(appkey, user_of("apns", 0))[:-7]
        for start in range(numbers.start, numbers.stop, _AT_A_TIME):
            last = min(start + _AT_A_TIME, numbers.stop) - 1
            copy(args=[start, last, beginning, *flat])


def written_by_the_product(client: redis.Redis, url: str, kind: Kind) -> dict[bytes, bytes]:
    """Return the hash of one user that the product's own scripts have written; its tokens are ``@1`` and so on."""

    async def write(connection: Redis) -> None:
        scripts, partitions = Scripts(connection), Partitions()
        bindings, settings = BindingStore(scripts, partitions), SettingsStore(scripts, partitions)
        for device in range(1, kind.devices + 1):
            name = kind.device_id if device == 1 else f"{kind.device_id[:-1]}{device}"
            await bindings.bind(APPKEY, _MODEL, name, NOTIFIERS["apns"], f"@{device}")
        conversations = [conversation_field(f"group:{1_000_000 + number}") for number in range(kind.overrides)]
        await settings.change(APPKEY, _MODEL, *(Patch(name, {"type": "AT"}) for name in conversations))
        await settings.change(APPKEY, _MODEL, Patch(SETTINGS, kind.settings))

    runner(url)(write)
    model: Any = client.hgetall(_KEYS.user(APPKEY, _MODEL))
    client.delete(_KEYS.user(APPKEY, _MODEL))
    return dict(model)


def tokens_of(number: int, devices: int) -> list[str]:
    """Return the tokens of a user's devices."""
    return [token_of("apns", number + device * _APART) for device in range(devices)]
