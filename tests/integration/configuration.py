"""The configuration file of a worker under test: one app, a channel for each vendor."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.integration.vendors import Vendors

APPKEY = "org#app"
APNS, FCM, HUAWEI = "com.example.app", "1234567890", "104410638"
NOTIFIERS = {"apns": APNS, "fcm": FCM, "huawei": HUAWEI}


def channels_of(vendors: Vendors) -> dict[str, dict[str, Any]]:
    """Return the channel tables of the simulator's vendors, by notifier."""
    own = {vendor: _credentials(vendor, vendors.ready["credentials"][vendor]) for vendor in NOTIFIERS}
    return {
        notifier: {
            "notifier": notifier,
            "provider": vendor,
            "endpoint": vendors.ready["endpoints"][vendor],
            "ca_file": vendors.ready["ca_file"],
            **own[vendor],
        }
        for vendor, notifier in NOTIFIERS.items()
    }


def write_configuration(
    path: Path,
    redis_url: str,
    channels: Mapping[str, Mapping[str, Any]],
    *,
    appkeys: Sequence[str] = (APPKEY,),
    broker_url: str = "",
    partitions: int = 1,
    redis: Mapping[str, Any] = MappingProxyType({}),
    app: Mapping[str, Any] = MappingProxyType({}),
    **worker: float,
) -> None:
    """Write the TOML file; ``redis``, ``app`` and ``worker`` are more keys of these sections. All apps are alike."""
    celery = _table({"broker_url": broker_url}) if broker_url else []
    sections = ["[redis]", *_table({"url": redis_url, "partitions": partitions, **redis}), "[celery]", *celery]
    sections += ["[worker]", *_table(worker)]
    for appkey in appkeys:
        sections += [f'[apps."{appkey}"]', *_table(app)]
        for channel in channels.values():
            sections += [f'[[apps."{appkey}".channels]]', *_table(channel)]
    path.write_text("\n".join(sections) + "\n")


def _credentials(vendor: str, given: Mapping[str, str]) -> dict[str, str]:
    if vendor == "apns":
        return {"topic": "com.example.app", **{name: given[name] for name in ("key_file", "key_id", "team_id")}}
    if vendor == "fcm":
        return {"service_account_file": given["service_account_file"]}
    return {"secret_file": given["secret_file"], "token_endpoint": given["token_url"]}


def _table(members: Mapping[str, Any]) -> list[str]:
    # Texts, numbers, booleans and lists of them are the same in TOML and in JSON.
    return [f"{name} = {json.dumps(value)}" for name, value in members.items()]
