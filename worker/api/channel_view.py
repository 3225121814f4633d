"""How a channel is shown: all but its secrets, and but the way to its vendor, which is the operator's business."""

from typing import Any

import structlog

from providers.credentials import CredentialError
from worker.api import refusals
from worker.api.console_services import ConsoleServices
from worker.channel_record import SECRET_FILES
from worker.config import read_bytes
from worker.config_channels import Channel
from worker.config_faults import ConfigError
from worker.credential_facts import facts_of
from worker.store.channels import ChannelRecord

_OWN = {"notifier", "provider", "enabled"}
_WAY = {"endpoint", "token_endpoint", "ca_file", "proxy", "concurrency"}
_log = structlog.get_logger(__name__)


async def views(services: ConsoleServices, appkey: str) -> list[dict[str, Any]]:
    """Return all channels of an app, by notifier; where the file has one of the same notifier, it is the file's."""
    made = await services.channels.all(appkey)
    found = {notifier: http_view(notifier, record) for notifier, record in made.items() if not record.deleted}
    found |= {each.notifier: _file_view(services, each) for each in services.config.apps[appkey].channels}
    return [found[notifier] for notifier in sorted(found)]


async def view_of(services: ConsoleServices, appkey: str, notifier: str) -> dict[str, Any]:
    """Return one channel.

    Raises:
        Refusal: there is no such channel.
    """
    found = next((view for view in await views(services, appkey) if view["notifier"] == notifier), None)
    if found is None:
        raise refusals.not_found(f"{notifier} channel")
    return found


def http_view(notifier: str, record: ChannelRecord) -> dict[str, Any]:
    """Return a channel that was made over HTTP."""
    return {
        "notifier": notifier,
        "provider": record.provider,
        "enabled": record.enabled,
        "source": "http",
        "settings": record.settings,
        "credential": record.credential,
        "created": record.created,
        "updated": record.updated,
    }


def _file_view(services: ConsoleServices, channel: Channel) -> dict[str, Any]:
    unshown = {*_OWN, *_WAY, *SECRET_FILES.values()}
    settings = {name: value for name, value in channel if name not in unshown and value is not None}
    return {
        "notifier": channel.notifier,
        "provider": channel.provider,
        "enabled": channel.enabled,
        "source": "file",
        "settings": settings,
        "credential": _facts(services, channel),
    }


def _facts(services: ConsoleServices, channel: Channel) -> dict[str, Any]:
    secrets = services.consoles.secrets
    try:
        return facts_of(channel, read_bytes, secrets.mark if secrets else lambda _: None)
    except (CredentialError, ConfigError) as error:
        _log.warning("credential cannot be read", notifier=channel.notifier, fault=str(error))
        return {"kind": "unreadable"}
