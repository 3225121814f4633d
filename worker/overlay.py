"""One app as it is now: what the configuration file says, and over it what is set over HTTP.

A field that cannot be read is said once, and the last of it that could be read stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from policy.app import Channel as PolicyChannel
from policy.app import Template
from worker.channel_record import Vault, channel_of
from worker.channels import Read
from worker.codec import Fault, decode
from worker.config import read_bytes
from worker.config_apps import AppSettings
from worker.config_channels import Channel
from worker.config_faults import ConfigError
from worker.config_sections import ApiSettings
from worker.console import Console, console_of
from worker.policy_patch import StoredPolicy, stored_policy
from worker.store.channels import ChannelRecord
from worker.store.console import CHANNEL, POLICY, TEMPLATE, AppRecord, StoredTemplate, clearing_since
from worker.store.secrets import SecretsError

_log = structlog.get_logger(__name__)
_JSON = msgspec.json.Encoder()
#: Opens a record's secrets: app key, notifier, record.
OpenVault = Callable[[str, str, ChannelRecord], Vault]


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel with all that is needed to send for it. ``stamp`` is another one when it has to be made anew."""

    appkey: str
    channel: Channel
    read: Read
    stamp: bytes = b""
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class _HttpChannel:
    """A channel that was made over HTTP; not ``live``: its secrets cannot be opened here, so that its pushes wait."""

    record: ChannelRecord
    live: LiveChannel | None


class Unreadable(Exception):  # noqa: N818 - said, not raised further
    """Why a field cannot be used, without what it holds."""


class Overlay:
    """One app."""

    def __init__(self, appkey: str, settings: AppSettings, api: ApiSettings, open_vault: OpenVault | None) -> None:
        """Begin with what the file says. ``open_vault`` None: no channel is sent for here, so none is made ready."""
        self._appkey, self._api, self._open_vault = appkey, api, open_vault
        self._file = console_of(appkey, settings)
        self._file_channels = [LiveChannel(appkey, channel, read_bytes) for channel in settings.channels]
        #: Field -> what it held when it was looked at last; field -> the last of it that could be read.
        self._seen: Mapping[str, bytes] = {}
        self._good: dict[str, Any] = {}
        self.console, self.channels = self._file, list(self._file_channels)
        #: Notifiers of channels that go with the last of their pushes -> when they were deleted, ms since 1970.
        self.deleted: dict[str, int] = {}
        #: When it was asked to delete the app's settings, milliseconds since 1970; None: it was not, or it is done.
        self.clearing_since: int | None = None

    def apply(self, record: AppRecord) -> None:
        """Take what is set now."""
        self._good = {name: value for name, value in self._good.items() if name in record.fields}
        for name, text in record.fields.items():
            if self._seen.get(name) != text:
                self._look_at(name, text)
        self._seen = dict(record.fields)
        self.clearing_since = clearing_since(record)
        self._compose()

    def _look_at(self, name: str, text: bytes) -> None:
        kind = next((kind for kind in _KINDS if name == kind or (kind.endswith(":") and name.startswith(kind))), None)
        if kind is None:
            return
        try:
            self._good[name] = _KINDS[kind](self, name.removeprefix(kind), text)
        except Unreadable as fault:
            self._say(name, str(fault))

    def _policy(self, _: str, text: bytes) -> StoredPolicy:
        policy = stored_policy(text)
        if policy is None:
            raise Unreadable("not a policy")
        return policy

    def _template(self, _: str, text: bytes) -> Template:
        stored = decode(text, StoredTemplate)
        if isinstance(stored, Fault):
            raise Unreadable(str(stored))
        return Template(stored.title_pattern, stored.content_pattern)

    def _channel(self, notifier: str, text: bytes) -> _HttpChannel:
        record = decode(text, ChannelRecord)
        if isinstance(record, Fault):
            raise Unreadable(str(record))
        if any(each.channel.notifier == notifier for each in self._file_channels):
            raise Unreadable("the configuration file has a channel of this notifier, which wins")
        try:
            return _HttpChannel(record, self._live(notifier, record))
        except (SecretsError, ConfigError) as error:
            before: _HttpChannel | None = self._good.get(f"{CHANNEL}{notifier}")
            self._say(f"{CHANNEL}{notifier}", str(error))
            return _HttpChannel(record, before.live if before else None)

    def _live(self, notifier: str, record: ChannelRecord) -> LiveChannel | None:
        if self._open_vault is None:
            return None
        vault = self._open_vault(self._appkey, notifier, record)
        channel = channel_of(notifier, record.provider, record.settings, vault.values, self._api)
        stamp = _JSON.encode([record.sealed, record.settings])
        return LiveChannel(self._appkey, channel, vault.read, stamp, record.deleted)

    def _compose(self) -> None:
        policy, templates, made = self._good.get(POLICY, StoredPolicy()), self._all(TEMPLATE), self._all(CHANNEL)
        there = {name: each.record for name, each in made.items() if not each.record.deleted}
        channels = [PolicyChannel(name, record.provider, record.enabled) for name, record in there.items()]
        sounds = {
            name: sound for name, record in there.items() if isinstance(sound := record.settings.get("sound"), str)
        }
        self.console = Console(
            msgspec.structs.replace(
                policy.over(self._file.policy),
                channels=[*(self._file.policy.channels or []), *channels],
                templates={**self._file.policy.templates, **templates},
            ),
            {**self._file.sounds, **sounds},
        )
        self.channels = [*self._file_channels, *(each.live for each in made.values() if each.live)]
        self.deleted = {name: each.record.updated for name, each in made.items() if each.record.deleted}

    def _all(self, prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): value for name, value in self._good.items() if name.startswith(prefix)}

    def _say(self, name: str, fault: str) -> None:
        said = "set over http and cannot be used, the last that could be stays"
        _log.error(said, app=self._appkey, field=name, fault=fault)


#: Field, or beginning of a field -> what reads it.
_KINDS: dict[str, Callable[[Overlay, str, bytes], Any]] = {
    POLICY: Overlay._policy,  # noqa: SLF001 - its own
    TEMPLATE: Overlay._template,  # noqa: SLF001
    CHANNEL: Overlay._channel,  # noqa: SLF001
}
