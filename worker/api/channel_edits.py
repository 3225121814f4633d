"""What may become of a channel. Each function returns an edit for ``ChannelStore.edit``; it refuses, or it changes."""

from dataclasses import dataclass
from typing import Any

import msgspec

from providers.credentials import CredentialError
from worker.api import refusals
from worker.api.channel_body import ApnsBody, FcmBody, HuaweiBody, secrets_in, settings_of
from worker.api.console_services import ConsoleServices
from worker.api.refusals import Refusal
from worker.channel_record import Vault, addressed, channel_of, vault_of
from worker.channels import provider_of
from worker.config_faults import ConfigError
from worker.credential_facts import facts_of
from worker.store.channels import ChannelRecord, EditChannel
from worker.store.secrets import Secrets, SecretsError

Body = ApnsBody | FcmBody | HuaweiBody


@dataclass(frozen=True, slots=True)
class _Checked:
    """A channel that a provider can be made of."""

    settings: dict[str, Any]
    sealed: str
    credential: dict[str, Any]


async def created(services: ConsoleServices, appkey: str, notifier: str, body: Body) -> EditChannel:
    """Return the making of a channel.

    Raises:
        Refusal: it cannot be one, or the configuration file has one of this notifier.
    """
    _refuse_file_channel(services, appkey, notifier)
    checked = await _checked(services, appkey, notifier, body, secrets_in(body))
    now_ms = services.clock()

    def edit(before: ChannelRecord | None) -> ChannelRecord:
        if before and not before.deleted:
            raise refusals.conflict("there is a channel of this notifier: replace it, or delete it first")
        if before and before.provider != body.provider:
            raise refusals.conflict("the deleted channel of this notifier still has pushes to send, try again later")
        return _record(body, checked, now_ms, now_ms, is_enabled=True)

    return edit


async def replaced(services: ConsoleServices, appkey: str, notifier: str, body: Body) -> EditChannel:
    """Return the replacement of a channel. Without any secret in the body, those that are there stay.

    Raises:
        Refusal: as ``created``.
    """
    _refuse_file_channel(services, appkey, notifier)
    there = _there((await services.channels.all(appkey)).get(notifier), notifier)
    if there.provider != body.provider:
        raise refusals.conflict(f"the channel is one of {there.provider}: delete it, and make another")
    given = secrets_in(body)
    checked = await _checked(services, appkey, notifier, body, given or _opened(services, appkey, notifier, there))
    now_ms = services.clock()

    def edit(before: ChannelRecord | None) -> ChannelRecord:
        kept = _there(before, notifier)
        if not given and kept.sealed != there.sealed:
            raise refusals.conflict("somebody else has just replaced the channel's credential")
        return _record(body, checked, kept.created, now_ms, is_enabled=kept.enabled)

    return edit


def enabled(services: ConsoleServices, appkey: str, notifier: str, *, is_enabled: bool) -> EditChannel:
    """Return the enabling or disabling of a channel.

    Raises:
        Refusal: the channel is one of the configuration file.
    """
    return _changed(services, appkey, notifier, enabled=is_enabled)


def deleted(services: ConsoleServices, appkey: str, notifier: str) -> EditChannel:
    """Return the deletion of a channel.

    Raises:
        Refusal: the channel is one of the configuration file.
    """
    return _changed(services, appkey, notifier, deleted=True)


def _changed(services: ConsoleServices, appkey: str, notifier: str, **members: bool) -> EditChannel:
    _refuse_file_channel(services, appkey, notifier)
    now_ms = services.clock()

    def edit(before: ChannelRecord | None) -> ChannelRecord:
        there = _there(before, notifier)
        after = msgspec.structs.replace(there, **members)
        return there if after == there else msgspec.structs.replace(after, updated=now_ms)

    return edit


async def _checked(
    services: ConsoleServices, appkey: str, notifier: str, body: Body, secrets: dict[str, bytes]
) -> _Checked:
    """Make a provider as workers will, so that what is stored can be used."""
    sealing, api, settings = _sealing(services), services.config.api, settings_of(body)
    try:
        channel_of(notifier, body.provider, settings, secrets, api)  # what it lacks is said before a key is looked at
        secrets = await services.keys.opened(secrets)
        channel = channel_of(notifier, body.provider, settings, secrets, api)
        vault = Vault(addressed(secrets, body.provider, api))
        await provider_of(channel, vault.read).aclose()
        credential = facts_of(channel, vault.read, sealing.mark)
    except ConfigError as error:
        raise _unusable("; ".join(error.faults)) from None
    except CredentialError as error:
        raise _unusable(str(error)) from None
    ends_ms: int | None = credential.get("expires_at")
    if ends_ms is not None and ends_ms <= services.clock():
        raise _unusable("the certificate has expired")
    return _Checked(settings, sealing.seal(secrets, appkey, notifier), credential)


def _record(body: Body, checked: _Checked, created_ms: int, now_ms: int, *, is_enabled: bool) -> ChannelRecord:
    """Return the record of a channel; ``is_enabled`` where the body does not say."""
    parts = (checked.settings, checked.sealed, checked.credential)
    wanted = is_enabled if body.enabled is None else body.enabled
    return ChannelRecord(body.provider, *parts, created_ms, now_ms, enabled=wanted)


def _there(record: ChannelRecord | None, notifier: str) -> ChannelRecord:
    if record is None or record.deleted:
        raise refusals.not_found(f"{notifier} channel")
    return record


def _opened(services: ConsoleServices, appkey: str, notifier: str, record: ChannelRecord) -> dict[str, bytes]:
    try:
        return dict(vault_of(record, appkey, notifier, _sealing(services), services.config.api).values)
    except SecretsError:
        raise refusals.conflict("the channel's secrets cannot be opened here: give them again") from None


def _sealing(services: ConsoleServices) -> Secrets:
    if services.consoles.secrets is None:
        text = "this server keeps no secrets (api.secrets_key_file): channels are made in its configuration file only"
        raise refusals.conflict(text)
    return services.consoles.secrets


def _refuse_file_channel(services: ConsoleServices, appkey: str, notifier: str) -> None:
    if any(channel.notifier == notifier for channel in services.config.apps[appkey].channels):
        raise refusals.conflict("the channel is one of the configuration file, and is changed only there")


def _unusable(why: str) -> Refusal:
    return refusals.invalid("channel", f"({why})")
