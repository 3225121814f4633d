"""A user's bindings: which devices are reached through which channels."""

from policy.receiver import Device
from worker.store.keys import Partitions
from worker.store.readable import list_of
from worker.store.scripts import Scripts

#: Of one user; beyond it the one bound longest ago makes way. The product names no limit.
MOST_BINDINGS = 100


class BindingStore:
    """Binds and unbinds, one script a call."""

    def __init__(self, scripts: Scripts, partitions: Partitions) -> None:
        """Bind; nothing is sent before the first call."""
        self._scripts, self._partitions = scripts, partitions

    async def bind(self, appkey: str, user: str, device_id: str, notifier: str, token: str) -> list[Device]:
        """Bind a device to a channel and return all of the user's bindings.

        An empty ``token`` unbinds, an empty ``notifier`` all of the device's bindings. Bound anew, a device is not
        kicked any more. Idempotent.
        """
        key = self._partitions.of(appkey, user).user(appkey, user)
        text = await self._scripts.run("bind", [key], [device_id, notifier, token, MOST_BINDINGS])
        return list_of(text, Device)

    async def all(self, appkey: str, user: str) -> list[Device]:
        """Return all of the user's bindings, in the order bound."""
        key = self._partitions.of(appkey, user).user(appkey, user)
        (text,) = await self._scripts.run("field", [key], ["d"])
        return list_of(text, Device)
