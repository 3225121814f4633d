"""From the record of a channel that was made over HTTP to the channel and the credentials that it means.

Its settings are those of the configuration file, without what names a file: secrets are sealed, and which address,
proxy and authorities lead to the vendor is the operator's to say (``api.vendors``), so that no caller can have them
sent elsewhere.
"""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from worker.config_channels import Channel
from worker.config_faults import ConfigError, validation_faults
from worker.config_sections import ApiSettings, VendorSettings
from worker.config_types import ProviderName
from worker.store.channels import ChannelRecord
from worker.store.secrets import Secrets, SecretsError

#: Google's own, for service accounts: the one that the account names is anybody's word.
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
#: What a channel's secrets are called -> the setting that names the file of one in the configuration.
SECRET_FILES: Mapping[str, str] = {
    "key": "key_file",
    "cert": "cert_file",
    "cert_password": "cert_password_file",
    "service_account": "service_account_file",
    "secret": "secret_file",
    "receipt_secret": "receipt_secret_file",
}
#: What a channel that is made over HTTP may set. Nothing that leads elsewhere: a record must not either.
_COMMON = {"rate_per_s"}
SETTINGS: Mapping[ProviderName, AbstractSet[str]] = {
    "apns": _COMMON | {"topic", "environment", "sound", "key_id", "team_id"},
    "fcm": _COMMON | {"style"},
    "huawei": _COMMON | {"api", "app_id", "project_id", "badge_class", "category", "receipt_user"},
}
_CHANNEL: TypeAdapter[Channel] = TypeAdapter(Channel)
_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Vault:
    """Secrets by name; where a channel of the configuration has files, this one has names."""

    values: Mapping[str, bytes]

    def read(self, path: Path) -> bytes:
        """Return what the file of that name would hold."""
        return self.values[path.name]


def channel_of(
    notifier: str, provider: ProviderName, settings: Mapping[str, Any], names: Collection[str], api: ApiSettings
) -> Channel:
    """Return the channel, as the configuration file would have it; ``names`` are those of its secrets.

    Raises:
        ConfigError: it misses something, or has too much.
    """
    if strange := [*(settings.keys() - SETTINGS[provider]), *(set(names) - SECRET_FILES.keys())]:
        raise ConfigError(f"{name}: unknown key" for name in sorted(strange))
    way = api.vendors.get(provider, VendorSettings())
    given = {"endpoint": way.endpoint, "ca_file": way.ca_file, "proxy": way.proxy}
    if provider == "huawei":
        given["token_endpoint"] = way.token_endpoint
    files = {SECRET_FILES[name]: Path(name) for name in names}
    members = {name: value for name, value in {**settings, **given, **files}.items() if value is not None}
    try:
        return _CHANNEL.validate_python(
            {"notifier": notifier, "provider": provider, **members}, context={"check_files": False}
        )
    except ValidationError as error:
        raise ConfigError(_told(fault, provider) for fault in validation_faults(error)) from None


def vault_of(record: ChannelRecord, appkey: str, notifier: str, secrets: Secrets | None, api: ApiSettings) -> Vault:
    """Return a channel's secrets.

    Raises:
        SecretsError: they cannot be opened here.
    """
    if secrets is None:
        raise SecretsError("api.secrets_key_file is not configured")
    values = secrets.open(record.sealed, appkey, notifier)
    return Vault(addressed(values, record.provider, api))


def addressed(values: Mapping[str, bytes], provider: ProviderName, api: ApiSettings) -> dict[str, bytes]:
    """Return secrets of which a service account names the OAuth address that the operator wants."""
    if provider != "fcm" or "service_account" not in values:
        return dict(values)
    uri = api.vendors.get(provider, VendorSettings()).token_endpoint or GOOGLE_TOKEN_URI
    members: dict[str, Any] = msgspec.json.decode(values["service_account"])
    return {**values, "service_account": _JSON.encode({**members, "token_uri": uri})}


def _told(fault: str, provider: str) -> str:
    """Return a fault in the words of the API: a secret is called by its own name."""
    return fault.removeprefix(f"{provider}: ").removeprefix(f"{provider}.").replace("_file", "")
