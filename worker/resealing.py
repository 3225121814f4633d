"""Changing the key of the secrets at rest: what is sealed with another key of the file is sealed with the first."""

from dataclasses import dataclass, field

import msgspec

from worker.store.channels import ChannelRecord, ChannelStore, EditChannel
from worker.store.secrets import Secrets, SecretsError


@dataclass(slots=True)
class Resealed:
    """What was done: channels sealed anew, and those that cannot be opened, each as ``app notifier: why``."""

    count: int = 0
    faults: list[str] = field(default_factory=list)


async def reseal(secrets: Secrets, channels: ChannelStore) -> Resealed:
    """Seal the secrets of all apps' channels with the first key. Repeating is harmless; others may change them too."""
    done = Resealed()
    for appkey in await channels.apps():
        for notifier, record in (await channels.all(appkey)).items():
            if secrets.is_current(record.sealed):
                continue
            try:
                await channels.edit(appkey, notifier, _resealing(secrets, appkey, notifier))
            except SecretsError as error:
                done.faults.append(f"{appkey} {notifier}: {error}")
            else:
                done.count += 1
    return done


def _resealing(secrets: Secrets, appkey: str, notifier: str) -> EditChannel:
    def edit(there: ChannelRecord | None) -> ChannelRecord:
        if there is None:
            raise SecretsError("is gone")
        sealed = secrets.seal(secrets.open(there.sealed, appkey, notifier), appkey, notifier)
        return msgspec.structs.replace(there, sealed=sealed)

    return edit
