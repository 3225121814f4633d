"""The consoles of all configured apps, as they are now: the file's, and over them what is set over HTTP.

Workers and APIs look twice a second whether anything was changed (``follow``, or the worker's own part).
"""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from typing import TypeVar

import structlog
from redis.exceptions import ResponseError

from worker.channel_record import Vault, vault_of
from worker.config import Config
from worker.config_faults import ConfigError
from worker.console import Console
from worker.overlay import LiveChannel, Overlay
from worker.store.channels import ChannelRecord
from worker.store.console import ConsoleStore
from worker.store.secrets import KeyFileError, Secrets, load_secrets

Value = TypeVar("Value")
EVERY_S = 0.5
_OTHER_TYPE = "WRONGTYPE"
_log = structlog.get_logger(__name__)


class Consoles(Mapping[str, Console]):
    """App key -> console, for the apps of the configuration. Reading it costs nothing."""

    def __init__(self, config: Config, store: ConsoleStore, *, sends: bool = True) -> None:
        """Begin with what the file says.

        Args:
            config: the configuration.
            store: where it is read what is set over HTTP.
            sends: whether channels are sent for here; if not, nothing is opened, and no key is needed.

        Raises:
            ConfigError: ``api.secrets_key_file`` cannot be used.
        """
        self._store, self._api = store, config.api
        self.secrets = secrets_of(config) if sends else None
        open_vault = self._vault_of if sends else None
        self._overlays = {appkey: Overlay(appkey, app, config.api, open_vault) for appkey, app in config.apps.items()}
        self._versions: dict[str, bytes] = {}
        self._is_loaded, self._loading = False, asyncio.Lock()
        #: What was said to be of another type.
        self._said: set[str] = set()

    def __getitem__(self, appkey: str) -> Console:
        """Return an app's console."""
        return self._overlays[appkey].console

    def __iter__(self) -> Iterator[str]:
        """Iterate over the app keys."""
        return iter(self._overlays)

    def __len__(self) -> int:
        """Return how many apps there are."""
        return len(self._overlays)

    @property
    def channels(self) -> list[LiveChannel]:
        """The channels of all apps, also those that are deleted and not empty yet."""
        return [channel for overlay in self._overlays.values() for channel in overlay.channels]

    @property
    def deleted(self) -> dict[tuple[str, str], int]:
        """App key and notifier of the channels that are there for their pushes only -> since when, ms since 1970."""
        apps = self._overlays.items()
        return {(appkey, name): at for appkey, overlay in apps for name, at in overlay.deleted.items()}

    @property
    def clearing(self) -> dict[str, int]:
        """The apps whose users' settings are to be deleted -> since when, milliseconds since 1970."""
        found = {appkey: overlay.clearing_since for appkey, overlay in self._overlays.items()}
        return {appkey: since for appkey, since in found.items() if since is not None}

    def channel(self, appkey: str, notifier: str) -> LiveChannel | None:
        """Return a channel; None: there is none that can be sent for."""
        channels = self._overlays[appkey].channels
        return next((each for each in channels if each.channel.notifier == notifier and not each.is_deleted), None)

    async def ready(self) -> None:
        """Read what is set, unless that was done before: nothing may be decided by the file alone.

        Raises:
            RedisError, OSError: Redis does not answer.
        """
        if not self._is_loaded:
            async with self._loading:
                await self.refresh()

    async def refresh(self) -> None:
        """Read what was changed since the last time.

        Raises:
            RedisError, OSError: Redis does not answer.
        """
        versions = await self._legible("the versions", self._store.versions())
        if versions is not None:
            for appkey, overlay in self._overlays.items():
                if versions.get(appkey, b"") != self._versions.get(appkey, b""):
                    await self._read(appkey, overlay)
        self._is_loaded = True

    async def follow(self) -> None:
        """Refresh for ever; while Redis does not answer, what was read last stays. That is said once, and its end."""
        trouble = ""
        while True:
            before = trouble
            try:
                await self.refresh()
                trouble = ""
            except Exception as error:  # noqa: BLE001 - a fault nobody foresaw must not end the looking
                trouble = type(error).__name__
            if trouble and trouble != before:
                _log.warning("redis does not serve, what is set over http stays as it was read last", error=trouble)
            elif before and not trouble:
                _log.info("redis serves again")
            await asyncio.sleep(EVERY_S)

    async def _read(self, appkey: str, overlay: Overlay) -> None:
        record = await self._legible(appkey, self._store.read(appkey))
        if record is not None:
            overlay.apply(record)
            self._versions[appkey] = record.version

    async def _legible(self, what: str, call: Awaitable[Value]) -> Value | None:
        """Return what a call returns; None, and say so once, when another program made a key of another type."""
        try:
            value = await call
        except ResponseError as error:
            if _OTHER_TYPE not in str(error):
                raise
            if what not in self._said:
                _log.error("a key of what is set over http holds another type, the last that was read stays", of=what)
            self._said.add(what)
            return None
        self._said.discard(what)
        return value

    def _vault_of(self, appkey: str, notifier: str, record: ChannelRecord) -> Vault:
        return vault_of(record, appkey, notifier, self.secrets, self._api)


def secrets_of(config: Config) -> Secrets | None:
    """Return what seals and opens the secrets of channels; None: no key is configured.

    Raises:
        ConfigError: the file of keys cannot be used.
    """
    path = config.api.secrets_key_file
    try:
        return load_secrets(path) if path else None
    except KeyFileError as error:
        raise ConfigError([f"api.secrets_key_file: {error}"]) from None
